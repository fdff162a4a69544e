// Connected peers that answer AutoNAT v2, and how each of them sees us: identify tells both. They are strangers, so that of their words only
// those count that show themselves: that they reached us, and an address of ours that somebody else names too.
import { DIAL_REQUEST_PROTOCOL } from '../../proto/wire/autonat.ts'
import { createFairMap } from '../../core/discovery/fair-map.ts'
import { publicIpOf } from '../../core/net/multiaddr-ip.ts'
import { networkOf } from '../../core/net/network.ts'
import type { IpAddress } from '../../proto/ip.ts'
import type { Host } from '../../core/host.ts'
import type { Connection, IdentifyResult } from '@libp2p/interface'

/** A peer that may be asked, over the connection that there is. */
export interface AnsweringPeer {
  readonly connection: Connection
  /** Our address as it sees us. */
  readonly seenAs: IpAddress
}

/** Knows them. */
export interface AnsweringPeers {
  /**
   * Those worth asking now, one of each network.
   *
   * @param known  addresses of ours that we know otherwise, as text; another one counts when peers of two networks name it
   */
  list(known: readonly string[]): readonly AnsweringPeer[]
  /** How many are remembered. */
  size(): number
  stop(): void
}

/** Two confirmations are what others want; two more for those that do not answer. */
const MAX_ASKED = 4

/** Connections that are remembered, of each network as many as of any other: what a host has of them at most. */
const MAX_REMEMBERED = 300

/** What a choice depends on. */
export interface Candidate {
  readonly seenAs: IpAddress
  /** The network that the peer is in. */
  readonly network: string
  /** We have dialled it: it did not choose us. */
  readonly isOutbound: boolean
}

interface Remembered extends AnsweringPeer, Candidate {}

/**
 * Whom to ask: one of each network and family, who names an address that we know otherwise or that a peer of another network names too.
 *
 * @param known  addresses, as text
 */
export function worthAsking<Peer extends Candidate>(found: readonly Peer[], known: readonly string[]): readonly Peer[] {
  const networksThatSee = (text: string) =>
    new Set(found.filter(({ seenAs }) => seenAs.text === text).map(({ network }) => network)).size
  const believed = found.filter(({ seenAs }) => known.includes(seenAs.text) || networksThatSee(seenAs.text) > 1)
  const oneOfEach = new Map<string, Peer>()
  for (const peer of believed.toSorted((one, two) => Number(two.isOutbound) - Number(one.isOutbound))) {
    const key = `${peer.network} ${peer.seenAs.family}`
    if (!oneOfEach.has(key)) oneOfEach.set(key, peer)
  }
  return [...oneOfEach.values()].slice(0, MAX_ASKED)
}

/** Listens from now on. @param onFound  called when there is one more */
export function createAnsweringPeers(host: Host, onFound: () => void): AnsweringPeers {
  const found = createFairMap<Remembered>({ limit: MAX_REMEMBERED })
  const onIdentify = ({ detail }: CustomEvent<IdentifyResult>) => {
    const { connection, protocols, observedAddr } = detail
    // one that has closed meanwhile would be remembered for ever
    if (connection.status !== 'open') return
    if (!protocols.includes(DIAL_REQUEST_PROTOCOL) || !connection.direct || connection.limits !== undefined) return
    const seenAs = observedAddr && publicIpOf(observedAddr)
    const theirs = publicIpOf(connection.remoteAddr)
    // a peer of our own home or machine comes in by another door than everybody else
    if (!seenAs || !theirs) return
    const isOutbound = connection.direction === 'outbound'
    const network = networkOf(theirs)
    found.put(connection.id, { connection, seenAs, network, isOutbound }, { network, neighbour: '' })
    onFound()
  }
  const onClose = ({ detail }: CustomEvent<Connection>) => found.delete(detail.id)
  host.addEventListener('peer:identify', onIdentify)
  host.addEventListener('connection:close', onClose)
  return {
    list: (known) =>
      worthAsking(
        [...found.entries()].map(([, peer]) => peer),
        known,
      ),
    size: () => found.size,
    stop() {
      host.removeEventListener('peer:identify', onIdentify)
      host.removeEventListener('connection:close', onClose)
    },
  }
}
