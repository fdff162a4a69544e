// The page that a browser gets on the WSS port: what it says, to whom, how it is locked, and that WebSockets go on beside it.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:https'
import { text as textOf } from 'node:stream/consumers'
import { type TestContext, before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { stopHost } from '../../core/host.ts'
import { createNodeHost, type NodeHost } from '../../main/node/node-host.ts'
import { visitorHtml, visitorLanguage } from '../../main/node/visitor-page.ts'
import { DAY_MS, LOOPBACK, makeBundle, manualClock, namesOf, newIdentity, testAuthority } from './support.ts'
import { trustJudge, type TrustJudge } from '../../core/x509/index.ts'
import type { IncomingMessage } from 'node:http'
import type { Authority } from '../../servers/ca/authority.ts'
import type { LookupFunction } from 'node:net'

let authority: Authority

before(async () => {
  authority = await testAuthority(Date.now())
})

interface Scene {
  readonly node: NodeHost
  readonly port: number
  readonly name: string
  readonly clock: ReturnType<typeof manualClock>
}

async function scene(t: TestContext, isTrusted?: TrustJudge): Promise<Scene> {
  const identity = await newIdentity()
  const clock = manualClock(Date.now())
  const node = await createNodeHost({
    ...{ identity, clock, listen: LOOPBACK, wss: ['/ip4/127.0.0.1/tcp/0/tls/ws'], discovery: false, isTrusted },
  })
  t.after(() => stopHost(node.host))
  const names = namesOf(identity.peerId)
  const [address] = await node.serve(await makeBundle({ authority, names, now: Date.now() }))
  const port = Number(address?.getComponents().find(({ name }) => name === 'tcp')?.value)
  return { node, port, clock, name: `127-0-0-1.${names[0]}` }
}

interface Got {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** One request over TLS that is verified against the test's own root. */
async function get(
  { port, name }: Scene,
  path = '/',
  options: {
    readonly method?: string
    readonly headers?: Record<string, string>
    readonly body?: string
    readonly checkServerIdentity?: () => undefined
  } = {},
): Promise<Got> {
  const { method = 'GET', headers = {}, body, ...tls } = options
  const asked = request({
    ...{ host: '127.0.0.1', port, servername: name, ca: authority.rootPem, agent: false, path, method },
    headers: { host: `${name}:${port}`, ...headers },
    ...tls,
  })
  asked.end(body)
  const [response]: IncomingMessage[] = await once(asked, 'response')
  assert.ok(response)
  return { status: response.statusCode, headers: response.headers, body: await textOf(response) }
}

describe('the visitor page', () => {
  test('says over verified TLS that the computer is reachable and trusted, its name and the end of the certificate', async (t) => {
    const place = await scene(t)
    const { status, headers, body } = await get(place)
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'text/html; charset=utf-8')
    assert.match(body, /This computer is reachable and your browser trusts it/)
    assert.ok(body.includes(`>${place.name}<`))
    const end = new Date(place.clock.now() + 90 * DAY_MS).toISOString().slice(0, 10)
    assert.ok(body.includes(`<time datetime="${end}`))
  })

  test('A10 says nothing of browsers’ trust where the chain leads to no root that they know', async (t) => {
    const place = await scene(t, trustJudge())
    for (const [language, title] of [
      ['en', 'This computer is reachable'],
      ['de', 'Dieser Computer ist erreichbar'],
    ] as const) {
      const { body } = await get(place, '/', { headers: { 'accept-language': language } })
      assert.ok(body.includes(`<h1>${title}</h1>`))
      assert.doesNotMatch(body, /trusts|vertraut/)
    }
    const known = await scene(
      t,
      trustJudge(() => [authority.rootPem]),
    )
    assert.match((await get(known)).body, /your browser trusts it/)
  })

  test('speaks German to those who prefer it', async (t) => {
    const { body, headers } = await get(await scene(t), '/', { headers: { 'accept-language': 'de-CH, en;q=0.8' } })
    assert.match(body, /<html lang="de">[^]*Dieser Computer ist erreichbar und dein Browser vertraut ihm/)
    assert.doesNotMatch(body, /\bIhre?\b|\bSie\b/, 'the window says du')
    assert.equal(headers['content-language'], 'de')
  })

  test('allows nothing but its own style', async (t) => {
    const { headers, body } = await get(await scene(t))
    const style = /<style>([^]*?)<\/style>/.exec(body)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    assert.equal(
      headers['content-security-policy'],
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    )
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['strict-transport-security'], undefined)
    assert.doesNotMatch(body, /<script|style=|src=|href=|@import|url\(/)
  })

  test('answers HEAD like GET, without the body', async (t) => {
    const place = await scene(t)
    const [whole, head] = [await get(place), await get(place, '/', { method: 'HEAD' })]
    assert.equal(head.status, 200)
    assert.equal(head.body, '')
    assert.equal(head.headers['content-length'], whole.headers['content-length'])
  })

  for (const [who, servername] of [
    ['who named nobody', ''],
    ['who named another host', 'example.org'],
  ] as const)
    test(`tells a visitor ${who} the name of the certificate, and nothing of their browser’s trust`, async (t) => {
      const place = await scene(t)
      const [name = ''] = place.name.split(/(?<=^127-0-0-1)\./).slice(1)
      const { status, body } = await get({ ...place, name: servername }, '/', { checkServerIdentity: () => undefined })
      assert.equal(status, 200)
      assert.ok(body.includes(`>${name}<`), body)
      assert.match(body, /You came by an address or by another name/)
      assert.doesNotMatch(body, /your browser trusts it/)
    })

  test('B13 is found at the address with its host before it, as a proxy writes it', async (t) => {
    const place = await scene(t)
    for (const path of [`https://${place.name}:${place.port}/`, 'https://127.0.0.1'])
      assert.equal((await get(place, path)).status, 200, path)
    for (const path of ['https:///', 'http://127.0.0.1/', 'https://127.0.0.1/x', 'https://127.0.0.1/?'])
      assert.equal((await get(place, path)).status, 404, path)
  })

  for (const path of ['/favicon.ico', '/?', '//', '/index.html', '/%2e', '/../'])
    test(`is not found at ${path}`, async (t) => {
      const { status, body, headers } = await get(await scene(t), path)
      assert.equal(status, 404)
      assert.equal(body, 'Not found\n')
      assert.match(String(headers['content-security-policy']), /default-src 'none'/)
    })

  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
    test(`is not there for ${method}`, async (t) => {
      assert.equal((await get(await scene(t), '/', { method, body: 'x' })).status, 404)
    })

  test('shows no name that a client only claims', async (t) => {
    const place = await scene(t)
    const { body } = await get(place, '/', { headers: { host: 'evil.example' } })
    assert.ok(!body.includes('evil'))
    const claimed = await get({ ...place, name: 'evil.example' }, '/', { checkServerIdentity: () => undefined })
    assert.equal(claimed.status, 200)
    assert.ok(!claimed.body.includes('evil'))
    const other = await get({ ...place, name: place.name.replace('127-0-0-1.', '') })
    assert.ok(!other.body.includes('127-0-0-1'))
  })

  test('tells nothing of the peer that the certificate does not', async (t) => {
    const place = await scene(t)
    const { body, headers } = await get(place)
    const text = JSON.stringify(headers) + body
    assert.ok(!text.includes(place.node.host.peerId.toString()))
    assert.doesNotMatch(text, /4431|127\.0\.0\.1|server"|x-powered/i)
  })

  test('says so when the certificate has expired', async (t) => {
    const place = await scene(t)
    place.clock.set(place.clock.now() + 91 * DAY_MS)
    const { body } = await get(place)
    assert.match(body, /Its certificate has expired/)
    assert.doesNotMatch(body, /trusts it/)
  })

  test('refuses headers larger than a browser sends, and goes on', async (t) => {
    const place = await scene(t)
    assert.equal((await get(place, '/', { headers: { cookie: 'x'.repeat(9_000) } })).status, 431)
    assert.equal((await get(place)).status, 200)
  })

  test('lets a connection go once it is answered', async (t) => {
    const { port, name } = await scene(t)
    const socket = connect({ host: '127.0.0.1', port, servername: name, ca: authority.rootPem })
    socket.on('error', () => undefined).resume()
    socket.write(`GET / HTTP/1.1\r\nHost: ${name}\r\nConnection: keep-alive\r\n\r\n`)
    await once(socket, 'close')
  })

  test('is served while WebSockets are dialled', async (t) => {
    const place = await scene(t)
    const lookup: LookupFunction = (_name, options, answer) =>
      options.all ? answer(null, [{ address: '127.0.0.1', family: 4 }]) : answer(null, '127.0.0.1', 4)
    const dialler = await createNodeHost({
      ...{ identity: await newIdentity(), listen: [], wss: [], discovery: false },
      ...{ trustAnchorPem: authority.rootPem, lookup },
    })
    t.after(() => stopHost(dialler.host))
    const [address] = place.node.announced()
    assert.ok(address)
    const pages = Promise.all(Array.from({ length: 10 }, () => get(place)))
    const connection = await dialler.host.dial(address)
    const more = Promise.all(Array.from({ length: 10 }, () => get(place)))
    await dialler.host.services.ping.ping(connection.remotePeer)
    assert.ok([...(await pages), ...(await more)].every(({ status }) => status === 200))
    assert.equal(dialler.wasVerified(connection.remoteAddr), true)
    assert.equal(connection.status, 'open')
  })

  test('is not served without TLS', async (t) => {
    const identity = await newIdentity()
    const node = await createNodeHost({
      ...{ identity, listen: ['/ip4/127.0.0.1/tcp/0/ws'], wss: [], discovery: false },
    })
    t.after(() => stopHost(node.host))
    const port = node.host.getMultiaddrs()[0]?.getComponents()[1]?.value
    const response = await fetch(`http://127.0.0.1:${port}/`)
    assert.equal(response.status, 400)
    await response.text()
  })
})

describe('what the visitor reads', () => {
  const cases: readonly (readonly [string | undefined, string])[] = [
    [undefined, 'en'],
    ['', 'en'],
    ['de', 'de'],
    ['DE-at', 'de'],
    ['fr, de;q=0.5, en;q=0.4', 'de'],
    ['de;q=0.1, en;q=0.9', 'en'],
    ['de;q=0, fr', 'en'],
    ['*', 'en'],
    ['den', 'en'],
    [`${'x'.repeat(300)},de`, 'en'],
    ['de;q=9', 'en'],
  ]
  for (const [header, language] of cases)
    test(`is ${language} for ${JSON.stringify(header?.slice(0, 30))}`, () => {
      assert.equal(visitorLanguage(header), language)
    })

  test('holds a name as text, whatever is in it', () => {
    const html = visitorHtml({ name: `<b>"x'&`, expires: 2, now: 1 }, 'en')
    assert.ok(html.includes('&lt;b&gt;&quot;x&#39;&amp;'))
  })
})
