// The operator's page, asked in every form in which HTTP lets a host be told: each must be a loopback one.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { text as textOf } from 'node:stream/consumers'
import { describe, it, type TestContext } from 'node:test'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { startAdminServer } from '../../servers/admin/server.ts'

async function ask(t: TestContext, line: string, ...hosts: readonly string[]): Promise<number> {
  const server = await startAdminServer({
    ...{ zone: 'nt.example.net', dir: tmpdir(), clock: systemClock, log: silentLog },
    listen: { host: '127.0.0.1', port: 0 },
    reports: async () => [],
  })
  t.after(() => server.stop())
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write([`${line} HTTP/1.1`, ...hosts.map((host) => `Host: ${host}`), 'Connection: close', '', ''].join('\r\n'))
  return Number((await textOf(socket)).split(' ')[1])
}

describe('the operator’s page', () => {
  for (const [line, hosts, status] of [
    ['GET /health', ['localhost'], 200],
    ['GET http://localhost/health', ['localhost'], 200],
    ['GET http://127.0.0.1:25897/health?x', ['127.0.0.1:25897'], 200],
    ['GET http://[::1]:25897/health', ['[::1]:25897'], 200],
    ['HEAD http://localhost/', ['localhost'], 200],
    ['HEAD /events', ['localhost'], 200],
    ['GET http://localhost/nowhere', ['localhost'], 404],
    ['GET http://evil.example/health', ['localhost'], 403],
    ['GET http://localhost/health', ['evil.example'], 403],
    ['GET http://localhost@evil.example/health', ['localhost'], 403],
    ['GET //evil.example/health', ['localhost'], 404],
    ['GET /health', ['localhost', 'evil.example'], 403],
    ['GET /health', ['evil.example', 'localhost'], 403],
    ['OPTIONS *', ['localhost'], 405],
    ['OPTIONS *', ['evil.example'], 403],
  ] as const)
    it(`B13 answers ${status} to ${line} of ${hosts.join(' and ')}`, async (t) => {
      assert.equal(await ask(t, line, ...hosts), status)
    })

  it('is refused where any of its hosts is foreign, however it is told', async (t) => {
    assert.equal(await ask(t, 'GET http://evil.example/health', 'localhost'), 403)
    assert.equal(await ask(t, 'GET http://localhost/health', 'evil.example'), 403)
    assert.equal(await ask(t, 'GET /health', 'localhost', 'evil.example'), 403)
  })
})
