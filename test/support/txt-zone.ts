// A zone of TXT values in memory: the place where tests answer DNS-01 challenges, and the resolver that our CA asks. It
// remembers every change, so that a test can see what was set, what was left and when.
import type { Dns01 } from '../../core/acme/index.ts'
import type { TxtResolver } from '../../servers/ca/validation.ts'

export interface TxtZone extends Dns01, TxtResolver {
  /** `name -> values`, only names that have some. */
  readonly records: ReadonlyMap<string, readonly string[]>
  /** `set name` and `remove name`, in order. */
  readonly changes: string[]
  /** How many values stand at once, at most. */
  most(): number
}

export function createTxtZone(): TxtZone {
  const records = new Map<string, string[]>()
  const changes: string[] = []
  let most = 0
  return {
    records,
    changes,
    most: () => most,
    set(name, value) {
      changes.push(`set ${name}`)
      records.set(name, [...(records.get(name) ?? []), value])
      most = Math.max(most, [...records.values()].flat().length)
      return Promise.resolve()
    },
    remove(name, value) {
      changes.push(`remove ${name}`)
      const left = (records.get(name) ?? []).filter((other) => other !== value)
      if (left.length > 0) records.set(name, left)
      else records.delete(name)
      return Promise.resolve()
    },
    resolveTxt(name) {
      const values = records.get(name)
      return values ? Promise.resolve([...values]) : Promise.reject(new Error(`NXDOMAIN ${name}`))
    },
  }
}
