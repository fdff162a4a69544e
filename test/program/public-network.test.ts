// What the broker of the public network is asked before anybody has said yes to anything: one request without a trace of who
// asks, and whatever comes back, an answer in time.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { describe, test, type TestContext } from 'node:test'
import { silentLog } from '../../core/log.ts'
import { loadConfig } from '../../core/config.ts'
import { createPublicNetwork, type PublicNetwork } from '../../main/program/public-network.ts'
import { NodeConfigSchema } from '../../main/settings/config.ts'
import { formatInvitation, parseInvitation } from '../../proto/invitation.ts'
import { until as untilSo } from '../main/support.ts'
import { freePorts } from '../support/free-port.ts'
import { manualClock } from '../support/manual-clock.ts'
import { freePortSettings, temporaryFolder, testProgram, until } from '../support/program.ts'
import { startRawServer, SWITCHING } from '../support/raw-server.ts'
import type { AddressInfo } from 'node:net'

const offerAt = (port: number): string =>
  formatInvitation({ zone: 'f.example.org', name: 'Everybody', issue: [], broker: `http://127.0.0.1:${port}` })

/** A broker that answers as a test likes, and remembers what it was asked. */
async function broker(t: TestContext, answer: RequestListener) {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { asked, port: (server.address() as AddressInfo).port }
}

/** Only whoever has a bound of its own stops listening. */
const endless: RequestListener = (_request, response) => {
  response.writeHead(200)
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(65_536)));
    response.once('drain', more)
  }
  more()
}

const well: RequestListener = (_request, response) => void response.writeHead(204).end()

function offered(t: TestContext, port: number, timeoutMs = 20_000) {
  const clock = manualClock()
  const made = createPublicNetwork({ offer: offerAt(port), clock, log: silentLog, changed: () => undefined, timeoutMs })
  t.after(() => made.stop())
  return { clock, made }
}

const stateOf = (made: PublicNetwork) => made.offered()?.broker
const answered = (made: PublicNetwork) => untilSo('it knows', () => stateOf(made) !== 'asking')

describe('P16 the public network', { timeout: 60_000 }, () => {
  test('is asked for its health by one request that says nothing of who asks', async (t) => {
    const { asked, port } = await broker(t, well)
    const { made } = offered(t, port)
    assert.equal(stateOf(made), 'unasked')
    made.look(false)
    assert.equal(stateOf(made), 'asking')
    await answered(made)
    assert.equal(stateOf(made), 'answers')
    const [only, ...more] = asked
    assert.equal(more.length, 0)
    assert.deepEqual([only?.method, only?.url], ['GET', '/v1/health'])
    assert.deepEqual(only?.rawHeaders, [
      ...['user-agent', 'nodetrust', 'Host', `127.0.0.1:${port}`, 'Connection', 'keep-alive'],
    ])
  })

  test('is not asked again by who looks once more, but by a click and after ten minutes', async (t) => {
    const { asked, port } = await broker(t, well)
    const { made, clock } = offered(t, port)
    for (const again of [false, true, false]) {
      made.look(again)
      made.look(again)
      await answered(made)
    }
    assert.equal(asked.length, 2, 'the first look and the click')
    clock.set(clock.now() + 9 * 60_000)
    made.look(false)
    assert.equal(asked.length, 2)
    clock.set(clock.now() + 2 * 60_000)
    made.look(false)
    await answered(made)
    assert.equal(asked.length, 3)
  })

  for (const [what, answer] of [
    ['is broken', (_, response) => void response.writeHead(500).end('no')],
    ['is a page to log in', (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>')],
    ['leads elsewhere', (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()],
    ['sends without end', endless],
    ['sends headers without end', (_, response) => void response.writeHead(204, { a: 'x'.repeat(40_000) }).end()],
  ] as const satisfies readonly (readonly [string, RequestListener])[]) {
    test(`that ${what} does not answer, and nobody else is asked`, async (t) => {
      const { asked, port } = await broker(t, answer)
      const { made } = offered(t, port, 10 * 60_000)
      made.look(false)
      await answered(made)
      assert.equal(stateOf(made), 'silent')
      assert.equal(asked.length, 1)
    })
  }

  for (const [what, text] of [
    ['says nothing', ''],
    ['stops within its answer', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
  ] as const) {
    test(`that takes the connection and ${what} is given up at the time limit`, async (t) => {
      const { port, open } = await startRawServer(t, { asked: (socket) => void socket.write(text) })
      const { made } = offered(t, port, 100)
      made.look(false)
      await answered(made)
      assert.equal(stateOf(made), 'silent')
      await untilSo('the connection has ended', () => open() === 0)
    })
  }

  test('that speaks something else, or is not there, does not answer', async (t) => {
    const other = await startRawServer(t, { asked: (socket) => void socket.write(SWITCHING) })
    const [free = 0] = await freePorts(1)
    for (const port of [other.port, free]) {
      const { made } = offered(t, port)
      made.look(false)
      await answered(made)
      assert.equal(stateOf(made), 'silent')
    }
  })

  test('that is asked while the program stops is left at once', async (t) => {
    const { port, open } = await startRawServer(t, {})
    const { made } = offered(t, port)
    made.look(false)
    await untilSo('it has connected', () => open() === 1)
    made.stop()
    await answered(made)
    await untilSo('the connection has ended', () => open() === 0)
    made.look(true)
    assert.notEqual(stateOf(made), 'asking')
  })
})

describe('the program', { timeout: 60_000 }, () => {
  const started = async (t: TestContext, offer: string) => {
    const dir = await temporaryFolder(t)
    const { tcpPort, wssPort } = await freePortSettings()
    const program = await testProgram(t, {
      dir,
      flags: {
        ...{ 'network.public': offer, 'reachability.mapPorts': 'false', 'discovery.enabled': 'false' },
        ...{
          'listen.addresses': `/ip4/127.0.0.1/tcp/${tcpPort}`,
          'listen.wss': `/ip4/127.0.0.1/tcp/${wssPort}/tls/ws`,
        },
      },
    })
    await program.start()
    return program
  }

  test('P16 asks nobody before somebody looks at the choice, and not after the choice was made', async (t) => {
    const { asked, port } = await broker(t, well)
    const program = await started(t, offerAt(port))
    assert.deepEqual(program.facts().network.public, {
      ...{ name: 'Everybody', zone: 'f.example.org', broker: 'unasked' },
    })
    assert.equal(asked.length, 0)
    program.lookAtPublicNetwork(false)
    await until(program, 'an answer', ({ network }) => network.public?.broker === 'answers')
    assert.equal(asked.length, 1)

    await program.joinPublicNetwork()
    const { choice } = program.facts().network
    assert.deepEqual([choice?.kind, choice?.name, choice?.forges], ['joined', 'Everybody', ['f.example.org']])
    assert.equal(program.facts().firstRun, false)
    const before = asked.length
    program.lookAtPublicNetwork(true)
    assert.equal(program.facts().network.public?.broker, 'answers')
    assert.equal(asked.length, before)
  })

  test('offers none where the configuration says so', async (t) => {
    const program = await started(t, 'none')
    program.lookAtPublicNetwork(true)
    assert.equal(program.facts().network.public, null)
    await assert.rejects(program.joinPublicNetwork(), /offered/)
  })
})

describe('the offer in the configuration', () => {
  const read = (offer: string) =>
    loadConfig(NodeConfigSchema, { flags: { 'network.public': offer, dir: '/nowhere' } }).then(
      ({ network }) => network.public,
    )

  test('is the public forge where nothing is said, and can be another or none', async () => {
    const { network } = await loadConfig(NodeConfigSchema, { flags: { dir: '/nowhere' } })
    const standard = parseInvitation(network.public)
    assert.deepEqual([standard.zone, standard.broker], ['libp2p.direct', 'https://registration.libp2p.direct'])
    for (const offer of ['none', 'https://broker.example.org', offerAt(4711)]) assert.equal(await read(offer), offer)
  })

  test('that is no forge is an error that says what would be right', async () => {
    for (const offer of ['off', 'https://example.org/', 'nodetrust://join/example.org?issue=/ip4/1.2.3.4/tcp/1']) {
      await assert.rejects(read(offer), /network\.public.*expected none, or an invitation to a forge/, offer)
    }
  })
})
