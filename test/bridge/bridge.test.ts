// The bridge from outside, statement by statement: who gets in, with what, and what everybody else is told.
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { API_VERSION, HelloFrame, METHOD_NAMES } from '../../proto/api/index.ts'
import { NodeConfigSchema } from '../../main/settings/config.ts'
import { MAX_SOCKETS_PER_TOKEN } from '../../main/bridge/sockets.ts'
import { readRuntime, runtimePath } from '../../main/bridge/runtime-file.ts'
import { CSP } from '../../main/page-headers.ts'
import { manualClock } from '../support/manual-clock.ts'
import { temporaryDir, until } from '../main/support.ts'
import { bearer, openedSocket, openPage, openSocket, PAGE, post, raw, request, startBridge } from './support.ts'
import * as v from 'valibot'

describe('B1 the bridge', () => {
  test('listens on 127.0.0.1 and on no other address of this machine', async (t) => {
    const { port } = await startBridge(t)
    assert.equal((await request(port, 'GET /health')).status, 200)
    const others = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))
    for (const address of [
      '127.0.0.2',
      '::1',
      ...others.filter((text) => text !== '127.0.0.1' && !text.startsWith('fe80')),
    ]) {
      await assert.rejects(
        raw(port, 'GET /health HTTP/1.1\r\n\r\n', address),
        /ECONNREFUSED|EADDRNOTAVAIL|ENETUNREACH/,
        address,
      )
    }
  })

  test('cannot be told to listen elsewhere', () => {
    for (const key of ['host', 'address', 'expose', 'listen']) {
      assert.ok(!v.safeParse(NodeConfigSchema, { bridge: { [key]: '0.0.0.0' } }).success, key)
    }
  })
})

describe('B2 the runtime file', () => {
  test('holds port, token and process, for its owner only, and goes away with the bridge', async (t) => {
    const { dir, port, token, bridge } = await startBridge(t)
    const path = runtimePath(dir)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    const facts = JSON.parse(await readFile(path, 'utf8'))
    assert.deepEqual([facts.port, facts.token, facts.pid], [port, token, process.pid])
    assert.ok(facts.startedAt > 0)
    assert.match(token, /^[A-Za-z0-9_-]{43}$/)
    await bridge.stop()
    await assert.rejects(stat(path), /ENOENT/)
  })

  test('that was left behind, torn, or is another node’s is not taken for a node', async (t) => {
    const dir = await temporaryDir(t)
    const mine = { port: 4_000, token: 'a'.repeat(43), startedAt: performance.timeOrigin }
    const write = (value: unknown) =>
      writeFile(runtimePath(dir), typeof value === 'string' ? value : JSON.stringify(value))
    const gone = spawnSync(process.execPath, ['-e', '0']).pid
    for (const value of [
      '',
      '{',
      '[]',
      'x'.repeat(5_000),
      { ...mine, pid: gone },
      { ...mine, pid: process.pid, startedAt: 5 },
      { ...mine, pid: process.pid, port: 0 },
      { ...mine, pid: process.pid, token: 'short' },
    ]) {
      await write(value)
      assert.equal(await readRuntime(dir), undefined, JSON.stringify(value))
    }
    await write({ ...mine, pid: process.pid })
    assert.equal((await readRuntime(dir))?.port, 4_000)
    // a process that has the number of one that is gone began at another time
    await write({ ...mine, pid: 1, startTicks: '1234567890' })
    if (process.platform === 'linux') assert.equal(await readRuntime(dir), undefined)
  })

  test('of a node that took the folder over stays when the first one stops', async (t) => {
    const { dir, bridge } = await startBridge(t)
    const next = { port: 4_000, token: 'b'.repeat(43), pid: process.pid, startedAt: performance.timeOrigin }
    await writeFile(runtimePath(dir), JSON.stringify(next))
    await bridge.stop()
    assert.equal((await readRuntime(dir))?.token, next.token)
  })
})

describe('B3 the host', () => {
  const wrong = (port: number): readonly (readonly [string, string, readonly string[]])[] => [
    ['a name of an attacker', 'GET /', [`Host: evil.test:${port}`]],
    ['no host', 'GET /', []],
    ['an empty host', 'GET /', ['Host:']],
    ['two hosts', 'GET /', [`Host: 127.0.0.1:${port}`, `Host: evil.test:${port}`]],
    ['the same host twice', 'GET /', [`Host: 127.0.0.1:${port}`, `Host: 127.0.0.1:${port}`]],
    ['another port', 'GET /', [`Host: 127.0.0.1:${port + 1}`]],
    ['no port', 'GET /', ['Host: 127.0.0.1']],
    ['user information', 'GET /', [`Host: a@127.0.0.1:${port}`]],
    ['a trailing dot', 'GET /', [`Host: localhost.:${port}`]],
    ['capitals', 'GET /', [`Host: LOCALHOST:${port}`]],
    ['another spelling of the address', 'GET /', [`Host: 127.1:${port}`]],
    ['another address of the machine', 'GET /', [`Host: 0.0.0.0:${port}`]],
    ['a comma', 'GET /', [`Host: 127.0.0.1:${port},evil.test`]],
    ['a forwarded host', 'GET /', [`Host: evil.test`, `X-Forwarded-Host: 127.0.0.1:${port}`]],
    ['an absolute target elsewhere', `GET http://evil.test:${port}/`, [`Host: 127.0.0.1:${port}`]],
    ['an absolute target here', `GET http://127.0.0.1:${port}/`, [`Host: 127.0.0.1:${port}`]],
    ['a target without a scheme', 'GET //evil.test/', [`Host: 127.0.0.1:${port}`]],
    ['a star', 'OPTIONS *', [`Host: 127.0.0.1:${port}`]],
  ]

  test('has to be one of three, letter by letter; everybody else gets a sentence and no data', async (t) => {
    const { port, program, token } = await startBridge(t, { own: 'bin/nodetrust' })
    for (const [what, line, headers] of wrong(port)) {
      const answer = await request(port, line, [...headers, bearer(token)])
      assert.equal(answer.status, 421, what)
      assert.match(answer.body, /run "bin\/nodetrust open"[^]*"bin\/nodetrust open" ausgibt/, what)
      assert.ok(!answer.body.includes('evil') && !answer.body.includes(String(port)), what)
    }
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
      assert.equal((await request(port, 'GET /', [`Host: ${host}`])).status, 200, host)
    }
    assert.deepEqual(program.calls, [])
  })

  test('is looked at before the upgrade to a WebSocket too', async (t) => {
    const { port, token } = await startBridge(t)
    for (const [what, line, headers] of wrong(port)) {
      if (!line.startsWith('GET')) continue
      const answer = await request(port, line === 'GET /' ? 'GET /api' : line, [
        ...[...headers, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
        ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', `Sec-WebSocket-Protocol: nodetrust.v1, bearer.${token}`],
      ])
      assert.equal(answer.status, 421, what)
    }
  })
})

describe('B4/B5 the origin', () => {
  test('where one is told is the bridge’s own', async (t) => {
    const started = await startBridge(t)
    const { port, token, origin } = started
    const get = async (...headers: string[]) =>
      (await request(port, 'GET /', [`Host: 127.0.0.1:${port}`, ...headers])).status
    for (const other of [
      'null',
      `http://127.0.0.1:${port + 1}`,
      `https://127.0.0.1:${port}`,
      `http://localhost:${port}`,
      `http://evil.test:${port}`,
      'chrome-extension://abc',
      'file://',
      '',
      `${origin}/`,
      origin.toUpperCase(),
    ]) {
      assert.equal(await get(`Origin: ${other}`), 403, other)
      const call = await post(port, '/api/state.get', {}, [bearer(token), `Origin: ${other}`])
      assert.equal(call.status, 403, other)
      assert.equal(call.body, '')
      if (other !== '') assert.deepEqual(await openSocket(started, token, { origin: other }), { status: 403 }, other)
    }
    assert.equal(await get(`Origin: ${origin}`, `Origin: ${origin}`), 403)
    assert.equal(await get(`Origin: ${origin}`), 200)
    assert.equal((await post(port, '/api/state.get', {}, [bearer(token), `Origin: ${origin}`])).status, 200)
  })

  test('of a WebSocket is needed, or the command line’s token', async (t) => {
    const started = await startBridge(t)
    assert.deepEqual(await openSocket(started, undefined, { origin: undefined }), { status: 401 })
    assert.deepEqual(await openSocket(started, 'x'.repeat(43), { origin: undefined }), { status: 401 })
    const opened = await openSocket(started, started.token, { origin: undefined })
    assert.ok('socket' in opened)
    assert.deepEqual(await opened.next(), { hello: { api: API_VERSION, role: 'owner' } })
    opened.socket.close()
  })

  test('site that asks is our own, or a person who opens the page', async (t) => {
    const { port, token } = await startBridge(t)
    const host = `Host: 127.0.0.1:${port}`
    const get = async (site: string, ...more: string[]) =>
      (await request(port, 'GET /', [host, `Sec-Fetch-Site: ${site}`, ...more])).status
    assert.equal(await get('same-origin'), 200)
    assert.equal(await get('none', 'Sec-Fetch-Mode: navigate'), 200)
    for (const site of ['same-site', 'cross-site', 'NONE', ''])
      assert.equal(await get(site, 'Sec-Fetch-Mode: navigate'), 403, site)
    assert.equal(await get('none', 'Sec-Fetch-Mode: cors'), 403)
    assert.equal(await get('same-origin', 'Sec-Fetch-Site: cross-site'), 403)
    for (const site of ['none', 'same-site', 'cross-site']) {
      assert.equal(
        (await post(port, '/api/state.get', {}, [bearer(token), `Sec-Fetch-Site: ${site}`])).status,
        403,
        site,
      )
    }
  })
})

test('B6 OPTIONS gets 405, and no answer carries a CORS header', async (t) => {
  const { port, token, origin } = await startBridge(t)
  const host = `Host: 127.0.0.1:${port}`
  const preflight = [
    host,
    `Origin: ${origin}`,
    'Access-Control-Request-Method: POST',
    'Access-Control-Request-Private-Network: true',
  ]
  const answers = [
    ...[await request(port, 'OPTIONS /api/state.get', preflight), await request(port, 'OPTIONS /', [host])],
    ...[
      await request(port, 'GET /'),
      await post(port, '/api/state.get', {}, [bearer(token)]),
      await post(port, '/session', {}),
    ],
    await request(port, 'GET /', [host, 'Origin: http://evil.test']),
  ]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [405, 405, 200, 200, 401, 403],
  )
  for (const { headers } of answers) assert.ok([...headers.keys()].every((name) => !name.startsWith('access-control')))
})

describe('B7 without a token', () => {
  test('there is the page, which holds no data, and a word of health', async (t) => {
    const { port } = await startBridge(t)
    assert.equal((await request(port, 'GET /')).body, PAGE['index.html'])
    assert.equal((await request(port, 'GET /assets/index-Abcd1234.js')).body, PAGE['assets/index-Abcd1234.js'])
    assert.equal((await request(port, 'GET /health')).body, 'ok\n')
    const head = await request(port, 'HEAD /', [`Host: 127.0.0.1:${port}`, 'Connection: close'])
    assert.deepEqual(
      [head.status, head.headers.get('content-length'), head.body],
      [200, String(PAGE['index.html']?.length), ''],
    )
  })

  test('there is nothing else, whatever the path', async (t) => {
    const { port, token } = await startBridge(t)
    const paths = [
      '/index.js.map',
      '/.env',
      '/.hidden.js',
      '/../bridge.json',
      '/assets/../../bridge.json',
      '/%2e%2e/bridge.json',
      '/..%2fbridge.json',
      '/assets\\..\\..\\bridge.json',
      '/index.html%00',
      '/assets/',
      '/assets',
      '/api',
      '/api/state.get',
      '/session',
      '/toString',
      '/__proto__',
    ]
    for (const path of paths) {
      const answer = await request(port, `GET ${path}`)
      assert.equal(answer.status, 404, path)
      assert.ok(!answer.body.includes(token))
    }
  })

  test('no method can be called', async (t) => {
    const { port, program } = await startBridge(t)
    for (const name of METHOD_NAMES.slice(0, 8)) assert.equal((await post(port, `/api/${name}`, {})).status, 401, name)
    assert.deepEqual(program.calls, [])
  })

  test('and without a built page, a sentence says what to do; one that is built meanwhile is found', async (t) => {
    const pageDir = join(await temporaryDir(t), 'page')
    const { port } = await startBridge(t, { page: {}, pageDir })
    const answer = await request(port, 'GET /')
    assert.equal(answer.status, 503)
    assert.match(answer.body, /nodetrust status/)

    await mkdir(pageDir)
    await writeFile(join(pageDir, 'index.html'), '<p>built</p>')

    const later = await request(port, 'GET /')
    assert.deepEqual([later.status, later.body], [200, '<p>built</p>'])
  })
})

describe('B8 a token', () => {
  test('works in the header Authorization and the subprotocol, nowhere else; the log does not repeat it', async (t) => {
    const started = await startBridge(t)
    const { port, token, log, program } = started
    const page = await openPage(started)
    for (const good of [token, page]) {
      assert.equal((await post(port, '/api/certificate.get', {}, [bearer(good)])).status, 200)
      const before = program.calls.length
      for (const [path, header] of [
        [`/api/certificate.get?token=${good}`, ''],
        [`/api/certificate.get?${good}`, bearer(good)],
        ['/api/certificate.get', `Cookie: token=${good}`],
        ['/api/certificate.get', `Cookie: a=b; t=x${good}`],
        ['/api/certificate.get', `Authorization: Basic ${good}`],
        ['/api/certificate.get', `Authorization: Bearer ${good} `.replace('Bearer ', 'Bearer  ')],
        ['/api/certificate.get', `Authorization: Bearer ${good}x`],
        ['/api/certificate.get', `X-Api-Key: ${good}`],
      ] as const) {
        const answer = await post(port, path, {}, header === '' ? [] : [header])
        assert.ok([400, 401, 429].includes(answer.status), `${path} ${header}`)
      }
      assert.equal((await post(port, '/api/certificate.get', {}, [bearer(good), bearer(good)])).status >= 400, true)
      assert.equal(program.calls.length, before)
    }
    assert.ok(log.lines.some((line) => line.includes('into a query or a cookie')))
    assert.ok(!log.lines.join('\n').includes(token) && !log.lines.join('\n').includes(page))
  })

  test('is new with each start', async (t) => {
    const started = await startBridge(t)
    const page = await openPage(started)
    await started.bridge.stop()
    await started.bridge.start()
    const port = started.bridge.port() ?? 0
    assert.notEqual((await readRuntime(started.dir))?.token, started.token)
    for (const old of [started.token, page])
      assert.equal((await post(port, '/api/state.get', {}, [bearer(old)])).status, 401)
  })

  test('that is not known any more is told to a page by a close code, so that it can say what to do', async (t) => {
    const started = await startBridge(t)
    const opened = await openedSocket(started, 'x'.repeat(43))
    assert.equal(await opened.closed, 4401)
  })
})

describe('B9 a link', () => {
  test('works once, within a minute, and its code is no token', async (t) => {
    const clock = manualClock()
    const started = await startBridge(t, { clock })
    const { bridge, port } = started
    const link = bridge.openLink('owner')
    assert.match(link?.url ?? '', new RegExp(`^http://127\\.0\\.0\\.1:${port}/#t=[A-Za-z0-9_-]{43}$`))
    assert.equal(link?.until, clock.now() + 60_000)
    const code = link?.url.split('#t=')[1]
    assert.equal((await post(port, '/api/state.get', {}, [bearer(code ?? '')])).status, 401)
    const first = await post(port, '/session', { code })
    const answer = JSON.parse(first.body)
    assert.deepEqual([first.status, answer.role, answer.api], [200, 'owner', API_VERSION])
    const again = await post(port, '/session', { code })
    assert.equal(again.status, 401)
    assert.equal(JSON.parse(again.body).problem.code, 'unauthorized')
    const late = bridge.openLink('owner')?.url.split('#t=')[1]
    clock.set(clock.now() + 60_000)
    assert.equal((await post(port, '/session', { code: late })).status, 401)
    for (const wrong of [{}, [], null, 5, { code: 5 }, { code: '' }, { code: 'x'.repeat(200) }]) {
      assert.ok([401, 429].includes((await post(port, '/session', wrong)).status))
    }
  })

  test('B10 a fresh one comes from a page, the command line and the tray, each for one browser', async (t) => {
    const started = await startBridge(t)
    const links = new Set<string>()
    for (let count = 0; count < 5; count++) {
      const answer = await post(started.port, '/api/bridge.link', { role: 'viewer' }, [bearer(started.token)])
      links.add(JSON.parse(answer.body).output.url)
    }
    assert.equal(links.size, 5)
  })
})

test('B11 GET changes nothing, and what changes something is JSON', async (t) => {
  const { port, token, program } = await startBridge(t)
  const host = `Host: 127.0.0.1:${port}`
  for (const line of [
    'GET /api/network.leave',
    'HEAD /api/network.leave',
    'PUT /api/network.leave',
    'DELETE /api/network.leave',
    'PATCH /api/network.leave',
  ]) {
    assert.ok([404, 405].includes((await request(port, line, [host, bearer(token)])).status), line)
  }
  for (const type of [
    '',
    'Content-Type: text/plain',
    'Content-Type: application/x-www-form-urlencoded',
    'Content-Type: multipart/form-data',
    'Content-Type: application/json, text/plain',
    'Content-Type: text/application/json',
  ]) {
    const answer = await request(port, 'POST /api/network.leave', [host, bearer(token), ...(type ? [type] : [])], '{}')
    assert.equal(answer.status, 415, type)
  }
  assert.deepEqual(program.calls, [])
  assert.equal((await post(port, '/api/network.leave', {}, [bearer(token)])).status, 200)
  assert.deepEqual(program.calls, [['leave']])
})

describe('B12 limits', () => {
  test('of a body hold, told or not told', async (t) => {
    const { port, token, program } = await startBridge(t)
    const large = JSON.stringify({ invitation: 'x'.repeat(70_000) })
    assert.equal((await post(port, '/api/network.join', large, [bearer(token)])).status, 413)
    const chunk = 'x'.repeat(40_000)
    const chunks = [chunk, chunk].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')
    const head = [
      `POST /api/network.join HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      bearer(token),
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
    ]
    assert.equal((await raw(port, `${head.join('\r\n')}\r\n\r\n${chunks}0\r\n\r\n`)).status, 413)
    // one that lies about its length is cut off, and a smaller one meets the method's own limit
    const lying = [
      `POST /api/network.join HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      bearer(token),
      'Content-Type: application/json',
      'Content-Length: 99999999',
    ]
    assert.equal((await raw(port, `${lying.join('\r\n')}\r\n\r\n{}`)).status, 413)
    assert.equal(
      (await post(port, '/api/network.join', { invitation: 'x'.repeat(9_000) }, [bearer(token)])).status,
      413,
    )
    assert.equal((await post(port, '/api/network.join', '{"invitation":', [bearer(token)])).status, 400)
    assert.deepEqual(program.calls, [])
  })

  test('of headers and of patience hold', async (t) => {
    const { port } = await startBridge(t, { headersTimeoutMs: 300 })
    assert.equal((await request(port, 'GET /', [`Host: 127.0.0.1:${port}`, `X: ${'x'.repeat(20_000)}`])).status, 431)
    const slow = connect(port, '127.0.0.1')
    const closed = new Promise<number>((resolve) => slow.once('close', () => resolve(performance.now())))
    slow.on('error', () => undefined)
    slow.resume()
    slow.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`)
    const began = performance.now()
    assert.ok((await closed) - began < 5_000)
  })

  test('of connections hold: 16 for each token, and others are not kept out', async (t) => {
    const started = await startBridge(t)
    const [first, second] = [await openPage(started), await openPage(started)]
    const sockets = []
    for (let count = 0; count < MAX_SOCKETS_PER_TOKEN; count++) sockets.push(await openedSocket(started, first))
    assert.equal(await (await openedSocket(started, first)).closed, 4429)
    const other = await openedSocket(started, second)
    assert.equal(v.parse(HelloFrame, await other.next()).hello.role, 'owner')
    sockets[0]?.socket.close()
    await sockets[0]?.closed
    let again = await openedSocket(started, first)
    // the server hears of the end a moment later than we do
    for (let tries = 0; tries < 20 && (await Promise.race([again.closed, again.next()])) === 4429; tries++)
      again = await openedSocket(started, first)
    assert.equal(again.socket.readyState, again.socket.OPEN)
  })

  test('of a WebSocket’s frames hold, and nonsense ends it', async (t) => {
    const started = await startBridge(t)
    const token = await openPage(started)
    const cases: readonly (readonly [string | Buffer, number])[] = [
      ['x'.repeat(70_000), 1009],
      ...[
        '',
        'x',
        '[]',
        'null',
        '{}',
        '{"id":0,"method":"state.get","input":{}}',
        '{"id":1.5,"method":"x","input":1}',
      ].map((text) => [text, 4400] as const),
      ...[
        '{"id":1,"method":5,"input":{}}',
        `{"id":1,"method":"${'x'.repeat(65)}","input":{}}`,
        '{"id":1,"method":"state.get","input":{},"role":"owner"}',
      ].map((text) => [text, 4400] as const),
      [Buffer.from('{"id":1,"method":"state.get","input":{}}'), 4400],
    ]
    for (const [data, code] of cases) {
      const { socket, closed } = await openedSocket(started, token)
      socket.send(data)
      assert.equal(await closed, code, String(data).slice(0, 60))
    }
  })
})

describe('a WebSocket', () => {
  test('says hello, answers calls by their number, and pushes what changes', async (t) => {
    const started = await startBridge(t)
    const page = await openedSocket(started, await openPage(started))
    assert.equal(page.socket.protocol, 'nodetrust.v1')
    const { hello } = v.parse(HelloFrame, await page.next())
    assert.deepEqual([hello.api, hello.role], [API_VERSION, 'owner'])
    page.socket.send(JSON.stringify({ id: 1, method: 'peers.forget', input: { peerId: 'x' } }))
    assert.deepEqual(await page.next(), { id: 1, ok: true, output: {} })
    started.program.setNode({ peers: [{ peerId: 'x', connected: true, pingMs: 5, lastSeenAt: 5, addresses: [] }] })
    const frame = (await page.next()) as { push: { slices: { peers: { known: number } } } }
    assert.equal(frame.push.slices.peers.known, 1)
    page.socket.send(JSON.stringify({ id: 2, method: 'no.such', input: {} }))
    const answer = (await page.next()) as { id: number; ok: boolean; problem: { code: string } }
    assert.deepEqual([answer.id, answer.ok, answer.problem.code], [2, false, 'unknown-method'])
  })

  test('refuses a call that is replayed', async (t) => {
    const started = await startBridge(t)
    const page = await openedSocket(started, await openPage(started))
    await page.next()
    const call = JSON.stringify({ id: 7, method: 'network.leave', input: {} })
    page.socket.send(call)
    assert.deepEqual(await page.next(), { id: 7, ok: true, output: {} })
    page.socket.send(call)
    assert.equal(((await page.next()) as { problem: { code: string } }).problem.code, 'bad-request')
    assert.deepEqual(started.program.calls, [['leave']])
  })

  test('is closed with 1001 when the node stops, within a second', async (t) => {
    const started = await startBridge(t)
    const page = await openedSocket(started, await openPage(started))
    const idle = connect(started.port, '127.0.0.1')
    idle.on('error', () => undefined)
    t.after(() => idle.destroy())
    const began = performance.now()
    await started.bridge.stop()
    assert.ok(performance.now() - began < 1_500)
    assert.equal(await page.closed, 1001)
    assert.equal(started.bridge.port(), undefined)
    assert.equal(started.bridge.openLink('owner'), undefined)
  })

  test('needs its path and its protocol', async (t) => {
    const started = await startBridge(t)
    assert.deepEqual(
      await openSocket(started, started.token, { origin: started.origin, protocols: [`bearer.${started.token}`] }),
      {
        status: 400,
      },
    )
    assert.deepEqual(await openSocket(started, started.token, { origin: started.origin, protocols: [] }), {
      status: 400,
    })
  })
})

test('B13 wrong tokens are throttled, for everybody together, and the right one still works', async (t) => {
  const clock = manualClock()
  const started = await startBridge(t, { clock })
  const { port, token } = started
  const wrong = async () => (await post(port, '/api/state.get', {}, [bearer('x'.repeat(43))])).status
  for (let tries = 0; tries < 10; tries++) assert.equal(await wrong(), 401)
  assert.equal(await wrong(), 429)
  assert.equal((await post(port, '/session', { code: 'x' })).status, 429)
  assert.deepEqual(await openSocket(started, 'x'.repeat(43)), { status: 429 })
  assert.equal((await post(port, '/api/state.get', {}, [bearer(token)])).status, 200)
  clock.set(clock.now() + 1_000)
  assert.equal(await wrong(), 401)
  assert.equal(await wrong(), 429)
})

test('B14 every answer carries the headers that lock the page', async (t) => {
  const { port, token } = await startBridge(t)
  const host = `Host: 127.0.0.1:${port}`
  const answers = [
    ...[
      await request(port, 'GET /'),
      await request(port, 'GET /nowhere'),
      await request(port, 'GET /', ['Host: evil.test']),
    ],
    ...[
      await request(port, 'GET /', [host, 'Origin: null']),
      await post(port, '/session', {}),
      await request(port, 'TRACE /'),
    ],
    ...[await post(port, '/api/state.get', {}, [bearer(token)]), await request(port, 'GET /assets/index-Abcd1234.js')],
    await request(port, 'GET /api', [host, 'Connection: Upgrade', 'Upgrade: websocket', 'Origin: null']),
  ]
  for (const { headers, status } of answers) {
    assert.equal(headers.get('content-security-policy'), CSP, String(status))
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('x-frame-options'), 'DENY')
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin')
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.match(headers.get('permissions-policy') ?? '', /camera=\(\)/)
    assert.equal(headers.get('server'), undefined)
  }
  assert.deepEqual(
    answers.map(({ headers }) => headers.get('cache-control')).slice(0, 7),
    Array.from({ length: 7 }, () => 'no-store'),
  )
  assert.match(answers[7]?.headers.get('cache-control') ?? '', /immutable/)
})

test('B14 what is packed goes out packed to those who take it, and as it is to all others', async (t) => {
  const script = 'document.title = "ready"'
  const page = { ...PAGE, 'assets/index-Abcd1234.js': script, 'assets/index-Abcd1234.js.gz': 'packed' }
  const { port } = await startBridge(t, { page })
  const ask = async (encoding: string, line = 'GET /assets/index-Abcd1234.js') => {
    const { status, headers, body } = await request(port, line, [
      `Host: 127.0.0.1:${port}`,
      `Accept-Encoding: ${encoding}`,
    ])
    return [status, headers.get('content-encoding'), headers.get('vary'), body]
  }
  for (const takes of ['gzip', 'deflate, GZIP;q=0.5, br', 'br, *', 'gzip;q=1.0'])
    assert.deepEqual(await ask(takes), [200, 'gzip', 'accept-encoding', 'packed'], takes)
  for (const not of ['', 'br', 'gzip;q=0', 'gzip; q=0.000', 'xgzip', 'identity'])
    assert.deepEqual(await ask(not), [200, undefined, 'accept-encoding', script], not)
  assert.deepEqual(await ask('gzip', 'HEAD /assets/index-Abcd1234.js'), [200, 'gzip', 'accept-encoding', ''])
  // what has no packed form has one form for all, and the packed one has no address of its own
  assert.deepEqual((await ask('gzip', 'GET /icon.svg')).slice(0, 2), [200, undefined])
  assert.equal((await ask('gzip', 'GET /assets/index-Abcd1234.js.gz'))[0], 404)
})

test('B15 a page that was opened to look cannot do anything', async (t) => {
  const started = await startBridge(t)
  const token = await openPage(started, 'viewer')
  const call = async (name: string, input: unknown) =>
    (await post(started.port, `/api/${name}`, input, [bearer(token)])).status
  assert.equal(await call('state.get', {}), 200)
  for (const [name, input] of [
    ['certificate.get', {}],
    ['bridge.link', { role: 'owner' }],
    ['app.quit', {}],
    ['confirmation.request', { action: 'reset' }],
    ['confirmation.show', {}],
  ] as const) {
    assert.equal(await call(name, input), 403, name)
  }
  assert.deepEqual(started.program.calls, [])
  // what the page says of itself changes nothing
  assert.equal(
    (await post(started.port, '/api/app.quit', { role: 'owner', caller: { role: 'owner' } }, [bearer(token)])).status,
    403,
  )
})

test('B15 a code for what cannot be undone is shown to the command line, not to the page that asks', async (t) => {
  const started = await startBridge(t)
  const page = await openPage(started)
  const call = async (name: string, input: unknown, token: string) =>
    JSON.parse((await post(started.port, `/api/${name}`, input, [bearer(token)])).body)
  const asked = await call('confirmation.request', { action: 'reset' }, page)
  assert.equal(asked.output.code, null)
  assert.equal((await call('confirmation.show', {}, page)).problem.code, 'forbidden')
  const { code } = (await call('confirmation.show', {}, started.token)).output.pending
  const wrong = code === '000000' ? '000001' : '000000'
  assert.equal((await call('app.reset', { identity: false, confirmation: wrong }, page)).problem.code, 'not-confirmed')
  assert.equal((await call('app.reset', { identity: false, confirmation: code }, page)).ok, true)
  assert.deepEqual(started.program.calls, [['reset', { identity: false }]])
})

test('B16 another user of this machine cannot read the token, and gets nothing without it', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root can become another user')
  if (spawnSync('setpriv', ['--version']).error) return t.skip('setpriv is not installed (Debian package util-linux)')
  const { dir, port } = await startBridge(t)
  const asNobody = (program: string, args: readonly string[]) =>
    new Promise<string>((resolve) => {
      const words = ['--reuid=65534', '--regid=65534', '--clear-groups', program, ...args]
      execFile('setpriv', words, { cwd: '/' }, (_error, out, complaint) => resolve(out + complaint))
    })
  // the folder itself is closed too; the file must not count on that
  assert.match(await asNobody('cat', [runtimePath(dir)]), /Permission denied/)
  spawnSync('chmod', ['755', dir])
  assert.match(await asNobody('cat', [runtimePath(dir)]), /Permission denied/)
  const script = `exec 3<>/dev/tcp/127.0.0.1/${port}; printf 'POST /api/state.get HTTP/1.1\\r\\nHost: 127.0.0.1:${port}\\r\\nContent-Type: application/json\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\n{}' >&3; cat <&3`
  assert.match(await asNobody('bash', ['-c', script]), /^HTTP\/1\.1 401 /)
})

test('B18 a call over the bridge passes the same checks as any other', async (t) => {
  const started = await startBridge(t)
  const { port, token, program } = started
  const page = await openedSocket(started, await openPage(started))
  await page.next()
  let id = 0
  for (const [name, input, code] of [
    ['no.such', {}, 'unknown-method'],
    ['toString', {}, 'unknown-method'],
    ['network.leave', { strange: 1 }, 'bad-request'],
    ['network.leave', [], 'bad-request'],
    ['network.leave', null, 'bad-request'],
    ['network.leave', JSON.parse('{"__proto__":{"a":1}}'), 'bad-request'],
    ['peers.forget', { peerId: 5 }, 'bad-request'],
    ['peers.forget', { peerId: 'x'.repeat(20_000) }, 'too-large'],
    ['app.reset', { identity: true, confirmation: '000000' }, 'not-confirmed'],
  ] as const) {
    const answer = await post(port, `/api/${name}`, input, [bearer(token)])
    assert.equal(JSON.parse(answer.body).problem.code, code, `${name} over HTTP`)
    id += 1
    page.socket.send(JSON.stringify({ id, method: name, input }))
    assert.equal(
      ((await page.next()) as { problem: { code: string } }).problem.code,
      code,
      `${name} over the WebSocket`,
    )
  }
  assert.deepEqual(program.calls, [])
})

test('a port that is taken is told as such', async (t) => {
  const { port } = await startBridge(t)
  await assert.rejects(startBridge(t, { port }), {
    name: 'ListenError',
    message: new RegExp(`127\\.0\\.0\\.1:${port}`),
  })
})

test('a request that breaks off harms nobody', async (t) => {
  const { port, token } = await startBridge(t)
  for (const bytes of [
    '\0\0\0',
    'GET',
    'GET / HTTP/9.9\r\n\r\n',
    `POST /session HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n`,
  ]) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.write(bytes)
    socket.destroySoon()
  }
  let status = 0
  void post(port, '/api/state.get', {}, [bearer(token)]).then((answer) => (status = answer.status))
  await until('an answer', () => status > 0)
  assert.equal(status, 200)
})

test('the page’s files are read once, so a file that comes later is not served', async (t) => {
  const { port, dir } = await startBridge(t)
  await writeFile(join(dir, 'page', 'late.js'), 'x')
  assert.equal((await request(port, 'GET /late.js')).status, 404)
})
