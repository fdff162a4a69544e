// What a person has typed in is kept elsewhere, in the settings: the book follows when it is loaded.
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { isUsers, sourceOf } from './entry.ts'
import { placeOf } from './places.ts'
import type { AtHand } from './at-hand.ts'
import type { Networks } from './networks.ts'
import type { PeerBook } from './types.ts'

/** What it needs. */
export interface FollowAddedInit extends Pick<PeerBook, 'add' | 'remove'> {
  /** Addresses with /p2p/ at their ends. */
  readonly added: readonly string[]
  /** The peers at hand; whom a person added is among them. */
  readonly all: readonly (readonly [string, AtHand])[]
  readonly networks: Networks
}

/** Takes back what is not there any more, and adds what is. */
export async function followAdded({ added, all, networks, add, remove }: FollowAddedInit): Promise<void> {
  const wanted = Map.groupBy(
    added.map((text) => multiaddr(text)),
    (address) => address.getComponents().at(-1)?.value ?? '',
  )
  for (const [id, { peer, entry }] of all) {
    if (!isUsers(entry)) continue
    const kept = new Set((wanted.get(id) ?? []).map((address) => placeOf(address, peer, networks, true)?.address))
    for (const one of entry.held) {
      if (sourceOf(one, 'user') && !kept.has(one.address)) await remove(peer, multiaddr(one.address))
    }
  }
  for (const [id, addresses] of wanted) await add(peerIdFromString(id), addresses, { provenance: 'user' })
}
