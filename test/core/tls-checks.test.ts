// A variable that makes Node believe everybody, NODE_TLS_REJECT_UNAUTHORIZED=0, stands in many a login file: nothing of ours heeds it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { createTransport } from '../../core/acme/transport.ts'
import { systemClock } from '../../core/clock.ts'
import { nodeFlags } from '../../core/node-flags.ts'
import { keepTlsChecks } from '../../core/tls-checks.ts'
import { createHttpClient } from '../../main/issuers/autotls/http.ts'
import { cleanEnv, ROOT } from '../support/command.ts'
import { createTestTls, serveHttps, type TestServer } from '../support/tls.ts'

const VARIABLE = 'NODE_TLS_REJECT_UNAUTHORIZED'

/** As if the whole process had been started so. */
function believeEverybody(t: TestContext): void {
  const earlier = process.env[VARIABLE]
  process.env[VARIABLE] = '0'
  t.after(() => {
    if (earlier === undefined) delete process.env[VARIABLE]
    else process.env[VARIABLE] = earlier
  })
}

describe('a server with a certificate that nobody knows', () => {
  let server: TestServer
  before(async () => {
    server = await serveHttps(await createTestTls(), (_request, response) => response.writeHead(204).end())
  })
  after(() => server.close())

  it('O9 is no broker, whatever the environment says', async (t) => {
    believeEverybody(t)
    const client = createHttpClient({})
    t.after(() => client.close())
    const { signal } = new AbortController()
    const url = new URL('/v1/health', server.origin)
    await assert.rejects(client.send({ method: 'GET', url, headers: {}, timeoutMs: 20_000, signal }), {
      name: 'HttpError',
    })
    assert.deepEqual(server.requests, [])
  })

  it('O9 is no CA, whatever the environment says', async (t) => {
    believeEverybody(t)
    const transport = createTransport({ clock: systemClock, userAgent: 'test' })
    t.after(() => transport.close())
    await assert.rejects(transport.send('GET', `${server.origin}/directory`), { name: 'AcmeTransportError' })
    assert.deepEqual(server.requests, [])
  })

  it('O9 is nobody to what fetches without a client of ours, once an entry file has begun', async (t) => {
    believeEverybody(t)
    const told: string[] = []
    keepTlsChecks((text) => told.push(text))
    assert.match(told.join(), /NODE_TLS_REJECT_UNAUTHORIZED=0 does not count here/)
    await assert.rejects(fetch(server.origin))
    assert.deepEqual(server.requests, [])
  })
})

describe('the variable', () => {
  it('O9 is taken away without a word where it says nothing bad', () => {
    const env: NodeJS.ProcessEnv = { [VARIABLE]: '1', HOME: '/' }
    keepTlsChecks(() => assert.fail('nothing to say'), env)
    keepTlsChecks(() => assert.fail('nothing to say'), env)
    assert.deepEqual(env, { HOME: '/' })
  })

  it('O9 is looked for in every file that a bundle begins with', () => {
    for (const file of ['main/headless.ts', 'main/index.ts', 'servers/cli.ts'])
      assert.match(readFileSync(join(ROOT, file), 'utf8'), /^ *keepTlsChecks\(/m, file)
  })

  it('O9 is answered with a sentence by the programs', () => {
    for (const file of ['main/headless.ts', 'servers/cli.ts']) {
      const env = { ...cleanEnv(), [VARIABLE]: '0' }
      const { stderr } = spawnSync(process.execPath, [...nodeFlags(), join(ROOT, file), '--version'], {
        ...{ env, encoding: 'utf8', timeout: 60_000 },
      })
      assert.match(stderr, /does not count here/, file)
    }
  })

  it('O9 decides for no connection of ours: whoever makes an agent says whom it believes', () => {
    const rooms = ['core', 'main', 'servers', 'proto']
    const files = rooms.flatMap((room) =>
      readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' }).map((name) => join(room, name)),
    )
    const makers = files
      .filter((file) => file.endsWith('.ts'))
      .filter((file) => /new (?:HttpsAgent|Agent|WebSocket)\(/.test(textOf(file)))
    assert.deepEqual(
      makers.filter((file) => !textOf(file).includes('rejectUnauthorized: true')),
      [],
    )
    assert.ok(makers.length >= 3, makers.join())
  })
})

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
