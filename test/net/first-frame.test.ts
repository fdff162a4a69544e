// Who speaks first over a WebSocket: multistream-select lets either side begin, and a peer may put its first frame into the packet
// that ends the upgrade. js-libp2p listens a little after the socket is open; nothing of what came before may be lost.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { type TestContext, before, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import * as v from 'valibot'
import { createHost, type Host, stopHost } from '../../core/host.ts'
import { createTestTls, type TestTls } from '../support/tls.ts'

/** A frame of a server, which is not masked (RFC 6455 section 5.2); of fewer than 126 bytes. */
const frame = (bytes: Buffer) => Buffer.concat([Buffer.from([0x82, bytes.length]), bytes])
const line = (text: string) => Buffer.concat([Buffer.from([text.length + 1]), Buffer.from(`${text}\n`)])

/** Comes after the dialler's key and is what proves that it was read (RFC 6455 section 1.3). */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

const FIRST = frame(line('/multistream/1.0.0'))

/** What a server writes that speaks as soon as it may. */
function upgradeAndFrame(key: string): Buffer {
  const accept = createHash('sha1').update(`${key}${WEBSOCKET_GUID}`).digest('base64')
  const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), FIRST])
}

const WRITTEN = upgradeAndFrame('').length

interface Talker {
  readonly port: number
  /** Resolves with whether the dialler heard the first frame: only then it goes on after the second. */
  heard(cut: number): Promise<boolean>
}

/** A peer that writes 101 and frame at once, or in two pieces. */
async function startTalker(t: TestContext, tls: TestTls | undefined): Promise<Talker> {
  let cut = 0
  let told = Promise.withResolvers<boolean>()
  const serve = async (socket: Socket): Promise<void> => {
    const outcome = told
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.once('close', () => outcome.resolve(false))
    let head = ''
    while (!head.includes('\r\n\r\n')) head += String((await once(socket, 'data'))[0])
    const written = upgradeAndFrame(/sec-websocket-key: (.*)\r\n/i.exec(head)?.[1] ?? '')
    let received = 0
    socket.on('data', () => {
      received += 1
      if (received === 1) socket.write(frame(line('/noise')))
      else {
        outcome.resolve(true)
        socket.destroy()
      }
    })
    socket.write(written.subarray(0, cut))
    await setImmediate()
    socket.write(written.subarray(cut))
  }
  const accept = (socket: Socket) => void serve(socket).catch(() => socket.destroy())
  const server = tls ? createTlsServer({ key: tls.key, cert: tls.cert }, accept) : createServer(accept)
  const port = await listening(t, server)
  return {
    port,
    heard(at) {
      cut = at
      told = Promise.withResolvers()
      return told.promise
    },
  }
}

async function listening(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return v.parse(v.object({ port: v.number() }), server.address()).port
}

async function startHost(t: TestContext, init: { listen?: readonly string[]; tls?: TestTls }): Promise<Host> {
  const host = await createHost({
    privateKey: await generateKeyPair('Ed25519'),
    listen: init.listen,
    maxInboundPerSecond: 10_000,
    webSockets: { trustAnchorPem: init.tls?.rootPem, https: init.tls && { key: init.tls.key, cert: init.tls.cert } },
  })
  t.after(() => stopHost(host))
  return host
}

describe('a WebSocket that we dial', { timeout: 120_000 }, () => {
  let tls: TestTls | undefined
  before(async () => {
    tls = await createTestTls()
  })

  describe('B14 loses no frame that comes with the 101, in one write or cut at any byte', () => {
    for (const kind of ['ws', 'wss'] as const) {
      it(kind, async (t) => {
        const host = await startHost(t, tls ? { tls } : {})
        const talker = await startTalker(t, kind === 'wss' ? tls : undefined)
        const address = multiaddr(`/ip4/127.0.0.1/tcp/${talker.port}${kind === 'wss' ? '/tls' : ''}/ws`)
        const lost: number[] = []

        for (let cut = 0; cut < WRITTEN; cut += 1) {
          const heard = talker.heard(cut)
          await assert.rejects(host.dial(address, { signal: AbortSignal.timeout(5_000) }))
          if (!(await heard)) lost.push(cut)
        }

        assert.deepEqual(lost, [])
      })
    }
  })

  it('B14 that is given up while nobody listens yet is cut off', async (t) => {
    const host = await startHost(t, {})
    const giveUp = new AbortController()
    const gone = Promise.withResolvers<void>()
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('close', () => gone.resolve())
      socket.once('data', (head: Buffer) => {
        socket.write(upgradeAndFrame(/sec-websocket-key: (.*)\r\n/i.exec(String(head))?.[1] ?? ''))
        // the dialler answers as soon as it listens, and waits for us from then on
        socket.once('data', () => giveUp.abort(new Error('given up')))
      })
    })
    const port = await listening(t, server)

    await assert.rejects(host.dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}/ws`), { signal: giveUp.signal }))

    await gone.promise
    assert.deepEqual(host.getConnections(), [])
  })

  it('A1 is cut off at a frame that is too large, instead of being read until the other side has closed it', async (t) => {
    const host = await startHost(t, {})
    const gone = Promise.withResolvers<void>()
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('close', () => gone.resolve())
      socket.once('data', (head: Buffer) => {
        const written = upgradeAndFrame(/sec-websocket-key: (.*)\r\n/i.exec(String(head))?.[1] ?? '')
        // binary, 100 MiB, of which nothing comes: it is the header that is refused
        const giant = Buffer.from([0x82, 127, 0, 0, 0, 0, 0x06, 0x40, 0, 0])
        socket.write(Buffer.concat([written, giant]))
        socket.on('data', () => undefined)
      })
    })
    const port = await listening(t, server)

    await assert.rejects(host.dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}/ws`)))

    await gone.promise
    assert.deepEqual(host.getConnections(), [])
  })
})

describe('a WebSocket that we serve', { timeout: 120_000 }, () => {
  it('B14 loses no frame that comes with the request for the upgrade, in one write or cut at any byte', async (t) => {
    const host = await startHost(t, { listen: ['/ip4/127.0.0.1/tcp/0/ws'] })
    const port = Number(/\/tcp\/(\d+)/.exec(String(host.getMultiaddrs()[0]))?.[1])
    const request = Buffer.from(
      `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: ${Buffer.alloc(16, 7).toString('base64')}\r\n\r\n`,
    )
    // a client masks its frames (RFC 6455 section 5.3); a mask of zeros leaves them as they are
    const [kind = 0, length = 0] = FIRST
    const masked = Buffer.concat([Buffer.from([kind, 0x80 | length, 0, 0, 0, 0]), FIRST.subarray(2)])
    const written = Buffer.concat([request, masked])
    const lost: number[] = []

    for (let cut = 0; cut < written.length; cut += 1) {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      socket.write(written.subarray(0, cut))
      await setImmediate()
      socket.write(written.subarray(cut))
      let answer = ''
      for await (const chunk of socket) {
        answer += String(chunk)
        if (answer.includes('/multistream/1.0.0')) break
      }
      if (!answer.includes('/multistream/1.0.0')) lost.push(cut)
    }

    assert.deepEqual(lost, [])
  })
})
