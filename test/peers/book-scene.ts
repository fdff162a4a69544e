// A book on a data folder of its own, with a peer store that only writes down: for tests of the book itself.
import { type TestContext } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { silentLog } from '../../core/log.ts'
import { sealPeerRecord } from '../../core/records/peer-record.ts'
import { createPeerBook, type PeerBook, type PeerBookInit } from '../../main/peers/book/index.ts'
import { manualClock, newIdentity, NOW, temporaryDir } from '../main/support.ts'
import type { PeerId, PeerStore } from '@libp2p/interface'
import type { Identity } from '../../main/identity/identity.ts'

export const SEQ = BigInt(NOW)
export const BROADCAST = { provenance: 'broadcast' } as const
export const address = (port: number) => multiaddr(`/ip4/192.0.2.1/tcp/${port}`)
export const sealed = ({ key }: Identity, seq: bigint, ...ports: number[]) =>
  sealPeerRecord(key, ports.map(address), seq)

/** What of js-libp2p's peer store the book uses: the addresses that were written last, as text, `!` where certified. */
export function notingPeerStore() {
  const stored = new Map<string, readonly string[]>()
  const write = (peer: PeerId, { addresses = [] }: Parameters<PeerStore['patch']>[1]) => {
    stored.set(
      peer.toString(),
      addresses.map(({ multiaddr: one, isCertified }) => `${one.toString()}${isCertified ? '!' : ''}`),
    )
    return Promise.resolve(undefined as never)
  }
  const peerStore = {
    ...{ patch: write, merge: write, save: write },
    delete: (peer: PeerId) => Promise.resolve(void stored.delete(peer.toString())),
  } as unknown as PeerStore
  return { stored, peerStore }
}

/** What a test may exchange. */
export type BookParts = Partial<PeerBookInit>

/** Opens books on one folder, one after the other. */
export async function bookScene(t: TestContext, parts: BookParts = {}) {
  const dir = await temporaryDir(t)
  const clock = manualClock()
  const told: string[] = []
  const self = (await newIdentity()).peerId
  const { stored, peerStore } = notingPeerStore()
  const open = async (more: BookParts = {}, before?: (book: PeerBook) => Promise<void>): Promise<PeerBook> => {
    const book = createPeerBook({
      ...{ dir, self, peerStore, clock, log: silentLog, isConnected: () => false },
      tell: (message) => void told.push(message),
      ...parts,
      ...more,
    })
    await before?.(book)
    await book.load()
    t.after(() => book.stop())
    return book
  }
  return { dir, clock, told, self, stored, open, peer: await newIdentity() }
}
