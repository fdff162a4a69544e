// What a person should be told once, at the top of the window: the same thing is one notice, however often it happens.
import type { Clock } from '../../core/clock.ts'
import type { Params, State } from '../../proto/api/index.ts'

type Notice = State['app']['notices'][number]

/** The notices of one run. */
export interface Notices {
  add(code: Notice['code'], params: Params): void
  /** It holds no longer. */
  remove(code: Notice['code']): void
  /** The person has read it; it does not come back in this run. */
  dismiss(id: string): void
  clear(): void
  list(): Notice[]
}

/** Makes an empty list. */
export function createNotices(clock: Clock, changed: () => void): Notices {
  let all: readonly Notice[] = []
  const dismissed = new Set<string>()
  const put = (next: readonly Notice[]) => {
    all = next
    changed()
  }
  return {
    list: () => all.filter(({ id }) => !dismissed.has(id)),
    add(code, params) {
      const notice = { id: code, code, params, at: clock.now() }
      put([...all.filter(({ id }) => id !== code), notice])
    },
    remove(code) {
      dismissed.delete(code)
      if (all.some(({ id }) => id === code)) put(all.filter(({ id }) => id !== code))
    },
    dismiss(id) {
      dismissed.add(id)
      changed()
    },
    clear() {
      dismissed.clear()
      put([])
    },
  }
}
