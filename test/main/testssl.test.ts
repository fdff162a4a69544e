// What Debian's testssl.sh, the scanner that operators use, finds at the node's WSS port and at a broker with TLS of its own. It looks
// at protocols and kinds of suites; the suites one by one, and renegotiation, are in wss.test.ts and broker/tls.test.ts, which need no scanner.
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { stopHost } from '../../core/host.ts'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { createNodeHost } from '../../main/node/node-host.ts'
import { startBrokerHttp } from '../../servers/broker/http.ts'
import { createMetrics } from '../../servers/broker/metrics.ts'
import { createRequestRate } from '../../servers/broker/request-rate.ts'
import { createTestTls } from '../support/tls.ts'
import { LOOPBACK, makeBundle, namesOf, newIdentity, testAuthority } from './support.ts'

const skip =
  spawnSync('testssl', ['--version']).error === undefined
    ? false
    : 'testssl (Debian package testssl.sh) is not installed'

const run = promisify(execFile)

const Findings = v.array(v.object({ id: v.string(), severity: v.string(), finding: v.string() }))

/** What it has to complain of, and how much it has looked at. */
async function scan(
  t: TestContext,
  port: number,
): Promise<{ readonly bad: readonly string[]; readonly looks: number }> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-testssl-'))
  t.after(() => rm(dir, { recursive: true }))
  const file = join(dir, 'found.json')
  // of a failed look it tells by its status as well as in the file
  await run('testssl', [
    ...[
      '--quiet',
      '--color',
      '0',
      '--warnings',
      'off',
      '--nodns',
      'none',
      '--ip',
      '127.0.0.1',
      '--assume-http',
      '--jsonfile',
      file,
    ],
    ...['--protocols', '--std', `localhost:${port}`],
  ]).catch(() => undefined)
  const findings = v.parse(Findings, JSON.parse(await readFile(file, 'utf8')))
  const bad = findings.filter(({ severity }) => ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL', 'FATAL'].includes(severity))
  const looks = findings.filter(({ severity }) => severity === 'OK').length
  return { bad: bad.map(({ id, severity, finding }) => `${severity} ${id}: ${finding}`), looks }
}

describe('testssl.sh', { skip, concurrency: true }, () => {
  it('B18 has nothing to complain of at the node’s WSS port', async (t) => {
    const authority = await testAuthority(Date.now())
    const identity = await newIdentity()
    const node = await createNodeHost({
      identity,
      listen: LOOPBACK,
      wss: ['/ip4/127.0.0.1/tcp/0/tls/ws'],
      discovery: false,
    })
    t.after(() => stopHost(node.host))
    const bundle = await makeBundle({ authority, names: namesOf(identity.peerId), now: Date.now() })
    const [address] = await node.serve(bundle)
    const port = Number(address?.getComponents().find(({ name }) => name === 'tcp')?.value)
    const { bad, looks } = await scan(t, port)
    assert.deepEqual(bad, [])
    assert.ok(looks >= 8, `it has looked at ${looks} things only`)
  })

  it('B18 has nothing to complain of at a broker with TLS of its own', async (t) => {
    const http = await startBrokerHttp({
      ...{ listen: { host: '127.0.0.1', port: 0 }, url: 'https://localhost:0', tls: await createTestTls() },
      ...{ trustedProxies: [], maxConnections: 100, maxPerNetwork: 100, metrics: createMetrics(), log: silentLog },
      rate: createRequestRate(1_000, systemClock),
      authenticate: async () => ({ kind: 'refused', reason: 'nobody' }),
      register: async () => undefined,
      health: async () => 0,
    })
    t.after(() => http.stop())
    const { bad, looks } = await scan(t, http.address.port)
    assert.deepEqual(bad, [])
    assert.ok(looks >= 8, `it has looked at ${looks} things only`)
  })
})
