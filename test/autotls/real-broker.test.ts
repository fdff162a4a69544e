// Our client and our broker as two strangers: the handshake over a restart, and every refusal understood as what it is.
import assert from 'node:assert/strict'
import { createServer, request as httpRequest } from 'node:http'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, describe, test } from 'node:test'
import { createBroker, type BrokerInit } from '../../main/issuers/autotls/broker.ts'
import { temporaryDir } from '../main/support.ts'
import { type BrokerWorld, makePeer, type Peer, startBroker, startPeer, VALUE, valueOf } from '../broker/support.ts'
import { hastyClock } from './support.ts'
import type { AddressInfo } from 'node:net'

const { signal } = new AbortController()

function clientOf(t: TestContext, { url }: Pick<BrokerWorld, 'url'>, { key }: Peer, init: Partial<BrokerInit> = {}) {
  const broker = createBroker({ url: new URL(url), key, clock: hastyClock, ...init })
  t.after(() => broker.close())
  return broker
}

/** A reverse proxy; `before` runs before each request is passed on. */
async function startProxy(t: TestContext, target: () => number, before: (count: number) => Promise<void>) {
  let count = 0
  const server = createServer((request, response) => {
    const { method, url, headers } = request
    void before(++count).then(() => {
      const on = httpRequest(
        { host: '127.0.0.1', port: target(), method, path: url, headers, agent: false },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(response)
        },
      )
      on.on('error', () => response.writeHead(502).end())
      request.pipe(on)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  t.after(() => server.closeAllConnections())
  return (server.address() as AddressInfo).port
}

describe('our client at our broker', () => {
  test('is registered once it was dialled, and the value stands in the DNS when the answer comes', async (t) => {
    const world = await startBroker(t)
    const peer = await startPeer(t)
    const client = clientOf(t, world, peer)
    await client.health(signal)
    const { initiatedBy } = await client.register({ value: VALUE, addresses: peer.addresses }, signal)
    assert.equal(initiatedBy, 'client')
    assert.deepEqual(await world.values(peer.id), [VALUE])
  })

  test('is registered although the broker is restarted between the two halves', async (t) => {
    let world: BrokerWorld | undefined
    const port = await startProxy(
      t,
      () => world?.port ?? 0,
      async (count) => (count === 2 ? await world?.restart() : undefined),
    )
    const url = `http://127.0.0.1:${port}`
    world = await startBroker(t, { section: { url } })
    const peer = await startPeer(t)
    await clientOf(t, { url }, peer).register({ value: VALUE, addresses: peer.addresses }, signal)
    assert.deepEqual(await world.values(peer.id), [VALUE])
  })

  test('hears that it could not be dialled', async (t) => {
    const world = await startBroker(t)
    const addresses = ['/ip4/127.0.0.1/tcp/1']
    await assert.rejects(clientOf(t, world, await makePeer()).register({ value: VALUE, addresses }, signal), {
      name: 'NotDialledError',
    })
  })

  test('hears that the broker dials nobody at such an address', async (t) => {
    const world = await startBroker(t, { section: { addressClasses: ['public'] } })
    const peer = await startPeer(t)
    const register = clientOf(t, world, peer).register({ value: VALUE, addresses: peer.addresses }, signal)
    await assert.rejects(register, { name: 'NotDialledError' })
  })

  test('hears that a token is wanted, and is let in with it', async (t) => {
    const tokenFile = join(await temporaryDir(t), 'token')
    await writeFile(tokenFile, 'let-me-in-please\n')
    const world = await startBroker(t, { section: { access: { tokenFile } } })
    const peer = await startPeer(t)
    const registration = { value: VALUE, addresses: peer.addresses }
    for (const token of [undefined, 'let-me-out-please'])
      await assert.rejects(clientOf(t, world, peer, { token }).register(registration, signal), {
        name: 'ForgeTokenError',
      })
    await clientOf(t, world, peer, { token: 'let-me-in-please' }).register(registration, signal)
  })

  test('hears of a limit, with its time', async (t) => {
    const world = await startBroker(t, { limits: { perPeerAndDay: 1 } })
    const peer = await startPeer(t)
    const client = clientOf(t, world, peer)
    const register = (number: number) => client.register({ value: valueOf(number), addresses: peer.addresses }, signal)
    await register(1)
    await assert.rejects(register(2), (error: Error & { retryAfterMs?: number }) => {
      assert.equal(error.name, 'BrokerLimitError')
      assert.ok((error.retryAfterMs ?? 0) > 3_600_000)
      return true
    })
  })

  test('hears that the DNS does not work', async (t) => {
    const world = await startBroker(t)
    await world.stopDns()
    const peer = await startPeer(t)
    await assert.rejects(clientOf(t, world, peer).register({ value: VALUE, addresses: peer.addresses }, signal), {
      name: 'BrokerUnavailableError',
      message: /HTTP 500/,
    })
  })
})
