// A broker with TLS of its own, as a browser, a scanner and a client without SNI find it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { connect } from 'node:tls'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { createMetrics } from '../../servers/broker/metrics.ts'
import { startBrokerHttp } from '../../servers/broker/http.ts'
import { createRequestRate } from '../../servers/broker/request-rate.ts'
import { GOOD_TLS, tlsLook } from '../support/tls-look.ts'
import { createTestTls, type TestTls } from '../support/tls.ts'
import { ask, startBroker } from './support.ts'

async function secureBroker(t: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-tls-'))
  t.after(() => rm(dir, { recursive: true }))
  const pair = await createTestTls()
  const files = { certificateFile: join(dir, 'cert.pem'), keyFile: join(dir, 'key.pem') }
  await writeFile(files.certificateFile, pair.cert)
  await writeFile(files.keyFile, pair.key)
  return startBroker(t, { section: { tls: files, url: 'https://localhost:0' } })
}

/** The HTTP side alone, whose certificate a test exchanges. */
async function server(t: TestContext, pair: TestTls) {
  const http = await startBrokerHttp({
    ...{ listen: { host: '127.0.0.1', port: 0 }, url: 'https://localhost:0', tls: pair },
    ...{ trustedProxies: [], maxConnections: 100, maxPerNetwork: 100, metrics: createMetrics(), log: silentLog },
    rate: createRequestRate(1_000, systemClock),
    authenticate: async () => ({ kind: 'refused', reason: 'nobody' }),
    register: async () => undefined,
    health: async () => 0,
  })
  t.after(() => http.stop())
  return http
}

async function headersOf(port: number, path: string, method = 'GET') {
  const asked = request({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    rejectUnauthorized: false,
    agent: false,
    path,
    method,
  })
  asked.end()
  const [response] = await once(asked, 'response')
  response.resume()
  return response.headers
}

describe('a broker with TLS of its own', () => {
  it('B18 speaks good suites and no other, also with its next certificate and to who names no host', async (t) => {
    const http = await server(t, await createTestTls())
    const { port } = http.address
    assert.deepEqual(await tlsLook({ port, servername: 'localhost' }), GOOD_TLS)
    http.setCertificate(await createTestTls())
    assert.deepEqual(await tlsLook({ port, servername: 'localhost' }), GOOD_TLS)
    assert.deepEqual(await tlsLook({ port }), GOOD_TLS)
  })

  describe('shows the newest certificate, not a handshake that fails,', () => {
    for (const [who, servername] of [
      ['names nobody', undefined],
      ['names another host', 'example.org'],
    ] as const)
      it(`B18 to a client that ${who}`, async (t) => {
        const [first, second] = [await createTestTls(), await createTestTls()]
        const http = await server(t, first)
        for (const pair of [first, second]) {
          http.setCertificate(pair)
          const socket = connect({
            ...{ host: '127.0.0.1', port: http.address.port, rejectUnauthorized: false },
            ...(servername ? { servername } : {}),
          })
          t.after(() => socket.destroy())
          await once(socket, 'secureConnect')
          assert.equal(
            socket.getPeerX509Certificate()?.toString().trim(),
            pair.cert.split(/(?<=-----END CERTIFICATE-----)/)[0]?.trim(),
          )
        }
      })
  })

  it('B18 tells browsers to come over TLS from now on, this host alone, whatever they asked', async (t) => {
    const { port } = await secureBroker(t)
    for (const [path, method] of [
      ['/v1/health', 'GET'],
      ['/v1/_acme-challenge', 'POST'],
      ['/nowhere', 'GET'],
      ['/', 'OPTIONS'],
    ] as const) {
      const { 'strict-transport-security': told } = await headersOf(port, path, method)
      assert.match(told ?? '', /^max-age=[0-9]{8,}$/, path)
    }
  })

  it('B18 says nothing of it over plain HTTP, where it must not (RFC 6797 section 7.2)', async (t) => {
    const world = await startBroker(t)
    const { headers } = await ask(world, { method: 'GET', path: '/v1/health' })
    assert.equal(headers['strict-transport-security'], undefined)
  })
})
