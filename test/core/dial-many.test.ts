// A peer that is dialled at several addresses at once: real hosts on loopback, and ports that take connections and say nothing.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { createHost, stopHost } from '../../core/host.ts'
import { dialMany } from '../../core/net/dial-many.ts'
import { startRawServer } from '../support/raw-server.ts'

async function startHost(t: TestContext, listen: readonly string[] = []) {
  const host = await createHost({ privateKey: await generateKeyPair('Ed25519'), listen })
  t.after(() => stopHost(host))
  return host
}

async function startSilent(t: TestContext): Promise<string> {
  return `/ip4/127.0.0.1/tcp/${(await startRawServer(t, {})).port}`
}

const plain = { signal: new AbortController().signal, namedBy: 'stranger' } as const

describe('a peer that is dialled at several addresses', () => {
  it('B15 is reached although those before the good one swallow everything', async (t) => {
    const peer = await startHost(t, ['/ip4/127.0.0.1/tcp/0'])
    const host = await startHost(t)
    const id = `/p2p/${peer.peerId.toString()}`
    const silent = await Promise.all([1, 2, 3, 4].map(async () => multiaddr((await startSilent(t)) + id)))
    const began = performance.now()
    const connection = await dialMany(host, [...silent, ...peer.getMultiaddrs()], { ...plain, withinMs: 60_000 })
    assert.ok(connection.remotePeer.equals(peer.peerId))
    // one after the other, the library gives each of them several seconds
    assert.ok(performance.now() - began < 15_000)
    assert.deepEqual(
      host.getConnections().map(({ id: one }) => one),
      [connection.id],
    )
  })

  for (const name of ['ip4', 'dns4'] as const)
    for (const way of ['', '/ws'])
      it(`B15 stays connected, at /${name}${way}, after it was faster than the others and the caller's signal has fired`, async (t) => {
        const peer = await startHost(t, [`/ip4/127.0.0.1/tcp/0${way}`])
        const host = await startHost(t)
        const caller = new AbortController()
        const text = peer
          .getMultiaddrs()
          .join('')
          .replace('/ip4/127.0.0.1/', name === 'ip4' ? '$&' : '/dns4/localhost/')
        const silent = multiaddr(`${await startSilent(t)}/p2p/${peer.peerId.toString()}`)
        const connection = await dialMany(host, [multiaddr(text), silent], {
          ...plain,
          signal: caller.signal,
          withinMs: 60_000,
        })
        caller.abort(new Error('the caller has what it wanted'))
        assert.ok((await host.services.ping.ping(peer.peerId)) >= 0)
        assert.deepEqual(
          host.getConnections().map(({ id, status }) => ({ id, status })),
          [{ id: connection.id, status: 'open' }],
        )
      })

  it('B15 stays connected at its only address after the signal has fired', async (t) => {
    const peer = await startHost(t, ['/ip4/127.0.0.1/tcp/0'])
    const host = await startHost(t)
    const caller = new AbortController()
    await dialMany(host, peer.getMultiaddrs(), { ...plain, signal: caller.signal, withinMs: 60_000 })
    caller.abort(new Error('the caller has what it wanted'))
    assert.ok((await host.services.ping.ping(peer.peerId)) >= 0)
  })

  it('is not dialled again where there is a connection, unless that is wanted', async (t) => {
    const peer = await startHost(t, ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'])
    const host = await startHost(t)
    const addresses = peer.getMultiaddrs()
    const first = await dialMany(host, addresses, { ...plain, withinMs: 60_000 })
    assert.equal((await dialMany(host, addresses, { ...plain, withinMs: 60_000 })).id, first.id)
    assert.notEqual((await dialMany(host, addresses, { ...plain, withinMs: 60_000, force: true })).id, first.id)
  })

  it('is not taken for another one that answers, and every reason is told', async (t) => {
    const [peer, other] = [await startHost(t), await startHost(t, ['/ip4/127.0.0.1/tcp/0'])]
    const host = await startHost(t)
    const [bare = ''] = other.getMultiaddrs().map((address) => address.toString().replace(/\/p2p\/.*$/, ''))
    const wrong = [bare, '/ip4/127.0.0.1/tcp/1'].map((text) => multiaddr(`${text}/p2p/${peer.peerId.toString()}`))
    await assert.rejects(dialMany(host, wrong, { ...plain, withinMs: 60_000 }), (error) => {
      assert.ok(error instanceof AggregateError)
      assert.equal(error.errors.length, 2)
      assert.match(error.message, /ECONNREFUSED/)
      return true
    })
    assert.deepEqual(host.getConnections(), [])
  })
})
