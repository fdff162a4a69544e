// How many signed peer records are opened and verified in a second, beside the verification of an Ed25519 signature and nothing else: the
// key of it read before, which is the least that anybody can do. All take turns, so that other work on the machine slows all of them.
import { createPublicKey, verify } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { multiaddr } from '@multiformats/multiaddr'
import { readEnvelope } from '../../core/records/envelope.ts'
import { openPeerRecord, PEER_RECORD, sealPeerRecord } from '../../core/records/peer-record.ts'
import { varint } from '../../core/records/protobuf-reader.ts'
import { type Summary, summarize } from '../summary.ts'

/** What was seen, by what was done. */
export interface OpenResult {
  readonly records: number
  readonly rounds: number
  readonly bytes: number
  /** Microseconds for each record: of the processor, and until it was done. */
  readonly costs: Readonly<Record<OpenWay, { readonly cpu: Summary; readonly wall: Summary }>>
}

export const OPEN_WAYS = ['bare', 'known', 'unknown', 'together', 'js'] as const
export type OpenWay = (typeof OPEN_WAYS)[number]

/** Fewer than the keys that are remembered (core/records/signer-key.ts), and more than those. */
const KNOWN_SIGNERS = 128
const RECORDS = 1_024
const ROUNDS = 11

/** As many as one exchange brings. */
const TOGETHER = 128

/** Measures. */
export async function benchOpen({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<OpenResult> {
  const now = Date.now()
  const addresses = [
    '/ip4/192.0.2.1/tcp/4001',
    '/dns4/192-0-2-1.p4t9mvzh6onnp01f80botcm2pek713.example.org/tcp/4002/tls/ws',
  ]
  const keys = await Promise.all(Array.from({ length: RECORDS }, () => generateKeyPair('Ed25519')))
  const list = addresses.map((text) => multiaddr(text))
  const records = await Promise.all(keys.map((key) => sealPeerRecord(key, list, BigInt(now))))
  const bare = records.map((record) => bareOf(record))
  const known = Array.from({ length: RECORDS }, (_, index) => records[index % KNOWN_SIGNERS] ?? new Uint8Array())

  const ways: Readonly<Record<OpenWay, () => Promise<void>>> = {
    bare: async () => {
      for (const { key, message, signature } of bare) must(verify(null, message, key, signature))
    },
    known: async () => {
      for (const record of known) await openPeerRecord(record, now)
    },
    unknown: async () => {
      for (const record of records) await openPeerRecord(record, now)
    },
    together: async () => {
      for (let from = 0; from < RECORDS; from += TOGETHER) {
        const some = records.slice(from, from + TOGETHER)
        await Promise.all(some.map((record) => openPeerRecord(record, now, { aside: true })))
      }
    },
    js: async () => {
      for (const record of records) {
        const envelope = await RecordEnvelope.openAndCertify(record, PeerRecord.DOMAIN)
        must(PeerRecord.createFromProtobuf(envelope.payload.subarray()).multiaddrs.length === list.length)
      }
    },
  }
  const seen = OPEN_WAYS.map((way) => ({ way, cpu: [] as number[], wall: [] as number[] }))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { way, cpu, wall } of seen) {
      signal?.throwIfAborted()
      const [began, used] = [performance.now(), process.cpuUsage()]
      await ways[way]()
      const { user, system } = process.cpuUsage(used)
      // the first round is for the compiler
      if (round === 0) continue
      cpu.push((user + system) / RECORDS)
      wall.push(((performance.now() - began) * 1_000) / RECORDS)
    }
  }
  const costs = Object.fromEntries(
    seen.map(({ way, cpu, wall }) => [way, { cpu: summarize(cpu), wall: summarize(wall) }]),
  ) as OpenResult['costs']
  return { records: RECORDS, rounds: ROUNDS, bytes: records[0]?.length ?? 0, costs }
}

/** What a verification needs, all of it made before. */
function bareOf(record: Uint8Array) {
  const { publicKey, payloadType, payload, signature } = readEnvelope(record)
  const x = Buffer.from(publicKey.subarray(4)).toString('base64url')
  const parts = [Buffer.from(PEER_RECORD.domain), payloadType, payload]
  const message = Buffer.concat(parts.flatMap((part) => [varint(part.length), part]))
  return { key: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }), message, signature }
}

function must(held: boolean): void {
  if (!held) throw new Error('a record that is good was refused')
}
