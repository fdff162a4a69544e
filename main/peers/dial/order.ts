// In which order the addresses of a peer are tried, and why: a function of the policy, of what is known of each address, and of the time.
import { familyOf } from '../../../core/net/dial-many.ts'
import { inTurn } from '../../../core/net/side-by-side.ts'
import { type AddressKind, type Provenance, PROVENANCES } from '../../../proto/peers.ts'
import { KIND_WORDS, SOURCE_WORDS } from '../../../proto/text/peer-words.ts'
import { isSunken, type KnownAddress } from '../book/index.ts'
import { type DialPolicy, stageOf, type Transport, transportOf, TRANSPORTS } from './policy.ts'

/** An address that is tried. */
export interface Placed {
  readonly known: KnownAddress
  /** Of the policy, beginning with 0. */
  readonly stage: number
  /** In words, for whoever wonders. */
  readonly why: string
}

/** An address that is not. */
export interface LeftOut {
  readonly known: KnownAddress
  readonly why: string
}

/** Everything that is known, in its place. */
export interface Order {
  readonly placed: readonly Placed[]
  readonly leftOut: readonly LeftOut[]
}

/**
 * Whether an address counts behind all others: it has led to nobody for long, and no person has typed it in. A signature is no proof
 * that an address is its signer's.
 */
export function isSunk({ sources, experience }: Pick<KnownAddress, 'sources' | 'experience'>, nowMs: number): boolean {
  return isSunken(experience, nowMs) && !sources.some(({ provenance }) => provenance === 'user')
}

/** Puts addresses into their order. Those that cannot be compared are in the order of their texts, so that it is always the same one. */
export function orderOf(policy: DialPolicy, addresses: readonly KnownAddress[], nowMs: number): Order {
  const last = policy.stages.length - 1
  const leftOut: LeftOut[] = []
  const rated = addresses.flatMap((known) => {
    const own = stageOf(policy, known)
    if (own === undefined) {
      leftOut.push({ known, why: `the policy ${policy.name} does not take it: ${sourcesOf(known)}` })
      return []
    }
    const rating = ratingOf(known, nowMs)
    return [{ known, rating, stage: rating.tier === 'sunk' ? last : own, text: known.address.toString() }]
  })
  rated.sort((one, other) => one.stage - other.stage || compare(one, other))
  const groups = Map.groupBy(rated, ({ stage, rating }) => `${stage} ${rating.isRelay} ${rating.tier}`)
  const placed = [...groups.values()].flatMap((group) =>
    familiesInTurn(group).map(({ known, rating, stage }) => ({ known, stage, why: whyOf(known, rating, nowMs) })),
  )
  return { placed, leftOut }
}

/** What experience says of an address: the likeliest first. */
const TIERS = ['worked', 'untried', 'failed', 'sunk'] as const

/** In a network that is ours too, the nearer way is the faster one. */
const KINDS_IN_ORDER: readonly AddressKind[] = ['private', 'public', 'carrier', 'loopback', 'relay']

interface Rating {
  readonly tier: (typeof TIERS)[number]
  readonly isRelay: boolean
  readonly best: Provenance | undefined
  readonly transport: Transport | undefined
}

interface Rated {
  readonly known: KnownAddress
  readonly stage: number
  readonly rating: Rating
  readonly text: string
}

function ratingOf(known: KnownAddress, nowMs: number): Rating {
  const { failures, lastSuccessMs } = known.experience
  const fresh = lastSuccessMs === undefined ? 'untried' : 'worked'
  return {
    tier: isSunk(known, nowMs) ? 'sunk' : failures > 0 ? 'failed' : fresh,
    isRelay: known.kind === 'relay',
    best: PROVENANCES.find((word) => known.sources.some(({ provenance }) => provenance === word)),
    transport: transportOf(known.address),
  }
}

function compare({ known, rating, text }: Rated, other: Rated): number {
  const [mine, theirs] = [known.experience, other.known.experience]
  return (
    Number(rating.isRelay) - Number(other.rating.isRelay) ||
    TIERS.indexOf(rating.tier) - TIERS.indexOf(other.rating.tier) ||
    mine.failures - theirs.failures ||
    // what has led there once is compared by how fast it was
    (rating.tier === 'worked' ? (mine.latencyMs ?? UNKNOWN_MS) - (theirs.latencyMs ?? UNKNOWN_MS) : 0) ||
    placeIn(PROVENANCES, rating.best) - placeIn(PROVENANCES, other.rating.best) ||
    KINDS_IN_ORDER.indexOf(known.kind) - KINDS_IN_ORDER.indexOf(other.known.kind) ||
    placeIn(TRANSPORTS, rating.transport) - placeIn(TRANSPORTS, other.rating.transport) ||
    (text < other.text ? -1 : 1)
  )
}

/** Slower than any that was measured. */
const UNKNOWN_MS = Number.MAX_SAFE_INTEGER

function placeIn<Word>(words: readonly Word[], word: Word | undefined): number {
  const at = word === undefined ? -1 : words.indexOf(word)
  return at === -1 ? words.length : at
}

/** IPv6, IPv4, IPv6, … beginning with the first one's (RFC 8305 section 4), among those that are as good as each other. */
function familiesInTurn(group: readonly Rated[]): Rated[] {
  return inTurn([...Map.groupBy(group, ({ known }) => familyOf(known.address)).values()])
}

function sourcesOf({ sources }: KnownAddress): string {
  const words = PROVENANCES.filter((word) => sources.some(({ provenance }) => provenance === word))
  return words.length === 0 ? 'nobody vouches for it' : words.map((word) => SOURCE_WORDS[word]).join(', ')
}

function whyOf(known: KnownAddress, { tier }: Rating, nowMs: number): string {
  const { failures, lastSuccessMs, latencyMs } = known.experience
  const failed = `failed ${failures === 1 ? 'the last time' : `${failures} times in a row`}`
  const shown = {
    worked: `worked ${agoText(nowMs - (lastSuccessMs ?? nowMs))}${latencyMs === undefined ? '' : `, in ${Math.round(latencyMs)} ms`}`,
    untried: 'not tried before',
    failed,
    sunk: `${failed}, so it comes after all others`,
  }[tier]
  return `${sourcesOf(known)}; ${KIND_WORDS[known.kind]}; ${shown}`
}

/** Roughly: `just now`, `5 minutes ago`, `3 days ago`. */
function agoText(ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const
  for (const [unit, length] of units) {
    const count = Math.floor(ms / length)
    if (count >= 1) return `${count} ${unit}${count === 1 ? '' : 's'} ago`
  }
  return 'just now'
}
