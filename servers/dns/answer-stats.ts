// What an answerer has answered, in numbers, for metrics and for people who look whether their zone is used.
import { rcodeName } from '../../core/dns/constants.ts'

export interface AnswerStats {
  /** Replies by response code, by its name; only codes that were given. */
  readonly byRcode: Readonly<Record<string, number>>
  /** A and AAAA of computed names. */
  readonly addresses: number
  /** TXT of identities. */
  readonly identities: number
  /** Challenges with a value. */
  readonly challenges: number
  /** Challenges without one. */
  readonly placeholders: number
  /** SOA, NS, CAA, and addresses of name servers and of the apex. */
  readonly configured: number
  readonly any: number
  /** The name is there, the type is not. */
  readonly nodata: number
  /** Replies cut with TC=1. */
  readonly truncated: number
  /** Messages that deserved no reply. */
  readonly dropped: number
}

/** The counters behind the statistics, as the answerer increments them; codes by their number. */
export type AnswerCounters = { -readonly [K in Exclude<keyof AnswerStats, 'byRcode'>]: number } & {
  readonly byRcode: Float64Array
}

/** Response codes go up to BADVERS. */
const RCODES = 17

/** Makes counters that begin at zero. */
export function createAnswerCounters(): AnswerCounters {
  return {
    byRcode: new Float64Array(RCODES),
    addresses: 0,
    identities: 0,
    challenges: 0,
    placeholders: 0,
    configured: 0,
    any: 0,
    nodata: 0,
    truncated: 0,
    dropped: 0,
  }
}

/** What the counters say now. */
export function snapshotCounters(counters: AnswerCounters): AnswerStats {
  const given = [...counters.byRcode.entries()].filter(([, count]) => count > 0)
  return { ...counters, byRcode: Object.fromEntries(given.map(([rcode, count]) => [rcodeName(rcode), count])) }
}
