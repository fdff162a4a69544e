// A node of the DHT and nothing else, whose book is what a server would hold.
import { generateKeyPair } from '@libp2p/crypto/keys'
import { systemClock } from '../../core/clock.ts'
import { createNeighbours } from '../../core/discovery/neighbours.ts'
import { PARTNER_LIMITS } from '../../core/exchange/limits.ts'
import { silentLog } from '../../core/log.ts'
import { sealPeerRecord, type OpenedPeerRecord } from '../../core/records/peer-record.ts'
import { startDht, type DhtInit } from '../../main/peers/dht/dht.ts'
import { holder } from '../exchange/support.ts'
import { LOOPBACK, startHost } from '../main/support.ts'
import type { HeldRecord, RecordSource } from '../../core/exchange/source.ts'
import type { PeerId } from '@libp2p/interface'
import type { TestContext } from 'node:test'

export async function startDhtNode(t: TestContext, init: Partial<DhtInit> = {}) {
  const key = await generateKeyPair('Ed25519')
  const host = await startHost(t, { privateKey: key, listen: LOOPBACK })
  const held = holder(host.peerId)
  const taken: OpenedPeerRecord[] = []
  const added: string[] = []
  const addresses = host.getMultiaddrs().map((address) => address.decapsulateCode(0x01a5))
  const envelope = await sealPeerRecord(key, addresses, BigInt(Date.now()))
  const own: HeldRecord = { peer: host.peerId, seq: 1n, envelope, addresses }
  const source: RecordSource = {
    recordsOf: (peers) => held.recordsOf(peers),
    recent: (most) => held.recent(most),
    own: () => own,
  }
  const partners = createNeighbours({ limits: PARTNER_LIMITS, publicNetworkOf: () => undefined })
  const addressesOf = (peer: PeerId) => held.recordsOf([peer]).flatMap((record) => record.addresses)
  const dht = await startDht({
    ...{ host, key, source, partners, addressesOf, clock: systemClock, log: silentLog, firstLookMs: 20 },
    highestSeq: (peer) => held.recordsOf([peer]).flatMap((record) => ('seq' in record ? record.seq : []))[0],
    dial: async (peer, signal) =>
      host.dial(
        addressesOf(peer).map((address) => address.encapsulate(`/p2p/${peer.toString()}`)),
        { signal },
      ),
    async take(record, bringer) {
      taken.push(record)
      held.take(record, bringer)
    },
    async add(peer) {
      added.push(peer.toString())
    },
    ...init,
  })
  t.after(() => dht.stop())
  return { host, key, dht, held, taken, added, own, partners }
}

export type DhtNode = Awaited<ReturnType<typeof startDhtNode>>
