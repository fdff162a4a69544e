// The library's own dials: whoever gives js-libp2p a peer id has it dial what its peer store says. Its two hooks make it obey the
// chosen policy: the gater leaves out what no stage takes, the sorter puts the rest into our order. Dials of ours go past its queue
// (core/net/dial-many.ts) and are not judged here a second time.
import { withoutPeer } from '../../../core/net/own-address.ts'
import { kindOf, type PeerBook } from '../book/index.ts'
import { orderOf } from './order.ts'
import { type DialPolicy, stageOf } from './policy.ts'
import { peerIdFromString } from '@libp2p/peer-id'
import type { SingleDials } from '../../../core/net/dial-many.ts'
import type { Address, ConnectionGater } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** What judges, as soon as it is there. */
export interface Judge {
  readonly book: Pick<PeerBook, 'addresses'>
  readonly policy: () => DialPolicy
  readonly singleDials: Pick<SingleDials, 'expects'>
  readonly now: () => number
}

/** The hooks. */
export interface LibraryDials {
  readonly gater: Required<Pick<ConnectionGater, 'denyDialMultiaddr'>>
  readonly addressSorter: (one: Address, other: Address) => -1 | 0 | 1
  /** From now on it is judged; before, a host knows nobody. */
  use(judge: Judge): void
}

/** For how long an order is good: the library asks for all addresses of a dial at once. */
const ORDER_MS = 1_000

interface PeersOrder {
  readonly peer: string
  readonly at: number
  readonly places: ReadonlyMap<string, number>
}

/** Makes the hooks. */
export function createLibraryDials(): LibraryDials {
  let judge: Judge | undefined
  let last: PeersOrder | undefined

  const orderFor = (peer: string): PeersOrder | undefined => {
    if (!judge) return undefined
    const at = judge.now()
    if (last?.peer === peer && Math.abs(at - last.at) < ORDER_MS) return last
    const { placed } = orderOf(judge.policy(), judge.book.addresses(peerIdFromString(peer)), at)
    last = { peer, at, places: new Map(placed.map(({ known }, place) => [known.address.toString(), place])) }
    return last
  }

  const placeOf = (address: Multiaddr): number => {
    const peer = peerIn(address)
    const places = peer === undefined ? undefined : orderFor(peer)?.places
    return places?.get(withoutPeer(address).toString()) ?? Number.MAX_SAFE_INTEGER
  }

  return {
    gater: {
      denyDialMultiaddr(address) {
        const peer = peerIn(address)
        if (!judge || peer === undefined || judge.singleDials.expects(peer)) return false
        const owner = peerIdFromString(peer)
        const bare = withoutPeer(address)
        const text = bare.toString()
        const known = judge.book.addresses(owner).find((one) => one.address.toString() === text)
        // what no book has, nobody vouches for
        const judged = known ?? { address: bare, sources: [], kind: kindOf(bare, owner), experience: { failures: 0 } }
        return stageOf(judge.policy(), judged) === undefined
      },
    },
    addressSorter(one, other) {
      const [mine, theirs] = [placeOf(one.multiaddr), placeOf(other.multiaddr)]
      return mine === theirs ? 0 : mine < theirs ? -1 : 1
    },
    use(next) {
      judge = next
      last = undefined
    },
  }
}

/** The peer that an address ends with; over a relay, the one behind it. */
function peerIn(address: Multiaddr): string | undefined {
  const end = address.getComponents().at(-1)
  return end?.name === 'p2p' ? end.value : undefined
}
