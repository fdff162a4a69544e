// AutoNAT v2 on both sides: the bytes that other implementations write, a server that dials nobody but the asker, and a
// client that believes nobody's mere word.
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { type TestContext, describe, test } from 'node:test'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { silentLog } from '../../core/log.ts'
import { createDialBacks, type DialBacks } from '../../main/reachability/dial-back.ts'
import {
  autonatMessage,
  DIAL_BACK_PROTOCOL,
  DIAL_REQUEST_PROTOCOL,
  dialBackMessage,
  dialBackResponse,
  MAX_AUTONAT_BYTES,
} from '../../proto/wire/autonat.ts'
import { wireStream } from '../../proto/wire/codec.ts'
import { type AutonatServerInit, serveAutonat } from '../../core/net/autonat.ts'
import { LOOPBACK, manualClock, startHost, until } from '../main/support.ts'
import type { Host } from '../../core/host.ts'
import type { AutonatMessage } from '../../proto/wire/autonat.ts'
import type { Connection } from '@libp2p/interface'

describe('the messages', () => {
  const NONCE = 0xfedcba9876543210n
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
  // written by js-libp2p's own implementation, @libp2p/autonat-v2 2.0.15
  const REQUEST = '0a170a08041400000306114f0a020102111032547698badcfe'
  const request: AutonatMessage = {
    kind: 'dial-request',
    addresses: [Uint8Array.from([4, 20, 0, 0, 3, 6, 0x11, 0x4f]), Uint8Array.from([1, 2])],
    nonce: NONCE,
  }

  test('are the bytes that others write and read', () => {
    assert.equal(hex(autonatMessage.encode(request).finish()), REQUEST)
    assert.deepEqual(autonatMessage.decode(bytes(REQUEST)), request)
    const response = { kind: 'dial-response', status: 200, index: 1, dialStatus: 101 } as const
    assert.equal(hex(autonatMessage.encode(response).finish()), '120708c80110011865')
    assert.deepEqual(autonatMessage.decode(bytes('120708c80110011865')), response)
    const back = '091032547698badcfe'
    assert.equal(hex(dialBackMessage.encode({ nonce: NONCE }).finish()), back)
    assert.deepEqual(dialBackMessage.decode(bytes(back)), { nonce: NONCE })
  })

  test('may leave out what is zero, and hold what is new', () => {
    const refused = { kind: 'dial-response', status: 101, index: 0, dialStatus: 0 } as const
    assert.deepEqual(autonatMessage.decode(bytes('12020865')), refused)
    assert.deepEqual(autonatMessage.decode(bytes('1a0410c0b802')), { kind: 'dial-data-request' })
    assert.deepEqual(autonatMessage.decode(bytes('7a0101')), { kind: 'other' })
    assert.deepEqual(dialBackResponse.decode(bytes('')), { status: 0 })
  })

  test('that are cut short are none', () => {
    for (let length = 1; length < REQUEST.length / 2; length++) {
      assert.throws(() => autonatMessage.decode(bytes(REQUEST).subarray(0, length)), `${length} bytes`)
    }
  })
})

interface Scene {
  readonly server: Host
  readonly client: Host
  readonly connection: Connection
  readonly dialBacks: DialBacks
  readonly clock: ReturnType<typeof manualClock>
  readonly ask: (address: Multiaddr | string) => ReturnType<DialBacks['ask']>
}

async function scene(t: TestContext, init: Partial<AutonatServerInit> = {}): Promise<Scene> {
  const server = await startHost(t, { listen: LOOPBACK })
  const client = await startHost(t, { listen: LOOPBACK })
  const clock = manualClock()
  const stop = new AbortController()
  t.after(() => stop.abort())
  await serveAutonat({
    ...{ host: server, addressClasses: ['loopback'], clock, log: silentLog, signal: stop.signal },
    ...init,
  })
  const dialBacks = createDialBacks(client)
  await dialBacks.start()
  const connection = await client.dial(server.getMultiaddrs())
  const ask = (address: Multiaddr | string) =>
    dialBacks.ask(connection, typeof address === 'string' ? multiaddr(address) : address, AbortSignal.timeout(10_000))
  return { server, client, connection, dialBacks, clock, ask }
}

/** Where a host listens. */
function place(host: Host): string {
  return host.getMultiaddrs()[0]?.toString().split('/p2p/')[0] ?? ''
}

async function listener(t: TestContext, onSocket: () => void = () => undefined): Promise<number> {
  const server: Server = createServer((socket) => {
    onSocket()
    socket.on('error', () => undefined).end('this is no libp2p\r\n')
  })
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  assert.ok(typeof at === 'object' && at)
  return at.port
}

describe('a dial-back', () => {
  test('reaches a node that listens, also where it says who it is', async (t) => {
    const { ask, client } = await scene(t)
    assert.equal(await ask(place(client)), 'reached')
    assert.equal(await ask(`${place(client)}/p2p/${client.peerId.toString()}`), 'reached')
  })

  test('leaves no connection behind', async (t) => {
    const { ask, client, server } = await scene(t)
    await ask(place(client))
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(server.getConnections(client.peerId).length, 1)
  })

  test('tells a port where nobody listens from one where somebody else does', async (t) => {
    const { ask } = await scene(t)
    const free = await startHost(t, { listen: LOOPBACK })
    const closed = place(free)
    await free.stop()
    assert.equal(await ask(closed), 'closed')
    assert.equal(await ask(`/ip4/127.0.0.1/tcp/${await listener(t)}`), 'open')
  })

  test('does not take another peer for the one that asked, even one that takes any nonce', async (t) => {
    const { ask } = await scene(t)
    const other = await startHost(t, { listen: LOOPBACK })
    let shown = false
    await other.handle(DIAL_BACK_PROTOCOL, (stream) => {
      const wire = wireStream(stream, { maxBytes: 64 })
      const take = async () => {
        await wire.read(dialBackMessage)
        shown = true
        await wire.write(dialBackResponse, { status: 0 })
      }
      take().catch(() => undefined)
    })
    assert.equal(await ask(place(other)), 'open')
    assert.equal(shown, false)
  })

  test('is asked for both ports at once, each with its own answer', async (t) => {
    const { ask, client } = await scene(t)
    const other = await listener(t)
    const answers = await Promise.all([ask(place(client)), ask(`/ip4/127.0.0.1/tcp/${other}`), ask(place(client))])
    assert.deepEqual(answers, ['reached', 'open', 'reached'])
  })

  describe('goes nowhere but to the very address that asks', () => {
    for (const [title, address] of [
      ['another IP address', '/ip4/127.0.0.2/tcp/PORT'],
      ['the same host by a name', '/dns4/localhost/tcp/PORT'],
      ['UDP', '/ip4/127.0.0.1/udp/PORT'],
      ['a WebSocket', '/ip4/127.0.0.1/tcp/PORT/ws'],
      ['a relay', '/ip4/127.0.0.1/tcp/PORT/p2p/12D3KooWPCMVnJXkpcaj29MFGY4rTHJdebXF4zEKxGKaGhRKQFvN/p2p-circuit'],
      ['another peer', '/ip4/127.0.0.1/tcp/PORT/p2p/12D3KooWPCMVnJXkpcaj29MFGY4rTHJdebXF4zEKxGKaGhRKQFvN'],
      ['the port of another program', '/ip4/127.0.0.1/tcp/22'],
    ] as const)
      test(`B17 and so not to ${title}`, async (t) => {
        let touched = false
        const port = await listener(t, () => (touched = true))
        const { ask } = await scene(t)
        assert.equal(await ask(address.replace('PORT', String(port))), 'refused')
        assert.equal(touched, false)
      })
  })

  test('goes to nobody whose class of address is not allowed', async (t) => {
    const { ask, client } = await scene(t, { addressClasses: ['public'] })
    assert.equal(await ask(place(client)), 'refused')
  })

  test('is made so often for one network, and again later', async (t) => {
    const { ask, client, clock } = await scene(t, { limits: { network: { count: 2, windowMs: 60_000 } } })
    const three = [await ask(place(client)), await ask(place(client)), await ask(place(client))]
    assert.deepEqual(three, ['reached', 'reached', 'refused'])
    await clock.advance(30_000)
    assert.equal(await ask(place(client)), 'reached')
  })

  test('is made so often for all together, and so many at a time', async (t) => {
    const few = await scene(t, { limits: { all: { count: 1, windowMs: 60_000 } } })
    assert.deepEqual([await few.ask(place(few.client)), await few.ask(place(few.client))], ['reached', 'refused'])
    const none = await scene(t, { limits: { atOnce: 0 } })
    assert.equal(await none.ask(place(none.client)), 'refused')
  })

  test('is not made for nonsense, and the server goes on', async (t) => {
    const { connection, ask, client } = await scene(t)
    const signal = AbortSignal.timeout(5_000)
    for (const bytes of [[0x0a, 0xff], [0x12, 0x00], [], [0x0a, 0x04, 0x0a, 0x02, 0xff, 0xff]]) {
      const stream = await connection.newStream(DIAL_REQUEST_PROTOCOL, { signal })
      stream.send(Uint8Array.from([bytes.length, ...bytes]))
      const answer = await wireStream(stream, { maxBytes: MAX_AUTONAT_BYTES, idleMs: 2_000 })
        .read(autonatMessage)
        .catch(() => undefined)
      assert.ok(answer === undefined || (answer.kind === 'dial-response' && answer.status === 101))
    }
    assert.equal(await ask(place(client)), 'reached')
  })
})

describe('a client', () => {
  /** A server that says what it likes. */
  async function liar(
    t: TestContext,
    script: (connection: Connection, nonce: bigint) => Promise<AutonatMessage | undefined>,
    dials: 'client' | 'server' = 'client',
  ) {
    const server = await startHost(t, { listen: LOOPBACK })
    const client = await startHost(t, { listen: LOOPBACK })
    await server.handle(DIAL_REQUEST_PROTOCOL, (stream, connection) => {
      const wire = wireStream(stream, { maxBytes: MAX_AUTONAT_BYTES })
      const talk = async () => {
        const request = await wire.read(autonatMessage)
        const answer = await script(connection, request.kind === 'dial-request' ? request.nonce : 0n)
        if (answer?.kind === 'dial-response') await wire.write(autonatMessage, answer)
        else stream.send(Uint8Array.from([2, 0x1a, 0x00]))
      }
      talk().catch(() => undefined)
    })
    const dialBacks = createDialBacks(client)
    await dialBacks.start()
    if (dials === 'server') await server.dial(client.getMultiaddrs())
    else await client.dial(server.getMultiaddrs())
    await until('the client knows of the connection', () => client.getConnections(server.peerId).length > 0)
    const [connection] = client.getConnections(server.peerId)
    assert.ok(connection)
    const outcome = await dialBacks.ask(connection, multiaddr(place(client)), AbortSignal.timeout(3_000))
    return { outcome, client, server }
  }
  const OK = { kind: 'dial-response', status: 200, index: 0, dialStatus: 200 } as const

  test('does not believe that it was reached where no nonce came', async (t) => {
    assert.equal((await liar(t, async () => OK)).outcome, 'no-answer')
  })

  for (const dials of ['client', 'server'] as const)
    test(`does not believe a nonce that comes over the connection of the question, made by the ${dials}`, async (t) => {
      const sameWay = async (connection: Connection, nonce: bigint) => {
        const wire = wireStream(await connection.newStream(DIAL_BACK_PROTOCOL), { maxBytes: 64 })
        await wire.write(dialBackMessage, { nonce })
        await wire.read(dialBackResponse).catch(() => undefined)
        return OK
      }
      assert.equal((await liar(t, sameWay, dials)).outcome, 'no-answer')
    })

  test('sends no bytes to a server that wants some', async (t) => {
    assert.equal((await liar(t, async () => undefined)).outcome, 'refused')
  })

  test('hears no dial-back that nobody asked for', async (t) => {
    const { client, server } = await liar(t, async () => OK)
    const connection = await server.dial(multiaddr(place(client)), { force: true })
    const wire = wireStream(await connection.newStream(DIAL_BACK_PROTOCOL), { maxBytes: 64, idleMs: 2_000 })
    await wire.write(dialBackMessage, { nonce: 0n })
    await assert.rejects(wire.read(dialBackResponse))
  })

  test('gets no answer from a peer that does not speak it, nor after its time is over', async (t) => {
    const { dialBacks, client, server, connection } = await scene(t)
    await server.unhandle(DIAL_REQUEST_PROTOCOL)
    assert.equal(await dialBacks.ask(connection, multiaddr(place(client)), AbortSignal.timeout(3_000)), 'no-answer')
    assert.equal(await dialBacks.ask(connection, multiaddr(place(client)), AbortSignal.abort()), 'no-answer')
  })
})
