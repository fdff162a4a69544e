// Class 2: the way to the CA, or what answers there, is broken. Every failure is one typed error after bounded time; what may
// be repeated without harm is repeated, and nothing is repeated for ever.
import { endsOrder } from '../../core/acme/index.ts'
import { createCsr, readCsr } from '../../core/x509/index.ts'
import { openAuthority } from '../../servers/ca/authority.ts'
import type { CaAnswer } from '../../servers/ca/http.ts'
import { freePorts } from '../support/free-port.ts'
import { openSession } from '../support/issuance.ts'
import { pebbleIsMissing } from '../support/pebble.ts'
import { createTestTls, serveHttps, type TestServer, type TestTls } from '../support/tls.ts'
import { createTxtZone } from '../support/txt-zone.ts'
import { counted, type Fault, inWords } from './fault.ts'
import { after, before, POST_KINDS, problem, times, type Exchange } from './spoil.ts'
import { jumpingClock, NAMES, type OwnWorld, withOwnCa, withPebble } from './world.ts'

const HTML = { 'content-type': 'text/html' }
const PROBLEM = { 'content-type': 'application/problem+json' }
/** Far longer than a busy machine needs for an answer on loopback. */
const PATIENCE_MS = 1_000
const HOUR_MS = 3_600_000

/** What a session says when it asks for the directory at such a server. */
async function askDirectory(
  tls: TestTls,
  answer: Parameters<typeof serveHttps>[1],
  rootPem = tls.rootPem,
): Promise<string> {
  const server: TestServer = await serveHttps(tls, answer)
  const session = await openSession(
    {
      directoryUrl: `${server.origin}/directory`,
      trustAnchorPem: rootPem,
      issuingRootPem: rootPem,
      zone: createTxtZone(),
      stop: () => server.close(),
    },
    { timeoutMs: PATIENCE_MS },
  )
  try {
    return await session.directory().then(() => 'a directory', inWords)
  } finally {
    session.close()
    await server.close()
  }
}

/** A web server's certificate that fits in all but one thing. */
async function badTls(kind: 'expired' | 'wrong name'): Promise<TestTls> {
  // An authority of long ago: everything it signs for its own listener is past.
  const longAgo = jumpingClock(Date.parse('1990-01-01T00:00:00Z'))
  const authority = await openAuthority({ clock: kind === 'expired' ? longAgo : jumpingClock(Date.now()) })
  if (kind === 'expired') return { ...(await authority.listenerTls()), rootPem: authority.rootPem }
  const { csr, privateKeyPem } = await createCsr({ names: ['other.example.net'] })
  const { publicKeySpki } = await readCsr(csr)
  const now = Date.now()
  const dates = { notBefore: now - HOUR_MS, notAfter: now + HOUR_MS }
  const { chainPem } = await authority.sign({ names: ['other.example.net'], publicKeySpki, ...dates })
  return { key: privateKeyPem, cert: chainPem, rootPem: authority.rootPem }
}

/** Refuses so many of ten nonces, in an order that is the same every time. */
function refusedNonces(ofTen: number): (exchange: Exchange) => boolean {
  let asked = 0
  return ({ method }) => method === 'POST' && (asked++ * 7) % 10 < ofTen
}

function withoutNonce(answer: CaAnswer): CaAnswer {
  const others = Object.entries(answer.headers ?? {}).filter(([name]) => name !== 'replay-nonce')
  return { ...answer, headers: Object.fromEntries(others) }
}

type Serve = Parameters<typeof serveHttps>[1]

const STRANGE_SERVERS: readonly { readonly fault: string; readonly expected: string; readonly serve: Serve }[] = [
  { fault: 'hangs', expected: 'no usable answer: TIMEOUT', serve: () => undefined },
  {
    fault: 'sends the body so slowly that it never ends',
    expected: 'no usable answer: TIMEOUT',
    serve: (_request, response) => void response.writeHead(200, { 'content-length': 1000 }).write('{'),
  },
  {
    fault: 'cuts the connection in the middle of the body',
    expected: 'no usable answer: ECONNRESET',
    serve(_request, response) {
      response.writeHead(200, { 'content-length': 1000 }).write('{', () => response.destroy())
    },
  },
  {
    fault: 'sends two mebibytes',
    expected: 'no usable answer: TOO_LARGE',
    serve: (_request, response) => void response.writeHead(200).end('x'.repeat(2 * 1024 * 1024)),
  },
  {
    fault: 'calls something JSON that is none',
    expected: 'no usable answer: BAD_JSON',
    serve: (_request, response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end('{"newNonce"'),
  },
  {
    fault: 'is a page to log in to the hotel',
    expected: 'no usable answer: NOT_ACME',
    serve: (_request, response) => void response.writeHead(200, HTML).end('<html>Which room?</html>'),
  },
  {
    fault: 'redirects to http',
    expected: 'no usable answer: REDIRECT',
    serve: (_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1/' }).end(),
  },
  {
    fault: 'has a directory without newOrder',
    expected: 'no usable answer: NOT_ACME',
    serve(_request, response) {
      const body = { newNonce: 'https://127.0.0.1/a', newAccount: 'https://127.0.0.1/b' }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    },
  },
]

const WHILE_POLLING: readonly {
  readonly fault: string
  readonly expected: string
  readonly answer: CaAnswer
  readonly count: number
}[] = [
  {
    fault: '503 with an empty body three times',
    expected: 'one certificate',
    answer: { status: 503, body: '' },
    count: 3,
  },
  {
    fault: '503 with a problem three times',
    expected: 'one certificate',
    answer: problem(503, 'serverInternal'),
    count: 3,
  },
  {
    fault: '500 for ever',
    expected: 'no usable answer: HTTP_500',
    answer: { status: 500, headers: HTML, body: '<h1>Oh</h1>' },
    count: 1e9,
  },
  { fault: '404', expected: 'refused: malformed', answer: problem(404, 'malformed'), count: 1e9 },
]

const GATEWAYS: readonly { readonly fault: string; readonly answer: CaAnswer }[] = [
  ...[403, 404, 408, 421, 425, 429, 522].map((status) => ({
    fault: `${status} and a page`,
    answer: { status, headers: HTML, body: '<h1>Sorry</h1>' },
  })),
  { fault: '200 and a page', answer: { status: 200, headers: HTML, body: '<h1>Which room?</h1>' } },
  { fault: '200 and nothing', answer: { status: 200, body: '' } },
  { fault: 'a redirect', answer: { status: 302, headers: { location: 'https://login.example/' }, body: '' } },
  {
    fault: '403 and a problem that is none of ACME',
    answer: { status: 403, headers: PROBLEM, body: { type: 'about:blank', title: 'Forbidden', status: 403 } },
  },
]

/** The same order in two attempts, the first of which gets a foreign answer. */
async function laterTheSame(world: OwnWorld): Promise<string> {
  const { privateKeyPem } = await createCsr({ names: NAMES })
  let orderUrl = ''
  const orderStore = { save: async (url: string) => void (orderUrl = url), clear: async () => undefined }
  const early = await world.issue({ privateKeyPem, orderStore }).then(
    () => 'one certificate',
    (error: unknown) =>
      `${inWords(error).replace(/: .*/, '')}: ${endsOrder(error) ? 'the order is given up' : 'the order is left as it is'}`,
  )
  return `${early}; later ${await world.tell({ privateKeyPem, resume: { orderUrl } })}`
}

export const HTTP_FAULTS: readonly Fault[] = [
  {
    class: 2,
    fault: 'nobody listens',
    expected: 'no usable answer: ECONNREFUSED',
    async run() {
      const [port = 0] = await freePorts(1)
      const { rootPem } = await createTestTls()
      const where = { directoryUrl: `https://127.0.0.1:${port}/dir`, trustAnchorPem: rootPem, issuingRootPem: rootPem }
      const session = await openSession({ ...where, zone: createTxtZone(), stop: async () => undefined })
      const told = await session.directory().then(() => 'a directory', inWords)
      session.close()
      return told
    },
  },
  {
    class: 2,
    fault: 'the web server’s certificate is of an unknown root',
    expected: 'no usable answer: SELF_SIGNED_CERT_IN_CHAIN or UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    async run() {
      const [mine, other] = [await createTestTls(), await createTestTls()]
      const told = await askDirectory(mine, (_request, response) => void response.end(), other.rootPem)
      return told.replace(
        /(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|CERT_SIGNATURE_FAILURE)$/,
        'SELF_SIGNED_CERT_IN_CHAIN or UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      )
    },
  },
  {
    class: 2,
    fault: 'the web server’s certificate has expired',
    expected: 'no usable answer: CERT_HAS_EXPIRED',
    run: async () => askDirectory(await badTls('expired'), (_request, response) => void response.end()),
  },
  {
    class: 2,
    fault: 'the web server’s certificate is for another name',
    expected: 'no usable answer: ERR_TLS_CERT_ALTNAME_INVALID',
    run: async () => askDirectory(await badTls('wrong name'), (_request, response) => void response.end()),
  },
  ...STRANGE_SERVERS.map(({ fault, expected, serve }): Fault => ({
    class: 2,
    fault: `what answers at the directory’s address ${fault}`,
    expected,
    run: async () => askDirectory(await createTestTls(), serve),
  })),
  ...POST_KINDS.map((kind): Fault => ({
    class: 2,
    fault: `the connection is cut before the CA has read ${kind}`,
    expected: 'one certificate',
    run: () => withOwnCa(before(times(1, kind), 'cut'), (world) => world.tell()),
  })),
  ...WHILE_POLLING.map(({ fault, expected, answer, count }): Fault => ({
    class: 2,
    fault: `the order answers ${fault}`,
    expected,
    run: () => withOwnCa(before(times(count, 'order'), answer), (world) => world.tell()),
  })),
  {
    class: 2,
    fault: 'the certificate cannot be downloaded at first (502)',
    expected: 'one certificate',
    run: () => withOwnCa(before(times(2, 'certificate'), { status: 502, body: '' }), (world) => world.tell()),
  },
  ...GATEWAYS.map(({ fault, answer }): Fault => ({
    class: 2,
    fault: `something before the CA answers ${fault} in place of the certificate, for longer than an attempt takes`,
    expected: 'no usable answer: the order is left as it is; later one certificate',
    run: () =>
      withOwnCa(
        after(times(5, 'certificate'), () => answer),
        laterTheSame,
      ),
  })),
  {
    class: 2,
    fault: 'the certificate is cut off on its way, twice',
    expected: 'one certificate',
    run: () =>
      withOwnCa(
        after(times(2, 'certificate'), (answer) => ({ ...answer, body: String(answer.body).slice(0, 700) })),
        (world) => world.tell(),
      ),
  },
  {
    class: 2,
    fault: 'every answer calls itself text',
    expected: 'one certificate',
    run: () =>
      withOwnCa(
        after(
          () => true,
          (answer) => ({ ...answer, headers: { ...answer.headers, 'content-type': 'text/plain' } }),
        ),
        (world) => world.tell(),
      ),
  },
  ...[2, 6, 9].map((ofTen): Fault => ({
    class: 2,
    fault: `${ofTen} of 10 nonces are refused`,
    expected: 'one certificate',
    run: () => withOwnCa(before(refusedNonces(ofTen), problem(400, 'badNonce')), (world) => world.tell()),
  })),
  {
    class: 2,
    fault: '6 of 10 nonces are refused (Pebble)',
    expected: 'one certificate',
    skip: pebbleIsMissing,
    run: () => withPebble({}, (world) => world.tell(), { nonceReject: 60 }),
  },
  {
    class: 2,
    fault: 'every nonce is refused',
    expected: 'refused: badNonce, after 11 requests',
    run: () =>
      withOwnCa(
        before(({ method }) => method === 'POST', problem(400, 'badNonce')),
        async (world) => {
          const told = await world.tell()
          return `${told}, after ${counted(world.requests.filter((one) => one.startsWith('POST')).length, 'request')}`
        },
      ),
  },
  {
    class: 2,
    fault: 'answers carry no Replay-Nonce, except where one is asked for (Pebble)',
    expected: 'one certificate',
    skip: pebbleIsMissing,
    run: () =>
      withPebble(
        after(({ method }) => method === 'POST', withoutNonce),
        (world) => world.tell(),
      ),
  },
  {
    class: 2,
    fault: 'no answer at all carries a Replay-Nonce (Pebble)',
    expected: 'no usable answer: NOT_ACME',
    skip: pebbleIsMissing,
    run: () =>
      withPebble(
        after(() => true, withoutNonce),
        (world) => world.tell(),
      ),
  },
  {
    class: 2,
    fault: 'every Replay-Nonce is empty',
    expected: 'refused: badNonce',
    run: () =>
      withOwnCa(
        after(
          () => true,
          (answer) => ({ ...answer, headers: { ...answer.headers, 'replay-nonce': '' } }),
        ),
        (world) => world.tell(),
      ),
  },
  {
    class: 2,
    fault: 'the CA moves its resources',
    expected: 'refused: malformed; an hour later one certificate',
    run() {
      const moved = (answer: CaAnswer): CaAnswer => {
        const { newOrder } = Object(answer.body) as { readonly newOrder: string }
        return { ...answer, body: { ...Object(answer.body), newOrder: newOrder.replace('/new-order', '/old-order') } }
      }
      return withOwnCa(after(times(1, 'directory'), moved), async (world) => {
        const session = await world.open()
        const early = await world.tell({ session })
        world.clock.jump(HOUR_MS)
        return `${early}; an hour later ${await world.tell({ session })}`
      })
    },
  },
  {
    class: 2,
    fault: 'an order is no order',
    expected: 'no usable answer: NOT_ACME',
    run: () =>
      withOwnCa(
        after(
          ({ kind }) => kind === 'new-order' || kind === 'order',
          (answer) => ({ ...answer, body: { status: 'great' } }),
        ),
        (world) => world.tell(),
      ),
  },
  {
    class: 2,
    fault: 'a gateway answers 503 with an empty body in place of finalize (Pebble)',
    expected: 'one certificate',
    skip: pebbleIsMissing,
    run: () =>
      withPebble(
        after(times(1, 'finalize'), () => ({ status: 503, body: '' })),
        (world) => world.tell(),
      ),
  },
]
