// Opens the book of a folder, asks it for peers, and says as one line of JSON what that cost (book.ts): `book-reader.ts FOLDER`.
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { createPeerBook } from '../../main/peers/book/index.ts'
import type { PeerId, PeerStore } from '@libp2p/interface'
import type { BookReading } from './book.ts'

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
// those that are made up have no keys; in the order of their ids, which is none
const onDisk = [...book.peers()].filter((peer) => peer.type === 'Ed25519' && !book.holds(peer))
const reading: BookReading = {
  ...{ loadMs, loadedMiB },
  handUs: lookUp(book.atHand().map(({ peer }) => peer)),
  diskUs: lookUp(onDisk),
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
