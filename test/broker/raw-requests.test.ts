// The broker beside the public one, request by request, as they go over the wire: what p2p-forge answers follows from its source
// (acme/writer.go at 1743bb9, go-libp2p's p2p/http/auth, Go's net/http), what ours answers is asked here. Where the two differ,
// docs/broker.md says why; a difference that is not told there fails.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { newAuthChallenge, toBase64Url } from '../../proto/peer-id-auth.ts'
import { authorization, type BrokerWorld, makePeer, type Peer, startBroker, startPeer, VALUE } from './support.ts'

/** An answer: the status, and what else counts of it. */
interface Told {
  readonly status: number
  /** All of it, or how it begins. */
  readonly body?: string | RegExp
  /** That it has these headers, with these values. */
  readonly headers?: Readonly<Record<string, RegExp>>
}

/** What a request is made of. */
interface Scene {
  readonly world: BrokerWorld
  readonly peer: Peer
  readonly host: string
  /** The `Authorization` line of a proof that was not used yet. */
  readonly proof: () => Promise<string>
  /** The addresses at which the peer is. */
  readonly body: (more?: object) => string
}

interface Case {
  readonly what: string
  readonly request: (scene: Scene) => string | Promise<string>
  /** What the public one answers. */
  readonly public: Told
  /** What ours does, where that is something else, and the row of docs/broker.md which says why. */
  readonly ours?: Told & { readonly why: string }
}

const EMPTY = { body: '', headers: { 'content-length': /^0$/ } } as const
const ASKED = {
  status: 401,
  ...EMPTY,
  headers: { ...EMPTY.headers, 'www-authenticate': /^libp2p-PeerID challenge-client=/ },
}
const REFUSED = { status: 400, ...EMPTY }
const NOT_FOUND = {
  status: 404,
  body: '404 page not found\n',
  headers: { 'content-type': /^text\/plain; charset=utf-8$/, 'x-content-type-options': /^nosniff$/ },
}
const DECODING = {
  status: 400,
  body: /^error decoding body: /,
  headers: { 'content-type': /^text\/plain; charset=utf-8$/ },
}
const DONE = { status: 200, ...EMPTY }
const WELL = { status: 204, body: '' }
const ONLY_POST = { status: 400, body: '400 Bad Request: Only POST method is allowed.\n' }

/** A request with a head and perhaps a body. */
const http = (line: string, lines: readonly string[], body?: string): string =>
  [line, ...lines, ...(body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]), '', body ?? ''].join(
    '\r\n',
  )

const PATH = '/v1/_acme-challenge'
const asking =
  (line: string, ...lines: readonly string[]) =>
  ({ host }: Scene) =>
    http(line.replace('HOST', host), [`Host: ${host}`, ...lines.map((one) => one.replace('HOST', host))])
const authorizing = (value: string) => asking(`POST ${PATH} HTTP/1.1`, `Authorization: ${value}`)
const registering =
  (body: (scene: Scene) => string, ...lines: readonly string[]) =>
  async (scene: Scene) =>
    http(`POST ${PATH} HTTP/1.1`, [`Host: ${scene.host}`, await scene.proof(), ...lines], body(scene))
const withMethod = (method: string) => async (scene: Scene) =>
  http(`${method} ${PATH} HTTP/1.1`, [`Host: ${scene.host}`, await scene.proof()])
const publicKeyOf = ({ peer }: Scene) => toBase64Url(publicKeyToProtobuf(peer.key.publicKey))

const CASES: readonly Case[] = [
  // ---- what is asked for
  { what: 'GET of health', request: asking('GET /v1/health HTTP/1.1'), public: WELL },
  { what: 'POST of health', request: asking('POST /v1/health HTTP/1.1', 'Content-Length: 0'), public: WELL },
  { what: 'HEAD of health', request: asking('HEAD /v1/health HTTP/1.1'), public: WELL },
  { what: 'health with a query', request: asking('GET /v1/health?x=1 HTTP/1.1'), public: WELL },
  {
    what: 'health of another host',
    request: () => http('GET /v1/health HTTP/1.1', ['Host: other.example']),
    public: WELL,
  },
  { what: 'health with a slash behind it', request: asking('GET /v1/health/ HTTP/1.1'), public: NOT_FOUND },
  { what: 'health in HTTP/1.0 without a host', request: () => http('GET /v1/health HTTP/1.0', []), public: WELL },
  { what: 'health in the absolute form', request: asking('GET http://HOST/v1/health HTTP/1.1'), public: WELL },
  { what: 'a path that is not there', request: asking('GET / HTTP/1.1'), public: NOT_FOUND },
  { what: 'a path in capitals', request: asking('GET /V1/HEALTH HTTP/1.1'), public: NOT_FOUND },
  { what: 'OPTIONS of everything', request: asking('OPTIONS * HTTP/1.1'), public: { status: 200, ...EMPTY } },
  {
    what: 'a star with another method',
    request: asking('GET * HTTP/1.1'),
    public: { status: 404 },
    ours: { ...REFUSED, why: 'a star' },
  },
  {
    what: 'double slashes',
    request: asking('GET //v1/health HTTP/1.1'),
    public: { status: 301, headers: { location: /^\/v1\/health$/ } },
    ours: { ...NOT_FOUND, why: 'double slashes' },
  },
  {
    what: 'dots in the path',
    request: asking(`POST /v1/x/..${PATH.slice(3)} HTTP/1.1`),
    public: { status: 301, headers: { location: /^\/v1\/_acme-challenge$/ } },
    ours: { ...NOT_FOUND, why: 'double slashes' },
  },
  { what: 'an escaped letter', request: asking('POST /v1/%5Facme-challenge HTTP/1.1'), public: ASKED },
  // ---- who is asked
  { what: 'another host', request: () => http(`POST ${PATH} HTTP/1.1`, ['Host: other.example']), public: REFUSED },
  { what: 'the absolute form', request: asking(`POST http://HOST${PATH} HTTP/1.1`), public: ASKED },
  {
    what: 'the absolute form beside another host, which does not count',
    request: ({ host }) => http(`POST http://${host}${PATH} HTTP/1.1`, ['Host: other.example']),
    public: ASKED,
  },
  {
    what: 'the absolute form of another host',
    request: asking(`POST http://other.example${PATH} HTTP/1.1`),
    public: REFUSED,
  },
  { what: 'two hosts', request: asking(`POST ${PATH} HTTP/1.1`, 'Host: HOST'), public: { status: 400 } },
  { what: 'no host', request: () => http(`POST ${PATH} HTTP/1.1`, []), public: { status: 400 } },
  { what: 'no host in HTTP/1.0', request: () => http(`POST ${PATH} HTTP/1.0`, []), public: REFUSED },
  // ---- methods
  { what: 'POST', request: asking(`POST ${PATH} HTTP/1.1`), public: ASKED },
  { what: 'GET', request: asking(`GET ${PATH} HTTP/1.1`), public: ASKED },
  { what: 'HEAD', request: asking(`HEAD ${PATH} HTTP/1.1`), public: { status: 401, body: '' } },
  { what: 'OPTIONS', request: asking(`OPTIONS ${PATH} HTTP/1.1`), public: ASKED },
  { what: 'PUT', request: asking(`PUT ${PATH} HTTP/1.1`, 'Content-Length: 0'), public: ASKED },
  { what: 'DELETE', request: asking(`DELETE ${PATH} HTTP/1.1`), public: ASKED },
  { what: 'TRACE', request: asking(`TRACE ${PATH} HTTP/1.1`), public: ASKED },
  { what: 'HTTP/1.0', request: asking(`POST ${PATH} HTTP/1.0`), public: ASKED },
  {
    what: 'a method in small letters',
    request: asking(`post ${PATH} HTTP/1.1`),
    public: ASKED,
    ours: { status: 400, why: 'unknown methods' },
  },
  {
    what: 'a method that nobody knows',
    request: asking(`BREW ${PATH} HTTP/1.1`),
    public: ASKED,
    ours: { status: 400, why: 'unknown methods' },
  },
  { what: 'an authenticated GET', request: withMethod('GET'), public: ONLY_POST },
  { what: 'an authenticated PUT', request: withMethod('PUT'), public: ONLY_POST },
  { what: 'an authenticated DELETE', request: withMethod('DELETE'), public: ONLY_POST },
  { what: 'an authenticated HEAD', request: withMethod('HEAD'), public: { status: 400, body: '' } },
  // ---- Authorization
  { what: 'an empty Authorization', request: authorizing(''), public: ASKED },
  { what: 'another scheme', request: authorizing('Basic YTpi'), public: REFUSED },
  { what: 'the scheme alone', request: authorizing('libp2p-PeerID'), public: REFUSED },
  {
    what: 'the scheme in small letters',
    request: authorizing('libp2p-peerid bearer="AAAA"'),
    public: REFUSED,
    ours: { ...ASKED, why: 'letter case of the scheme' },
  },
  { what: 'a value without quotes', request: authorizing('libp2p-PeerID bearer=AAAA'), public: REFUSED },
  { what: 'a bearer that is no base64url', request: authorizing('libp2p-PeerID bearer="a!b="'), public: REFUSED },
  { what: 'a bearer without its padding', request: authorizing('libp2p-PeerID bearer="AAA"'), public: REFUSED },
  { what: 'a bearer of one letter', request: authorizing('libp2p-PeerID bearer="A"'), public: REFUSED },
  { what: 'an empty bearer', request: authorizing('libp2p-PeerID bearer=""'), public: ASKED },
  {
    what: 'a bearer that is not ours',
    request: authorizing(`libp2p-PeerID bearer="${'A'.repeat(120)}"`),
    public: ASKED,
  },
  {
    what: 'a bearer twice',
    request: authorizing('libp2p-PeerID bearer="AAAA", bearer="AAAA"'),
    public: ASKED,
    ours: { ...REFUSED, why: 'a parameter twice' },
  },
  {
    what: 'an unknown parameter beside the bearer',
    request: authorizing('libp2p-PeerID x="y", bearer="AAAA"'),
    public: ASKED,
  },
  { what: 'an unknown parameter alone', request: authorizing('libp2p-PeerID x="y"'), public: REFUSED },
  {
    what: 'another scheme before ours',
    request: authorizing('Basic YTpi, libp2p-PeerID bearer="AAAA"'),
    public: ASKED,
  },
  {
    what: 'a header of more than 2048 characters',
    request: authorizing(`libp2p-PeerID x="${'y'.repeat(2_100)}"`),
    public: REFUSED,
  },
  {
    what: 'two Authorization headers, of which the first counts',
    request: asking(`POST ${PATH} HTTP/1.1`, 'Authorization: libp2p-PeerID bearer="AAAA"', 'Authorization: Basic YTpi'),
    public: ASKED,
  },
  {
    what: 'a made-up sig for a made-up challenge',
    request: authorizing('libp2p-PeerID opaque="AAAA", sig="AAAA"'),
    public: ASKED,
  },
  {
    what: 'a challenge without its padding',
    request: authorizing('libp2p-PeerID opaque="AAA", sig="AAAA"'),
    public: REFUSED,
  },
  { what: 'a sig without a challenge', request: authorizing('libp2p-PeerID sig="AAAA"'), public: REFUSED },
  {
    what: 'a first leg',
    request: (scene) =>
      authorizing(`libp2p-PeerID challenge-server="${newAuthChallenge()}", public-key="${publicKeyOf(scene)}"`)(scene),
    public: {
      ...ASKED,
      headers: {
        'www-authenticate': /^libp2p-PeerID challenge-client="[^"]+", public-key="[^"]+", sig="[^"]+", opaque="[^"]+"$/,
      },
    },
  },
  {
    what: 'a first leg whose challenge is short',
    request: (scene) =>
      authorizing(`libp2p-PeerID challenge-server="short", public-key="${publicKeyOf(scene)}"`)(scene),
    public: REFUSED,
  },
  {
    what: 'a first leg with a key that is none',
    request: authorizing(`libp2p-PeerID challenge-server="${'x'.repeat(40)}", public-key="AAAA"`),
    public: ASKED,
    ours: { ...REFUSED, why: 'a key that is none' },
  },
  // ---- bodies
  {
    what: 'a registration',
    request: registering(({ body }) => body()),
    public: { ...DONE, headers: { 'authentication-info': /^libp2p-PeerID bearer="[^"]+"$/ } },
  },
  {
    what: 'a registration in the absolute form',
    request: async (scene) =>
      http(`POST http://${scene.host}${PATH} HTTP/1.1`, [`Host: ${scene.host}`, await scene.proof()], scene.body()),
    public: DONE,
  },
  { what: 'another content type', request: registering(({ body }) => body(), 'Content-Type: text/html'), public: DONE },
  {
    what: 'a content encoding that is not true',
    request: registering(({ body }) => body(), 'Content-Encoding: gzip'),
    public: DONE,
  },
  { what: 'JSON that goes on behind its end', request: registering(({ body }) => `${body()} trailing`), public: DONE },
  {
    what: 'a second object behind the first',
    request: registering(({ body }) => `${body()}{"value":"x"}`),
    public: DONE,
  },
  { what: 'white space around it', request: registering(({ body }) => ` \n${body()}\r\n\t`), public: DONE },
  { what: 'keys in capitals', request: registering(({ body }) => body().replace('"value"', '"VALUE"')), public: DONE },
  { what: 'Expect: 100-continue', request: registering(({ body }) => body(), 'Expect: 100-continue'), public: DONE },
  {
    what: 'a body in pieces',
    request: async (scene) => {
      const body = scene.body()
      const head = http(`POST ${PATH} HTTP/1.1`, [
        `Host: ${scene.host}`,
        await scene.proof(),
        'Transfer-Encoding: chunked',
      ])
      const pieces = [body.slice(0, 9), body.slice(9), '']
      return head + pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')
    },
    public: DONE,
  },
  {
    what: 'a length beside pieces',
    request: async (scene) => {
      const body = scene.body()
      const lines = [`Host: ${scene.host}`, await scene.proof(), 'Transfer-Encoding: chunked', 'Content-Length: 4']
      return `${http(`POST ${PATH} HTTP/1.1`, lines)}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    },
    public: DONE,
    ours: { status: 400, why: 'two lengths' },
  },
  { what: 'no body', request: registering(() => ''), public: DECODING },
  { what: 'no JSON', request: registering(() => 'value'), public: DECODING },
  { what: 'JSON that breaks off', request: registering(({ body }) => body().slice(0, -1)), public: DECODING },
  { what: 'a list', request: registering(() => '[]'), public: DECODING },
  {
    what: 'null',
    request: registering(() => 'null'),
    public: { status: 400, body: 'value is not a base64url of a SHA256 digest' },
    ours: { ...DECODING, why: 'null' },
  },
  { what: 'a byte order mark', request: registering(({ body }) => `\u{FEFF}${body()}`), public: DECODING },
  { what: 'an unknown field', request: registering(({ body }) => body({ more: 1 })), public: DECODING },
  {
    what: 'a field twice in two letter cases',
    request: registering(({ body }) => body({ Value: VALUE })),
    public: DONE,
    ours: { ...DECODING, why: 'a field twice' },
  },
  { what: 'a value that is a number', request: registering(({ body }) => body({ value: 1 })), public: DECODING },
  {
    what: 'a value that is null',
    request: registering(({ body }) => body({ value: null })),
    public: { status: 400, body: 'value is not a base64url of a SHA256 digest' },
  },
  {
    what: 'a value with padding',
    request: registering(({ body }) => body({ value: `${VALUE}=` })),
    public: { status: 400, body: /^error decoding value as base64url: / },
  },
  {
    what: 'a value that is too short',
    request: registering(({ body }) => body({ value: VALUE.slice(0, -1) })),
    public: { status: 400, body: /^value is not a base64url of a SHA256 digest$/ },
  },
  {
    what: 'no addresses',
    request: registering(({ body }) => body({ addresses: [] })),
    public: { status: 400, body: /^error testing addresses: / },
  },
  {
    what: 'an address that cannot be read, beside one that is good',
    request: registering(({ body, peer }) => body({ addresses: ['nonsense', ...peer.addresses] })),
    public: { status: 400, body: /^error testing addresses: / },
    ours: { ...DONE, why: 'addresses of no use' },
  },
  {
    what: 'seventy addresses',
    request: registering(({ body, peer }) =>
      body({
        addresses: [...Array.from({ length: 70 }, (_, at) => `/ip4/127.0.0.1/tcp/${at + 1}`), ...peer.addresses],
      }),
    ),
    public: DONE,
    ours: { ...DONE, why: 'many addresses' },
  },
  {
    what: 'a body of 20 kilobytes',
    request: registering(({ body }) => body() + ' '.repeat(20_000)),
    public: DONE,
    ours: { status: 413, body: /^error reading body: /, why: 'size' },
  },
  {
    what: 'a header of 20 kilobytes',
    request: asking('GET /v1/health HTTP/1.1', `X: ${'y'.repeat(20_000)}`),
    public: WELL,
    ours: { status: 431, why: 'size' },
  },
]

/** Sends it over a connection of its own and reads one answer, without what goes before it (100). */
function send(
  port: number,
  request: string,
): Promise<{ readonly status: number; readonly headers: Map<string, string>; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const isHead = request.startsWith('HEAD ')
    let text = ''
    const read = () => {
      text = text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return undefined
      const [line = '', ...lines] = text.slice(0, end).split('\r\n')
      const headers = new Map(
        lines.map((one) => [one.slice(0, one.indexOf(':')).toLowerCase(), one.slice(one.indexOf(':') + 2)]),
      )
      const status = Number(line.split(' ')[1])
      const length = isHead || status === 204 ? 0 : Number(headers.get('content-length') ?? Number.NaN)
      const body = text.slice(end + 4)
      return { status, headers, body, isWhole: body.length >= length }
    }
    const socket = connect(port, '127.0.0.1', () => socket.write(request, 'utf8'))
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      text += chunk
      if (read()?.isWhole) socket.destroy()
    })
    // what is refused early is cut off while it is still being sent
    socket.on('error', () => undefined)
    socket.on('close', () => {
      const answer = read()
      if (answer) resolve(answer)
      else reject(new Error(`no answer to ${request.slice(0, 200)}: ${text}`))
    })
  })
}

function assertTold(answer: Awaited<ReturnType<typeof send>>, told: Told): void {
  assert.equal(answer.status, told.status, answer.body)
  if (typeof told.body === 'string') assert.equal(answer.body, told.body)
  else if (told.body) assert.match(answer.body, told.body)
  for (const [name, value] of Object.entries(told.headers ?? {}))
    assert.match(answer.headers.get(name) ?? '', value, name)
}

const DOCS = readFileSync(new URL('../../docs/broker.md', import.meta.url), 'utf8')

describe('the broker beside the public one', () => {
  let scene: Scene
  const clean: (() => void | Promise<void>)[] = []
  const t = { after: (work: () => void | Promise<void>) => void clean.push(work) }

  before(async () => {
    const world = await startBroker(t, { section: { dialTimeoutMs: 10_000 }, limits: { perPeerAndDay: 1_000 } })
    const peer = await startPeer(t)
    scene = {
      ...{ world, peer, host: world.host },
      proof: async () => `Authorization: ${(await authorization(world, peer.key)).authorization}`,
      body: (more = {}) => JSON.stringify({ value: VALUE, addresses: peer.addresses, ...more }),
    }
  })

  after(async () => {
    for (const work of clean.toReversed()) await work()
  })

  for (const { what, request, public: told, ours } of CASES)
    it(`answers ${ours ? 'otherwise, and says why' : 'alike'}: ${what}`, async () => {
      assertTold(await send(scene.world.port, await request(scene)), ours ?? told)
      if (ours) assert.ok(DOCS.includes(`| ${ours.why} |`), `docs/broker.md does not say why: ${ours.why}`)
    })

  it('K7 answers 400 and nothing else where whom a request asks is not told in one way, wherever it leads', async () => {
    const { host, world } = scene
    for (const path of ['/v1/health', PATH, '/', '/nowhere']) {
      for (const request of [
        http(`GET ${path} HTTP/1.1`, [`Host: ${host}`, `Host: ${host}`]),
        http(`GET ${path} HTTP/1.1`, [`Host: ${host}`, 'Host: other.example']),
        http(`GET ${path} HTTP/1.1`, [`Host: x@${host}`]),
        http(`GET http://x@${host}${path} HTTP/1.1`, [`Host: ${host}`]),
      ])
        assertTold(await send(world.port, request), { status: 400, body: '' })
    }
  })

  it('K8 refuses a malformed token, challenge or signature, and asks anew for what is foreign', async () => {
    const { host, world, peer } = scene
    const ask = async (value: string) =>
      (
        await send(
          world.port,
          http(`POST ${PATH} HTTP/1.1`, [`Host: ${host}`, `Authorization: libp2p-PeerID ${value}`]),
        )
      ).status
    const key = toBase64Url(publicKeyToProtobuf(peer.key.publicKey))
    for (const malformed of [
      'bearer="a!b="',
      'bearer="AAA"',
      `public-key="${key}", challenge-server="short"`,
      `public-key="AAAA", challenge-server="${newAuthChallenge()}"`,
      `opaque="a!b=", sig="AAAA", public-key="${key}", challenge-server="${newAuthChallenge()}"`,
    ])
      assert.equal(await ask(malformed), 400, malformed)
    const asked = await send(world.port, http(`POST ${PATH} HTTP/1.1`, [`Host: ${host}`]))
    const opaque = /opaque="([^"]*)"/.exec(asked.headers.get('www-authenticate') ?? '')?.[1]
    const signed = (sig: string, seal = opaque) =>
      ask(`opaque="${seal}", sig="${sig}", public-key="${key}", challenge-server="${newAuthChallenge()}"`)
    assert.equal(await signed('a!b='), 400)
    assert.equal(await signed(toBase64Url(new Uint8Array(64))), 400)
    const foreign = toBase64Url(new Uint8Array(90))
    assert.deepEqual([await ask(`bearer="${foreign}"`), await signed('AAAA', foreign)], [401, 401])
  })

  it('has no reason in the documentation for a difference that is none', () => {
    const rows = [...DOCS.matchAll(/^\| ([^|]+?) +\|.*\|.*\|.*\|$/gm)].map(([, row = '']) => row)
    const used = new Set(CASES.flatMap(({ ours }) => (ours ? [ours.why] : [])))
    const unused = rows.filter((row) => !used.has(row) && !UNTESTED.has(row) && !/^(?:request|-+)$/.test(row))
    assert.deepEqual(unused, [])
  })

  it('takes the first of two tokens, as the public one does', async (own) => {
    const token = 'a-token-of-twenty-letters'
    const world = await startBroker(own, { section: { access: { invitations: [token] }, dialTimeoutMs: 10_000 } })
    const peer = await makePeer()
    const ask = async (...tokens: readonly string[]) => {
      const { authorization: proof } = await authorization(world, peer.key)
      const lines = [
        `Host: ${world.host}`,
        `Authorization: ${proof}`,
        ...tokens.map((one) => `Forge-Authorization: ${one}`),
      ]
      return (await send(world.port, http(`POST ${PATH} HTTP/1.1`, lines, '{}'))).status
    }
    assert.deepEqual([await ask(token, 'other'), await ask('other', token), await ask()], [400, 403, 403])
  })
})

/** Rows whose requests have tests of their own. */
const UNTESTED: ReadonlySet<string> = new Set([
  'a proof twice',
  'often',
  'names and private addresses',
  'QUIC, WebTransport, WebRTC',
  'HTTP/2',
  'every answer',
])
