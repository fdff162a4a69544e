// The challenge values that the broker has put into the DNS for itself, also on the disk, so that a broker that was killed takes away
// what it had set: nobody else knows of it, and the name would keep it for an hour.
import * as v from 'valibot'
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import type { Log } from '../../core/log.ts'
import type { DnsClient } from '../dns/client.ts'
import type { ChallengeValue } from '../store/store.ts'

/** Values that come and go. */
export interface OwnValues {
  /** @throws FileError, then the DNS was not asked; DnsServerError */
  set(challenge: ChallengeValue, signal: AbortSignal): Promise<void>
  /** @throws DnsServerError, FileError; it is tried again with the leftovers then */
  remove(challenge: ChallengeValue, signal: AbortSignal): Promise<void>
  /** Removes what an earlier order or life left behind; never rejects. */
  removeLeftovers(signal: AbortSignal): Promise<void>
}

/** More than one order ever sets, and few enough to be removed in a moment. */
const MAX_VALUES = 16

const Values = v.pipe(v.array(v.object({ name: v.string(), value: v.string() })), v.maxLength(MAX_VALUES))

/** Makes the place of the values: one file. */
export function createOwnValues({ path, dns, log }: { path: string; dns: DnsClient; log: Log }): OwnValues {
  const read = async (): Promise<ChallengeValue[]> => {
    const text = await readFileIfThere(path)
    return text ? parseValues(text.toString('utf8')) : []
  }
  const write = (values: readonly ChallengeValue[]) => writeFileAtomic(path, `${JSON.stringify(values)}\n`)
  const others = async ({ name, value }: ChallengeValue) =>
    (await read()).filter((one) => one.name !== name || one.value !== value)

  const remove = async (challenge: ChallengeValue, signal: AbortSignal): Promise<void> => {
    await dns.remove(challenge, signal)
    await write(await others(challenge))
  }
  return {
    remove,
    async set(challenge, signal) {
      await write([...(await others(challenge)), challenge].slice(-MAX_VALUES))
      await dns.set(challenge, signal)
    },
    async removeLeftovers(signal) {
      try {
        for (const challenge of await read()) await remove(challenge, signal)
      } catch (error) {
        log.warn(
          { error: String(error) },
          'a TXT value was left behind and could not be removed; it ends within the hour',
        )
      }
    },
  }
}

function parseValues(text: string): ChallengeValue[] {
  try {
    return v.parse(Values, JSON.parse(text))
  } catch {
    return []
  }
}
