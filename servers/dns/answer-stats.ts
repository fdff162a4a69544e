// What an answerer has answered, in numbers, for metrics and for people who look whether their zone is used.
import { rcodeName, typeName } from '../../core/dns/constants.ts'

/** How often, by the name of a response code or of a record type; only what there was. */
export type Counts = Readonly<Record<string, number>>

export interface AnswerStats {
  /** Replies by response code. */
  readonly byRcode: Counts
  /** A of computed names. */
  readonly a: number
  /** AAAA of computed names. */
  readonly aaaa: number
  /** Names with an address that a denylist keeps back. */
  readonly denied: number
  /** TXT of identities. */
  readonly identities: number
  /** Challenges with a value. */
  readonly challenges: number
  /** Challenges without one. */
  readonly placeholders: number
  /** SOA, NS, CAA, and addresses of name servers and of the apex. */
  readonly configured: number
  readonly any: number
  /** The name is there, the type is not, by type: of names with an address, of peers, of challenges, of all others. */
  readonly addressNodata: Counts
  readonly peerNodata: Counts
  readonly challengeNodata: Counts
  readonly nodata: Counts
  /** Replies cut with TC=1. */
  readonly truncated: number
  /** Messages that deserved no reply. */
  readonly dropped: number
}

/** The counters behind the statistics, as the answerer increments them: codes and types by their number. */
export type AnswerCounters = {
  -readonly [K in keyof AnswerStats]: AnswerStats[K] extends number ? number : Float64Array
}

/** Response codes go up to BADVERS. */
const RCODES = 17

/** Types up to CAA; place 0, which is no type, is for all others. */
const TYPES = 258

/** Makes counters that begin at zero. */
export function createAnswerCounters(): AnswerCounters {
  return {
    byRcode: new Float64Array(RCODES),
    a: 0,
    aaaa: 0,
    denied: 0,
    identities: 0,
    challenges: 0,
    placeholders: 0,
    configured: 0,
    any: 0,
    addressNodata: new Float64Array(TYPES),
    peerNodata: new Float64Array(TYPES),
    challengeNodata: new Float64Array(TYPES),
    nodata: new Float64Array(TYPES),
    truncated: 0,
    dropped: 0,
  }
}

/** What the counters say now. */
export function snapshotCounters(counters: AnswerCounters): AnswerStats {
  const { byRcode, addressNodata, peerNodata, challengeNodata, nodata } = counters
  return {
    ...counters,
    byRcode: named(byRcode, rcodeName),
    addressNodata: named(addressNodata, countedTypeName),
    peerNodata: named(peerNodata, countedTypeName),
    challengeNodata: named(challengeNodata, countedTypeName),
    nodata: named(nodata, countedTypeName),
  }
}

function countedTypeName(type: number): string {
  return type === 0 ? 'OTHER' : typeName(type)
}

function named(counts: Float64Array, nameOf: (code: number) => string): Counts {
  const given = [...counts.entries()].filter(([, count]) => count > 0)
  return Object.fromEntries(given.map(([code, count]) => [nameOf(code), count]))
}
