// A CA that misbehaves at the level of HTTP and TLS. Nothing here is retried or believed: each fault comes out as one typed
// error, quickly.
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { AcmeProblem, AcmeTransportError } from '../../core/acme/index.ts'
import { createTransport, type Transport } from '../../core/acme/transport.ts'
import { systemClock } from '../../core/clock.ts'
import { until } from '../main/support.ts'
import { startRawServer, SWITCHING } from '../support/raw-server.ts'
import { createTestTls, serveHttps, type TestServer, type TestTls } from '../support/tls.ts'

const MEBIBYTE = 1024 * 1024

const transportError = (code: string) => (error: unknown) => error instanceof AcmeTransportError && error.code === code

/** What the server does at each path. */
const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/json': (response) => response.setHeader('content-type', 'application/json').end('{"a":1}'),
  '/pem': (response) => response.setHeader('content-type', 'application/pem-certificate-chain').end('PEM'),
  '/hang': () => undefined,
  '/slow-body': (response) => void response.writeHead(200).write('a'),
  '/large': (response) => response.end(Buffer.alloc(MEBIBYTE + 1)),
  '/endless': (response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  },
  '/bad-json': (response) => response.setHeader('content-type', 'application/json').end('{"a":'),
  '/redirect': (response) => response.writeHead(302, { location: 'http://127.0.0.1/' }).end(),
  '/cut': (response) => void response.destroy(),
  '/cut-body': (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('a', () => response.destroy())
  },
  '/made-and-cut': (response) => {
    const headers = { location: '/order/1', 'content-length': '100' }
    response.writeHead(201, headers).write('{', () => response.destroy())
  },
  '/503': (response) => response.writeHead(503).end(),
  '/503-page': (response) =>
    response.writeHead(503, { 'content-type': 'text/html' }).end('<h1>Busy</h1>\n<p>Come back &amp; try</p>'),
  '/500-bad-json': (response) => response.writeHead(500, { 'content-type': 'application/problem+json' }).end('{'),
  '/problem': (response) =>
    response.writeHead(403, { 'content-type': 'application/problem+json' }).end(
      JSON.stringify({
        type: 'urn:ietf:params:acme:error:rejectedIdentifier',
        detail: 'not these',
        status: 403,
        subproblems: [
          { type: 'urn:ietf:params:acme:error:caa', detail: 'CAA', identifier: { type: 'dns', value: 'a.b' } },
        ],
      }),
    ),
  '/nonsense-problem': (response) =>
    response
      .writeHead(400, { 'content-type': 'application/problem+json' })
      .end('{"type":7,"detail":[],"subproblems":[1]}'),
  '/bad-nonce': (response) =>
    response
      .writeHead(400, { 'content-type': 'application/problem+json' })
      .end('{"type":"urn:ietf:params:acme:error:badNonce"}'),
}

describe('a transport', () => {
  let tls: TestTls
  let server: TestServer
  let transport: Transport
  const userAgents: (string | undefined)[] = []

  before(async () => {
    tls = await createTestTls()
    server = await serveHttps(tls, (request, response) => {
      userAgents.push(request.headers['user-agent'])
      ANSWERS[request.url ?? '']?.(response)
    })
    transport = createTransport({ trustAnchorPem: tls.rootPem, userAgent: 'nodetrust/1', clock: systemClock })
  })
  after(async () => {
    transport.close()
    await server.close()
  })
  const send = (path: string, signal?: AbortSignal) =>
    transport.send('GET', `${server.origin}${path}`, undefined, signal)

  test('parses JSON, leaves other answers as text, and says who it is', async () => {
    assert.deepEqual((await send('/json')).data, { a: 1 })
    assert.equal((await send('/pem')).data, 'PEM')
    assert.equal(userAgents.at(-1), 'nodetrust/1')
  })

  test('B3 says where something was made, also where the connection is cut within the body', async () => {
    const { status, headers, data } = await send('/made-and-cut')
    assert.deepEqual([status, headers.location, data], [201, '/order/1', ''])
  })

  test('refuses an address that is not https, without asking it', async () => {
    await assert.rejects(transport.send('GET', 'http://127.0.0.1:1/'), transportError('NOT_HTTPS'))
  })

  test('does not follow a redirect', async () => {
    await assert.rejects(send('/redirect'), transportError('REDIRECT'))
  })

  test('does not trust a root that it was not given', async () => {
    const stranger = createTransport({ userAgent: 'nodetrust/1', clock: systemClock })
    await assert.rejects(stranger.send('GET', `${server.origin}/json`), (error) => {
      assert.ok(error instanceof AcmeTransportError)
      return /^(UNABLE_TO|SELF_SIGNED)/.test(error.code)
    })
    stranger.close()
  })

  test('trusts the given root only for itself', async () => {
    const other = await serveHttps(await createTestTls(), (_request, response) => response.end())
    await assert.rejects(transport.send('GET', `${other.origin}/`), AcmeTransportError)
    await other.close()
  })

  test('says so when nobody listens', async () => {
    const gone = await serveHttps(tls, () => undefined)
    await gone.close()
    await assert.rejects(transport.send('GET', `${gone.origin}/`), transportError('ECONNREFUSED'))
  })

  for (const path of ['/hang', '/slow-body']) {
    test(`gives up at its time-out (${path})`, async () => {
      const hasty = createTransport({
        trustAnchorPem: tls.rootPem,
        userAgent: 'nodetrust/1',
        timeoutMs: 100,
        clock: systemClock,
      })
      await assert.rejects(hasty.send('GET', `${server.origin}${path}`), transportError('TIMEOUT'))
      hasty.close()
    })

    test(`ends with the caller's reason when aborted (${path})`, async () => {
      const stop = new AbortController()
      const sent = send(path, stop.signal)
      stop.abort(new Error('user quit'))
      await assert.rejects(sent, { message: 'user quit' })
    })
  }

  test('sends nothing when aborted before', async () => {
    const asked = server.requests.length
    await assert.rejects(send('/json', AbortSignal.abort(new Error('user quit'))), { message: 'user quit' })
    assert.equal(server.requests.length, asked)
  })

  for (const path of ['/large', '/endless']) {
    test(`reads at most one mebibyte (${path})`, async () => {
      await assert.rejects(send(path), transportError('TOO_LARGE'))
    })
  }

  test('says so when JSON is none', async () => {
    await assert.rejects(send('/bad-json'), transportError('BAD_JSON'))
  })

  for (const path of ['/cut', '/cut-body']) {
    test(`says so when the connection is cut (${path})`, async () => {
      await assert.rejects(send(path), transportError('ECONNRESET'))
    })
  }

  for (const [when, text, code] of [
    ['switches to another protocol', SWITCHING, 'UPGRADE'],
    ['switches to a protocol without a name', 'HTTP/1.1 101 Yes\r\n\r\n', 'UPGRADE'],
    ['leaves in the middle of its headers', 'HTTP/1.1 200 OK\r\nContent-Le', 'ECONNRESET'],
    ['leaves in the middle of its body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', 'ECONNRESET'],
  ] as const) {
    test(`ends where the server ${when}`, { timeout: 20_000 }, async (t) => {
      // one that switches stays: it is for us to leave
      const asked = (socket: Socket) => void (code === 'UPGRADE' ? socket.write(text) : socket.end(text))
      const { port, open } = await startRawServer(t, { asked }, tls)
      await assert.rejects(transport.send('GET', `https://127.0.0.1:${port}/`), transportError(code))
      await until('the connection has ended', () => open() === 0)
    })
  }

  test(
    'ends at its time-out and with the caller where the server says no word of TLS',
    { timeout: 20_000 },
    async (t) => {
      const hasty = createTransport({ userAgent: 'nodetrust/1', timeoutMs: 100, clock: systemClock })
      t.after(() => hasty.close())
      const silent = await startRawServer(t, {})
      await assert.rejects(hasty.send('GET', `https://127.0.0.1:${silent.port}/`), transportError('TIMEOUT'))
      const leaving = new AbortController()
      const { port } = await startRawServer(t, { connected: () => leaving.abort(new Error('user quit')) })
      await assert.rejects(transport.send('GET', `https://127.0.0.1:${port}/`, undefined, leaving.signal), {
        message: 'user quit',
      })
    },
  )

  test('gives the whole problem, sub-problems too', async () => {
    await assert.rejects(send('/problem'), (error) => {
      assert.ok(error instanceof AcmeProblem)
      assert.equal(error.type, 'rejectedIdentifier')
      assert.equal(error.status, 403)
      assert.equal(error.detail, 'not these')
      assert.deepEqual(error.subproblems, [{ type: 'caa', detail: 'CAA', identifier: 'a.b' }])
      return true
    })
  })

  for (const [path, status, detail] of [
    ['/503', 503, 'HTTP 503 without an explanation'],
    ['/503-page', 503, 'Busy Come back &amp; try'],
    ['/500-bad-json', 500, '{'],
    ['/nonsense-problem', 400, 'HTTP 400 without an explanation'],
  ] as const) {
    test(`takes no error answer for the CA’s that is no problem of ACME (${path})`, async () => {
      await assert.rejects(send(path), (error) => {
        assert.ok(error instanceof AcmeTransportError)
        assert.equal(error.code, `HTTP_${status}`)
        assert.equal(error.status, status)
        assert.ok(error.message.endsWith(`: ${detail}`), error.message)
        return true
      })
    })
  }

  test('gives a refused nonce back, for the request to be signed again', async () => {
    assert.equal((await send('/bad-nonce')).status, 400)
  })
})
