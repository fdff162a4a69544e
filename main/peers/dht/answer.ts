// Our answers as a node of the DHT, in place of the library's: it reads messages of four megabytes, keeps whatever providers anybody names,
// writes strangers' addresses into the peer store, and knows no records. Here every value is a record that goes to the book ("memorise
// this"), every answer about a peer comes from the book with the record where there is one, and there are no providers.
import { createHash } from 'node:crypto'
import { type Budget, createBudget } from '../../../core/exchange/budget.ts'
import { type HeldRecord, isRecord, type RecordSource } from '../../../core/exchange/source.ts'
import { MAX_PLAIN_ADDRESSES } from '../../../core/exchange/limits.ts'
import { networkOfText } from '../../../core/net/network.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Rate } from '../../../core/leaky-bucket.ts'
import { peerOfMultihash } from '../../../core/records/signer-key.ts'
import { MAX_MESSAGE_BYTES } from '../../../proto/protocols.ts'
import { wireStream } from '../../../proto/wire/codec.ts'
import { nodetrust } from '../../../proto/wire/nodetrust.js'
import { limitedHandler, type ProtocolRates } from '../../../core/net/protocol-rates.ts'
import { peerOfKey } from './values.ts'
import type { Log } from '../../../core/log.ts'
import type { Connection, PeerId, Stream, StreamHandler } from '@libp2p/interface'

const { DhtMessage, DhtRecord } = nodetrust
const { Type } = DhtMessage

/** What answering needs. */
export interface DhtAnswerInit {
  readonly self: PeerId
  readonly source: RecordSource
  /** The peers of the routing table that are closest to a key, by its hash. */
  readonly closest: (kadId: Uint8Array, most: number, except: readonly PeerId[]) => readonly PeerId[]
  /** Takes a value that somebody wants kept; throws where it is no good, or too much came from there. */
  readonly keep: (key: Uint8Array, value: Uint8Array, connection: Connection) => Promise<void>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly signal: AbortSignal
}

/** A message as protobuf gives it. */
export type DhtMessageFields = nodetrust.DhtMessage.$Properties

/** What a node of the DHT does not do: other values, providers. */
export class NotServedError extends Error {
  override readonly name = 'NotServedError'
}

/** Kademlia's k: as many are told of, and as many keep a record. */
export const CLOSEST = 20

/** A peer that looks for somebody asks each node once or twice; one that comes up asks for some twenty keys within seconds. */
const RATES: ProtocolRates = {
  connection: { burst: 64, perSecond: 1 },
  all: { burst: 400, perSecond: 20, free: 2 },
  refusals: { burst: 64, perSecond: 1 },
}

/** What one network is told: a home that looks for some twenty keys gets a few kilobytes for each, and again in some ten minutes. */
const NETWORK_BYTES: Rate = { burst: 524_288, perSecond: 1_024 }

/** What all together are told: a megabit in a second. */
const ALL_BYTES: Rate = { burst: 4_194_304, perSecond: 131_072 }

/** Messages on one stream: the library sends one, others may send a few. */
const MAX_MESSAGES = 8

/** A key is hashed anyway. */
const MAX_KEY_BYTES = 256

/** What of an answer is not peers. */
const FRAME_BYTES = 512
const PEER_FRAME_BYTES = 16

/** Makes the handler of the DHT's protocol. */
export function dhtHandler(init: DhtAnswerInit): StreamHandler {
  const budget = createBudget({ networkBytes: NETWORK_BYTES, allBytes: ALL_BYTES })
  return limitedHandler((stream, connection) => void converse(init, budget, stream, connection), RATES)
}

/** Never rejects. */
async function converse(init: DhtAnswerInit, budget: Budget, stream: Stream, connection: Connection): Promise<void> {
  const network = networkOfText(connection.remoteAddr.getComponents()[0]?.value)
  const wire = wireStream(stream, { maxBytes: MAX_MESSAGE_BYTES.dhtRequest, signal: init.signal })
  try {
    for (let count = 0; count < MAX_MESSAGES && stream.readStatus === 'readable'; count++) {
      const message = await wire.read(DhtMessage)
      // each message pays, not each stream: a short one may ask for all that we know of twenty peers
      budget.check(network, init.clock.now())
      const answer = await answerTo(message, connection, init)
      budget.spend(network, DhtMessage.encode(answer).finish().length, init.clock.now())
      await wire.write(DhtMessage, answer)
    }
    await wire.close()
  } catch (error) {
    if (!isEnd(error)) {
      init.log.debug(
        { peer: connection.remotePeer.toString(), error: String(error) },
        'a message of the DHT was not answered',
      )
    }
    wire.abort(error instanceof Error ? error : new Error(String(error)))
  }
}

/** The other side has said all it had. */
function isEnd(error: unknown): boolean {
  return error instanceof Error && error.name === 'StreamEndedError'
}

/** The answer to one message. @throws NotServedError, and what `keep` throws */
export async function answerTo(
  { type = Type.PUT_VALUE, key = new Uint8Array(), record }: nodetrust.DhtMessage.$Properties,
  connection: Connection,
  init: DhtAnswerInit,
): Promise<DhtMessageFields> {
  const asker = connection.remotePeer
  const bytes = key ?? new Uint8Array()
  if (bytes.length > MAX_KEY_BYTES) throw new NotServedError(`a key of ${bytes.length} bytes`)
  if (type === Type.PING) return { type }
  if (type === Type.FIND_NODE)
    return { type, key: bytes, closer: peersNear(bytes, peerOfMultihash(bytes), asker, init) }
  const peer = peerOfKey(bytes)
  if (!peer || (type !== Type.GET_VALUE && type !== Type.PUT_VALUE)) {
    throw new NotServedError(`message ${type ?? 'of no type'}: this DHT keeps peer records and nothing else`)
  }
  if (type === Type.PUT_VALUE) await keepValue(bytes, record, connection, init)
  const held = heldOf(peer, init)
  const value = held && isRecord(held) ? held : undefined
  const closer = type === Type.GET_VALUE ? peersNear(bytes, undefined, asker, init) : []
  return { type, key: bytes, closer, ...(value ? { record: recordOf(bytes, value) } : {}) }
}

/** A value as the library reads it. */
export function recordOf(key: Uint8Array, { envelope }: Pick<HeldRecord, 'envelope'>): Uint8Array {
  return DhtRecord.encode({ key, value: envelope, timeReceived: new Date().toISOString() }).finish()
}

async function keepValue(
  key: Uint8Array,
  record: Uint8Array | null | undefined,
  connection: Connection,
  { keep }: DhtAnswerInit,
): Promise<void> {
  const told = DhtRecord.decode(record ?? new Uint8Array())
  if (Buffer.compare(told.key, key) !== 0) throw new NotServedError('a value under another key than its own')
  await keep(key, told.value, connection)
}

/** The closest peers that we can say something of, each with its record or with what is known of it. */
function peersNear(key: Uint8Array, named: PeerId | undefined, asker: PeerId, init: DhtAnswerInit) {
  const kadId = createHash('sha256').update(key).digest()
  const near = init.closest(kadId, CLOSEST, [asker, init.self])
  const peers = named && !named.equals(asker) ? [named, ...near.filter((peer) => !peer.equals(named))] : near
  let left = MAX_MESSAGE_BYTES.dhtResponse - MAX_MESSAGE_BYTES.dhtRequest - FRAME_BYTES
  return peers.flatMap((peer) => {
    const held = heldOf(peer, init)
    if (!held || held.addresses.length === 0) return []
    const multiaddrs = held.addresses.slice(0, MAX_PLAIN_ADDRESSES).map((address) => address.bytes)
    const told = {
      id: peer.toMultihash().bytes,
      multiaddrs,
      ...(isRecord(held) ? { signedRecord: held.envelope } : {}),
    }
    const parts = [told.id, ...multiaddrs, ...(isRecord(held) ? [held.envelope] : [])]
    const size = parts.reduce((sum, part) => sum + part.length + PEER_FRAME_BYTES, 0)
    if (size > left) return []
    left -= size
    return [told]
  })
}

/** About ourselves, our record as it is now. */
function heldOf(peer: PeerId, { self, source }: DhtAnswerInit) {
  return peer.equals(self) ? source.own() : source.recordsOf([peer])[0]
}
