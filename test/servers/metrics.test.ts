// Figures for a Prometheus on another machine: for whoever has the token and for nobody else, and no way to hold the listener up.
import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { ConfigError, loadConfig } from '../../core/config.ts'
import { FileError } from '../../core/files.ts'
import { createLog } from '../../core/log.ts'
import { gauge } from '../../servers/admin/figures.ts'
import { html } from '../../servers/admin/html.ts'
import { startMetricsServer } from '../../servers/admin/metrics-server.ts'
import { ServersConfig } from '../../servers/config.ts'
import { temporaryDir } from '../main/support.ts'
import { manualClock } from '../support/manual-clock.ts'

const TOKEN = 'correct-horse-battery-staple'

async function world(t: TestContext) {
  const tokenFile = join(await temporaryDir(t), 'token')
  await writeFile(tokenFile, `${TOKEN}\n`, { mode: 0o600 })
  const lines: string[] = []
  const clock = manualClock()
  let asked = 0
  const server = await startMetricsServer({
    ...{ listen: { host: '127.0.0.1', port: 0 }, tokenFile, clock },
    log: createLog('info', { write: (line) => void lines.push(line) }),
    reports: async () => {
      asked++
      return [
        {
          ...{ role: 'dns', title: 'DNS', state: { attention: false, sentence: 'Well.' }, content: html`` },
          figures: [gauge('nodetrust_test', 'Of a test.', [{ value: 7 }])],
        },
      ]
    },
  })
  t.after(() => server.stop())
  const get = (token?: string, init: RequestInit & { path?: string } = {}) =>
    fetch(new URL(init.path ?? '/metrics', server.url), {
      ...init,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })
  return { server, lines, clock, tokenFile, get, asked: () => asked }
}

describe('C metrics for another machine', () => {
  it('are given to who sends the token, as /metrics and nothing else', async (t) => {
    const { get } = await world(t)
    const answer = await get(TOKEN)
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    assert.match(await answer.text(), /^nodetrust_test 7$/m)
    for (const path of ['/', '/health', '/metrics/', '/../'])
      assert.equal((await get(TOKEN, { path })).status, 404, path)
    assert.equal((await get(TOKEN, { method: 'POST' })).status, 405)
  })

  it('are given to nobody without it, whatever stands in its place, and nothing is computed for them', async (t) => {
    const { get, asked, lines } = await world(t)
    for (const token of [undefined, '', 'x', TOKEN.slice(1), `${TOKEN}x`, TOKEN.toUpperCase(), 'null'])
      for (const path of ['/metrics', '/', '/health'])
        assert.ok([401, 429].includes((await get(token, { path })).status), `${token} ${path}`)
    const basic = await fetch(await world(t).then(({ server }) => server.url), {
      headers: { authorization: `Basic ${Buffer.from(`:${TOKEN}`).toString('base64')}` },
    })
    assert.equal(basic.status, 401)
    assert.match(basic.headers.get('www-authenticate') ?? '', /^Bearer/)
    assert.equal(asked(), 0)
    assert.doesNotMatch(lines.join(''), /horse/)
    assert.equal(lines.length, 1)
  })

  it('are not kept from who has the token by a neighbour who guesses; the neighbour is told to wait', async (t) => {
    const { get, clock } = await world(t)
    const statuses: number[] = []
    for (let guess = 0; guess < 15; guess++) statuses.push((await get(`guess-${guess}`)).status)
    assert.deepEqual([statuses[0], statuses.at(-1)], [401, 429])
    assert.equal((await get(TOKEN)).status, 200)
    await clock.advance(61_000)
    assert.equal((await get('guess')).status, 401)
  })

  it('come from a listener that nobody fills: silent and slow connections go, and the newest one is answered', async (t) => {
    const { server, get } = await world(t)
    const { port, hostname } = new URL(server.url)
    const sockets: Socket[] = []
    t.after(() => sockets.forEach((socket) => socket.destroy()))
    const gone: Promise<unknown>[] = []
    for (let index = 0; index < 40; index++) {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => undefined)
      gone.push(new Promise((resolve) => socket.once('close', resolve)))
      socket.write(index % 2 === 0 ? '' : 'GET /metrics HTTP/1.1\r\nx: ')
      sockets.push(socket)
      await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))
    }
    assert.equal((await get(TOKEN)).status, 200)
    await Promise.all(gone)
  })

  it('refuse headers that are longer than a scrape has', async (t) => {
    const { server } = await world(t)
    const status = await new Promise((resolve) => {
      httpRequest(server.url, { headers: { authorization: `Bearer ${'x'.repeat(10_000)}` } })
        .on('response', ({ statusCode }) => resolve(statusCode))
        .on('error', () => resolve('cut off'))
        .end()
    })
    assert.ok(status === 'cut off' || status === 431, String(status))
  })

  it('take another token when they are told to, and keep the one from before where there is none', async (t) => {
    const { server, get, tokenFile } = await world(t)
    await writeFile(tokenFile, 'another-token-of-this-test')
    await server.reread()
    assert.equal((await get(TOKEN)).status, 401)
    assert.equal((await get('another-token-of-this-test')).status, 200)
    await writeFile(tokenFile, 'short')
    await assert.rejects(server.reread(), FileError)
    assert.equal((await get('another-token-of-this-test')).status, 200)
  })

  it('are not given without a token that nobody guesses, and a file that others may read is told', async (t) => {
    const { tokenFile, lines, server } = await world(t)
    await chmod(tokenFile, 0o644)
    await server.reread()
    assert.match(lines.join(''), /everybody on this machine may read the token/)
    for (const bad of ['', 'short', 'two words that are long enough for a token']) {
      await writeFile(tokenFile, bad)
      await assert.rejects(
        startMetricsServer({
          ...{ listen: { host: '127.0.0.1', port: 0 }, tokenFile, clock: manualClock(), log: createLog('silent') },
          reports: () => Promise.resolve([]),
        }),
        /20 to 512 characters/,
      )
    }
  })
})

describe('C the configuration of metrics', () => {
  const load = (flags: Record<string, string>) =>
    loadConfig(ServersConfig, { flags: { zone: 'nt.example.net', dir: '/tmp', ...flags } })

  it('names an address and a token file, beside the page on loopback or without it', async () => {
    const metrics = { listen: '10.0.0.5:25898', tokenFile: '/etc/token' }
    assert.deepEqual((await load({ admin: '127.0.0.1:25897' })).admin, { listen: '127.0.0.1:25897' })
    const flags = { 'admin.metrics.listen': metrics.listen, 'admin.metrics.tokenFile': metrics.tokenFile }
    assert.deepEqual((await load(flags)).admin, { metrics })
    assert.deepEqual((await load({ ...flags, 'admin.listen': '127.0.0.1:1' })).admin, {
      listen: '127.0.0.1:1',
      metrics,
    })
  })

  it('is refused without a token, and the page anywhere but on loopback', async () => {
    await assert.rejects(load({ 'admin.metrics.listen': '10.0.0.5:25898' }), ConfigError)
    await assert.rejects(load({ admin: '10.0.0.5:25897' }), /loopback/)
    await assert.rejects(load({ 'admin.listen': '10.0.0.5:25897' }), /loopback/)
  })
})
