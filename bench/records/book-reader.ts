// Opens the book of a folder, asks it for peers, and says as one line of JSON what that cost (book.ts): `book-reader.ts FOLDER`.
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { createPeerBook } from '../../main/peers/book/index.ts'
import type { PeerId, PeerStore } from '@libp2p/interface'
import type { BookReading } from './book.ts'

const LOOKED_UP = 5_000

const [dir = ''] = process.argv.slice(2)
const nothing = () => Promise.resolve(undefined as never)
const peerStore = { patch: nothing, merge: nothing, save: nothing, delete: nothing } as unknown as PeerStore
const self = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
const rss = (): number => process.memoryUsage.rss() / 2 ** 20

const book = createPeerBook({ dir, self, peerStore, isConnected: () => false, clock: systemClock, log: silentLog })
const before = rss()
const began = performance.now()
await book.load()
const loadMs = performance.now() - began
const loadedMiB = rss() - before
const peers = [...book.peers()]
const step = Math.floor(peers.length / LOOKED_UP)
const onDisk = Array.from({ length: LOOKED_UP }, (_, index) => peers[(index * step * 7) % peers.length])
const reading: BookReading = {
  ...{ loadMs, loadedMiB },
  handUs: lookUp(book.atHand().map(({ peer }) => peer)),
  diskUs: lookUp(onDisk.flatMap((peer) => (peer && !book.holds(peer) ? [peer] : []))),
  usedMiB: rss() - before,
}
console.log(JSON.stringify(reading))
await book.stop()

/** Microseconds each. */
function lookUp(some: readonly PeerId[]): number {
  const start = performance.now()
  for (const peer of some) if (book.addresses(peer).length === 0) throw new Error(`${peer.toString()} is not known`)
  return ((performance.now() - start) * 1_000) / some.length
}
