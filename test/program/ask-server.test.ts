// The server of an invitation is asked before a network is left for it: a broker for its health, an issue server for its zone, each
// for a bounded time.
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { describe, test, type TestContext } from 'node:test'
import { silentLog } from '../../core/log.ts'
import { askInvited, mayJoin } from '../../main/program/ask-server.ts'
import { OtherKeyError, UnreachableError } from '../../main/issuers/nodetrust/errors.ts'
import { ApiError } from '../../proto/api/index.ts'
import type { Invitation } from '../../proto/invitation.ts'

const ISSUE: Invitation = { zone: 'nt.example.net', name: 'Club', issue: ['/ip4/192.0.2.1/tcp/4431'] }

const ask = (invitation: Invitation, askZone?: () => Promise<string>) =>
  askInvited(invitation, { askZone, log: silentLog, timeoutMs: 300 })

/** A broker that answers like this; undefined: never. */
async function broker(t: TestContext, status?: number): Promise<Invitation> {
  const server: Server = createServer((_, response) => {
    if (status !== undefined) response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { zone: 'f.example.net', name: 'Forge', issue: [], broker: `http://127.0.0.1:${port}` }
}

describe('the server of an invitation', () => {
  test('is fine where it speaks for the zone', async () => {
    assert.equal(await ask(ISSUE, async () => 'nt.example.net'), undefined)
  })

  test('is not asked where no node runs that could, and a broker is', async (t) => {
    assert.equal(await ask(ISSUE), undefined)
    assert.equal((await ask(await broker(t, 503)))?.problem.code, 'server-unreachable')
  })

  for (const [what, error, code] of [
    ['is silent where nobody answers', new UnreachableError('cannot connect'), 'server-unreachable'],
    ['is another one where another key answers', new OtherKeyError('another key answers'), 'server-other-key'],
  ] as const) {
    test(what, async () => {
      assert.equal((await ask(ISSUE, () => Promise.reject(error)))?.problem.code, code)
    })
  }

  test('is a wrong one where it speaks for another zone', async () => {
    assert.equal((await ask(ISSUE, async () => 'other.example.net'))?.problem.code, 'other-zone')
  })

  test('is a broker that says that it is well', async (t) => {
    assert.equal(await ask(await broker(t, 204)), undefined)
  })

  test('is silent where a broker takes the question and never answers', { timeout: 10_000 }, async (t) => {
    assert.equal((await ask(await broker(t)))?.problem.code, 'server-unreachable')
  })
})

test('a network is kept where the new one is not there, unless the person says otherwise', () => {
  const may = (code: 'server-unreachable' | 'server-other-key' | 'other-zone', leaves: boolean, anyway: boolean) =>
    mayJoin(new ApiError(code), { leaves, anyway })
  assert.deepEqual(
    [
      may('server-unreachable', true, false),
      may('server-unreachable', true, true),
      may('server-unreachable', false, false),
    ],
    [false, true, true],
  )
  assert.deepEqual([may('server-other-key', false, false), may('server-other-key', true, true)], [false, true])
  assert.equal(may('other-zone', false, true), false)
  assert.ok(mayJoin(undefined, { leaves: true, anyway: false }))
})
