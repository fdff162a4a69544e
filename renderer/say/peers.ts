// Which peers are listed and in which order, and what the best word about their addresses is.
import type { State } from '../../proto/api/index.ts'
import { shortPeer } from './names.ts'

type Peer = State['peers']['list'][number]
export type Trust = Peer['addresses'][number]['trust']

const ORDER: readonly Trust[] = ['added', 'certified', 'unverified']

/** Added by the person counts more than signed, since the person chose it; nothing known is unverified. */
export function bestTrust(addresses: Peer['addresses']): Trust {
  return ORDER.find((trust) => addresses.some((one) => one.trust === trust)) ?? 'unverified'
}

/** What a peer is called: by the person, else by the ends of its id. */
export function nameOfPeer({ name, peerId }: Pick<Peer, 'name' | 'peerId'>): string {
  return name ?? shortPeer(peerId)
}

/** Peers whose name, id or one of whose addresses holds every word; capitals do not matter. */
export function findPeers(list: readonly Peer[], text: string): readonly Peer[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return list.filter(({ peerId, name = '', addresses }) => {
    const all = [name, peerId, ...addresses.map(({ address }) => address)].join(' ').toLowerCase()
    return words.every((word) => all.includes(word))
  })
}

/** Connected ones first, then those seen last. */
export function peersToShow(list: readonly Peer[], show: 'connected' | 'all'): readonly Peer[] {
  return list
    .filter(({ connected }) => show === 'all' || connected)
    .toSorted(
      (a, b) =>
        Number(b.connected) - Number(a.connected) ||
        (b.lastSeenAt ?? 0) - (a.lastSeenAt ?? 0) ||
        a.peerId.localeCompare(b.peerId),
    )
}
