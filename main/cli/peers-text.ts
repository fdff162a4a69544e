// What is known of peers, in words for a terminal. Whatever a stranger wrote in an address is made plain.
import { plainLine } from '../../proto/plain-text.ts'
import { distance } from '../distance.ts'
import type { PeerAddress, PeerView, State } from '../../proto/api/index.ts'

/** `nodetrust peers`. */
export function peersText({ peers }: State, now: number): string {
  if (peers.list.length === 0) return 'No peer is known yet.'
  const lines = peers.list.flatMap((peer) => {
    const seen = peer.lastSeenAt === null ? '' : `seen ${distance(peer.lastSeenAt - now)}`
    const how = peer.connected ? `connected${peer.pingMs === null ? '' : `, ${Math.round(peer.pingMs)} ms`}` : seen
    return [
      `${peer.name === undefined ? '' : `${plainLine(peer.name)}  `}${peer.peerId}  ${how}`.trimEnd(),
      ...peer.addresses.map(({ address, trust }) => `  ${trust.padEnd(TRUST_WIDTH)}${plainLine(address)}`),
    ]
  })
  return [...lines, '', `${peers.connected} connected, ${peers.known} known.`].join('\n')
}

/** Who is connected and who is not, a line each. */
export function peersFacts({ peers }: State): readonly string[] {
  return peers.list.map(({ peerId, connected }) => `${connected ? 'connected' : 'known'}  ${peerId}`)
}

const TRUST_WIDTH = 12

/** Why an address is known, as the end of a sentence that begins with it. */
const REASONS: Readonly<Record<PeerAddress['sources'][number]['provenance'], string>> = {
  user: 'added by you',
  certified: 'signed by the peer',
  identify: 'told by the peer',
  exchange: 'told by another peer',
  dht: 'found in the DHT',
  broadcast: 'heard on the topic',
  observed: 'we were connected there',
}

const KINDS: Readonly<Record<PeerAddress['kind'], string>> = {
  public: '',
  private: 'in a home or company',
  carrier: 'behind a provider',
  loopback: 'on its own computer',
  relay: 'over a relay',
}

/** `nodetrust peers show`. */
export function peerText(peer: PeerView, now: number): string {
  const ping = peer.pingMs === null ? '' : `, ${Math.round(peer.pingMs)} ms`
  const seen = peer.lastSeenAt === null ? 'Not seen yet' : `Seen ${distance(peer.lastSeenAt - now)}`
  return [
    ...(peer.name === undefined ? [] : [plainLine(peer.name)]),
    peer.peerId,
    peer.connected ? `Connected${ping}` : seen,
    ...peer.addresses.flatMap((address) => ['', plainLine(address.address), ...linesOf(address, now)]),
    ...(peer.addresses.length === 0 ? ['', 'No address of it is known.'] : []),
  ].join('\n')
}

function linesOf({ sources, kind, ...how }: PeerAddress, now: number): readonly string[] {
  const reasons = sources.map(({ provenance, since, until }) => {
    const begins = `${REASONS[provenance]} ${distance(since - now)}`
    return until === null ? begins : `${begins}, ends ${distance(until - now)}`
  })
  const worked = how.lastSuccessAt === null ? 'never tried' : `worked ${distance(how.lastSuccessAt - now)}`
  const quick = how.latencyMs === null ? '' : `, in ${Math.round(how.latencyMs)} ms`
  const times = how.failures === 1 ? 'failed once' : `failed ${how.failures} times in a row`
  const failed =
    how.failures === 0 || how.lastFailureAt === null ? '' : `${times}, last ${distance(how.lastFailureAt - now)}`
  const tried = how.lastSuccessAt === null && failed !== '' ? '' : `${worked}${quick}`
  return [
    ...(reasons.length === 0 ? ['it came from there'] : reasons),
    ...[KINDS[kind], tried, failed, how.sunken ? 'tried last, after all others' : ''].filter((line) => line !== ''),
  ].map((line) => `  ${line}`)
}
