// Words that differ with the way to a certificate: a network's own servers vouch and order for us, a forge's broker knocks and we
// order ourselves. Whoever shows a step, or what came of one, takes its words from here.
import type { Problem, Step, StepName, Way } from '../api/index.ts'
import type { TextKey, Words } from './index.ts'

/** What a step is called. */
export function stepName(name: StepName, way: Way['kind'], words: Words): string {
  const own = `step.${way}.${name}`
  return words.text(words.knows(own) ? own : `step.${name}`)
}

/** One sentence about a step: its outcome, or what it is about. */
export function stepSentence({ name, status, note, params }: Step, way: Way, words: Words): string {
  const values = { count: 1, position: 1, ...(way.kind === 'forge' ? { forge: way.forge } : {}), ...params }
  const pick = (key: TextKey, own: string) => words.text(words.knows(own) ? own : key, values)
  if (note !== 'none') return pick(`note.${note}`, `note.${way.kind}.${note}`)
  const when = status === 'waiting' ? 'soon' : 'now'
  return pick(`step.${name}.${when}`, `step.${way.kind}.${name}.${when}`)
}

/** Why a forge was left, by the reason that is known; the others are said in general. */
const LEFT: Partial<Record<Problem['code'], TextKey>> = {
  'server-unreachable': 'next.unanswered',
  'ca-limit': 'next.limit',
  refused: 'next.refused',
  unreachable: 'next.closed',
}

/** That another forge is asked now, and why; undefined where the first one is still being asked. */
export function nextForge(way: Way, { text }: Words): string | undefined {
  if (way.kind !== 'forge' || way.before === null) return undefined
  const { forge, before } = way
  if (before.forge === null) return text('next.own', { forge })
  return text(LEFT[before.why] ?? 'next.failed', { before: before.forge, forge })
}

/** Failures that have words of their own where they happened at a forge, by the node's codes (main/certificates/failures.ts). */
const AT_FORGE: Readonly<Record<string, TextKey>> = {
  'broker-unavailable': 'forge.broker-unavailable',
  'broker-limit': 'forge.broker-limit',
  'broker-refused': 'forge.broker-refused',
  'forge-token': 'forge.forge-token',
  'bad-broker': 'forge.bad-broker',
  'value-not-shown': 'forge.value-not-shown',
  'not-dialled': 'forge.not-dialled',
  rateLimited: 'forge.ca-limit',
  ...of('forge.challenge-failed', ['challenge-failed', 'dns', 'connection', 'incorrectResponse', 'tls']),
  ...of('forge.ca-refused', ['caa', 'unauthorized', 'rejectedIdentifier']),
  ...of('forge.ca-refused', ['externalAccountRequired', 'malformed']),
  userActionRequired: 'forge.ca-terms',
  'account-gone': 'forge.ca-account',
}

/** Sentences that promise another try: not true where a person has to act first. */
const SAYS_BY_ITSELF: ReadonlySet<string> = new Set<TextKey>([
  ...(['error.no-proofs', 'error.server-unreachable', 'error.ca-unavailable', 'error.bad-certificate'] as const),
  'error.failed',
])

/** The key of a failure's sentence, where it happened in no forge's way; the promise of another try is kept or not made. */
export function failureKey({ code, params }: Told): TextKey {
  const key: TextKey = `error.${code}`
  if (params['paused'] !== undefined) return 'error.ca-paused'
  if (isUnresolved({ code, params })) return 'error.name-unresolved'
  // only an attempt has a code of the node's own, and a date where there is another
  const isOver = params['code'] !== undefined && params['until'] === undefined
  return isOver && SAYS_BY_ITSELF.has(key) ? 'error.not-by-itself' : key
}

/** A server that was not even asked, since its name led nowhere. */
const isUnresolved = ({ code, params }: Told): boolean =>
  code === 'server-unreachable' && params['unresolved'] !== undefined

type Told = Pick<Problem, 'code' | 'params'>

/** Failures that are a no of the forge itself; any other no at a forge is the authority's. */
const NO_BY_FORGE: readonly string[] = ['broker-refused', 'forge-token']

/** Who said no: `network` where no forge was asked, else the forge by its domain or the authority. */
export function whoRefused(
  problem: Told | null,
): { readonly by: 'network' | 'authority' } | { readonly forge: string } {
  const forge = problem?.params['forge']
  if (typeof forge !== 'string') return { by: 'network' }
  return NO_BY_FORGE.includes(String(problem?.params['code'])) ? { forge } : { by: 'authority' }
}

/** The sentence of a failure that happened at a forge; undefined where the usual one is as true. */
export function forgeFailure(problem: Told, { text }: Words): string | undefined {
  const { params } = problem
  if (isUnresolved(problem)) return undefined
  const { forge, others = 0 } = params
  const code = String(params['code'])
  if (typeof forge !== 'string' || !Object.hasOwn(AT_FORGE, code)) return undefined
  const own = AT_FORGE[code]
  // a limit without an end is the CA's pause: only a person can lift it
  const isPause = code === 'rateLimited' && (params['paused'] !== undefined || params['until'] === undefined)
  const key = isPause ? 'forge.ca-paused' : own
  if (key === undefined) return undefined
  const count = Number(others)
  return [text(key, { forge }), ...(count > 0 ? [text('forge.others', { count })] : [])].join(' ')
}

/** Who said no, as a title. */
export function refusedTitle(problem: Told | null, { text }: Words): string {
  const who = whoRefused(problem)
  if ('forge' in who) return text('home.refused.title-forge', who)
  return text(who.by === 'authority' ? 'home.refused.title-authority' : 'home.refused.title')
}

function of(key: TextKey, codes: readonly string[]): Record<string, TextKey> {
  return Object.fromEntries(codes.map((code) => [code, key]))
}
