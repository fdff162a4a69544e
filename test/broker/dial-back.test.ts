// Whom a broker reaches: peers of other makes, which encrypt with noise or with TLS, by TCP or WebSocket. Each is a plain
// js-libp2p node that can do nothing else.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { makePeer, type Peer, register, startBroker, startPeer, VALUE } from './support.ts'

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

/** Somewhere that takes connections and never says a word, which holds a dial up as a dropped packet does. */
async function startSilent(t: TestContext): Promise<{ readonly address: string; readonly open: ReadonlySet<Socket> }> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    socket.resume().on('close', () => open.delete(socket))
  })
  t.after(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const bound = server.address()
  assert.ok(typeof bound === 'object' && bound)
  return { address: `/ip4/127.0.0.1/tcp/${bound.port}`, open }
}

describe('a peer with many addresses', () => {
  it('B15 is reached although those before the good one swallow everything, as soon as that one has proved it', async (t) => {
    const world = await startBroker(t, { section: { dialTimeoutMs: 30_000 } })
    const peer = await startPeer(t)
    const silent = await Promise.all(Array.from({ length: 12 }, () => startSilent(t)))
    const began = performance.now()
    const answer = await register(world, peer, {
      addresses: [...silent.map(({ address }) => address), ...peer.addresses.slice(0, 1)],
    })
    const tookMs = performance.now() - began
    assert.equal(answer.status, 200, answer.body)
    assert.deepEqual(await world.values(peer.id), [VALUE])
    // one after the other they would have taken the whole time; begun side by side, three seconds
    assert.ok(tookMs < 15_000, `${tookMs} ms`)
    for (const { open } of silent) for (const socket of open) await once(socket, 'close')
  })

  it('B11 B15 is reached at the last of more than the broker takes at once, all of which fail', async (t) => {
    const world = await startBroker(t, { section: { dialTimeoutMs: 20_000 } })
    const peer = await startPeer(t)
    const silent = await Promise.all(Array.from({ length: 30 }, () => startSilent(t)))
    const refused = Array.from({ length: 30 }, (_, at) => `/ip4/127.0.0.1/tcp/${at + 1}`)
    const useless = Array.from({ length: 100 }, (_, at) => `/ip4/10.0.0.1/tcp/${at + 1}`)
    const answer = await register(world, peer, {
      addresses: [...useless, ...silent.map(({ address }) => address), ...refused, ...peer.addresses.slice(0, 1)],
    })
    assert.equal(answer.status, 200, answer.body)
  })

  it('B15 hears what cannot be dialled where that is all there is', async (t) => {
    const world = await startBroker(t)
    const { status, body } = await register(world, await makePeer(), {
      addresses: ['/ip4/127.0.0.1/udp/4001/quic-v1', '/ip4/127.0.0.1/udp/4001/quic-v1/webtransport'],
    })
    assert.equal(status, 400)
    assert.match(body, /none of the addresses can be dialled .*1 by QUIC, 1 by WebTransport/)
  })
})
