// What else than the topic tells us of peers: the exchange of records with those whom we meet, and the DHT where that is on, whose code
// is loaded only then. Both put what they hear into the book and answer from it.
import { multiaddr } from '@multiformats/multiaddr'
import { startExchange } from './exchange.ts'
import { bookAsSource } from './record-source.ts'
import { createSeek, type Seek } from './seek.ts'
import { allowedAddresses } from './told-addresses.ts'
import type { Clock } from '../../core/clock.ts'
import type { HeldRecord } from '../../core/exchange/source.ts'
import type { Host } from '../../core/host.ts'
import type { Log } from '../../core/log.ts'
import type { Identity } from '../identity/identity.ts'
import type { NodeConfig } from '../settings/config.ts'
import type { PeerBook } from './book/index.ts'
import type { OwnRecord } from './own-record.ts'
import type { Dht } from './dht/dht.ts'
import type { Dial } from './dht/reach.ts'
import type { PeerId } from '@libp2p/interface'

/** What it needs. */
export interface OthersInit {
  readonly host: Host
  readonly identity: Identity
  readonly book: PeerBook
  readonly config: Pick<NodeConfig['discovery'], 'addressClasses' | 'dht'>
  readonly own: Pick<OwnRecord, 'last' | 'watch'>
  /** Connects to a peer that a walk through the DHT leads to. */
  readonly dial: Dial
  readonly clock: Clock
  readonly log: Log
}

/** What runs. */
export interface Others {
  /** Looks for a peer. */
  readonly seek: Seek
  readonly dht: Dht | undefined
  stop(): Promise<void>
}

/** Begins. */
export async function startOthers(init: OthersInit): Promise<Others> {
  const { host, book, config, clock, log } = init
  const stopping = new AbortController()
  const source = bookAsSource({ book, own: () => ownOf(init), addressClasses: config.addressClasses })
  const exchange = await startExchange({
    ...{ host, book, source, addressClasses: config.addressClasses, clock, log, signal: stopping.signal },
  })
  const dht = config.dht ? await openDht() : undefined
  const unwatched = init.own.watch(() => dht?.publish())

  async function openDht(): Promise<Dht> {
    const { startDht } = await import('./dht/dht.ts')
    const addressesOf = (peer: PeerId) => book.addresses(peer).map(({ address }) => address)
    return await startDht({
      ...{ host, key: init.identity.key, source, addressesOf, partners: exchange.partners, clock, log },
      highestSeq: (peer) => book.highestSeq(peer),
      dial: init.dial,
      take: async (record, bringer) => void (await book.consume(record, { provenance: 'dht', bringer })),
      async add(peer, addresses, bringer) {
        const allowed = allowedAddresses(addresses, peer, config.addressClasses)
        if (allowed.length > 0) await book.add(peer, allowed, { provenance: 'dht', bringer })
      },
    })
  }

  return {
    ...{ seek: createSeek({ exchange, dht }), dht },
    async stop() {
      unwatched()
      stopping.abort(new Error('the node stops'))
      await dht?.stop()
    },
  }
}

/** Our record as it is told. */
function ownOf({ host, own }: OthersInit): HeldRecord | undefined {
  const sealed = own.last()
  if (!sealed) return undefined
  const { seq, envelope, addresses } = sealed
  return { peer: host.peerId, seq, envelope, addresses: addresses.map((text) => multiaddr(text)) }
}
