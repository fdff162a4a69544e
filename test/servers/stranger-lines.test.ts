// What a stranger's refusals cost in lines of a log: a real host that is asked again and again for what it refuses.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createLog } from '../../core/log.ts'
import { problem, serveProtocol } from '../../servers/serve-protocol.ts'
import { LOOPBACK, startHost } from '../main/support.ts'
import { ROOT } from '../support/command.ts'

const PROTOCOL = '/test/refuses/1.0.0'

/** Whoever answers strangers and logs what came of it. */
const LISTENERS = [
  ...['servers/serve-protocol.ts', 'servers/role-host.ts', 'servers/broker/http.ts', 'servers/broker/register.ts'],
  ...['servers/broker/values.ts', 'servers/broker/dial-back.ts', 'servers/issue/orders.ts', 'servers/issue/acme.ts'],
  ...['servers/dns/writer-session.ts', 'servers/admin/metrics-server.ts'],
  ...['core/dns/udp.ts', 'core/dns/tcp.ts', 'main/peers/discovery.ts', 'main/bridge/requests.ts'],
]

describe('A13 a stranger who is refused', () => {
  it('again and again costs a line a minute and not one each', async (t) => {
    const lines: string[] = []
    const stopping = new AbortController()
    t.after(() => stopping.abort())
    const server = await startHost(t, { listen: LOOPBACK })
    const client = await startHost(t, { listen: [] })
    await serveProtocol({
      ...{ host: server, protocol: PROTOCOL, maxBytes: 1_000, signal: stopping.signal },
      log: createLog('info', { write: (line) => void lines.push(line) }),
      handle: () => Promise.reject(problem('NOT_AUTHORIZED', 'not you')),
      refuse: () => Promise.resolve(),
    })
    const connection = await client.dial(server.getMultiaddrs())
    for (let round = 0; round < 60; round++) {
      const stream = await connection.newStream(PROTOCOL)
      await stream.close().catch(() => undefined)
      stream.abort(new Error('over'))
    }
    assert.equal(lines.length, 1)
    const { msg, reason, peer, address } = JSON.parse(lines[0] ?? '{}')
    assert.deepEqual([msg, reason, peer, address], ['refused', 'not you', client.peerId.toString(), '127.0.0.1'])
  })

  for (const file of LISTENERS)
    it(`is counted by ${file}`, () => assert.match(readFileSync(join(ROOT, file), 'utf8'), /countedLog\(/))
})
