// The HTTP servers of this house under clients that nobody would want, each opened for real: the broker with and without TLS, the
// operator's page, the page on 127.0.0.1, the embedded CA. What counts is that everybody else is served meanwhile.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, describe, it } from 'node:test'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { FIRST_BYTE_MS, PENDING_MS } from '../../core/net/door.ts'
import { createHttpServer } from '../../core/net/http-server.ts'
import { startMetricsServer } from '../../servers/admin/metrics-server.ts'
import { startAdminServer } from '../../servers/admin/server.ts'
import { createCa } from '../../servers/ca/ca.ts'
import { startBridge } from '../bridge/support.ts'
import { startBroker } from '../broker/support.ts'
import { createTestTls } from '../support/tls.ts'
import { createTxtZone } from '../support/txt-zone.ts'
import { enter, heard, knock, type Place, trickle } from './strangers.ts'

/** A busy machine lets timers wait, and Node looks after its own once a second. */
const SLACK_MS = 15_000

/** Only Linux has all of 127.0.0.0/8 without being told. */
const skip = process.platform === 'linux' ? false : 'needs addresses of more than one network on loopback, as Linux has'

const ALL = { concurrency: true, skip, timeout: 120_000 }

/** Each server, how many connections it has at most, and where. */
const SERVERS: Readonly<Record<string, (t: TestContext) => Promise<Place & { readonly places: number }>>> = {
  'the broker': async (t) => {
    const { port } = await startBroker(t, { limits: { connections: 20, connectionsPerPrefix: 10 } })
    return { port, tls: false, places: 20 }
  },
  'the broker with TLS of its own': async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-tls-'))
    t.after(() => rm(dir, { recursive: true }))
    const { cert, key } = await createTestTls()
    const files = { certificateFile: join(dir, 'cert.pem'), keyFile: join(dir, 'key.pem') }
    await writeFile(files.certificateFile, cert)
    await writeFile(files.keyFile, key)
    const section = { tls: files, url: 'https://localhost:0' }
    const { port } = await startBroker(t, { section, limits: { connections: 20, connectionsPerPrefix: 10 } })
    return { port, tls: true, places: 20 }
  },
  'the operator’s page': async (t) => {
    const server = await startAdminServer({
      ...{ zone: 'nt.example.net', dir: tmpdir(), clock: systemClock, log: silentLog, reports: async () => [] },
      listen: { host: '127.0.0.1', port: 0 },
    })
    t.after(() => server.stop())
    return { port: Number(new URL(server.url).port), tls: false, places: 16 }
  },
  'the figures for another machine': async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-figures-'))
    t.after(() => rm(dir, { recursive: true }))
    const tokenFile = join(dir, 'token')
    await writeFile(tokenFile, 'a token that nobody guesses'.replaceAll(' ', '-'), { mode: 0o600 })
    const server = await startMetricsServer({
      ...{ tokenFile, clock: systemClock, log: silentLog, reports: async () => [] },
      listen: { host: '127.0.0.1', port: 0 },
    })
    t.after(() => server.stop())
    return { port: Number(new URL(server.url).port), tls: false, places: 16 }
  },
  'the page on 127.0.0.1': async (t) => ({ port: (await startBridge(t)).port, tls: false, places: 256 }),
  'the embedded CA': async (t) => {
    const ca = createCa({ resolver: createTxtZone() })
    const { directoryUrl } = await ca.start()
    t.after(() => ca.stop())
    return { port: Number(new URL(directoryUrl).port), tls: true, places: 256 }
  },
}

/** Asks as a client does, and waits for an answer of any kind. */
async function ask(t: TestContext, place: Place, from: string): Promise<void> {
  const guest = await enter(t, place, from)
  const answer = heard(guest, 'HTTP/1.1 ')
  guest.socket.write('GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await answer
}

const times = <Value>(count: number, make: (index: number) => Promise<Value>) =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)))

describe('A3 serves newcomers, also of the same network, while silent connections fill an HTTP server', ALL, () => {
  for (const [name, start] of Object.entries(SERVERS)) {
    it(name, async (t) => {
      const place = await start(t)
      await times(place.places + 5, (index) => knock(t, place, `127.0.${index % 2}.1`))

      await ask(t, place, '127.9.9.9')
      await ask(t, place, '127.0.1.1')
    })
  }
})

describe('A3 serves newcomers while connections that were served before keep an HTTP server full', ALL, () => {
  for (const [name, start] of Object.entries(SERVERS)) {
    it(name, async (t) => {
      const place = await start(t)
      // each stays open for another request
      await times(place.places + 5, (index) => ask(t, place, `127.0.${index % 2}.1`).catch(() => undefined))

      await ask(t, place, '127.9.9.9')
      await ask(t, place, '127.0.1.1')
    })
  }
})

describe('A3 lets who says nothing to an HTTP server go after two seconds, and who trickles after five', ALL, () => {
  for (const [name, start] of Object.entries(SERVERS)) {
    it(name, async (t) => {
      const place = await start(t)
      const words = place.tls ? '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' : 'GET / HTTP/1.1\r\nHost'
      const [byte, ...bytes] = [...Buffer.from(words, 'latin1')].map((one) => Buffer.from([one]))
      // the slow one came first: it would be the first to go if both were given the same time
      const slow = await knock(t, place)
      slow.socket.write(byte ?? '')
      trickle(slow, bytes, 700)
      const silent = await knock(t, place)

      const first = await Promise.race([silent.gone.then(() => 'silent'), slow.gone.then(() => 'slow')])
      const [silentMs, slowMs] = [await silent.gone, await slow.gone]

      assert.equal(first, 'silent')
      assert.ok(silentMs > FIRST_BYTE_MS - 100 && silentMs < FIRST_BYTE_MS + SLACK_MS, `silent: ${silentMs}`)
      assert.ok(slowMs > FIRST_BYTE_MS && slowMs < PENDING_MS + SLACK_MS, `trickling: ${slowMs}`)
    })
  }
})

describe('A3 refuses headers without end and bodies that nobody asked for', ALL, () => {
  for (const [name, start] of Object.entries(SERVERS)) {
    it(name, async (t) => {
      const place = await start(t)
      // whoever does not come to an end is cut off after five seconds; this one came first and is there still when the other has gone
      const slow = await enter(t, place)
      slow.socket.write('GET / HTTP/1.1\r\n')
      const talker = await enter(t, place)
      talker.socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n`)
      const header = `x: ${'y'.repeat(1_000)}\r\n`
      for (let count = 0; count < 64 && talker.socket.writable; count += 1) talker.socket.write(header)
      const first = await Promise.race([talker.gone.then(() => 'talker'), slow.gone.then(() => 'slow')])
      assert.equal(first, 'talker')

      const sender = await enter(t, place)
      const answer = heard(sender, /HTTP\/1.1 4\d\d/)
      sender.socket.write('POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n')
      const flood = Buffer.alloc(65_536)
      trickle(
        sender,
        Array.from({ length: 200 }, () => flood),
        5,
      )
      await answer
      await sender.gone
    })
  }
})

describe('an HTTP server that is patient', ALL, () => {
  it('A3 lets who says nothing go soon all the same', async (t) => {
    const made = createHttpServer({ connections: 4, headersMs: 60_000 }, (_request, response) => void response.end())
    await new Promise<void>((resolve) => made.server.listen(0, '127.0.0.1', resolve))
    t.after(() => made.stop())
    const bound = made.server.address()
    const silent = await knock(t, { tls: false, port: typeof bound === 'object' && bound ? bound.port : 0 })

    assert.ok((await silent.gone) < FIRST_BYTE_MS + 2 * SLACK_MS)
  })
})

describe('the head of a request', ALL, () => {
  for (const [what, maxHeaderBytes, limit] of [
    ['what a server has by default', undefined, 8_192],
    ['what a server asks for', 2_048, 2_048],
  ] as const) {
    it(`A3 has room for ${limit} bytes, ${what}, and is refused beyond`, async (t) => {
      const made = createHttpServer(
        { connections: 4, maxHeaderBytes },
        (_request, response) => void response.end('served'),
      )
      await new Promise<void>((resolve) => made.server.listen(0, '127.0.0.1', resolve))
      t.after(() => made.stop())
      const bound = made.server.address()
      const place = { tls: false, port: typeof bound === 'object' && bound ? bound.port : 0 }
      const statusOf = async (bytes: number) => {
        const guest = await enter(t, place)
        const answer = heard(guest, /HTTP\/1.1 \d{3}/)
        const head = 'GET / HTTP/1.1\r\nHost: x\r\nx: '
        guest.socket.write(`${head}${'y'.repeat(bytes - head.length - 4)}\r\n\r\n`)
        return /\d{3}/.exec((await answer).slice(8))?.[0]
      }

      // Node does not count every byte of a line
      assert.equal(await statusOf(limit - 128), '200')
      assert.equal(await statusOf(limit + 128), '431')
    })
  }
})

describe('a reverse proxy', ALL, () => {
  it('A3 keeps its connections, and keeps nobody else out', async (t) => {
    const made = createHttpServer(
      { connections: 4, perNetwork: 4, trustedProxies: ['127.7.7.7'] },
      (_request, response) => void response.end('served'),
    )
    await new Promise<void>((resolve) => made.server.listen(0, '127.0.0.1', resolve))
    t.after(() => made.stop())
    const address = made.server.address()
    const place = { tls: false, port: typeof address === 'object' && address ? address.port : 0 }
    const held = await times(4, () => knock(t, place, '127.7.7.7'))

    await times(10, () => knock(t, place))
    await ask(t, place, '127.9.9.9')
    await ask(t, place, '127.7.7.7')

    assert.ok(held.every(({ socket }) => !socket.closed))
  })
})
