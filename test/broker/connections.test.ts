// Connections to a broker that come to nothing: clients that never greet, networks that take all there are, and how soon the broker
// is free of them.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { createTestTls } from '../support/tls.ts'
import { ask, startBroker } from './support.ts'

/** Sockets that say nothing, each known to be open or turned away. */
async function silent(t: TestContext, port: number, count: number): Promise<readonly Socket[]> {
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(port, '127.0.0.1')
      t.after(() => socket.destroy())
      socket.on('error', () => undefined)
      socket.resume()
      await Promise.race([once(socket, 'connect'), once(socket, 'close')])
      return socket
    }),
  )
}

const closed = (sockets: readonly Socket[]) =>
  Promise.all(
    sockets
      .filter((socket) => !socket.closed)
      .map((socket) => new Promise<unknown>((resolve) => socket.once('close', resolve))),
  )

async function ownTls(t: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-tls-'))
  t.after(() => rm(dir, { recursive: true }))
  const tls = await createTestTls()
  const files = { certificateFile: join(dir, 'cert.pem'), keyFile: join(dir, 'key.pem') }
  await writeFile(files.certificateFile, tls.cert)
  await writeFile(files.keyFile, tls.key)
  return files
}

describe('a broker with TLS of its own', () => {
  it('turns away those who never greet, and has room again', async (t) => {
    const world = await startBroker(t, {
      section: { tls: await ownTls(t), url: 'https://localhost:0' },
      limits: { connections: 8, connectionsPerPrefix: 100 },
      timeouts: { headersMs: 300, requestMs: 500, checkMs: 50 },
    })
    await closed(await silent(t, world.port, 8))
    const socket = connectTls({ port: world.port, host: '127.0.0.1', rejectUnauthorized: false })
    t.after(() => socket.destroy())
    await once(socket, 'secureConnect')
  })

  it('stops at once although some are in the middle of their greeting', async (t) => {
    const world = await startBroker(t, { section: { tls: await ownTls(t), url: 'https://localhost:0' } })
    const sockets = await silent(t, world.port, 4)
    const began = performance.now()
    await world.restart()
    await closed(sockets)
    assert.ok(performance.now() - began < 5_000)
  })
})

describe('one network', () => {
  it('A3 has so many connections at once and no more, and those that wait longest give way', async (t) => {
    const world = await startBroker(t, { limits: { connectionsPerPrefix: 3 } })
    const held = await silent(t, world.port, 3)
    const later = await silent(t, world.port, 2)
    await closed(held.slice(0, 2))
    assert.ok([...held.slice(2), ...later].every((socket) => !socket.closed))
    assert.equal((await ask(world, { method: 'GET', path: '/v1/health' })).status, 204)
    assert.equal(held[2]?.closed, true)
  })

  it('has as many as it likes where it is a trusted proxy', async (t) => {
    const world = await startBroker(t, {
      section: { trustedProxies: ['127.0.0.1'] },
      limits: { connectionsPerPrefix: 3 },
    })
    const held = await silent(t, world.port, 6)
    assert.equal((await ask(world, { method: 'GET', path: '/v1/health' })).status, 204)
    assert.ok(held.every((socket) => !socket.closed))
  })
})
