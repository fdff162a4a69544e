// What strangers leave behind in js-libp2p's peer store: so much of each, and of so many.
import assert from 'node:assert/strict'
import { type TestContext, describe, it } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { TypedEventEmitter } from 'main-event'
import { createHost, type Host, stopHost } from '../../core/host.ts'
import { MAX_GONE_PEERS, peerStoreBounds } from '../../core/net/peer-store-bounds.ts'
import { until } from '../main/support.ts'
import type { Libp2pEvents, PeerId } from '@libp2p/interface'

async function newHost(t: TestContext, listen: readonly string[] = []): Promise<Host> {
  const privateKey = await generateKeyPair('Ed25519')
  const host = await createHost({ privateKey, listen, maxInboundPerSecond: 10_000 })
  t.after(() => stopHost(host))
  return host
}

/** The bounds of a host's store, and peers that were here and have gone, as far as they can tell. */
async function newStore(t: TestContext, listen: readonly string[] = []) {
  const host = await newHost(t, listen)
  const events = new TypedEventEmitter<Libp2pEvents>()
  const connectionManager = { getConnections: (peer?: PeerId) => host.getConnections(peer) }
  const bounds = peerStoreBounds({ peerId: host.peerId, peerStore: host.peerStore, connectionManager, events })
  const comeAndGo = async (tags: object = {}): Promise<PeerId> => {
    const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
    await host.peerStore.patch(peer, { protocols: ['/said/by/identify'], ...tags })
    events.safeDispatchEvent('peer:disconnect', { detail: peer })
    return peer
  }
  return { host, events, bounds, comeAndGo }
}

const all = async (host: Host) => (await host.peerStore.all()).map(({ id }) => id.toString())

describe('the peer store of a host', () => {
  it('A8 holds so much of one peer and no more, whoever writes it', async (t) => {
    const host = await newHost(t)
    const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
    const multiaddrs = Array.from({ length: 5_000 }, (_, port) => multiaddr(`/ip4/192.0.2.1/tcp/${port + 1}`))
    const protocols = ['x'.repeat(8_000), ...Array.from({ length: 5_000 }, (_, one) => `/p/${one}`)]
    const metadata = { AgentVersion: new Uint8Array(8_000), small: new Uint8Array(8) }

    for (const write of ['patch', 'merge', 'save'] as const) {
      await host.peerStore[write](peer, { multiaddrs, protocols, metadata })
      const kept = await host.peerStore.get(peer)
      assert.deepEqual([kept.addresses.length, kept.protocols.length, kept.metadata.size], [32, 100, 1], write)
    }
  })

  it('A8 forgets what peers said of themselves that came with a new key each time, and keeps whom somebody needs', async (t) => {
    const { host, bounds, comeAndGo } = await newStore(t)
    const first = await comeAndGo()
    const spared = await comeAndGo()
    bounds.spare((peer) => peer.equals(spared))
    const tagged = await comeAndGo({ tags: { mine: { value: 1 } } })
    const before = (await all(host)).length

    for (let count = 0; count < 5 * MAX_GONE_PEERS; count += 1) await comeAndGo()

    // one is always the host itself
    let known: string[] = []
    await until('the others are forgotten', () => {
      void all(host).then((ids) => (known = ids))
      return known.length > 0 && known.length <= MAX_GONE_PEERS + before
    })
    assert.ok(!known.includes(first.toString()))
    assert.ok(known.includes(spared.toString()) && known.includes(tagged.toString()))
  })

  it('A7 knows a peer as long as it is connected, however many have come and gone', async (t) => {
    const { host, events, comeAndGo } = await newStore(t, ['/ip4/127.0.0.1/tcp/0'])
    const peer = await newHost(t)
    const [address] = host.getMultiaddrs()
    assert.ok(address)
    await peer.dial(address)
    await until('identify is over', () => host.getConnections(peer.peerId).length > 0)
    await host.peerStore.patch(peer.peerId, { protocols: ['/said/by/identify'] })
    events.safeDispatchEvent('peer:disconnect', { detail: peer.peerId })

    for (let count = 0; count < MAX_GONE_PEERS + 10; count += 1) await comeAndGo()

    assert.equal(await host.peerStore.has(peer.peerId), true)
  })

  it('A8 forgets by itself when a peer has gone', async (t) => {
    const host = await newHost(t, ['/ip4/127.0.0.1/tcp/0'])
    let asked = 0
    host.services.peerStoreBounds.spare(() => ++asked > 0)
    const [address] = host.getMultiaddrs()
    assert.ok(address)

    const comeAndGo = async () => {
      const peer = await newHost(t)
      await peer.dial(address)
      await stopHost(peer)
    }
    for (let count = 0; count <= MAX_GONE_PEERS; count += 16)
      await Promise.all(Array.from({ length: 16 }, () => comeAndGo()))

    await until('somebody is to be forgotten', () => asked > 0)
  })
})
