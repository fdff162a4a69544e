// A whole node in this process, against servers of the test: from nothing to WSS, again after a restart, and what does not
// keep it from running.
import assert from 'node:assert/strict'
import { openPeerRecord } from '../../core/records/peer-record.ts'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, before, describe, test } from 'node:test'
import * as v from 'valibot'
import { type App, createApp } from '../../main/app.ts'
import { type NodeConfig, NodeConfigSchema } from '../../main/settings/config.ts'
import { type IssueServer, startIssueServer, startProofServer } from './nodetrust-servers.ts'
import {
  collectEvents,
  type Collected,
  DAY_MS,
  manualClock,
  NOW,
  temporaryDir,
  testAuthority,
  until,
} from './support.ts'
import type { Authority } from '../../servers/ca/authority.ts'

let authority: Authority

before(async () => {
  authority = await testAuthority()
})

interface Scene {
  readonly dir: string
  readonly server: IssueServer
  readonly config: (more?: Record<string, unknown>) => NodeConfig
  readonly start: (config: NodeConfig) => Promise<{ readonly app: App; readonly events: Collected }>
}

async function scene(t: TestContext): Promise<Scene> {
  const dir = await temporaryDir(t)
  const server = await startIssueServer(t, authority, [await startProofServer(t)])
  const trustAnchor = join(dir, 'root.pem')
  await writeFile(trustAnchor, authority.rootPem)
  return {
    ...{ dir, server },
    config: (more = {}) =>
      v.parse(NodeConfigSchema, {
        dir: join(dir, 'node'),
        network: { issue: [...server.addresses], trustAnchor },
        listen: { addresses: '/ip4/127.0.0.1/tcp/0', wss: '/ip4/127.0.0.1/tcp/0/tls/ws' },
        discovery: { addressClasses: ['loopback'] },
        ...more,
      }),
    async start(config) {
      const app = createApp(config, { clock: manualClock() })
      const events = collectEvents()
      app.events.on((line) => events.emit(line))
      t.after(() => app.stop())
      await app.start()
      return { app, events }
    },
  }
}

const served = (events: Collected) => until('a certificate in service', () => events.of('certificate').length > 0)

describe('a node', () => {
  test('starts, gets a certificate, serves WSS and broadcasts it', async (t) => {
    const { config, start } = await scene(t)
    const { app, events } = await start(config())
    assert.equal(events.of('started')[0]?.peerId, app.peerId())
    await served(events)
    const [wss] = events.of('wss')
    assert.match(
      wss?.addresses[0] ?? '',
      /^\/dns4\/127-0-0-1\.p[a-z0-9]+\.nt\.example\.net\/tcp\/[1-9][0-9]*\/tls\/ws$/,
    )
    const state = app.state()
    assert.equal(state.phase, 'running')
    assert.equal(state.certificate?.source, 'nodetrust')
    assert.ok(state.addresses.some((address) => address.startsWith(wss?.addresses[0] ?? '?')))
    assert.equal(state.nextAttemptAt, undefined)
    const own = app.peerId() ?? ''
    const record = app.signedRecord(own)
    assert.ok(record, 'and hands its record to whoever looks at it')
    assert.equal((await openPeerRecord(record, Date.now())).peer.toString(), own)
  })

  test('keeps its peer id and uses its certificate again after a restart, without asking', async (t) => {
    const { config, start, server } = await scene(t)
    const first = await start(config())
    await served(first.events)
    await first.app.stop()
    assert.equal(first.events.all.at(-1)?.event, 'stopped')
    const second = await start(config())
    await served(second.events)
    assert.equal(second.events.of('started')[0]?.peerId, first.events.of('started')[0]?.peerId)
    assert.equal(second.events.of('certificate')[0]?.reused, true)
    assert.equal(server.requests.length, 1)
  })

  test('asks for a new certificate where the stored one is torn, and says so', async (t) => {
    const { config, start, server, dir } = await scene(t)
    const first = await start(config())
    await served(first.events)
    await first.app.stop()
    await writeFile(join(dir, 'node', 'certificate.json'), '{"version":1,')
    const second = await start(config())
    await served(second.events)
    assert.equal(second.events.of('failed')[0]?.code, 'stored-certificate')
    assert.equal(second.events.of('certificate')[0]?.reused, false)
    assert.equal(server.requests.length, 2)
  })

  test('runs without an issue server, and says that it asks for nothing', async (t) => {
    const { config, start } = await scene(t)
    const { app, events } = await start(config({ network: {} }))
    await until('a note', () => events.of('note').length > 0)
    assert.equal(app.state().phase, 'running')
    await assert.rejects(app.getCertificate(), { name: 'NotConfiguredError' })
  })

  test('runs on where a certificate cannot be had, and says when it tries again', async (t) => {
    const { config, start, server } = await scene(t)
    const issue = [`/ip4/127.0.0.1/tcp/1/p2p/${server.host.peerId.toString()}`]
    const { app, events } = await start(config({ network: { issue } }))
    await until('a failure', () => events.of('failed').length > 0)
    const [failed] = events.of('failed')
    assert.equal(failed?.code, 'unreachable')
    assert.equal(Date.parse(failed.retryAt ?? ''), app.state().nextAttemptAt)
    assert.equal(app.state().phase, 'running')
  })

  test('says that its WSS port is in use before it asks for anything', async (t) => {
    const holder = createServer()
    holder.listen(0, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    t.after(() => holder.close())
    const place = holder.address()
    assert.ok(typeof place === 'object' && place)
    const { config, start, server } = await scene(t)
    const listen = { addresses: '/ip4/127.0.0.1/tcp/0', wss: `/ip4/127.0.0.1/tcp/${place.port}/tls/ws` }
    const { app, events } = await start(config({ listen }))
    await until('a failure', () => events.of('failed').length > 0)
    assert.equal(events.of('failed')[0]?.code, 'wss-listen')
    assert.equal(app.state().certificate, undefined)
    assert.equal(app.facts()?.failed?.failure.code, 'wss-listen')
    assert.equal(server.requests.length, 0)
    assert.equal(events.of('wss').length, 0)
  })

  test('does not start where its plain port is in use, and leaves nothing running', async (t) => {
    const { config, start } = await scene(t)
    const { events } = await start(config())
    const taken = events.of('started')[0]?.addresses[0]?.replace(/\/p2p\/.*/, '') ?? ''
    const app = createApp(config({ dir: await temporaryDir(t), listen: { addresses: taken } }))
    await assert.rejects(app.start(), { name: 'ListenError', message: /in use/ })
    assert.equal(app.state().phase, 'stopped')
    await app.stop()
  })

  test('does not start with a trust anchor that is none', async (t) => {
    const { config, dir } = await scene(t)
    const trustAnchor = join(dir, 'garbage.pem')
    await writeFile(trustAnchor, 'garbage')
    await assert.rejects(createApp(config({ network: { trustAnchor } })).start(), {
      name: 'ConfigError',
      message: /`network.trustAnchor`: .*garbage.pem/,
    })
  })

  test('gets a certificate when it is told to, and not before it runs', async (t) => {
    const { config, start, server } = await scene(t)
    await assert.rejects(createApp(config()).getCertificate(), { name: 'NotRunningError' })
    const { app, events } = await start(config())
    await served(events)
    const bundle = await app.getCertificate()
    assert.equal(app.state().certificate, bundle)
    assert.equal(server.requests.length, 2)
  })

  test('is alone on its folder while it runs, and gives it free when it stops', async (t) => {
    const { config, start } = await scene(t)
    const { app } = await start(config())
    await assert.rejects(createApp(config()).start(), { name: 'FolderInUseError', message: /in use by process/ })
    await app.stop()
    await start(config())
  })

  test('runs without a lock where none can be written, and says so', async (t) => {
    const { config, start, dir } = await scene(t)
    await mkdir(join(dir, 'node', 'in-use.lock'), { recursive: true })
    const { app, events } = await start(config())
    await served(events)
    assert.equal(app.state().phase, 'running')
    assert.ok(events.of('note').some(({ message }) => message.includes('not locked')))
  })

  test('uses the certificate before the last one where the newest is torn, and says so', async (t) => {
    const { config, start, server, dir } = await scene(t)
    const first = await start(config())
    await served(first.events)
    await first.app.getCertificate()
    await first.app.stop()
    await writeFile(join(dir, 'node', 'certificate.json'), '{"version":1,')
    const second = await start(config())
    await served(second.events)
    assert.match(second.events.of('failed')[0]?.message ?? '', /the one before it is used/)
    assert.equal(second.events.of('certificate')[0]?.reused, true)
    assert.equal(server.requests.length, 2)
  })

  test('tells when and why the certificate will be renewed', async (t) => {
    const { config, start } = await scene(t)
    const { app, events } = await start(config())
    assert.equal(app.state().renewal, undefined)
    await served(events)
    const renewal = app.state().renewal
    assert.equal(renewal?.reason, 'window')
    assert.ok(renewal.at >= NOW + 60 * DAY_MS && renewal.at <= NOW + 61 * DAY_MS)
  })

  test('stops within five seconds while it is being served', async (t) => {
    const { config, start } = await scene(t)
    const { app } = await start(config())
    const began = performance.now()
    await app.stop()
    await app.stop()
    assert.ok(performance.now() - began < 5_000)
    assert.equal(app.state().phase, 'stopped')
  })
})
