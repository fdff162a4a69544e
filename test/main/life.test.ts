// A node's certificate from outside, against the sandbox's own network: twelve-second certificates that never expire on the
// wire, and nodes that are killed before and after each step and still cost the CA one certificate.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { setTimeout as delay } from 'node:timers/promises'
import { type TestContext, describe, test } from 'node:test'
import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { parse } from 'yaml'
import { createResolver } from '../../core/dns/index.ts'
import { splitHostPort } from '../../core/net/host-port.ts'
import { createApp } from '../../main/app.ts'
import { readHistory } from '../../main/certificates/history.ts'
import { NodeConfigSchema } from '../../main/settings/config.ts'
import type { NodeEventLine } from '../../proto/node-events.ts'
import { type Ca, createCa } from '../../servers/ca/ca.ts'
import { writeNodeConfig } from '../../servers/sandbox/node-config.ts'
import { startNode } from './node-process.ts'
import { startNetwork } from '../support/network.ts'
import { collectEvents, until } from './support.ts'
import type { SandboxNetwork } from '../../servers/sandbox/network.ts'

/** A network whose CA signs for so long, and that CA, to count what it signed. */
async function network(
  t: TestContext,
  validityMs?: number,
): Promise<{ readonly net: SandboxNetwork; readonly ca: Ca }> {
  let ca: Ca | undefined
  const net = await startNetwork({
    // names with an address have a profile of their own, and here it is the CA's default that counts
    issue: { ipNames: false },
    async startCa(dns, dir) {
      ca = createCa({
        ...{ dir: join(dir, 'ca'), resolver: createResolver({ servers: [splitHostPort(dns)] }) },
        ...(validityMs ? { profiles: { short: { description: '', validityMs } }, defaultProfile: 'short' } : {}),
      })
      const { directoryUrl, rootPath = '' } = await ca.start()
      return {
        directory: directoryUrl,
        trustAnchor: rootPath,
        root: rootPath,
        stop: () => ca?.stop() ?? Promise.resolve(),
      }
    },
  })
  t.after(() => net.stop())
  assert.ok(ca)
  return { net, ca }
}

/** One handshake: the end of the certificate that is shown, and its fingerprint. */
async function lookAt(port: number, servername: string) {
  const socket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect')
    const leaf = socket.getPeerX509Certificate()
    assert.ok(leaf)
    return { fingerprint: leaf.fingerprint256, notAfter: leaf.validToDate.getTime() }
  } finally {
    socket.on('error', () => undefined)
    socket.destroy()
  }
}

describe('certificates of twelve seconds', () => {
  test('are renewed twice without one moment of an expired one on the wire', async (t) => {
    const { net, ca } = await network(t, 12_000)
    const config = v.parse(
      NodeConfigSchema,
      parse(await readFile(await writeNodeConfig(net, 'a', { connect: 'none' }), 'utf8')),
    )
    const app = createApp(config)
    const events = collectEvents()
    app.events.on((line) => events.emit(line))
    t.after(() => app.stop())
    await app.start()
    await until('the listener', () => events.of('wss').length > 0)
    const [, name = '', port = ''] =
      /^\/dns4\/([^/]+)\/tcp\/([0-9]+)/.exec(events.of('wss')[0]?.addresses[0] ?? '') ?? []
    const seen = new Set<string>()
    let expired = 0
    const end = performance.now() + 25_000
    while (seen.size < 3 && performance.now() < end) {
      const { fingerprint, notAfter } = await lookAt(Number(port), name)
      if (notAfter <= Date.now()) expired++
      seen.add(fingerprint)
      await delay(20)
    }
    assert.equal(expired, 0)
    assert.equal(seen.size, 3)
    assert.deepEqual(events.of('failed'), [])
    const issued = ca.issued()
    assert.ok(issued.length <= 4, `${issued.length} certificates`)
    await app.stop()
    const told = (await readHistory(config.dir)).filter(({ what }) => what === 'order-begun').map(({ code }) => code)
    assert.deepEqual(told.slice(0, 3), ['no-certificate', 'window', 'window'])
  })
})

describe('a node that is killed', () => {
  const moments: readonly (readonly [title: string, fits: (line: NodeEventLine) => boolean])[] = [
    ['after it has heard of the network', isStep('info', 'done')],
    ['after a proof', isStep('proof', 'done')],
    ['after the grant', isStep('request', 'done')],
    ['after it has made its key', isStep('key', 'done')],
    ['before the order', isStep('order', 'begin')],
    ['when the order has begun', isStep('order', 'progress')],
    ['when the CA has validated', isStep('order', 'progress', /valid|final/)],
    ['after the certificate came', isStep('order', 'done')],
    ['after it has verified the certificate', isStep('verify', 'done')],
    ['before it serves the certificate', isStep('install', 'begin')],
    ['after it serves the certificate', ({ event }) => event === 'certificate'],
  ]

  function isStep(step: string, status: string, detail = /^/) {
    return (line: NodeEventLine) =>
      line.event === 'step' && line.step === step && line.status === status && detail.test(line.detail)
  }

  test('before or after any step has one certificate in the end, and the CA has issued one', async (t) => {
    const { net, ca } = await network(t)
    const lives = moments.map(([title, fits], index) => async () => {
      const config = await writeNodeConfig(net, `${index}`, { connect: 'none' })
      const first = startNode(t, config)
      await first.line(fits)
      await first.kill()
      const second = startNode(t, config)
      const line = await second.line(({ event }) => event === 'certificate')
      await second.kill()
      assert.ok(line.event === 'certificate')
      const issued = ca.issued().filter(({ names }) => names.includes(line.names[0] ?? ''))
      return { title, issued: issued.length }
    })
    const outcomes: { title: string; issued: number }[] = []
    // two at a time: each is a process, and the machine may be small
    const next = async (): Promise<void> => {
      for (let life = lives.shift(); life; life = lives.shift()) outcomes.push(await life())
    }
    await Promise.all([next(), next()])
    const wrong = outcomes.filter(({ issued }) => issued !== 1)
    assert.deepEqual(wrong, [])
    assert.equal(outcomes.length, moments.length)
  })
})
