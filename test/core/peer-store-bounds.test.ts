// What strangers leave behind in js-libp2p's peer store.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { MAX_GONE_PEERS, peerStoreBounds } from '../../core/net/peer-store-bounds.ts'
import { TypedEventEmitter } from 'main-event'
import { newIdentity, startHost } from '../main/support.ts'
import type { Libp2pEvents } from '@libp2p/interface'

describe('the peer store', () => {
  test('A8 holds so much of one peer and no more, whoever writes it', async (t) => {
    const host = await startHost(t)
    const { peerId } = await newIdentity()
    const multiaddrs = Array.from({ length: 5_000 }, (_, port) => multiaddr(`/ip4/192.0.2.1/tcp/${port + 1}`))
    const protocols = Array.from({ length: 5_000 }, (_, one) => `/p/${one}`)
    const metadata = { AgentVersion: new Uint8Array(8_000), small: new Uint8Array(8) }
    for (const write of ['patch', 'merge', 'save'] as const) {
      await host.peerStore[write](peerId, {
        ...{ multiaddrs, protocols: ['x'.repeat(8_000), ...protocols], metadata },
      })
      const peer = await host.peerStore.get(peerId)
      assert.deepEqual([peer.addresses.length, peer.protocols.length, peer.metadata.size], [32, 100, 1], write)
    }
  })

  test('A8 holds a thousand that have gone, and no more', async (t) => {
    const host = await startHost(t)
    const events = new TypedEventEmitter<Libp2pEvents>()
    const bounds = peerStoreBounds({ peerId: host.peerId, peerStore: host.peerStore, events })
    const first = await newIdentity()
    await host.peerStore.patch(first.peerId, { multiaddrs: [multiaddr('/ip4/192.0.2.1/tcp/1')] })
    events.safeDispatchEvent('peer:disconnect', { detail: first.peerId })
    for (let gone = 0; gone < MAX_GONE_PEERS; gone++) {
      const detail = gone < 5 ? (await newIdentity()).peerId : peerIdLike(gone)
      events.safeDispatchEvent('peer:disconnect', { detail })
    }
    assert.equal(bounds.gone(), MAX_GONE_PEERS)
    let there = true
    for (let turn = 0; there && turn < 100; turn++) there = await host.peerStore.has(first.peerId)
    assert.equal(there, false)
  })
})

/** A made-up id: the hash of no key, quicker to make than one. */
function peerIdLike(number: number) {
  const ids = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
  const digit = (place: number) => ids[Math.floor(number / 58 ** place) % 58] ?? '1'
  return peerIdFromString(`QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjh${digit(2)}${digit(1)}${digit(0)}`.slice(0, 46))
}
