// What somebody who asks is told. Pure: limits on how often are serve.ts' matter. About ourselves the one thing told is our record as it
// is now, whatever older one of ours came back to us; and nobody is told what they have.
import { ErrorCode, ProblemError } from '../../proto/problem.ts'
import { MAX_MESSAGE_BYTES } from '../../proto/protocols.ts'
import { peerOfMultihash } from '../records/signer-key.ts'
import { MAX_ASKED, MAX_PLAIN_ADDRESSES, MAX_SUMMARISED, MAX_TOLD } from './limits.ts'
import { type HeldRecord, isRecord, type PlainAddresses, type RecordSource } from './source.ts'
import { isSummarised, readSummary, type Summary } from './summary.ts'
import type { PeerId } from '@libp2p/interface'

/** A question as it came in. */
export interface Question {
  readonly peers: readonly Uint8Array[]
  readonly summary?: Summary | null | undefined
}

/** An answer as it goes out. */
export interface Answer {
  readonly envelopes: readonly Uint8Array[]
  readonly unsigned: readonly { readonly peerId: Uint8Array; readonly addresses: readonly Uint8Array[] }[]
  readonly more: boolean
}

/** What of a message is not records: its problem, tags and lengths. */
const FRAME_BYTES = 1_024
const TAG_BYTES = 4

/** Answers a question. @throws ProblemError where it is none */
export function answerOf(question: Question, source: RecordSource, self: PeerId): Answer {
  const asked = askedPeers(question.peers)
  const summary = question.summary ? readSummary(question.summary) : undefined
  if (question.summary && !summary) throw invalid('the summary is none: 8 bytes of salt and at most 2,560 of filter')
  const others = asked.filter((peer) => !peer.equals(self))
  const found = [...(others.length < asked.length ? ownOf(source) : []), ...othersOf(source.recordsOf(others), self)]
  if (!summary) return fitting(found)
  const known = [...ownOf(source), ...othersOf(source.recent(MAX_SUMMARISED), self)]
  return fitting([...found, ...newsFor(summary, known, found)])
}

/** What is newer than the summary or not in it; those that are told already are left out. */
function newsFor(
  summary: Summary,
  known: readonly HeldRecord[],
  found: readonly { readonly peer: PeerId }[],
): HeldRecord[] {
  const told = new Set(found.map(({ peer }) => peer.toString()))
  return known.filter((record) => {
    const id = record.peer.toString()
    if (told.has(id) || isSummarised(summary, record)) return false
    told.add(id)
    return true
  })
}

function fitting(records: readonly (HeldRecord | PlainAddresses)[]): Answer {
  const envelopes: Uint8Array[] = []
  const unsigned: Answer['unsigned'][number][] = []
  let left = MAX_MESSAGE_BYTES.peerRecords - FRAME_BYTES
  let more = false
  for (const record of records) {
    const plain = isRecord(record) ? undefined : plainOf(record)
    const size = isRecord(record) ? record.envelope.length : sizeOf(plain)
    if (envelopes.length + unsigned.length >= MAX_TOLD || size + TAG_BYTES > left) {
      more = true
      continue // a smaller one may fit
    }
    left -= size + TAG_BYTES
    if (isRecord(record)) envelopes.push(record.envelope)
    else if (plain) unsigned.push(plain)
  }
  return { envelopes, unsigned, more }
}

function plainOf({ peer, addresses }: PlainAddresses): Answer['unsigned'][number] {
  return {
    peerId: peer.toMultihash().bytes,
    addresses: addresses.slice(0, MAX_PLAIN_ADDRESSES).map(({ bytes }) => bytes),
  }
}

function sizeOf(plain: Answer['unsigned'][number] | undefined): number {
  return (plain?.addresses ?? []).reduce((sum, { length }) => sum + length + TAG_BYTES, plain?.peerId.length ?? 0)
}

function othersOf<Held extends HeldRecord | PlainAddresses>(held: readonly Held[], self: PeerId): Held[] {
  return held.filter(({ peer }) => !peer.equals(self))
}

function ownOf(source: RecordSource): HeldRecord[] {
  const own = source.own()
  return own ? [own] : []
}

/** @throws ProblemError */
function askedPeers(ids: readonly Uint8Array[]): PeerId[] {
  if (ids.length > MAX_ASKED) throw invalid(`${ids.length} peers in one question, ${MAX_ASKED} are allowed`)
  const peers = ids.map((bytes) => {
    const peer = peerOfMultihash(bytes)
    if (!peer) throw invalid('one of the peer ids is none: the bytes of a multihash are expected')
    return [peer.toString(), peer] as const
  })
  return [...new Map(peers).values()]
}

function invalid(message: string): ProblemError {
  return new ProblemError(ErrorCode.INVALID_REQUEST, message)
}
