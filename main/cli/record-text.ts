// What `nodetrust record show` tells: in words, and for programs.
import { isoTime, type JSON_OUTPUTS } from './json.ts'
import { moment, table } from './text.ts'
import { plainText, shown } from '../../proto/plain-text.ts'
import type * as v from 'valibot'
import type { Said } from '../../core/records/payload-types.ts'
import type { ShownEnvelope } from '../../core/records/show.ts'

/** In words. @param now  milliseconds since 1970 */
export function recordText(envelope: ShownEnvelope, now: number): string {
  const { kind, signer, signature, domain, said, wrong, believable } = envelope
  return table([
    ['Kind', KINDS[kind]],
    ['Signed by', signer && `${signer.peer} (${signer.key})`],
    ['Signature', signatureText({ signature, domain })],
    ...(said ? saidRows(said, now) : []),
    ['Size', `${envelope.bytes} bytes`],
    ['Wrong', ...wrong],
    ['Verdict', believable ? BELIEVABLE[kind] : 'one must not believe it'],
  ])
}

const KINDS: Readonly<Record<ShownEnvelope['kind'], string>> = {
  'peer-record': 'peer record: where a peer can be reached',
  'legacy-peer-record': 'peer record, as rust-libp2p signs them by default',
  proof: 'proof of an address, by a proof server',
  'relay-voucher': 'relay voucher: a place at a relay',
  'name-binding': 'bond of a peer to a name by key',
  unknown: 'signed envelope of an unknown kind',
  broken: 'no signed envelope',
}

/** What is left to be asked where nothing is wrong. */
const BELIEVABLE: Readonly<Partial<Record<ShownEnvelope['kind'], string>>> = {
  'peer-record': 'one may believe it, until the peer has signed a newer one',
  proof: 'whole and fresh; it counts where the network lists the one that signed it',
  'relay-voucher': 'one may believe it: the relay says so itself',
  'name-binding': 'the peer agrees; it counts where an event that the name has signed carries it',
}

function signatureText({ signature, domain }: Pick<ShownEnvelope, 'signature' | 'domain'>): string | null {
  if (signature === 'good') return `good, for ${domain}`
  return signature === 'bad' ? 'does not fit' : null
}

function saidRows(said: Said, now: number): Parameters<typeof table>[0] {
  switch (said.kind) {
    case 'proof':
      return [
        ['Peer', said.peer],
        ['Seen', safeMoment(said.atMs, now)],
        ['Addresses', ...said.addresses],
      ]
    case 'relay-voucher':
      return [
        ['Relay', said.relay],
        ['Peer', said.peer],
        ['Good until', safeMoment(said.untilMs, now)],
      ]
    case 'name-binding':
      return [
        ['Peer', said.peer],
        ['Name', `${said.npub}.nostr`],
      ]
    default:
      return [
        ['Peer', said.peer],
        ['Number', numberText(said, now)],
        ['Addresses', ...addressLines(said)],
        ['Services', ...serviceLines(said)],
      ]
  }
}

type SaidRecord = Extract<Said, { readonly kind: 'peer-record' | 'legacy-peer-record' }>

function numberText({ seq, time }: SaidRecord, now: number): string {
  if (!time) return `${seq}, a counter`
  return `${seq}, in ${time.unit} this would be ${safeMoment(time.atMs, now)}`
}

function addressLines({ addresses }: SaidRecord): readonly string[] {
  if (addresses.length === 0) return ['none: the peer takes all of them back']
  return addresses.map(({ address, unused }) => (unused === undefined ? address : `${address} (left out: ${unused})`))
}

/** A record may hold a thousand, and one name may fill it. */
const MAX_SERVICES = 20

function serviceLines({ services }: SaidRecord): readonly string[] {
  const lines = services.slice(0, MAX_SERVICES).map(({ id, bytes }) => `${shown(plainText(id))} (${bytes} bytes)`)
  const more = services.length - lines.length
  return more === 0 ? lines : [...lines, `and ${more} more`]
}

/** The last moment that people's calendars have four digits for. */
const MAX_TIME_MS = Date.parse('9999-12-31T23:59:59Z')

/** A stranger's time, which may be none. */
function safeMoment(at: number, now: number): string {
  return at <= MAX_TIME_MS ? moment(at, now) : 'after the year 9999'
}

/** For programs. */
export function recordJson(envelope: ShownEnvelope): v.InferOutput<(typeof JSON_OUTPUTS)['record show']> {
  const { kind, believable, bytes, signer, signature, domain, payloadType, payloadBytes, said, wrong } = envelope
  return {
    ...{ kind, believable, bytes, signer: signer?.peer ?? null, key: signer?.key ?? null, signature },
    domain: domain ?? null,
    payloadType: payloadType ? Buffer.from(payloadType).toString('hex') : null,
    ...{ payloadBytes, wrong },
    record: said && 'seq' in said ? recordOf(said) : null,
    proof: said?.kind === 'proof' ? proofOf(said) : null,
    voucher:
      said?.kind === 'relay-voucher' ? { relay: said.relay, peer: said.peer, until: timeOrNull(said.untilMs) } : null,
    name: said?.kind === 'name-binding' ? { peer: said.peer, npub: said.npub } : null,
  }
}

function recordOf({ peer, seq, time, addresses, services }: SaidRecord) {
  return {
    ...{ peer, seq: String(seq), unit: time?.unit ?? null, time: time ? timeOrNull(time.atMs) : null },
    addresses: addresses.map(({ address, unused }) => ({ address, unused: unused ?? null })),
    services: services.map(({ id, bytes }) => ({ id, bytes })),
  }
}

function proofOf({ peer, atMs, addresses }: Extract<Said, { readonly kind: 'proof' }>) {
  return { peer, time: timeOrNull(atMs), addresses: [...addresses] }
}

function timeOrNull(at: number): string | null {
  return at <= MAX_TIME_MS ? isoTime(at) : null
}
