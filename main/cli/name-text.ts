// Names by key in words for a terminal.
import { moment, table } from './text.ts'
import type { LookedUpData, NameView, VerificationData } from '../../proto/api/index.ts'

const RELAYS: Readonly<Record<NameView['relays'][number]['state'], string>> = {
  unasked: 'not asked yet',
  kept: 'has it',
  answered: 'answers',
  late: 'was slower than others',
  refused: 'does not take it',
  silent: 'does not answer',
  unreachable: 'cannot be reached',
  misbehaved: 'does not do what it says',
}

const TROUBLES: Readonly<Record<NonNullable<NameView['trouble']>, string>> = {
  'no-relay': 'no relay has taken it: it is tried again by itself',
  'no-address':
    'nobody can reach this computer from outside now, so there is no address to publish (nodetrust reachability)',
  clock: 'this computer’s clock is far behind: set it right, then publish again',
  lists: 'the older pair was not published: this key has lists of people in the same places',
}

/** `nodetrust name status`. @param now  milliseconds since 1970 */
export function nameText(name: NameView, now: number): string {
  const { published } = name
  return table([
    ['Name', ...(name.names.length > 0 ? name.names : ['not looked at yet: nodetrust name publish publishes it'])],
    ['Key', name.npub === null ? null : name.imported ? 'your own, imported' : 'this computer’s own'],
    ['State', stateText(name)],
    ['Published', published && `${moment(published.at, now)}, counts until ${moment(published.until, now)}`],
    ['Says', ...(published?.records ?? []).map(({ type, name: owner, value }) => `${owner} ${type} ${value}`)],
    ['Pins', ...(published?.pins ?? [])],
    [
      'Relays',
      ...name.relays.map(({ url, state, why }) => `${url}: ${RELAYS[state]}${why === null ? '' : ` (${why})`}`),
    ],
    ['Trouble', name.trouble && TROUBLES[name.trouble]],
    [
      'Elsewhere',
      name.otherMachineAt === null
        ? null
        : `another computer published this name ${moment(name.otherMachineAt, now)}: nodetrust name publish takes it over`,
    ],
    ['DNS', name.resolver?.addresses.join(', ')],
    ['Proxy', name.proxy?.pac],
  ])
}

function stateText({ state, publish, published, busy, detail }: NameView): string {
  if (state === 'failed') return `it cannot be looked after: ${detail}`
  if (!publish) return 'not published'
  if (published) return 'published'
  return busy || state === 'starting' ? 'being published' : 'to be published'
}

const LOOKED: Readonly<Record<LookedUpData['state'], string>> = {
  fresh: 'relays say so now',
  cached: 'relays said so a moment ago',
  stale: 'no relay answers: this is what was known last',
  none: 'relays answer, and there is no such name',
  unknown: 'no relay answers, and nothing is known of it',
  busy: 'too many names are asked for: try again in a minute',
}

/** `nodetrust name resolve`. */
export function lookedUpText(found: LookedUpData, now: number): string {
  return table([
    ['Name', found.name],
    [
      'Known',
      LOOKED[found.state],
      found.rolledBack ? 'a relay gave an older version than was seen before: it does not count' : null,
    ],
    ['Signed', found.signedAt === null ? null : moment(found.signedAt, now)],
    ['Counts until', found.until === null ? null : moment(found.until, now)],
    ['Says', ...found.records.map(({ type, name, value }) => `${name} ${type} ${value}`)],
    ['Pins', ...found.pins.map(({ port, sha256 }) => `port ${port}: ${sha256}`)],
    ['Peer', found.peerId],
    ['Left out', ...found.left.map(({ what, why }) => `${what}: ${why}`)],
    [
      'Relays',
      ...found.relays.map(({ url, state, why }) => `${url}: ${RELAYS[state]}${why === null ? '' : ` (${why})`}`),
    ],
  ])
}

const MARKS = { good: 'ok', note: '!', bad: 'NO' } as const

/** `nodetrust name verify`: a line for each thing that was looked at, and what follows. */
export function verificationText({ name, ok, findings }: VerificationData): string {
  const lines = findings.map(({ outcome, code, params }) => `${MARKS[outcome].padEnd(4)}${sentence(code, params)}`)
  const end = ok
    ? `What is served at ${name} is what its owner has signed.`
    : `What is served at ${name} is NOT shown to be its owner’s.`
  return [...lines, '', end].join('\n')
}

type Params = VerificationData['findings'][number]['params']

function sentence(code: string, params: Params): string {
  const say = SENTENCES[code]
  return say ? say(params) : code
}

const day = (value: string | number | undefined) =>
  typeof value === 'number' ? new Date(value).toISOString().slice(0, 10) : '?'

/** By the codes of main/naming/verify.ts. */
export const SENTENCES: Readonly<Record<string, (params: Params) => string>> = {
  found: ({ relays, of }) => `the name is published: ${relays} of ${of} relays answer`,
  stale: () => 'no relay answers now: this is what was known last',
  'rolled-back': () => 'a relay gave an older version than was seen before; it does not count',
  none: () => 'relays answer, and there is no such name',
  busy: () => 'too many names are asked for: try again in a minute',
  unknown: () => 'no relay answers, and nothing is known of the name',
  'no-pin': () => 'its owner has signed no key for this port, so nothing can be compared',
  'only-certificate': () => 'it has only a certificate of the older layout, which nothing ties to the address',
  'private-address': () => 'it leads to a private address, which is not followed (naming.allowPrivate)',
  'no-address': () => 'it has no address',
  addresses: ({ addresses }) => `it leads to ${addresses}`,
  connected: ({ where }) => `somebody answers at ${where}`,
  'not-connected': ({ where, why }) => `nobody answers at ${where} (${why})`,
  'nobody-there': () => 'nobody answers at any of its addresses',
  'same-key': ({ pin }) => `the key there is the signed one (${pin}…)`,
  'other-key': ({ where, pin }) => `the key at ${where} is ANOTHER one (${pin}…): this is not who it should be`,
  named: ({ name }) => `the certificate is for ${name}`,
  'not-named': ({ name }) => `the certificate is not for ${name}`,
  'in-time': ({ until }) => `the certificate is good until ${day(until)}`,
  over: ({ until }) => `the certificate ended on ${day(until)}`,
  future: ({ from }) => `the certificate begins on ${day(from)}`,
  'is-authority': () => 'the certificate is an authority, which a name’s must not be',
  peer: ({ peer }) => `the peer ${peer} and the name have signed each other`,
  offline: ({ until }) => `the name’s own key has signed this certificate, which is good until ${day(until)}`,
  'offline-form': () => 'this is no certificate that can be read',
  'offline-other-key': () => 'the name’s key has not signed it',
  'offline-signature': () => 'the name’s authority is there, and its signature does not fit',
  'offline-authority': () => 'it is an authority, which a server must not show as its own',
  'offline-names': () => 'it is signed by the name’s key, and not for this name',
  'offline-over': () => 'it is signed by the name’s key, and its time is not now',
}
