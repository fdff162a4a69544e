// Since when the broker of a forge has not answered at all, over restarts: a node that has a certificate asks for months of nobody,
// and would hear of a broker that has gone when it is too late. It asks once a day whether the broker is there; whoever refuses has
// answered. What counts are questions that were asked and got nothing, so a machine that was switched off knows nothing of the time.
import { join } from 'node:path'
import * as v from 'valibot'
import { outsideAddresses } from '../../../core/net/outside-addresses.ts'
import { readFileIfThere, writeFileAtomic } from '../../../core/files.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Log } from '../../../core/log.ts'

const SilenceSchema = v.object({
  /** Wall clock, milliseconds: the first question that nobody answered, and the last one. */
  since: v.number(),
  last: v.number(),
})

/** Questions in a row that nobody answered. */
export type Silence = Readonly<v.InferOutput<typeof SilenceSchema>>

const FileSchema = v.record(v.string(), SilenceSchema)

const DAY_MS = 24 * 3_600_000
const HOUR_MS = 3_600_000

/** Who has no certificate waits for one, and a broker that is mended within a weekend is worth that. */
const WITHOUT_CERTIFICATE_MS = 2 * DAY_MS

/** The silence after one more question. A date in the future was written by a wrong clock. */
export function afterQuestion(before: Silence | undefined, answered: boolean, now: number): Silence | undefined {
  if (answered) return undefined
  return { since: before && before.since <= now ? before.since : now, last: now }
}

/**
 * Whether a silence is long enough to look for another network: a third of the certificate's life, or two days without one.
 *
 * @param lifeMs  of the certificate, from its first moment to its last; undefined without one
 */
export function isLongSilence({ since, last }: Silence, lifeMs: number | undefined): boolean {
  return last - since >= (lifeMs === undefined ? WITHOUT_CERTIFICATE_MS : lifeMs / 3)
}

/** Keeps the silences of a node's forges. */
export interface Silences {
  /** A question was asked of a forge's broker. */
  noted(forge: string, answered: boolean): void
  /**
   * The forge to be told of, where none of them has answered for long.
   *
   * @param lifeMs  of the certificate
   */
  long(lifeMs: number | undefined): { readonly forge: string; readonly since: number } | undefined
  /** Settles when all that was noted is on the disk, or is known not to get there. */
  ended(): Promise<void>
  /** Asks once a day those that were not asked for a day; ends with the signal. */
  keepAsking(ask: (signal: AbortSignal) => Promise<unknown>, signal: AbortSignal): Promise<void>
}

/** What it needs. */
export interface SilencesInit {
  readonly dir: string
  /** Domains of the forges; others that the file names are left out. */
  readonly forges: readonly string[]
  readonly clock: Clock
  readonly log: Log
  /** Called when it was noted that somebody is silent, or is no more. */
  readonly onChange: () => void
  /** Whether this machine has a network at all. @default whether it has an address besides loopback and link-local ones */
  readonly hasNetwork?: () => boolean
}

/** Reads what is known of the forges. Never rejects: a file that cannot be read is one that is not there. */
export async function openSilences(init: SilencesInit): Promise<Silences> {
  const { forges, clock, log, onChange, hasNetwork = () => outsideAddresses().length > 0 } = init
  const path = join(init.dir, 'forges.silence.json')
  const known = await readSilences(path)
  let silences = new Map(Object.entries(known).filter(([forge]) => forges.includes(forge)))
  const askedAt = new Map<string, number>()
  let writing = Promise.resolve()

  const write = () => {
    const text = `${JSON.stringify(Object.fromEntries(silences))}\n`
    writing = writing
      .then(() => writeFileAtomic(path, text))
      .catch((error: unknown) => log.warn({ error: String(error) }, 'the silence of a forge could not be written'))
  }

  return {
    noted(forge, answered) {
      const now = clock.now()
      if (!forges.includes(forge) || (!answered && !hasNetwork())) return
      askedAt.set(forge, now)
      const before = silences.get(forge)
      const after = afterQuestion(before, answered, now)
      if (before === after) return
      silences = new Map([...silences].filter(([other]) => other !== forge))
      if (after) silences.set(forge, after)
      write()
      onChange()
    },
    long(lifeMs) {
      const all = forges.map((forge) => [forge, silences.get(forge)] as const)
      if (all.some(([, silence]) => silence === undefined || !isLongSilence(silence, lifeMs))) return undefined
      const [first] = all
      return first?.[1] && { forge: first[0], since: first[1].since }
    },
    ended: () => writing,
    async keepAsking(ask, signal) {
      while (!signal.aborted) {
        await clock.sleep(HOUR_MS, signal).catch(() => undefined)
        const isDue = (forge: string) => Math.abs(clock.now() - (askedAt.get(forge) ?? -Infinity)) >= DAY_MS
        if (!signal.aborted && forges.some((forge) => isDue(forge))) await ask(signal).catch(() => undefined)
      }
    },
  }
}

async function readSilences(path: string): Promise<Readonly<Record<string, Silence>>> {
  try {
    const text = await readFileIfThere(path)
    return text ? v.parse(FileSchema, JSON.parse(text.toString('utf8'))) : {}
  } catch {
    return {}
  }
}
