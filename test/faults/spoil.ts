// Where an exchange with a CA can be spoiled: before the CA has seen the request, or after it has done its work. One language for
// both places that do it, our own CA's inside and the proxy in front of Pebble.
import type { CaAnswer } from '../../servers/ca/http.ts'

/** What a request is for, whichever CA it goes to. */
export type Kind = (typeof POST_KINDS)[number] | 'directory' | 'new-nonce' | 'renewal-info' | 'other'

/** Everything that is signed during one issuance. */
export const POST_KINDS = [
  'new-account',
  'new-order',
  'authorization',
  'challenge',
  'order',
  'finalize',
  'certificate',
] as const

export interface Exchange {
  readonly kind: Kind
  readonly method: string
  readonly path?: string
}

/** What happens instead of a good answer. */
export type Verdict = CaAnswer | 'cut' | 'hang' | undefined

/** Spoils answers: `before` the CA has seen the request, or `after` it has done its work. */
export interface Spoil {
  before?(exchange: Exchange): Verdict
  after?(exchange: Exchange, answer: CaAnswer): Verdict
}

/** Pebble names its resources like nobody else, on purpose. */
const KIND_OF_PATH: readonly (readonly [RegExp, Kind])[] = [
  [/^\/(order\/[^/]+\/finalize|finalize-order)/, 'finalize'],
  [/^\/(directory|dir)$/, 'directory'],
  [/^\/(new-nonce|nonce-plz)/, 'new-nonce'],
  [/^\/(new-account|sign-me-up)/, 'new-account'],
  [/^\/(new-order|order-plz)/, 'new-order'],
  [/^\/(authorization|authZ)\//, 'authorization'],
  [/^\/(challenge|chalZ)\//, 'challenge'],
  [/^\/(order|my-order)\//, 'order'],
  [/^\/(certificate|certZ)\//, 'certificate'],
  [/^\/renewal-info\//, 'renewal-info'],
]

export function kindOf(path: string): Kind {
  return KIND_OF_PATH.find(([shape]) => shape.test(path))?.[1] ?? 'other'
}

/** Says yes the first so many times that a kind is asked. */
export function times(count: number, kind: Kind): (exchange: Exchange) => boolean {
  let left = count
  return (exchange) => exchange.kind === kind && left-- > 0
}

/** Says yes for a kind, always. */
export const always =
  (kind: Kind) =>
  (exchange: Exchange): boolean =>
    exchange.kind === kind

/** Spoils with one verdict where `hit` says so. */
export const before = (hit: (exchange: Exchange) => boolean, verdict: Verdict): Spoil => ({
  before: (exchange) => (hit(exchange) ? verdict : undefined),
})

export const after = (hit: (exchange: Exchange) => boolean, change: (answer: CaAnswer) => Verdict): Spoil => ({
  after: (exchange, answer) => (hit(exchange) ? change(answer) : undefined),
})

/** A problem document with headers. */
export function problem(status: number, type: string, headers: Readonly<Record<string, string>> = {}): CaAnswer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: { type: `urn:ietf:params:acme:error:${type}`, detail: 'because', status },
  }
}
