// Our part in the DHT: our record is kept by the nodes closest to our key, the records of others are found by theirs, and whatever
// comes by is handed to the book. A node that can be reached answers; one that cannot only asks.
import { DHT_PROTOCOL } from '../../../proto/protocols.ts'
import { nodetrust } from '../../../proto/wire/nodetrust.js'
import { hex, peekPeerRecord } from '../../../core/discovery/peek.ts'
import { peerOfMultihash } from '../../../core/records/signer-key.ts'
import { MAX_PLAIN_ADDRESSES } from '../../../core/exchange/limits.ts'
import { countedLog } from '../../../core/counted-log.ts'
import { isBlamable, PeerRecordError, type OpenedPeerRecord, usableAddress } from '../../../core/records/peer-record.ts'
import { CLOSEST, dhtHandler, type DhtMessageFields } from './answer.ts'
import { createKademlia } from './library.ts'
import { createReach, type Dial } from './reach.ts'
import { keyOf, openValue, WrongKeyError } from './values.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Bringer } from '../../../core/discovery/fair-map.ts'
import type { Neighbours } from '../../../core/discovery/neighbours.ts'
import type { RecordSource } from '../../../core/exchange/source.ts'
import type { Host } from '../../../core/host.ts'
import type { Log } from '../../../core/log.ts'
import type { Connection, PeerId, PrivateKey } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** What the DHT needs. */
export interface DhtInit {
  readonly host: Host
  readonly key: PrivateKey
  readonly source: RecordSource
  /** Takes a record that was opened strictly. */
  readonly take: (record: OpenedPeerRecord, bringer: Bringer) => Promise<void>
  /** Takes addresses that nobody has signed. */
  readonly add: (peer: PeerId, addresses: readonly Multiaddr[], bringer: Bringer) => Promise<void>
  readonly highestSeq: (peer: PeerId) => bigint | undefined
  /** Addresses at which a peer could be dialled. */
  readonly addressesOf: (peer: PeerId) => readonly Multiaddr[]
  /** Dials a peer under the policy. */
  readonly dial: Dial
  /** What partners have cost; shared with the exchange. */
  readonly partners: Neighbours
  readonly clock: Clock
  readonly log: Log
  /** @default 1000 */
  readonly firstLookMs?: number | undefined
}

/** Our part. */
export interface Dht {
  /** Looks for the record of a peer; what is found is in the book. Never rejects. */
  find(peer: PeerId, signal: AbortSignal): Promise<void>
  /** Our record has changed: it is put into the DHT soon. */
  publish(): void
  sizes(): { readonly table: number; readonly finding: number; readonly dialled: number }
  stop(): Promise<void>
}

/** Holders keep a record for long; this is for those that have come closer to our key since, milliseconds. */
const REPUBLISH_MS = 4 * 3_600_000

/** A record changes several times while a node starts, milliseconds. */
const DEBOUNCE_MS = 500

/** Nobody was there to take it, milliseconds. */
const RETRY_MS = 60_000

/** A walk through a million nodes has ten steps, milliseconds. */
const PUT_MS = 60_000
const FIND_MS = 15_000

/** Nobody of the DHT is known yet, milliseconds: who has just started soon meets somebody, and others need not be waited for. */
const ALONE_MS = 3_000

/** People look for few peers at once; a walk is some sixty messages. */
const MAX_FINDING = 8

/** Takes part. @throws KademliaChangedError */
export async function startDht(init: DhtInit): Promise<Dht> {
  const { host, clock, source, partners } = init
  const log = countedLog(init.log.child({ protocol: DHT_PROTOCOL }), clock)
  const stopping = new AbortController()
  const { signal } = stopping
  const reach = createReach({ host, dial: init.dial })
  let finding = 0

  const bringerOf = ({ remotePeer }: Connection): Bringer => {
    const neighbour = remotePeer.toString()
    return { network: partners.networkOf(neighbour) ?? '', neighbour }
  }

  /** @throws PeerRecordError, WrongKeyError; TooMuchError where no more is looked at */
  const takeValue = async (key: Uint8Array, value: Uint8Array, connection: Connection): Promise<void> => {
    const peeked = peekPeerRecord(value)
    const peer = peeked && peerOfMultihash(Buffer.from(peeked.peer, 'hex'))
    const highest = peer && init.highestSeq(peer)
    // what we have, or have had newer, need not be looked at once more
    if (peer && highest !== undefined && peeked.seq <= highest && hex(key) === hex(keyOf(peer))) return
    const neighbour = connection.remotePeer.toString()
    if (!partners.check(neighbour, highest === undefined ? 'new' : 'known', clock.now())) throw new TooMuchError()
    try {
      await init.take(await openValue(key, value, clock.now()), bringerOf(connection))
    } catch (error) {
      if (error instanceof WrongKeyError || (error instanceof PeerRecordError && isBlamable(error.fault))) {
        partners.fault(neighbour, clock.now())
        log.info({ peer: neighbour, reason: error.message }, 'refused a peer record')
      }
      throw error
    }
  }

  /** What an answer says of others: never rejects for what one of them is. */
  const takeAnswer = async (asked: DhtMessageFields, answer: nodetrust.DhtMessage, connection: Connection) => {
    const { key, value } = answer.record.length > 0 ? nodetrust.DhtRecord.decode(answer.record) : NOTHING
    if (value.length > 0 && asked.key && hex(asked.key) === hex(key)) {
      await takeValue(key, value, connection).catch(() => undefined)
    }
    for (const { id, multiaddrs, signedRecord } of answer.closer.slice(0, CLOSEST + 1)) {
      const peer = peerOfMultihash(id ?? new Uint8Array())
      if (!peer || peer.equals(host.peerId)) continue
      if (signedRecord && signedRecord.length > 0) {
        await takeValue(keyOf(peer), signedRecord, connection).catch(() => undefined)
      } else {
        const addresses = (multiaddrs ?? [])
          .slice(0, MAX_PLAIN_ADDRESSES)
          .flatMap((bytes) => usableAddress(Uint8Array.from(bytes), peer) ?? [])
        const isNew = init.addressesOf(peer).length === 0
        const mayAdd =
          addresses.length > 0 && isNew && partners.check(connection.remotePeer.toString(), 'new', clock.now())
        if (mayAdd) await init.add(peer, addresses, bringerOf(connection)).catch(() => undefined)
      }
    }
  }

  const kademlia = createKademlia({
    ...{ host, key: init.key, now: () => clock.now(), firstLookMs: init.firstLookMs },
    addressesOf: (peer) => [...init.addressesOf(peer), ...reach.addressesOf(peer)],
    reach: (peer, ends) => reach.connection(peer, AbortSignal.any([signal, ends])),
    take: takeAnswer,
    handler: (closest) =>
      dhtHandler({
        self: host.peerId,
        source,
        ...{ closest, clock },
        log,
        signal,
        keep: (key, value, from) => takeValue(key, value, from),
      }),
  })
  const { dht } = kademlia
  await dht.start()

  let changed = Promise.withResolvers<void>()
  const putOnce = async (): Promise<boolean> => {
    const own = source.own()
    await dht.setMode(own && own.addresses.length > 0 ? 'server' : 'client')
    if (!own) return true
    let kept = 0
    const ends = AbortSignal.any([signal, AbortSignal.timeout(PUT_MS)])
    for await (const event of dht.put(keyOf(host.peerId), own.envelope, { signal: ends })) {
      if (event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE') kept++
    }
    log.debug({ kept }, 'our record was put into the DHT')
    return kept > 0
  }
  const keepPut = async (): Promise<void> => {
    while (!signal.aborted) {
      const isPut = await putOnce().catch((error: unknown) => {
        if (!signal.aborted) log.debug({ error: String(error) }, 'our record was not put into the DHT')
        return false
      })
      const pause = new AbortController()
      const slept = clock.sleep(isPut ? REPUBLISH_MS : RETRY_MS, AbortSignal.any([signal, pause.signal]))
      await Promise.race([slept.catch(() => undefined), changed.promise])
      pause.abort(new Error('our record has changed'))
      changed = Promise.withResolvers<void>()
      await clock.sleep(DEBOUNCE_MS, signal).catch(() => undefined)
    }
  }
  const putting = keepPut()

  return {
    publish: () => changed.resolve(),
    sizes: () => ({ table: kademlia.size(), finding, dialled: reach.size() }),
    async find(peer, ends) {
      if (finding >= MAX_FINDING || signal.aborted || peer.equals(host.peerId)) return
      finding++
      try {
        const within = kademlia.size() > 0 ? FIND_MS : ALONE_MS
        const both = AbortSignal.any([signal, ends, AbortSignal.timeout(within)])
        for await (const _ of dht.get(keyOf(peer), { signal: both })); // what is found is taken with each answer
      } catch (error) {
        if (!signal.aborted)
          log.debug({ peer: peer.toString(), error: String(error) }, 'a peer was not found in the DHT')
      } finally {
        finding--
      }
    },
    async stop() {
      stopping.abort(new Error('the node stops'))
      changed.resolve()
      await putting
      await dht.stop()
      await host.unhandle(DHT_PROTOCOL)
      await reach.stop()
    },
  }
}

const NOTHING = { key: new Uint8Array(), value: new Uint8Array() }

/** More came from one place than is looked at. */
class TooMuchError extends Error {
  override readonly name = 'TooMuchError'

  constructor() {
    super('more records of unknown peers than are looked at in a while')
  }
}
