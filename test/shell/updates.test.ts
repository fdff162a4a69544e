// S22: newer versions are believed only when signed, never older than what runs, and installed only where the system verifies.
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { State } from '../../proto/api/index.ts'
import { silentLog } from '../../core/log.ts'
import { isNewer, MAX_FEED_BYTES, readFeed, signedBytes, UpdateFeedError } from '../../main/shell/update-feed.ts'
import { createUpdater, fetchFeed, installsHere, type UpdaterInit, whyNoUpdates } from '../../main/shell/updates.ts'
import { manualClock } from '../support/manual-clock.ts'
import { startRawServer, SWITCHING } from '../support/raw-server.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const KEY = publicKey.export({ type: 'spki', format: 'pem' }).toString()
const NOW = Date.parse('2026-11-20T12:00:00Z')
const DAY = 86_400_000

function feed(change: object = {}, key = privateKey): string {
  const values = { product: 'nodetrust', version: '0.2.0', releasedAt: NOW, expiresAt: NOW + 30 * DAY, ...change }
  const payload = Buffer.from(JSON.stringify(values))
  const signature = sign(null, signedBytes(payload), key)
  return JSON.stringify({ payload: payload.toString('base64'), signature: signature.toString('base64') })
}

/** An updater of a packaged app that fetches what the test says. */
function updater(change: Partial<UpdaterInit> & { readonly text?: string } = {}) {
  const clock = manualClock(NOW)
  const told: State['update'][] = []
  const done: string[] = []
  const made = createUpdater({
    ...{ source: { url: 'https://example.org/feed.json', publicKey: KEY }, version: '0.1.0', platform: 'linux' },
    ...{ packaged: true, installer: undefined, clock, log: silentLog, random: () => 0, enabled: () => true },
    checkedAt: undefined,
    fetchFeed: async () => {
      done.push('fetch')
      return change.text ?? feed()
    },
    openDownload: async () => void done.push('download'),
    onUpdate: (update) => told.push(update),
    ...change,
  })
  return { made, clock, told, done }
}

const never = () => new AbortController().signal

describe('S22 an announcement', () => {
  it('is believed when the pinned key signed it', () => {
    assert.deepEqual(readFeed(feed(), KEY, NOW), { version: '0.2.0', releasedAt: NOW })
  })

  it('is refused in every other case', () => {
    const other = generateKeyPairSync('ed25519').privateKey
    const payload = (JSON.parse(feed()) as { payload: string }).payload
    const { signature } = JSON.parse(feed()) as { signature: string }
    const changed = Buffer.from(payload, 'base64').toString('utf8').replace('0.2.0', '9.9.9')
    const bare = sign(null, Buffer.from(payload, 'base64'), privateKey).toString('base64')
    for (const text of [
      feed({}, other),
      JSON.stringify({ payload: Buffer.from(changed).toString('base64'), signature }),
      JSON.stringify({ payload, signature: bare }),
      JSON.stringify({ payload }),
      feed({ product: 'other' }),
      feed({ version: '1.0' }),
      feed({ version: '1.0.0-beta.1' }),
      feed({ expiresAt: NOW }),
      ' '.repeat(MAX_FEED_BYTES + 1),
      '[]',
      'null',
      '',
      '<!doctype html>',
    ]) {
      assert.throws(() => readFeed(text, KEY, NOW), UpdateFeedError, text.slice(0, 60))
    }
    fc.assert(
      fc.property(fc.json(), (text) => {
        assert.throws(() => readFeed(text, KEY, NOW), UpdateFeedError)
      }),
    )
  })

  it('is never older than what runs', async () => {
    for (const [version, than, newer] of [
      ['0.2.0', '0.1.0', true],
      ['0.1.0', '0.1.0', false],
      ['0.0.9', '0.1.0', false],
      ['0.10.0', '0.9.9', true],
      ['1.0.0', '1.0.0-beta.1', true],
      ['1.0.0', '1.0.1-beta.1', false],
    ] as const) {
      assert.equal(isNewer(version, than), newer, `${version} ${than}`)
    }
    const { made, told } = updater({ version: '0.3.0' })
    await made.check(never())
    assert.deepEqual(told, [{ available: null, checkedAt: NOW }])
  })
})

describe('S22 the updater', () => {
  it('asks nobody in development, without a publisher, or by plain http', async () => {
    for (const change of [
      { packaged: false },
      { source: undefined },
      { source: { url: 'http://example.org/feed.json', publicKey: KEY } },
    ]) {
      const { made, done, clock } = updater(change)
      assert.ok(whyNoUpdates({ source: undefined, packaged: true, ...change }))
      await made.run(never())
      await made.check(never())
      assert.deepEqual(done, [])
      assert.equal(clock.sleeping, 0)
    }
  })

  it('looks once a day while it may, also after a sleep', async () => {
    let enabled = true
    const { made, clock, done } = updater({ enabled: () => enabled })
    const stopping = new AbortController()
    const running = made.run(stopping.signal)
    await clock.advance(DAY)
    assert.equal(done.length, 1)
    await clock.advance(DAY)
    assert.equal(done.length, 2)
    enabled = false
    await clock.advance(3 * DAY)
    assert.equal(done.length, 2)
    stopping.abort()
    await running
  })

  it('announces and opens the download page where the system verifies nothing', async () => {
    const { made, told, done } = updater()
    await made.check(never())
    assert.deepEqual(told, [{ available: { version: '0.2.0', installs: false }, checkedAt: NOW }])
    await made.install()
    assert.deepEqual(done, ['fetch', 'download'])
  })

  it('installs in packaged apps on macOS and Windows alone', async () => {
    const installed: string[] = []
    const installer = { install: async (version: string) => void installed.push(version) }
    assert.equal(installsHere({ platform: 'linux', packaged: true, installer }), false)
    assert.equal(installsHere({ platform: 'win32', packaged: false, installer }), false)
    assert.equal(installsHere({ platform: 'darwin', packaged: true, installer: undefined }), false)
    const { made } = updater({ platform: 'darwin', installer })
    await made.install()
    assert.deepEqual(installed, [], 'nothing was announced')
    await made.check(never())
    await made.install()
    assert.deepEqual(installed, ['0.2.0'])
  })

  it('goes on when the announcement cannot be had', async () => {
    const { made, told } = updater({ fetchFeed: () => Promise.reject(new Error('offline')) })
    await made.check(never())
    assert.deepEqual(told, [{ available: null, checkedAt: NOW }])
  })

  it('fetches no more than an announcement has, and follows nobody elsewhere', async (t) => {
    const server = createServer((request, response) => {
      if (request.url === '/big') response.end('x'.repeat(MAX_FEED_BYTES + 1))
      else if (request.url === '/away') response.writeHead(302, { location: '/ok' }).end()
      else if (request.url === '/ok') response.end('text')
      else response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => {
      server.closeAllConnections()
      server.close()
    })
    const address = server.address()
    const url = (path: string) => `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${path}`
    assert.equal(await fetchFeed(url('/ok'), never()), 'text')
    await assert.rejects(fetchFeed(url('/big'), never()), UpdateFeedError)
    await assert.rejects(fetchFeed(url('/none'), never()), UpdateFeedError)
    await assert.rejects(fetchFeed(url('/away'), never()), TypeError)
  })

  it('does not wait for a server that switches to another protocol', { timeout: 20_000 }, async (t) => {
    for (const answer of [SWITCHING, 'HTTP/1.1 101 Yes\r\n\r\n']) {
      const { port } = await startRawServer(t, { asked: (socket) => void socket.write(answer) })
      await assert.rejects(fetchFeed(`http://127.0.0.1:${port}/`, never()), TypeError)
    }
  })
})
