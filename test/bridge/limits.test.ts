// The bridge's promises that are about everything at once: every answer, every limit, every method. Each list is made from the
// code, so that a new method or a new refusal is held to them too.
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { BRIDGE_BEARER, BRIDGE_PROTOCOL, METHOD_NAMES, METHODS } from '../../proto/api/index.ts'
import { MAX_CONNECTIONS } from '../../main/bridge/bridge.ts'
import { MAX_SOCKETS_PER_TOKEN } from '../../main/bridge/sockets.ts'
import { GOOD_INPUTS } from '../api/support.ts'
import { manualClock, settle } from '../support/manual-clock.ts'
import { bearer, openedSocket, openPage, openSocket, post, raw, type Raw, request, startBridge } from './support.ts'
import type { Answer, Dispatch } from '../../main/api/dispatch.ts'
import type { Method } from '../../proto/api/index.ts'

test('B6 no answer allows another origin anything: none of any kind, and no refused upgrade', async (t) => {
  const { port, token, origin } = await startBridge(t)
  const noPage = await startBridge(t, { pageDir: undefined })
  const host = `Host: 127.0.0.1:${port}`
  const upgrade = [
    ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  const protocols = (bearing: string) => `Sec-WebSocket-Protocol: ${BRIDGE_PROTOCOL}, ${BRIDGE_BEARER}${bearing}`
  const asked: readonly (readonly [expected: number, line: string, headers: readonly string[], body?: string])[] = [
    [200, 'GET /', [host]],
    [200, 'HEAD /', [host, 'Connection: close']],
    [200, 'GET /assets/index-Abcd1234.js', [host, `Origin: ${origin}`]],
    [200, 'GET /health', [host]],
    [404, 'GET /nothing', [host]],
    [400, 'GET /?x=1', [host]],
    [401, `GET /?t=${token}`, [host]],
    [403, 'GET /', [host, 'Origin: http://evil.test']],
    [403, 'GET /', [host, 'Origin: null']],
    [421, 'GET /', ['Host: evil.test']],
    [405, 'OPTIONS /api/state.get', [host, `Origin: ${origin}`, 'Access-Control-Request-Method: POST']],
    [405, 'PUT /', [host]],
    [405, 'POST /', [host]],
    [404, 'POST /nothing', [host]],
    [401, 'POST /api/state.get', [host]],
    [401, 'POST /session', [host, 'Content-Type: application/json'], '{"code":"x"}'],
    [415, 'POST /api/state.get', [host, bearer(token)], '{}'],
    [400, 'POST /api/state.get', [host, bearer(token), 'Content-Type: application/json'], '{'],
    [404, 'POST /api/none', [host, bearer(token), 'Content-Type: application/json'], '{}'],
    [200, 'POST /api/state.get', [host, bearer(token), 'Content-Type: application/json'], '{}'],
    [431, 'GET /', [host, `X: ${'x'.repeat(20_000)}`]],
    [421, 'GET /api', ['Host: evil.test', ...upgrade]],
    [403, 'GET /api', [host, 'Origin: http://evil.test', ...upgrade]],
    [404, 'GET /other', [host, `Origin: ${origin}`, ...upgrade]],
    [400, 'GET /api', [host, `Origin: ${origin}`, ...upgrade]],
    [401, 'GET /api', [host, ...upgrade, protocols('x'.repeat(43))]],
    [401, `GET /api?${token}`, [host, ...upgrade, protocols(token)]],
  ]
  const answers: Raw[] = []
  for (const [expected, line, headers, body] of asked) {
    const answer = await request(port, line, headers, body ?? '')
    assert.ok(answer.status === expected || expected === 401, `${line} ${headers.join(' ')}: ${answer.status}`)
    answers.push(answer)
  }
  answers.push(await request(noPage.port, 'GET /'), await raw(port, 'nonsense\r\n\r\n'))
  // wrong tokens until they are throttled, of pages as well
  for (let tries = 0; tries < 40; tries++) {
    answers.push(await request(port, 'GET /api', [host, ...upgrade, protocols('y'.repeat(43))]))
    answers.push(await post(port, '/api/state.get', {}, [bearer('y'.repeat(43))]))
  }
  answers.push(await request(port, 'GET /api', [host, `Origin: ${origin}`, ...upgrade, protocols('y'.repeat(43))]))
  assert.ok(answers.some(({ status }) => status === 429))
  assert.deepEqual(answers.flatMap(allowing), [])
  const opened = new WebSocket(`ws://127.0.0.1:${port}/api`, [BRIDGE_PROTOCOL, `${BRIDGE_BEARER}${token}`], { origin })
  const headers = await new Promise<object>((resolve, reject) => {
    opened.once('upgrade', (response) => resolve(response.headers))
    opened.once('error', reject)
  })
  assert.deepEqual(allowing({ status: 101, headers: new Map(Object.entries(headers)), body: '' }), [])
  opened.terminate()
})

/** Headers that tell a browser to let other origins see something. */
function allowing({ status, headers }: Raw): string[] {
  const names = [...headers.keys()].filter((name) => /^(access-control-|timing-allow-origin)/.test(name))
  const resource = headers.get('cross-origin-resource-policy') ?? 'same-origin'
  return [...names, ...(resource === 'same-origin' ? [] : [resource])].map((name) => `${status} ${name}`)
}

/** A bridge whose calls are answered as the test likes. */
async function answering(t: TestContext, dispatch: Dispatch) {
  const { api } = await startBridge(t)
  return await startBridge(t, { api: { dispatch, state: api.state } })
}

describe('B12 limits', () => {
  test('of headers are the bridge’s own, and not those of Node', async (t) => {
    const { port } = await startBridge(t)
    const host = `Host: 127.0.0.1:${port}`
    assert.equal((await request(port, 'GET /', [host, `X: ${'x'.repeat(9_000)}`])).status, 431)
    assert.equal((await request(port, 'GET /', [host, `X: ${'x'.repeat(7_000)}`])).status, 200)
  })

  test('of patience hold for the body as well', { timeout: 60_000 }, async (t) => {
    const { port, token } = await startBridge(t, { headersTimeoutMs: 300, requestTimeoutMs: 600 })
    const head = [
      ...['POST /api/state.get HTTP/1.1', `Host: 127.0.0.1:${port}`, bearer(token)],
      ...['Content-Type: application/json', 'Content-Length: 100'],
    ]
    // `raw` waits half a minute; a bridge without patience for bodies would be asked for longer than that
    assert.equal((await raw(port, `${head.join('\r\n')}\r\n\r\n{`)).status, 408)
  })

  test('of connections hold for all together', { timeout: 60_000 }, async (t) => {
    const started = await startBridge(t)
    const more = 20
    let over = 0
    const enough = Promise.withResolvers<void>()
    const gone = () => {
      if (++over >= more) enough.resolve()
    }
    // connections that are in use, so that no other limit ends them
    const pages = Math.ceil((MAX_CONNECTIONS + more) / MAX_SOCKETS_PER_TOKEN)
    const tokens: string[] = []
    for (let page = 0; page < pages; page++) tokens.push(await openPage(started))
    for (let count = 0; count < MAX_CONNECTIONS + more; count++) {
      const opened = await openSocket(started, tokens[count % pages])
      if ('status' in opened) gone()
      else {
        t.after(() => opened.socket.terminate())
        void opened.closed.then(gone)
      }
    }
    await enough.promise
  })

  test('of calls under way hold for each page', async (t) => {
    let begun = 0
    const started = await answering(t, () => {
      begun++
      return new Promise<Answer>(() => undefined)
    })
    const page = await openedSocket(started, started.token)
    const { socket } = page
    await page.next()
    for (let id = 1; id <= 33; id++) socket.send(JSON.stringify({ id, method: 'state.get', input: {} }))
    const declined = await page.next()
    assert.deepEqual(
      [Reflect.get(Object(declined), 'id'), Reflect.get(Object(Reflect.get(Object(declined), 'problem')), 'code')],
      [33, 'rate-limited'],
    )
    assert.equal(begun, 32)
  })

  test('of calls in a time hold: who goes on beyond them is not heard for a while, and then no more', async (t) => {
    const clock = manualClock()
    const heard = { calls: 0 }
    const { api } = await startBridge(t)
    const dispatch = async (): Promise<Answer> => ({ ok: true, output: {} })
    const started = await startBridge(t, { clock, api: { dispatch, state: api.state } })
    const token = await openPage(started)
    const page = await openedSocket(started, token)
    await page.next()
    // each call has an answer, if only that there are too many at once
    page.socket.on('message', () => heard.calls++)
    const call = (to: WebSocket, from: number, until: number) => {
      for (let id = from; id <= until; id++) to.send(JSON.stringify({ id, method: 'state.get', input: {} }))
    }
    call(page.socket, 1, 401)
    while (heard.calls < 401) await settle()
    call(page.socket, 402, 402)
    // another page comes and goes meanwhile, so there was time to hear it
    const other = await openedSocket(started, started.token)
    let otherId = 0
    const others = async (): Promise<void> => {
      for (let round = 1; round <= 5; round++) {
        otherId++
        call(other.socket, otherId, otherId)
        await other.next()
      }
    }
    await others()
    assert.equal(heard.calls, 401)
    await clock.advance(500)
    while (heard.calls < 402) await settle()
    // twice the limit is no accident, and a new connection is no new beginning
    let id = 403
    const closed: number[] = []
    void page.closed.then((code) => closed.push(code))
    while (closed.length === 0) {
      call(page.socket, id, id + 999)
      id += 1_000
      await clock.advance(1_000)
    }
    assert.deepEqual(closed, [4429])
    assert.ok(heard.calls < id - 500, `${heard.calls} of ${id}`)
    const again = await openedSocket(started, token)
    await again.next()
    call(again.socket, 1, 1)
    await again.next()
    const more = again.next().then(() => (heard.calls = -1))
    call(again.socket, 2, 2)
    await others()
    assert.notEqual(heard.calls, -1)
    await clock.advance(16_000)
    await more
  })

  test('of what a page leaves unread hold', { timeout: 60_000 }, async (t) => {
    const calls = 64
    let begun = 0
    const all = Promise.withResolvers<void>()
    const started = await answering(t, async () => {
      if (++begun === calls) all.resolve()
      return { ok: true, output: 'x'.repeat(1_000_000) }
    })
    const { socket, closed } = await openedSocket(started, started.token)
    let answers = 0
    const everything = new Promise<'everything'>((resolve) => {
      socket.on('message', () => {
        if (++answers > calls) resolve('everything')
      })
    })
    socket.pause()
    for (let id = 1; id <= calls; id++) {
      socket.send(JSON.stringify({ id, method: 'state.get', input: {} }))
      // no more than a page may have under way
      await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.race([all.promise, closed])
    socket.resume()
    assert.notEqual(await Promise.race([closed, everything]), 'everything')
  })
})

test('B15 who may look can do what is listed here and nothing else, and none of it changes anything', async (t) => {
  const looking = METHOD_NAMES.filter((name) => METHODS[name].role === 'viewer')
  assert.deepEqual(looking, ['state.get', 'certificate.export', 'network.preview', 'peers.show', 'peers.record'])
  const started = await startBridge(t)
  const token = await openPage(started, 'viewer')
  for (const name of METHOD_NAMES) {
    const { confirm }: Method = METHODS[name]
    const input = { ...GOOD_INPUTS[name], ...(confirm === undefined ? {} : { confirmation: '123456' }) }
    const { status } = await post(started.port, `/api/${name}`, input, [bearer(token)])
    if (METHODS[name].role === 'owner') assert.equal(status, 403, name)
    else assert.notEqual(status, 403, name)
  }
  assert.deepEqual(started.program.calls, [['chainPem']], 'looking at the certificate')
})
