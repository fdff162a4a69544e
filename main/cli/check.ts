// `nodetrust status --check`: one line and an exit code, as monitoring plugins give them (Monitoring Plugins Development Guidelines):
// 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; behind the bar the days that the certificate is good for.
import { lifeText, moment, problemText } from './text.ts'
import type { LifeState, State } from '../../proto/api/index.ts'

/** What a monitoring plugin ends with. */
export const CHECK_CODES = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 } as const
export type CheckWord = keyof typeof CHECK_CODES

/** So much of a certificate's life is left when somebody has to act by hand: it is renewed when a third is left. */
const LAST_SHARE = 0.1

const DAY_MS = 24 * 3_600_000

/** States in which nobody has to do anything as long as the certificate is good. */
const WELL: ReadonlySet<LifeState> = new Set(['serving', 'renewing', 'working', 'starting'])

/** What a check found. */
export interface Verdict {
  readonly word: CheckWord
  readonly text: string
  /** What monitoring draws, as `days=70.0`. */
  readonly figures?: string
}

/** The verdict on a running node. @param now  milliseconds since 1970 */
export function checkOf(state: State, now: number): Verdict {
  const { life, current } = state.certificate
  const says = [lifeText(state), problemText(life.problem ?? state.app.problem)]
    .filter((part) => part !== null)
    .join(' ')
  if (!current) {
    const comes = life.state === 'working' || life.state === 'starting'
    return { word: comes ? 'WARNING' : 'CRITICAL', text: says }
  }
  const left = current.notAfter - now
  const until = `${left <= 0 ? 'The certificate expired' : 'The certificate is good until'} ${moment(current.notAfter, now)}.`
  // rounded down, as the words are
  const figures = `days=${(Math.floor((left * 10) / DAY_MS) / 10).toFixed(1)}`
  const isShort = left < LAST_SHARE * (current.notAfter - current.notBefore)
  const word = left <= 0 || isShort ? 'CRITICAL' : WELL.has(life.state) ? 'OK' : 'WARNING'
  return { word, text: `${says} ${until}`, figures }
}

/** The line. */
export function checkLine({ word, text, figures }: Verdict): string {
  // a bar begins the figures, and a line is all that is read
  const plain = text.replaceAll('|', '/').replaceAll(/\s+/g, ' ').trim()
  return `NODETRUST ${word} - ${plain}${figures === undefined ? '' : ` | ${figures}`}`
}
