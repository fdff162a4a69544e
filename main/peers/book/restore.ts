// What an earlier run knew, read back: rows of the book's file, and once what versions before it wrote. Nothing is believed for standing on
// our disk: each record is opened as strictly as when it came.
import { peerIdFromString } from '@libp2p/peer-id'
import { openPeerRecord, PeerRecordError } from '../../../core/records/peer-record.ts'
import * as entries from './entry.ts'
import { BELIEVED_FOR_MS, MAX_AT_HAND } from './limits.ts'
import { createNetworks } from './networks.ts'
import { type OldLine, readOldFiles, removeOldFiles } from './old-files.ts'
import { placeOf } from './places.ts'
import type { PeerId } from '@libp2p/interface'
import type { Clock } from '../../../core/clock.ts'
import type { Bringer } from '../../../core/discovery/fair-map.ts'
import type { Log } from '../../../core/log.ts'
import type { Entry } from './entry.ts'
import type { BookStore, Row } from './store.ts'

/** What it needs. */
export interface RestoreInit {
  readonly dir: string
  readonly self: PeerId
  readonly store: BookStore
  readonly clock: Clock
  readonly log: Log
  /** Takes a peer; `isWritten` where the disk has it so. */
  readonly take: (peer: PeerId, entry: Entry, bringer: Bringer, isWritten: boolean) => Promise<void>
  /** Takes the number of a peer that was forgotten. */
  readonly takeSeq: (id: string, seq: bigint, bringer: Bringer) => void
  /** Writes what was taken. @returns whether all of it is on disk */
  readonly write: () => boolean
}

/** Reads it; never rejects. */
export async function restore(init: RestoreInit): Promise<void> {
  const { store, log } = init
  const rows = rowsOf(store, log).toSorted((one, other) => heard(one) - heard(other))
  for (const row of rows) {
    await restoreRow(row, init).catch((error: unknown) =>
      log.warn({ peer: row.id, error: String(error) }, 'a known peer could not be read'),
    )
  }
  await migrate(init)
}

function rowsOf(store: BookStore, log: Log): readonly Row[] {
  try {
    return store.best(MAX_AT_HAND)
  } catch (error) {
    log.warn({ error: String(error) }, 'known peers could not be read; starting without them')
    return []
  }
}

function heard({ entry }: Row): number {
  return entry.record?.heardMs ?? 0
}

async function restoreRow({ id, entry, bringer }: Row, init: RestoreInit): Promise<void> {
  const { clock, self } = init
  const peer = peerIdFromString(id)
  if (peer.equals(self)) return
  const verified = await verify(peer, entry, clock.now())
  // whoever was connected then is not now
  const ended = entries.identifyUntil(verified, clock.now() + (BELIEVED_FOR_MS.identify ?? 0))
  const living = entries.livingAt(ended, clock.now())
  if (!entries.isEmpty(living)) await init.take(peer, living, bringer, true)
}

/** The entry with the record that its envelope holds, or without one. */
async function verify(peer: PeerId, entry: Entry, nowMs: number): Promise<Entry> {
  const { record } = entry
  if (!record) return entry
  try {
    const opened = await openPeerRecord(record.envelope, nowMs)
    const said = new Set(opened.addresses.map((address) => address.toString()))
    const certified = entry.held.filter((one) => entries.sourceOf(one, 'certified'))
    const isTrue =
      opened.peer.equals(peer) && opened.seq === record.seq && certified.every((one) => said.has(one.address))
    return isTrue ? entry : entries.uncertified(entry)
  } catch (error) {
    if (!(error instanceof PeerRecordError)) throw error
    return entries.uncertified(entry)
  }
}

/** Takes over what earlier versions wrote. */
async function migrate(init: RestoreInit): Promise<void> {
  const lines = await readOldFiles(init.dir)
  if (lines.length === 0) return
  for (const { peer, seq, by } of lines) {
    if (seq !== undefined && isPeerId(peer)) init.takeSeq(peer, BigInt(seq), { network: by[0], neighbour: by[1] })
  }
  const known = lines.filter(({ envelope }) => envelope !== undefined).sort((one, two) => one.heardAt - two.heardAt)
  for (const line of known) {
    await takeLine(line, init).catch((error: unknown) =>
      init.log.warn({ error: String(error) }, 'a known peer could not be read'),
    )
  }
  if (init.write()) await removeOldFiles(init.dir)
}

async function takeLine({ envelope = '', heardAt, metAt, by }: OldLine, init: RestoreInit): Promise<void> {
  const {
    peer,
    seq,
    addresses,
    envelope: bytes,
  } = await openPeerRecord(Uint8Array.from(Buffer.from(envelope, 'base64')), init.clock.now())
  if (peer.equals(init.self)) return
  const networks = createNetworks(init.clock, () => [])
  const places = addresses.flatMap((address) => placeOf(address, peer, networks) ?? [])
  const before = { ...entries.NOBODY, metMs: metAt }
  const { entry } = entries.certify(before, { seq, envelope: bytes, places }, heardAt)
  const living = entries.livingAt(entry, init.clock.now())
  if (!entries.isEmpty(living)) await init.take(peer, living, { network: by[0], neighbour: by[1] }, false)
}

/** Whether a text of the disk is the id of a peer. */
export function isPeerId(text: string): boolean {
  try {
    peerIdFromString(text)
    return true
  } catch {
    return false
  }
}
