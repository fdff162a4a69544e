// Nobody can shut the TCP half of the DNS server: not by holding connections, by asking slowly, nor by asking without reading.
// Each /24 of loopback stands for a network of its own.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createDnsServer, decodeMessage, type DnsServerInit } from '../../core/dns/index.ts'
import { idleTime } from '../../core/dns/tcp.ts'
import { silentLog } from '../../core/log.ts'
import { manualClock, testZone } from './fixtures.ts'
import { askTcp, framed, rawOpt, rawQuery } from './wire.ts'

async function serve(t: TestContext, init: Partial<DnsServerInit> = {}) {
  const server = createDnsServer({ host: '127.0.0.1', port: 0, handle: testZone().handle, log: silentLog, ...init })
  const { port } = await server.start()
  const sockets: Socket[] = []
  t.after(async () => {
    for (const socket of sockets) socket.destroy()
    await server.stop()
  })
  /** Connects from an address of loopback. */
  const open = async (localAddress: string): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true })
    sockets.push(socket)
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.resume()
    return socket
  }
  return { server, port, open }
}

/** Whether a question on this connection is answered. */
async function isAnswered(socket: Socket): Promise<boolean> {
  const ended = new AbortController()
  const { signal } = ended
  const lost = once(socket, 'close', { signal }).then(() => false)
  const heard = once(socket, 'data', { signal }).then(() => true)
  lost.catch(() => undefined)
  heard.catch(() => undefined)
  if (socket.closed) return false
  socket.write(framed(rawQuery()))
  try {
    return await Promise.race([lost, heard])
  } finally {
    ended.abort()
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(5)
}

suite('A4 the places of DNS over TCP', () => {
  test('A4 a house that one network has filled takes a newcomer from a quiet one', async (t) => {
    const { open, server } = await serve(t, { limits: { tcpConnections: 20, tcpConnectionsPerNetwork: 20 } })
    const greedy = await Promise.all(Array.from({ length: 20 }, (_, index) => open(`127.9.9.${index + 1}`)))
    for (const socket of greedy) socket.write(framed(rawQuery()))
    await until(() => server.stats().tcp.queries === 20)
    const newcomer = await open('127.8.8.1')
    assert.equal(await isAnswered(newcomer), true)
    await until(() => greedy.some((socket) => socket.closed))
    assert.equal(server.stats().tcp.refusedConnections, 0)
    assert.equal(server.stats().tcp.shownOut, 1)
  })

  test('A4 a house that many networks have filled shows out who waits longest without asking', async (t) => {
    const { open, server } = await serve(t, { limits: { tcpConnections: 16 } })
    const first = await open('127.7.0.1')
    const others: Socket[] = []
    for (let index = 1; index < 16; index++) others.push(await open(`127.7.${index}.1`))
    for (const socket of others) assert.equal(await isAnswered(socket), true)
    assert.equal(await isAnswered(await open('127.8.8.1')), true)
    await until(() => first.closed)
    assert.equal(
      others.every((socket) => !socket.closed),
      true,
    )
    assert.equal(server.stats().tcp.shownOut, 1)
  })

  test('A4 one network has as many places as it may, whatever it does, and loses its own for more', async (t) => {
    const { open, server } = await serve(t, { limits: { tcpConnections: 64, tcpConnectionsPerNetwork: 4 } })
    const mine = await Promise.all(Array.from({ length: 4 }, () => open('127.9.9.1')))
    const neighbour = await open('127.9.9.2')
    await until(() => mine.filter((socket) => socket.closed).length === 1)
    assert.equal(await isAnswered(neighbour), true)
    assert.equal(server.stats().tcp.shownOut, 1)
  })

  test('A4 the zone’s own servers have places that nobody else can take', async (t) => {
    const { open } = await serve(t, {
      limits: { tcpConnections: 8, tcpConnectionsPerNetwork: 1, tcpKeptFor: (address) => address === '127.0.0.1' },
    })
    const own = await open('127.0.0.1')
    for (let index = 0; index < 64; index++) await open(`127.9.${index}.1`)
    assert.equal(await isAnswered(own), true)
    assert.equal(await isAnswered(await open('127.0.0.1')), true)
  })

  test('A4 a gone connection gives back what it held', async (t) => {
    const { open, server } = await serve(t, { limits: { tcpConnections: 4, tcpConnectionsPerNetwork: 2 } })
    for (let round = 0; round < 20; round++) {
      const socket = await open('127.9.9.1')
      assert.equal(await isAnswered(socket), true)
      socket.destroy()
      await once(socket, 'close')
    }
    await until(() => server.stats().tcp.queries === 20)
    assert.equal(server.stats().tcp.refusedConnections, 0)
  })
})

suite('A4 the patience of DNS over TCP', () => {
  test('A4 shrinks from half full on to a tenth', () => {
    const idle = [0, 0.3, 0.5, 0.75, 1, 1.1].map((fullness) => Math.round(idleTime(10_000, fullness)))
    assert.deepEqual(idle, [10_000, 10_000, 10_000, 5_500, 1_000, 1_000])
  })

  test('A4 a full house bears silence for less time than an empty one', async (t) => {
    const clock = manualClock()
    const { open, server } = await serve(t, { clock, limits: { tcpConnections: 8 } })
    const alone = await open('127.9.0.1')
    await clock.advance(9_000)
    assert.equal(alone.closed, false)
    const rest = await Promise.all(Array.from({ length: 7 }, (_, index) => open(`127.9.${index + 1}.1`)))
    for (const socket of rest) assert.equal(await isAnswered(socket), true)
    await clock.advance(4_000)
    await until(() => [alone, ...rest].every((socket) => socket.closed))
    assert.equal(server.stats().tcp.idleClosed, 8)
  })

  test('A4 a question that trickles is cut by the time since its first byte, however often it asked before', async (t) => {
    const clock = manualClock()
    const { open, server } = await serve(t, { clock })
    const slow = await open('127.9.0.1')
    const quick = await open('127.9.1.1')
    const query = framed(rawQuery())
    assert.equal(await isAnswered(slow), true)
    for (let at = 0; at < 9 && !slow.closed; at++) {
      slow.write(query.subarray(at, at + 1))
      assert.equal(await isAnswered(quick), true)
      await clock.advance(500)
    }
    await until(() => slow.closed)
    assert.equal(await isAnswered(quick), true)
    assert.equal(server.stats().tcp.idleClosed, 1)
  })

  test('A4 who asks how long it may be silent is told, by TCP alone', async (t) => {
    const { port } = await serve(t)
    const [reply] = await askTcp(
      port,
      [framed(rawQuery({ additionals: [rawOpt({ options: [[11, Buffer.alloc(0)]] })] }))],
      1,
    )
    assert.ok(reply)
    assert.deepEqual(reply.subarray(-6), Buffer.of(0, 11, 0, 2, 0, 100))
    assert.equal(decodeMessage(reply).edns?.payload, 1232)
    const [plain] = await askTcp(port, [framed(rawQuery({ additionals: [rawOpt()] }))], 1)
    assert.equal(plain?.subarray(-2).readUInt16BE(), 0)
  })

  test('A4 a clock that is set back keeps nobody', async (t) => {
    const clock = manualClock()
    const { open } = await serve(t, { clock })
    clock.set(clock.now() + 24 * 3_600_000)
    const silent = await open('127.9.0.1')
    assert.equal(await isAnswered(silent), true)
    clock.set(clock.now() - 24 * 3_600_000)
    await clock.advance(11_000)
    await until(() => silent.closed)
  })
})

suite('A4 what is asked without reading the answers', () => {
  /** Answers each question with 400 bytes. */
  const wordy: DnsServerInit['handle'] = (query, _length, out) => {
    query.copy(out, 0, 0, 12)
    return 400
  }

  test('A4 is bounded for each client, and more questions are not even read', async (t) => {
    const asked = 200_000
    const { open, server } = await serve(t, { handle: wordy })
    const greedy = await open('127.9.0.1')
    greedy.pause()
    greedy.write(Buffer.concat(Array.from({ length: asked }, () => framed(rawQuery()))))
    const other = await open('127.8.0.1')
    const askedOfGreedy = async () => {
      for (let round = 0; round < 50; round++) assert.equal(await isAnswered(other), true)
      return server.stats().tcp.queries
    }
    // until nothing but our own questions is asked any more: the system's buffers are full then
    for (let before = -50; before !== (await askedOfGreedy()) - 50;) before = server.stats().tcp.queries
    assert.ok(server.stats().tcp.queries < asked / 2, `${server.stats().tcp.queries} of ${asked} were answered`)
  })

  test('A4 cuts off whoever holds most when all together hold too much', async (t) => {
    const { open, server } = await serve(t, { handle: wordy, limits: { tcpHeldBytes: 30 * 1024 } })
    const greedy = await open('127.9.0.1')
    greedy.pause()
    const other = await open('127.8.0.1')
    const many = Buffer.concat(Array.from({ length: 2_000 }, () => framed(rawQuery())))
    while (server.stats().tcp.shownOut === 0) {
      greedy.write(many)
      assert.equal(await isAnswered(other), true)
    }
    greedy.resume()
    await until(() => greedy.closed)
    assert.equal(await isAnswered(other), true)
  })

  test('A4 is answered in full once it is read', async (t) => {
    const asked = 40_000
    const { open } = await serve(t, { handle: wordy })
    const slow = await open('127.9.0.1')
    slow.pause()
    slow.write(Buffer.concat(Array.from({ length: asked }, () => framed(rawQuery()))))
    const other = await open('127.8.0.1')
    for (let round = 0; round < 10; round++) assert.equal(await isAnswered(other), true)
    let received = 0
    slow.on('data', (chunk) => void (received += chunk.length))
    slow.resume()
    await until(() => received === asked * 402)
  })

  test('A4 gives others their turn while one client has asked a thousand things at once', async (t) => {
    const order: string[] = []
    const { open } = await serve(t, {
      handle: (query, _length, out) => {
        order.push(query[0] === 1 ? 'greedy' : 'other')
        query.copy(out, 0, 0, 12)
        return 12
      },
    })
    const [greedy, other] = [await open('127.9.0.1'), await open('127.8.0.1')]
    const many = Buffer.concat(Array.from({ length: 2_000 }, () => framed(rawQuery({ id: 0x0101 }))))
    const heard = once(other, 'data')
    greedy.write(many)
    other.write(framed(rawQuery({ id: 0x0202 })))
    await heard
    await until(() => order.length === 2_001)
    assert.ok(order.indexOf('other') < 1_000, `the other one was number ${order.indexOf('other')}`)
  })
})
