// The HTTP of a node with a broker, against servers that do not go on: whatever they do and at whatever moment, there is an
// answer or a typed error, within the time that was given.
import assert from 'node:assert/strict'
import { type TestContext, describe, test } from 'node:test'
import { createHttpClient, HttpError, type HttpClientInit } from '../../main/issuers/autotls/http.ts'
import { until } from '../main/support.ts'
import { type RawScript, startRawServer, SWITCHING } from '../support/raw-server.ts'

/** Nobody should wait as long as this; the tests that do have their own limit. */
const TIMEOUT_MS = 30_000

interface Options {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly protocol?: 'http' | 'https'
  readonly init?: HttpClientInit
  readonly host?: string
}

async function scene(t: TestContext, script: RawScript, options: Options = {}) {
  const server = await startRawServer(t, script)
  const client = createHttpClient(options.init ?? {})
  t.after(() => client.close())
  const url = new URL(`${options.protocol ?? 'http'}://${options.host ?? '127.0.0.1'}:${server.port}/v1/health`)
  const { timeoutMs = TIMEOUT_MS, signal = new AbortController().signal } = options
  return { ...server, answer: client.send({ method: 'GET', url, headers: {}, timeoutMs, signal }) }
}

const httpError = (code: string) => (error: unknown) => error instanceof HttpError && error.code === code

describe('a server', { timeout: 20_000 }, () => {
  test('that switches to another protocol gets an end, and its connection too', async (t) => {
    const { answer, open } = await scene(t, { asked: (socket) => void socket.write(SWITCHING) })
    await assert.rejects(answer, httpError('UPGRADE'))
    await until('the connection has ended', () => open() === 0)
  })

  test('that switches to a protocol without a name gets an end, and its connection too', async (t) => {
    const { answer, open } = await scene(t, { asked: (socket) => void socket.write('HTTP/1.1 101 Yes\r\n\r\n') })
    await assert.rejects(answer, httpError('UPGRADE'))
    await until('the connection has ended', () => open() === 0)
  })

  for (const [when, text] of [
    ['before its headers', ''],
    ['in the middle of its headers', 'HTTP/1.1 200 OK\r\nContent-Le'],
    ['in the middle of its body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'],
  ] as const) {
    test(`that leaves ${when} is an error`, async (t) => {
      const { answer } = await scene(t, { asked: (socket) => void socket.end(text) })
      await assert.rejects(answer, httpError('ECONNRESET'))
    })

    test(`that says no more ${when} is left at the time limit`, async (t) => {
      const { answer } = await scene(t, { asked: (socket) => void socket.write(text) }, { timeoutMs: 100 })
      await assert.rejects(answer, httpError('TIMEOUT'))
    })

    test(`that says no more ${when} is left when the caller goes`, async (t) => {
      const leaving = new AbortController()
      const asked = (socket: { write(text: string, done: () => void): unknown }) =>
        void socket.write(text, () => leaving.abort(new Error('enough')))
      const { answer } = await scene(t, { asked }, { signal: leaving.signal })
      await assert.rejects(answer, { message: 'enough' })
    })
  }

  test('that says no word of TLS is left at the time limit, and when the caller goes', async (t) => {
    const late = await scene(t, {}, { protocol: 'https', timeoutMs: 100 })
    await assert.rejects(late.answer, httpError('TIMEOUT'))
    const leaving = new AbortController()
    const connected = () => leaving.abort(new Error('enough'))
    const left = await scene(t, { connected }, { protocol: 'https', signal: leaving.signal })
    await assert.rejects(left.answer, { message: 'enough' })
  })

  test('whose name is never resolved is left at the time limit, and when the caller goes', async (t) => {
    const late = await scene(t, {}, { host: 'localhost', timeoutMs: 100, init: { lookup: () => undefined } })
    await assert.rejects(late.answer, httpError('TIMEOUT'))
    const leaving = new AbortController()
    const lookup = () => leaving.abort(new Error('enough'))
    const left = await scene(t, {}, { host: 'localhost', signal: leaving.signal, init: { lookup } })
    await assert.rejects(left.answer, { message: 'enough' })
  })

  test('B15 that has several addresses is reached at whichever is there, also after a change of families', async (t) => {
    const answerNow = 'HTTP/1.1 204 No Content\r\n\r\n'
    const lookups: HttpClientInit['lookup'] = (_name, options, done) => {
      assert.ok(options.all, 'all addresses are asked for')
      const of = (address: string, family: number) => ({ address, family })
      done(null, [of('127.0.0.2', 4), of('::1', 6), of('127.0.0.3', 4), of('127.0.0.1', 4)])
    }
    const asked = { asked: (socket: { end(text: string): unknown }) => void socket.end(answerNow) }
    const { answer } = await scene(t, asked, { host: 'broker.example.net', init: { lookup: lookups } })
    assert.equal((await answer).status, 204)
  })

  test('that keeps all connections busy lets those who wait for one go at their time limit', async (t) => {
    const { port } = await startRawServer(t, {})
    const client = createHttpClient({})
    t.after(() => client.close())
    const url = new URL(`http://127.0.0.1:${port}/`)
    const send = (timeoutMs: number, signal: AbortSignal) =>
      client.send({ method: 'GET', url, headers: {}, timeoutMs, signal })
    const stop = new AbortController()
    const busy = [send(TIMEOUT_MS, stop.signal), send(TIMEOUT_MS, stop.signal)]
    await assert.rejects(send(100, stop.signal), httpError('TIMEOUT'))
    stop.abort(new Error('enough'))
    for (const each of busy) await assert.rejects(each, { message: 'enough' })
  })
})
