// What a peer may send over a WebSocket once its key is proved, served as well as dialled: what implementations of libp2p really send,
// and no more.
import assert from 'node:assert/strict'
import { type TestContext, describe, it } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { WebSocket } from 'ws'
import { createHost, type Host, stopHost } from '../../core/host.ts'
import { MAX_FRAME_BYTES } from '../../core/net/guarded-listeners.ts'
import type { Connection, Stream } from '@libp2p/interface'

async function newHost(t: TestContext, listen: readonly string[] = []): Promise<Host> {
  const host = await createHost({ privateKey: await generateKeyPair('Ed25519'), listen })
  t.after(() => stopHost(host))
  return host
}

function webSocketOf(connection: Connection): WebSocket {
  const socket: unknown = Reflect.get(Object(Reflect.get(connection, 'maConn')), 'websocket')
  assert.ok(socket instanceof WebSocket)
  return socket
}

/** Two hosts, each with the connection to the other. */
async function scene(t: TestContext) {
  const [dialler, server] = [await newHost(t), await newHost(t, ['/ip4/127.0.0.1/tcp/0/ws'])]
  const opened = new Promise<Connection>((resolve) =>
    server.addEventListener('connection:open', ({ detail }) => resolve(detail), { once: true }),
  )
  const [address] = server.getMultiaddrs()
  assert.ok(address)
  const dialled = await dialler.dial(address)
  // it is ready for streams, so the server knows who it is
  await dialler.services.ping.ping(dialled.remotePeer)
  return { dialler, server, dialled, served: await opened }
}

/** Puts everything that is written in a row into as few messages as the limit allows, as rust-libp2p does. */
function collecting(socket: WebSocket, maxBytes: number): { readonly sizes: number[] } {
  const sizes: number[] = []
  const send = (bytes: Buffer) => WebSocket.prototype.send.call(socket, bytes, {})
  let waiting: Buffer[] = []
  const flush = () => {
    if (waiting.length === 0) return
    const bytes = Buffer.concat(waiting)
    waiting = []
    sizes.push(bytes.length)
    send(bytes)
  }
  socket.send = (data: unknown) => {
    assert.ok(data instanceof Uint8Array)
    if (waiting.reduce((sum, { length }) => sum + length, data.length) > maxBytes) flush()
    if (waiting.length === 0) queueMicrotask(flush)
    waiting.push(Buffer.from(data))
  }
  return { sizes }
}

describe('a WebSocket of a peer that has proved its key', { timeout: 120_000 }, () => {
  for (const side of ['served', 'dialled'] as const) {
    it(`A1 is cut off at a message that is too large (${side})`, async (t) => {
      const { dialled, served } = await scene(t)
      const [sender, receiver] = side === 'served' ? [dialled, served] : [served, dialled]
      const closed = new Promise<void>((resolve) => receiver.addEventListener('close', () => resolve()))

      // the header alone: nothing of the message ever comes
      const header = Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 0, 0, 0])
      header.writeBigUInt64BE(BigInt(MAX_FRAME_BYTES + 1), 2)
      if (side === 'served') header[1] = 0xff
      const raw: unknown = Reflect.get(webSocketOf(sender), '_socket')
      assert.ok(typeof raw === 'object' && raw && 'write' in raw && typeof raw.write === 'function')
      raw.write(side === 'served' ? Buffer.concat([header, Buffer.alloc(4)]) : header)

      await closed
      assert.equal(webSocketOf(receiver).readyState, WebSocket.CLOSED)
    })

    it(`A1 is cut off when libp2p resets it (${side})`, async (t) => {
      const { dialled, served } = await scene(t)
      const socket = webSocketOf(side === 'served' ? served : dialled)
      const closed = new Promise((resolve) => socket.once('close', resolve))

      ;(side === 'served' ? served : dialled).abort(new Error('enough'))

      await closed
    })
  }

  it('A1 takes messages as large as any implementation sends', async (t) => {
    const { dialler, server, dialled } = await scene(t)
    const all = 2 * 1_048_576
    const done = Promise.withResolvers<void>()
    await server.handle('/test/large/1.0.0', (stream: Stream) => {
      let received = 0
      stream.addEventListener('message', ({ data }) => {
        received += data.byteLength
        if (received === all) done.resolve()
      })
    })
    const { sizes } = collecting(webSocketOf(dialled), 192 * 1_024)
    const stream = await dialler.dialProtocol(dialled.remotePeer, '/test/large/1.0.0')

    for (let sent = 0; sent < all; sent += 262_144) {
      if (!stream.send(new Uint8Array(262_144))) await stream.onDrain()
    }

    await done.promise
    assert.ok(Math.max(...sizes) > 128 * 1_024, `${Math.max(...sizes)} bytes at most`)
  })
})
