// What is known of peers, in words for a terminal. Whatever a stranger wrote in an address is made plain.
import { plainLine } from '../../proto/plain-text.ts'
import { KIND_WORDS, SOURCE_WORDS } from '../../proto/text/peer-words.ts'
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
  return [...lines, '', `${peers.connected} connected, ${peers.known} known. ${dhtText(peers)}.`].join('\n')
}

/** Whether peers are looked for in the whole network. */
export const dhtText = ({ dht }: Pick<State['peers'], 'dht'>): string =>
  dht ? 'The DHT is on' : 'The DHT is off (discovery.dht)'

/** Who is connected and who is not, a line each. */
export function peersFacts({ peers }: State): readonly string[] {
  return peers.list.map(({ peerId, connected }) => `${connected ? 'connected' : 'known'}  ${peerId}`)
}

const TRUST_WIDTH = 12

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
    const begins = `${SOURCE_WORDS[provenance]} ${distance(since - now)}`
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
    ...[
      kind === 'public' ? '' : KIND_WORDS[kind],
      tried,
      failed,
      how.sunken ? 'tried last, after all others' : '',
    ].filter((line) => line !== ''),
  ].map((line) => `  ${line}`)
}
