// Asks one peer for records, and believes nothing of the answer but what its owners have signed: each envelope is opened strictly, is of
// a peer that was asked for (or, where everything new was, of anybody), and is paid for before its signature is looked at. The first forged one
// ends it: who passes that on passes on anything.
import { MAX_MESSAGE_BYTES, PEER_RECORDS_PROTOCOL } from '../../proto/protocols.ts'
import { throwProblem } from '../../proto/problem.ts'
import { wireStream } from '../../proto/wire/codec.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { hex, type Peeked, peekPeerRecord } from '../discovery/peek.ts'
import {
  isBlamable,
  type OpenedPeerRecord,
  openPeerRecord,
  PeerRecordError,
  usableAddress,
} from '../records/peer-record.ts'
import { peerOfMultihash } from '../records/signer-key.ts'
import { ANSWER_IDLE_MS, MAX_ASKED, MAX_PLAIN_ADDRESSES, MAX_TOLD } from './limits.ts'
import type { PlainAddresses } from './source.ts'
import type { Summary } from './summary.ts'
import type { Connection, PeerId } from '@libp2p/interface'

/** What is asked of whom. */
export interface AskInit {
  readonly connection: Connection
  /** Whose records are wanted. @default nobody's in particular */
  readonly peers?: readonly PeerId[] | undefined
  /** What we have, where everything else is wanted too. */
  readonly summary?: Summary | undefined
  /** Our wall clock, milliseconds, for the ceiling of sequence numbers. */
  readonly now: number
  readonly signal: AbortSignal
  /** Whether a record would be news, by what it says of itself; those that are not are thrown away unopened. @default all are */
  readonly isNews?: ((peeked: Peeked) => boolean) | undefined
  /** Whether one more signature may be checked. @default always */
  readonly mayCheck?: ((peeked: Peeked) => boolean) | undefined
}

/** What came. */
export interface Told {
  readonly records: readonly OpenedPeerRecord[]
  /** Of peers that were asked for. */
  readonly unsigned: readonly PlainAddresses[]
  /** The record with which it ended, because it must not be believed. */
  readonly forged: PeerRecordError | undefined
  /** There is more. */
  readonly more: boolean
}

/**
 * Asks.
 *
 * @throws ProblemError where the peer refuses; the errors of a stream; the signal's reason
 */
export async function askRecords(init: AskInit): Promise<Told> {
  const { connection, signal, peers = [] } = init
  if (peers.length > MAX_ASKED) throw new RangeError(`${peers.length} peers, ${MAX_ASKED} can be asked for at once`)
  const stream = await connection.newStream(PEER_RECORDS_PROTOCOL, { signal })
  const wire = wireStream(stream, { maxBytes: MAX_MESSAGE_BYTES.peerRecords, idleMs: ANSWER_IDLE_MS, signal })
  try {
    await wire.write(nodetrust.PeerRecordsRequest, {
      peers: peers.map((peer) => peer.toMultihash().bytes),
      ...(init.summary ? { summary: { ...init.summary } } : {}),
    })
    const answer = await wire.read(nodetrust.PeerRecordsResponse)
    void wire.close()
    throwProblem(answer.problem)
    const opened = await openAll(answer.envelopes.slice(0, MAX_TOLD), init)
    const unsigned = readUnsigned(answer.unsigned.slice(0, MAX_TOLD), peers)
    return { ...opened, unsigned: opened.forged ? [] : unsigned, more: answer.more }
  } catch (error) {
    wire.abort(error instanceof Error ? error : new Error(String(error)))
    throw error
  }
}

async function openAll(
  envelopes: readonly Uint8Array[],
  { peers = [], summary, now, isNews, mayCheck, signal }: AskInit,
): Promise<Pick<Told, 'records' | 'forged'>> {
  const asked = new Set(peers.map((peer) => hex(peer.toMultihash().bytes)))
  const records: OpenedPeerRecord[] = []
  for (const bytes of envelopes) {
    signal.throwIfAborted()
    const envelope = Uint8Array.from(bytes)
    const peeked = peekPeerRecord(envelope)
    if (peeked && !summary && !asked.has(peeked.peer)) continue
    if (peeked && isNews?.(peeked) === false) continue
    if (peeked && mayCheck?.(peeked) === false) continue
    try {
      const record = await openPeerRecord(envelope, now)
      records.push(record)
    } catch (error) {
      if (!(error instanceof PeerRecordError)) throw error
      if (isBlamable(error.fault)) return { records, forged: error }
    }
  }
  return { records, forged: undefined }
}

function readUnsigned(told: readonly nodetrust.UnsignedPeer.$Properties[], asked: readonly PeerId[]): PlainAddresses[] {
  return told.flatMap(({ peerId, addresses }) => {
    const peer = peerOfMultihash(peerId ?? new Uint8Array())
    if (!peer || !asked.some((one) => one.equals(peer))) return []
    const read = (addresses ?? [])
      .slice(0, MAX_PLAIN_ADDRESSES)
      .flatMap((bytes) => usableAddress(Uint8Array.from(bytes), peer) ?? [])
    return read.length > 0 ? [{ peer, addresses: read }] : []
  })
}
