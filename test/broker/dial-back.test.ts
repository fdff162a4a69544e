// Whom a broker reaches: peers of other makes, which encrypt with noise or with TLS, by TCP or WebSocket. Each is a plain
// js-libp2p node that can do nothing else.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { type Peer, register, startBroker, VALUE } from './support.ts'

async function startForeign(
  t: TestContext,
  listen: string,
  encrypter: ReturnType<typeof noise | typeof tls>,
): Promise<Peer> {
  const key = await generateKeyPair('Ed25519')
  const node = await createLibp2p({
    privateKey: key,
    addresses: { listen: [listen] },
    transports: [tcp(), webSockets()],
    connectionEncrypters: [encrypter],
    streamMuxers: [yamux()],
  })
  t.after(() => node.stop())
  return { key, id: node.peerId, addresses: node.getMultiaddrs().map((address) => address.toString()) }
}

describe('a broker reaches a peer', () => {
  for (const [encryption, encrypter] of [
    ['noise', noise],
    ['TLS', tls],
  ] as const)
    for (const [transport, listen] of [
      ['TCP', '/ip4/127.0.0.1/tcp/0'],
      ['WebSocket', '/ip4/127.0.0.1/tcp/0/ws'],
    ] as const)
      it(`that speaks ${encryption} by ${transport} and nothing else`, async (t) => {
        const world = await startBroker(t, { section: { dialTimeoutMs: 5_000 } })
        const peer = await startForeign(t, listen, encrypter())
        const { status, body } = await register(world, peer)
        assert.equal(status, 200, body)
        assert.deepEqual(await world.values(peer.id), [VALUE])
      })

  it('whose encryption proves another key than the one that registers never', async (t) => {
    const world = await startBroker(t)
    const other = await startForeign(t, '/ip4/127.0.0.1/tcp/0', tls())
    const peer = await startForeign(t, '/ip4/127.0.0.1/tcp/0', tls())
    const bare = other.addresses.map((address) => address.replace(/\/p2p\/.*$/, ''))
    assert.equal((await register(world, peer, { addresses: bare })).status, 400)
    assert.deepEqual(await world.values(peer.id), [])
  })
})
