// What a client hears when the CA or the DNS fails in the middle of an order, and that nothing is left behind. The CA is the
// embedded one with faults, or a web server that is no CA at all.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createResolver } from '../../core/dns/index.ts'
import { systemClock } from '../../core/clock.ts'
import { splitHostPort } from '../../core/net/host-port.ts'
import { createCa } from '../../servers/ca/ca.ts'
import { converse, createClient, isProblem, leftovers, NOTHING_LEFT, startNetwork } from '../support/network.ts'
import { createTestTls, serveHttps } from '../support/tls.ts'
import type { CaAnswer, CaRequest } from '../../servers/ca/http.ts'
import type { SandboxInit } from '../../servers/sandbox/network.ts'

type StartCa = NonNullable<SandboxInit['startCa']>

/** The embedded CA, whose answers a test can spoil. */
function spoiltCa(spoil: (request: CaRequest) => CaAnswer | 'drop' | undefined): StartCa {
  return async (dns, dir) => {
    const resolver = createResolver({ servers: [splitHostPort(dns)] })
    const ca = createCa({ dir: join(dir, 'ca'), resolver, clock: systemClock, faults: { before: spoil } })
    const { directoryUrl, rootPath } = await ca.start()
    assert.ok(rootPath)
    return { directory: directoryUrl, trustAnchor: rootPath, root: rootPath, stop: () => ca.stop() }
  }
}

/** Anything that speaks HTTPS. */
function webServer(answer: Parameters<typeof serveHttps>[1]): StartCa {
  return async (_, dir) => {
    const server = await serveHttps(await createTestTls(), answer)
    const root = join(dir, 'web.pem')
    await writeFile(root, server.rootPem)
    return { directory: `${server.origin}/dir`, trustAnchor: root, root, stop: () => server.close() }
  }
}

const problemDocument = (type: string, status: number, headers = {}): CaAnswer => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: { type: `urn:ietf:params:acme:error:${type}`, detail: 'the CA says so', status },
})

/** Spoils requests whose path contains a word; a number of times, or always. */
function at(
  word: string,
  answer: CaAnswer | 'drop',
  times = Infinity,
): (request: CaRequest) => CaAnswer | 'drop' | undefined {
  let left = times
  return ({ path }) => (path.includes(word) && left-- > 0 ? answer : undefined)
}

const CASES: readonly {
  readonly what: string
  readonly ca: StartCa
  readonly expected: Parameters<typeof isProblem>
  readonly acme?: Readonly<Record<string, unknown>>
}[] = [
  {
    what: 'that its rate limit is reached',
    ca: spoiltCa(at('order', problemDocument('rateLimited', 429, { 'retry-after': '7200' }))),
    expected: ['RATE_LIMIT', /rateLimited/, ({ retryAfterMs }) => retryAfterMs === 7_200_000],
  },
  {
    what: 'a rate limit without a time, which is a pause',
    ca: spoiltCa(at('order', problemDocument('rateLimited', 429))),
    expected: ['RATE_LIMIT', /rateLimited/, ({ retryAfterMs }) => retryAfterMs === 86_400_000],
  },
  {
    what: 'a server error',
    ca: spoiltCa(at('order', { status: 503, body: '<html>down</html>', headers: { 'content-type': 'text/html' } })),
    expected: ['CA_UNAVAILABLE', /503/, ({ retryAfterMs }) => retryAfterMs === 60_000],
  },
  {
    what: 'that the name is refused',
    ca: spoiltCa(at('order', problemDocument('rejectedIdentifier', 400))),
    expected: ['CA_REFUSED', /rejectedIdentifier/],
  },
  {
    what: 'a server error at the finalization',
    ca: spoiltCa(at('finalize', problemDocument('serverInternal', 500))),
    expected: ['CA_UNAVAILABLE', /./],
  },
  {
    what: 'a certificate that is garbage',
    ca: spoiltCa(
      at('certificate', {
        status: 200,
        headers: { 'content-type': 'application/pem-certificate-chain' },
        body: 'garbage',
      }),
    ),
    expected: ['CA_UNAVAILABLE', /no certificate/],
  },
  {
    what: 'garbage instead of a directory',
    ca: webServer((_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{{{')),
    expected: ['CA_UNAVAILABLE', /no usable answer/],
  },
  {
    what: 'a page of a hotel instead of a directory',
    ca: webServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Log in</h1>')),
    expected: ['CA_UNAVAILABLE', /no usable answer/],
  },
  {
    what: 'nothing at all',
    ca: webServer(() => undefined),
    acme: { timeoutMs: 300 },
    expected: ['CA_UNAVAILABLE', /TIMEOUT/],
  },
]

describe('when the CA answers', () => {
  for (const { what, ca, expected, acme = {} } of CASES) {
    it(`${what}, the client hears it and nothing is left behind`, async () => {
      const network = await startNetwork({ startCa: ca, acme })
      const client = await createClient()
      try {
        await assert.rejects(converse(client.host, network), isProblem(...expected))
        assert.deepEqual(await leftovers(network, client.host), NOTHING_LEFT)
      } finally {
        await client.stop()
        await network.stop()
      }
    })
  }

  it('badly once and well afterwards, the next try of the same client succeeds', async () => {
    const network = await startNetwork({ startCa: spoiltCa(at('order', problemDocument('serverInternal', 500), 1)) })
    const client = await createClient()
    try {
      await assert.rejects(converse(client.host, network), isProblem('CA_UNAVAILABLE', /./))
      const { certificate } = await converse(client.host, network)
      assert.match(certificate.chain, /BEGIN CERTIFICATE/)
    } finally {
      await client.stop()
      await network.stop()
    }
  })
})

describe('when the CA wants an account made beforehand', () => {
  const SECRET = Buffer.alloc(32, 7).toString('base64url')

  const start = async (keyId: string) => {
    const folder = await mkdtemp(join(tmpdir(), 'nodetrust-eab-'))
    const keyFile = join(folder, 'eab.key')
    await writeFile(keyFile, `${SECRET}\n`)
    const startCa: StartCa = async (dns, dir) => {
      const resolver = createResolver({ servers: [splitHostPort(dns)] })
      const ca = createCa({ dir: join(dir, 'ca'), resolver, externalAccounts: { 'kid-1': SECRET } })
      const { directoryUrl, rootPath = '' } = await ca.start()
      return { directory: directoryUrl, trustAnchor: rootPath, root: rootPath, stop: () => ca.stop() }
    }
    const network = await startNetwork({ startCa, acme: { externalAccount: { keyId, keyFile } } })
    const client = await createClient()
    const stop = async () => {
      await client.stop()
      await network.stop()
      await rm(folder, { recursive: true, force: true })
    }
    return { network, client, stop }
  }

  it('the configured one is bound to ours', async () => {
    const { network, client, stop } = await start('kid-1')
    try {
      assert.match((await converse(client.host, network)).certificate.chain, /BEGIN CERTIFICATE/)
    } finally {
      await stop()
    }
  })

  it('a wrong one is refused, and the client hears it', async () => {
    const { network, client, stop } = await start('kid-2')
    try {
      await assert.rejects(converse(client.host, network), isProblem('CA_REFUSED', /./))
    } finally {
      await stop()
    }
  })
})

describe('when the DNS server cannot be reached', () => {
  it('the client hears it, and the order is closed', async () => {
    const dead = '/ip4/127.0.0.1/tcp/1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'
    const network = await startNetwork({ issue: { dnsServers: [dead] } })
    const client = await createClient()
    try {
      await assert.rejects(converse(client.host, network), isProblem('DNS_UNAVAILABLE', /tcp\/1\//))
      assert.deepEqual((await leftovers(network, client.host)).open, [])
    } finally {
      await client.stop()
      await network.stop()
    }
  })
})

describe('when the client goes away in the middle', () => {
  it('the order is ended and its values are gone', async () => {
    const network = await startNetwork()
    const client = await createClient()
    try {
      const gone = converse(client.host, network, {
        onProgress: (step) => void (step === 'challenge-set' && client.stop()),
      })
      await assert.rejects(gone)
      const observer = await createClient()
      // the next order of the network waits behind nothing that the first one left
      await converse(observer.host, network)
      await observer.stop()
      await untilNothingLeft(network, client)
    } finally {
      await network.stop()
    }
  })
})

async function untilNothingLeft(
  network: Parameters<typeof leftovers>[0],
  client: Awaited<ReturnType<typeof createClient>>,
): Promise<void> {
  const deadline = AbortSignal.timeout(10_000)
  for (;;) {
    const left = await leftovers(network, client.host)
    if (left.txt.length === 0 && left.open.length === 0) return
    deadline.throwIfAborted()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('an embedded CA of the network', () => {
  it('says in its own name that nobody should trust it', async () => {
    const network = await startNetwork()
    try {
      const { X509Certificate } = await import('node:crypto')
      assert.match(new X509Certificate(await readFile(network.root, 'utf8')).subject, /not trusted/)
    } finally {
      await network.stop()
    }
  })
})
