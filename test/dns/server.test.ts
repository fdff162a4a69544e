// The sockets of the DNS server: TCP as RFC 7766 wants it, limits, and that nothing a stranger sends ends the process.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { createDnsServer, DnsListenError, type DnsServerInit } from '../../core/dns/index.ts'
import { silentLog } from '../../core/log.ts'
import { manualClock, testZone, ZONE } from './fixtures.ts'
import { askTcp, askUdp, framed, rawQuery } from './wire.ts'

async function serve(t: TestContext, init: Partial<DnsServerInit> = {}) {
  const server = createDnsServer({ host: '127.0.0.1', port: 0, handle: testZone().handle, log: silentLog, ...init })
  const { port } = await server.start()
  t.after(() => server.stop())
  return { server, port }
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** Asks one question on a connection and waits for its answer. */
async function askOn(socket: Socket): Promise<void> {
  const answered = once(socket, 'data')
  socket.write(framed(rawQuery()))
  await answered
}

async function closed(socket: Socket): Promise<void> {
  socket.resume()
  if (!socket.closed) await once(socket, 'close')
}

function manyQueries(count: number): Buffer[] {
  return Array.from({ length: count }, (_, id) => rawQuery({ id, name: `ip410-0-${id >> 8}-${id & 255}.ip.${ZONE}` }))
}

suite('DNS over TCP', () => {
  test('answers many queries of one write, each once and in order', async (t) => {
    const { port } = await serve(t)
    const queries = manyQueries(3000)
    const replies = await askTcp(port, [Buffer.concat(queries.map(framed))], queries.length)
    assert.deepEqual(
      replies.map((reply) => reply.readUInt16BE(0)),
      queries.map((query) => query.readUInt16BE(0)),
    )
  })

  test('answers queries that arrive byte by byte', async (t) => {
    const { port } = await serve(t)
    const queries = manyQueries(2)
    const bytes = Array.from(Buffer.concat(queries.map(framed)), (byte) => Buffer.of(byte))
    const replies = await askTcp(port, bytes, 2)
    assert.equal(replies.length, 2)
  })

  test('answers what came before a half-sent query when the client has closed its half', async (t) => {
    const { port } = await serve(t)
    const socket = await open(port)
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.end(Buffer.concat([framed(rawQuery()), Buffer.of(0, 40, 1, 2)]))
    await once(socket, 'close')
    assert.equal(Buffer.concat(chunks).readUInt16BE(2), 0xabcd)
  })

  test('closes a connection that asks nothing, also one that keeps sending pieces of a query', async (t) => {
    const clock = manualClock()
    const { port, server } = await serve(t, { clock })
    const silent = await open(port)
    const slow = await open(port)
    slow.write(framed(rawQuery()).subarray(0, 5))
    const noisy = await open(port)
    const busy = await open(port)
    await clock.advance(8000)
    // A reply is no question, and does not keep a connection open.
    noisy.write(framed(rawQuery({ flags: 0x8000 })))
    let asked = 0
    do {
      await askOn(busy)
      asked++
    } while (server.stats().tcp.queries < asked + 1)
    await clock.advance(2001)
    await Promise.all([closed(silent), closed(slow), closed(noisy)])
    assert.equal(busy.closed, false)
    assert.equal(server.stats().tcp.idleClosed, 3)
    busy.destroy()
  })

  test('gives the place of a closed connection to a new one', async (t) => {
    const { port } = await serve(t, { limits: { tcpConnections: 1 } })
    for (let round = 0; round < 3; round++) {
      const socket = await open(port)
      await askOn(socket)
      socket.end()
      await closed(socket)
    }
  })

  test('ends a connection that announces an absurdly long query', async (t) => {
    const { port } = await serve(t)
    const socket = await open(port)
    socket.write(Buffer.of(0xff, 0xff, 1, 2, 3))
    await closed(socket)
  })

  test('reads no more questions from a client that does not read the answers', async (t) => {
    const { port, server } = await serve(t, {
      handle: (query, _length, out, transport) => {
        query.copy(out, 0, 0, 12)
        return transport === 'tcp' && query[0] === 0 ? 20_000 : 12
      },
    })
    const greedy = await open(port)
    greedy.pause()
    const questions = 10_000
    greedy.write(Buffer.concat(Array.from({ length: questions }, () => framed(rawQuery({ id: 1 })))))
    const other = await open(port)
    for (let round = 0; round < 50; round++) await askOn(other)
    assert.ok(server.stats().tcp.queries < questions)
    greedy.destroy()
    other.destroy()
  })
})

suite('DNS over UDP', () => {
  test('answers queries from a busy socket, each with its own reply', async (t) => {
    const { port } = await serve(t)
    const queries = manyQueries(200)
    const replies = await askUdp(port, queries)
    const ids = replies.map((reply) => reply.readUInt16BE(0)).sort((a, b) => a - b)
    assert.deepEqual(ids, [...queries.keys()])
    for (const reply of replies) assert.equal(reply.subarray(-2).readUInt16BE(), reply.readUInt16BE(0))
  })

  test('goes on when the function that answers fails', async (t) => {
    let calls = 0
    const zone = testZone()
    const { port, server } = await serve(t, {
      handle: (...query) => {
        if (++calls <= 1) throw new Error('broken on purpose')
        return zone.handle(...query)
      },
    })
    assert.deepEqual(await askUdp(port, [rawQuery()]), [])
    assert.equal(server.stats().udp.errors, 1)
  })

  test('survives a client that is gone when its answer comes', async (t) => {
    const { port } = await serve(t)
    for (let round = 0; round < 20; round++) {
      const socket = createSocket('udp4')
      await new Promise((sent) => socket.send(rawQuery(), port, '127.0.0.1', sent))
      socket.close()
    }
    assert.equal((await askUdp(port, [rawQuery()])).length, 1)
  })
})

suite('Starting and stopping', () => {
  test('takes the same free port for UDP and TCP', async (t) => {
    const { port } = await serve(t)
    assert.equal((await askUdp(port, [rawQuery()])).length, 1)
    assert.equal((await askTcp(port, [framed(rawQuery())], 1)).length, 1)
  })

  test('says so when the TCP port is taken, and leaves the UDP port free', async (t) => {
    const blocker = createServer()
    blocker.listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    t.after(() => blocker.close())
    const address = blocker.address()
    assert.ok(typeof address === 'object' && address)
    const server = createDnsServer({ host: '127.0.0.1', port: address.port, handle: () => 0, log: silentLog })
    await assert.rejects(server.start(), DnsListenError)
    const free = createSocket('udp4')
    free.bind(address.port, '127.0.0.1')
    await once(free, 'listening')
    free.close()
  })

  test('says so when the UDP port is taken or the address is none of ours', async (t) => {
    const { port } = await serve(t)
    for (const [host, wanted] of [
      ['127.0.0.1', port],
      ['192.0.2.1', 0],
    ] as const) {
      const server = createDnsServer({ host, port: wanted, handle: () => 0, log: silentLog })
      await assert.rejects(server.start(), (error) => error instanceof DnsListenError && error.message.includes(host))
      await server.stop()
    }
  })

  test('starting twice and stopping twice change nothing', async () => {
    const server = createDnsServer({ host: '127.0.0.1', port: 0, handle: testZone().handle, log: silentLog })
    await server.stop()
    assert.deepEqual(await server.start(), await server.start())
    await server.stop()
    await server.stop()
  })

  test('stopping closes open connections', async () => {
    const server = createDnsServer({ host: '127.0.0.1', port: 0, handle: testZone().handle, log: silentLog })
    const { port } = await server.start()
    const socket = await open(port)
    await server.stop()
    await closed(socket)
  })

  test('starts again after it was stopped', async () => {
    const server = createDnsServer({ host: '127.0.0.1', port: 0, handle: testZone().handle, log: silentLog })
    await server.start()
    await server.stop()
    const { port } = await server.start()
    assert.equal((await askUdp(port, [rawQuery()])).length, 1)
    await server.stop()
  })

  test('listens on IPv6', async (t) => {
    const server = createDnsServer({ host: '::1', port: 0, handle: testZone().handle, log: silentLog })
    const started = await server.start().catch((error: unknown) => error)
    if (started instanceof DnsListenError) {
      t.skip('this machine has no IPv6 loopback')
      return
    }
    t.after(() => server.stop())
    assert.ok(started && typeof started === 'object' && 'port' in started && typeof started.port === 'number')
    const socket = createSocket('udp6')
    t.after(() => socket.close())
    const reply = once(socket, 'message')
    socket.send(rawQuery(), started.port, '::1')
    await reply
  })
})
