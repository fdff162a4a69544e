// The book of addresses with a hundred thousand peers on disk: how long it takes to open, what it holds in memory, how fast a peer is
// found. It is opened by a process of its own (book-reader.ts), because what this one has done already would count as well. Six thousand
// of the peers have real records, since those are verified: a thousand at the start, the others when they are looked up. The rest is as large.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromMultihash, peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { create as createDigest } from 'multiformats/hashes/digest'
import { nodeFlags } from '../../core/node-flags.ts'
import { sealPeerRecord } from '../../core/records/peer-record.ts'
import { certify, NOBODY } from '../../main/peers/book/entry.ts'
import { MAX_AT_HAND } from '../../main/peers/book/limits.ts'
import { BOOK_FILE } from '../../main/peers/book/open-store.ts'
import { sqliteStore } from '../../main/peers/book/sqlite-store.ts'
import type { PeerId } from '@libp2p/interface'
import type { Row } from '../../main/peers/book/store.ts'

/** What the process that opened it saw. */
export interface BookReading {
  /** Until it was loaded, milliseconds. */
  readonly loadMs: number
  /** More resident memory than before it was loaded, and after the look-ups, MiB. */
  readonly loadedMiB: number
  readonly usedMiB: number
  /** Each, microseconds: peers on disk in no order, and peers at hand. */
  readonly diskUs: number
  readonly handUs: number
}

/** What was seen. */
export interface BookResult extends BookReading {
  readonly peers: number
  readonly fileMiB: number
  /** To write one peer, a thousand in a transaction, microseconds. */
  readonly writeUs: number
}

const PEERS = 100_000
const LOOKED_UP = 5_000
const BATCH = 1_000
const ADDRESSES = [
  '/ip4/203.0.113.7/tcp/4431',
  '/dns4/203-0-113-7.p4t9mvzh6onnp01f80botcm2pek713.example.org/tcp/4430/tls/ws',
]

/** Measures. */
export async function benchBook({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<BookResult> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-bench-'))
  try {
    const path = join(dir, BOOK_FILE)
    const now = Date.now()
    const store = sqliteStore(path)
    let writing = 0
    for (let from = 0; from < PEERS; from += BATCH) {
      signal?.throwIfAborted()
      const isReal = from >= PEERS - MAX_AT_HAND - LOOKED_UP
      const rows = await Promise.all(Array.from({ length: BATCH }, (_, index) => rowOf(from + index, now, isReal)))
      const began = performance.now()
      store.write({ rows, gone: [], deleted: [] })
      writing += performance.now() - began
    }
    store.close()
    const reader = spawn(process.execPath, [...nodeFlags(), join(import.meta.dirname, 'book-reader.ts'), dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
      signal,
    })
    let said = ''
    reader.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await once(reader, 'close')
    const reading = JSON.parse(said) as BookReading
    const fileMiB = (await stat(path)).size / 2 ** 20
    return { peers: PEERS, fileMiB, writeUs: (writing * 1_000) / PEERS, ...reading }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function rowOf(index: number, now: number, isReal: boolean): Promise<Row> {
  const heardMs = now - (PEERS - index)
  const key = isReal ? await generateKeyPair('Ed25519') : undefined
  const peer = key ? peerIdFromPrivateKey(key) : madeUp(index)
  const envelope = key
    ? await sealPeerRecord(
        key,
        ADDRESSES.map((text) => multiaddr(text)),
        BigInt(heardMs),
      )
    : new Uint8Array(270)
  const places = ADDRESSES.map((address) => ({ address, kind: 'public' as const, network: undefined }))
  const { entry } = certify(NOBODY, { seq: BigInt(heardMs), envelope, places }, heardMs)
  return {
    id: peer.toString(),
    entry,
    isKept: false,
    bringer: { network: `${index % 500}`, neighbour: `${index % 5_000}` },
  }
}

function madeUp(index: number): PeerId {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(0, Math.imul(index, 2_654_435_761) >>> 0)
  return peerIdFromMultihash(createDigest(0x12, bytes))
}
