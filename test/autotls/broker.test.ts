// The client of a broker, leg by leg: both handshakes as the recorded exchanges have them, and everything a server can say
// that an honest one does not.
import assert from 'node:assert/strict'
import { type TestContext, describe, test } from 'node:test'
import { generateKeyPair, privateKeyFromProtobuf, publicKeyFromProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { createResolver } from '../../core/dns/index.ts'
import { parseRetryAfter } from '../../core/acme/index.ts'
import { waitAfter } from '../../core/acme/back-off.ts'
import { explainFailure } from '../../main/certificates/failures.ts'
import { BrokerUnavailableError, ForgesFailedError } from '../../main/issuers/autotls/errors.ts'
import { createBroker, healthWait, HEALTH_TIMEOUT_MS, type BrokerInit } from '../../main/issuers/autotls/broker.ts'
import { createCookieJar } from '../../main/issuers/autotls/cookies.ts'
import { authSignedData, beginAuth, formatAuthHeader, isSignedBy, parseAuthHeader } from '../../proto/peer-id-auth.ts'
import { createTestTls } from '../support/tls.ts'
import type { LookupFunction } from 'node:net'
import { type BrokerScript, type FakeAnswer, startFakeBroker } from './fake-broker.ts'
import { hastyClock } from './support.ts'
import { VECTORS } from './vectors.ts'

const VALUE = VECTORS.acme.registrationBody.value
const ADDRESSES = VECTORS.acme.registrationBody.addresses

async function scene(t: TestContext, script: BrokerScript = {}, init: Partial<BrokerInit> = {}) {
  const fake = await startFakeBroker(script)
  t.after(() => fake.close())
  const key = await generateKeyPair('Ed25519')
  const broker = createBroker({ url: new URL(fake.url), key, clock: hastyClock, ...init })
  t.after(() => broker.close())
  const { signal } = new AbortController()
  const register = (by = signal) => broker.register({ value: VALUE, addresses: ADDRESSES }, by)
  return {
    fake,
    broker,
    key,
    peer: peerIdFromPrivateKey(key).toString(),
    register,
    health: () => broker.health(signal),
  }
}

describe('a registration', () => {
  test('sends nothing but who we are at first, and the body with the proof', async (t) => {
    const { register, fake, peer } = await scene(t)
    const { initiatedBy } = await register()
    assert.equal(initiatedBy, 'client')
    const [first, second] = fake.requests
    assert.equal(first?.body, '')
    assert.equal(first?.headers['content-length'], '0')
    assert.deepEqual(
      [...parseAuthHeader(first?.headers.authorization ?? '').keys()],
      ['challenge-server', 'public-key'],
    )
    assert.deepEqual([...parseAuthHeader(second?.headers.authorization ?? '').keys()], ['opaque', 'sig'])
    assert.deepEqual(JSON.parse(second?.body ?? ''), VECTORS.acme.registrationBody)
    assert.equal(second?.headers['content-type'], 'application/json')
    assert.match(second?.headers['user-agent'] ?? '', /^nodetrust\/\d/)
    assert.deepEqual(fake.registrations, [{ peer, value: VALUE, addresses: ADDRESSES }])
  })

  test('falls back to the handshake that the server begins, with a challenge of its own', async (t) => {
    const { register, fake, peer } = await scene(t, { serverInitiated: true })
    const { initiatedBy } = await register()
    assert.equal(initiatedBy, 'server')
    const [first, second] = fake.requests.map(({ headers }) => parseAuthHeader(headers.authorization ?? ''))
    assert.deepEqual([...(second?.keys() ?? [])], ['public-key', 'challenge-server', 'opaque', 'sig'])
    assert.notEqual(second?.get('challenge-server'), first?.get('challenge-server'))
    assert.equal(fake.registrations[0]?.peer, peer)
  })

  test('keeps cookies from the first half to the second, over one connection', async (t) => {
    const { register, fake } = await scene(t, {
      after: (_request, answer) => ({
        ...answer,
        headers: {
          ...answer.headers,
          'Set-Cookie': ['AWSALB=abc123; Path=/; Expires=Tue, 01 Jan 2030 00:00:00 GMT', 'b="q"'],
        },
      }),
    })
    await register()
    assert.equal(fake.requests[0]?.headers.cookie, undefined)
    assert.equal(fake.requests[1]?.headers.cookie, 'AWSALB=abc123; b="q"')
    assert.equal(fake.connections(), 1)
    await register()
    assert.equal(fake.requests[2]?.headers.cookie, undefined)
  })

  test('gives the token of the forge with the proof, and not to who has not proved anything', async (t) => {
    const { register, fake } = await scene(t, {}, { token: 'let-me-in' })
    await register()
    assert.deepEqual(
      fake.requests.map(({ headers }) => headers['forge-authorization']),
      [undefined, 'let-me-in'],
    )
  })

  test('keeps the path of the address, with or without a final slash', async (t) => {
    for (const path of ['/base', '/base/']) {
      const fake = await startFakeBroker()
      t.after(() => fake.close())
      const key = await generateKeyPair('Ed25519')
      const broker = createBroker({ url: new URL(path, fake.url), key, clock: hastyClock })
      await broker.register({ value: VALUE, addresses: ADDRESSES }, new AbortController().signal)
      broker.close()
      assert.equal(fake.requests[0]?.path, '/base/v1/_acme-challenge')
    }
  })

  test('survives a broker that is restarted between the two halves', async (t) => {
    const { register, fake } = await scene(t, { before: (_request, count) => void (count === 2 && fake.restart()) })
    await register()
    assert.equal(fake.registrations.length, 1)
    assert.equal(fake.requests.length, 4)
  })

  test('survives a broker that dies in the middle of a half, and is up again a moment later', async (t) => {
    for (const dies of [1, 2]) {
      const { register, fake } = await scene(t, { before: (_request, count) => (count === dies ? 'drop' : undefined) })
      await register()
      assert.equal(fake.registrations.length, 1)
    }
  })

  test('ends after a few rounds with machines that do not agree', async (t) => {
    const { register, fake } = await scene(t, {
      before() {
        fake.restart()
        return undefined
      },
    })
    await assert.rejects(register(), { name: 'BrokerUnavailableError', message: /asks again and again who we are/ })
    assert.equal(fake.requests.length, 10)
  })

  test('goes by names of a resolver of its own, over TLS with a trust anchor of its own', async (t) => {
    const tls = await createTestTls()
    const fake = await startFakeBroker({ tls })
    t.after(() => fake.close())
    const key = await generateKeyPair('Ed25519')
    const url = new URL(fake.url)
    url.hostname = 'localhost'
    const { lookup } = createResolver({ servers: [{ host: '127.0.0.1', port: 9 }] })
    const trusting = createBroker({ url, key, clock: hastyClock, lookup, trustAnchorPem: tls.rootPem })
    await trusting.register({ value: VALUE, addresses: ADDRESSES }, new AbortController().signal)
    trusting.close()
    assert.equal(fake.registrations.length, 1)
    const strict = createBroker({ url, key, clock: hastyClock })
    await assert.rejects(strict.health(new AbortController().signal), {
      name: 'BrokerUnavailableError',
      message: /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO/,
    })
    strict.close()
  })

  test('ends with the signal', async (t) => {
    const leaving = new AbortController()
    const { register } = await scene(t, {
      before: () => {
        leaving.abort(new Error('enough'))
        return new Promise(() => undefined)
      },
    })
    await assert.rejects(register(leaving.signal), { message: 'enough' })
  })
})

describe('a broker that is none', () => {
  const server = async () => generateKeyPair('Ed25519')
  const challenged = (parameters: readonly (readonly [string, string])[]): FakeAnswer => ({
    status: 401,
    headers: { 'WWW-Authenticate': formatAuthHeader(parameters) },
  })

  test('cannot pass off the signature of another challenge', async (t) => {
    let recorded: FakeAnswer | undefined
    const { register, fake } = await scene(t, {
      before: () => recorded,
      after(_request, answer) {
        recorded ??= answer
        return answer
      },
    })
    // the second registration is answered with the first one's signature
    await register().catch(() => undefined)
    await assert.rejects(register(), { name: 'BadBrokerError', message: /cannot prove who it is/ })
    assert.equal(fake.registrations.length, 0)
  })

  test('cannot sign for another key than it names', async (t) => {
    const other = await server()
    const { toBase64Url } = await import('../../proto/peer-id-auth.ts')
    const { publicKeyToProtobuf } = await import('@libp2p/crypto/keys')
    const { register } = await scene(t, {
      after(_request, answer) {
        const header = answer.headers?.['WWW-Authenticate']
        if (typeof header !== 'string') return answer
        const parameters = new Map(parseAuthHeader(header))
        parameters.set('public-key', toBase64Url(publicKeyToProtobuf(other.publicKey)))
        return challenged([...parameters])
      },
    })
    await assert.rejects(register(), { name: 'BadBrokerError' })
  })

  test('that began the handshake itself must sign in the end', async (t) => {
    for (const lost of ['sig', 'bearer']) {
      const { register } = await scene(t, {
        serverInitiated: true,
        after(_request, answer) {
          const header = answer.headers?.['Authentication-Info']
          if (typeof header !== 'string') return answer
          const kept = [...parseAuthHeader(header)].filter(([name]) => name !== lost)
          return { status: 200, headers: { 'Authentication-Info': formatAuthHeader(kept) } }
        },
      })
      await assert.rejects(register(), { name: 'BadBrokerError', message: new RegExp(`lacks ${lost}`) })
    }
  })

  test('says yes without any proof', async (t) => {
    const { register } = await scene(t, { before: () => ({ status: 200 }) })
    await assert.rejects(register(), { name: 'BadBrokerError', message: /did not ask who we are \(HTTP 200\)/ })
  })

  test('redirects, which is not followed', async (t) => {
    const { register, fake } = await scene(t, {
      before: () => ({ status: 307, headers: { Location: '/elsewhere' } }),
    })
    await assert.rejects(register(), { name: 'BadBrokerError' })
    assert.equal(fake.requests.length, 1)
  })

  test('says more than a broker has to say', async (t) => {
    const { register } = await scene(t, { before: () => ({ status: 400, body: 'x'.repeat(70_000) }) })
    await assert.rejects(register(), { name: 'BrokerUnavailableError', message: /TOO_LARGE/ })
  })

  for (const header of [
    undefined,
    'Basic realm="x"',
    'libp2p-PeerID',
    'libp2p-PeerID challenge-client="a"',
    `libp2p-PeerID ${'x'.repeat(3_000)}`,
  ]) {
    test(`asks who we are by ${header?.slice(0, 40) ?? 'nothing'}`, async (t) => {
      const { register } = await scene(t, {
        before: () => ({ status: 401, ...(header === undefined ? {} : { headers: { 'WWW-Authenticate': header } }) }),
      })
      await assert.rejects(register(), { name: 'BadBrokerError' })
    })
  }
})

describe('a refusal', () => {
  const NAMES: Readonly<Record<string, string>> = {
    'method other than POST (after authentication)': 'BrokerRefusedError',
    'FORGE_ACCESS_TOKEN set and Forge-Authorization differs': 'ForgeTokenError',
    'body unreadable': 'BrokerUnavailableError',
    'body not JSON, wrong types or unknown field': 'BrokerRefusedError',
    'value not unpadded base64url': 'BrokerRefusedError',
    'value does not decode to 32 bytes': 'BrokerRefusedError',
    denylisted: 'BrokerRefusedError',
    'any multiaddr unparsable, or none reachable': 'NotDialledError',
    'store failure': 'BrokerUnavailableError',
  }
  for (const { when, status, body, bodyPrefix, bodyPattern } of VECTORS.registrationErrors) {
    if (status === 200) continue
    const said = body ?? (bodyPrefix === undefined ? bodyPattern?.replace(/\(.*?\|(.*?)\)/, '$1') : `${bodyPrefix}why`)
    test(`of the public broker is understood: ${when}`, async (t) => {
      const { register } = await scene(t, {
        after: (request, own) => (request.body === '' ? own : { status, body: said ?? '' }),
      })
      await assert.rejects(register(), (error: Error) => {
        assert.equal(error.name, NAMES[when])
        assert.ok(error.message.includes((said ?? '').trim().slice(0, 40)), error.message)
        return true
      })
    })
  }

  test('with a time is a limit with that time', async (t) => {
    const { register } = await scene(t, { before: () => ({ status: 429, headers: { 'Retry-After': '7200' } }) })
    await assert.rejects(register(), { name: 'BrokerLimitError', retryAfterMs: 7_200_000 })
  })

  test('that asks for a moment is given one, and a failure of the broker itself is not repeated', async (t) => {
    const waits: number[] = []
    const clock = { ...hastyClock, sleep: async (ms: number) => void waits.push(ms) }
    const busy = { status: 503, headers: { 'Retry-After': '10' } }
    const { register, fake } = await scene(t, { before: (_, count) => (count === 2 ? busy : undefined) }, { clock })
    await register()
    assert.deepEqual(waits, [10_000])
    assert.equal(fake.registrations.length, 1)
    for (const answer of [{ status: 500 }, { status: 503, headers: { 'Retry-After': '600' } }]) {
      const failing = await scene(t, { before: () => answer })
      await assert.rejects(failing.register(), { name: 'BrokerUnavailableError' })
      assert.equal(failing.fake.requests.length, 1)
    }
  })

  const PAGE = { headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: '<html>Are you a robot?</html>' }
  for (const status of [400, 401, 403, 404, 408, 421, 425, 451]) {
    const answer = [408, 421, 425].includes(status) ? { status } : { status, ...PAGE }
    test(`B1 that a gateway writes (${status}) is none of the broker's, and passes`, async (t) => {
      const { register } = await scene(t, { after: (request, own) => (request.body === '' ? own : answer) })
      await assert.rejects(register(), { name: 'BrokerUnavailableError' })
    })
  }

  test('as a limit without a time is one of an hour', async (t) => {
    const { register } = await scene(t, { before: () => ({ status: 429 }) })
    await assert.rejects(register(), { name: 'BrokerLimitError', retryAfterMs: 3_600_000 })
  })

  test('is told in one line, whatever stands in it', async (t) => {
    const { register } = await scene(t, { before: () => ({ status: 403, body: 'a\r\nb\u001b[31m\u0000c' }) })
    await assert.rejects(register(), { name: 'BrokerRefusedError', message: /\(HTTP 403\): a b \[31m c$/ })
  })
})

describe('the health of a broker', () => {
  for (const [what, answer] of Object.entries({
    'a page with 403': { status: 403, headers: { 'Content-Type': 'text/html' }, body: '<html>robot?</html>' },
    'a page with 200': { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>log in</html>' },
    '421': { status: 421 },
  }))
    test(`B16 is not what stands in its place says of it (${what}): no hour is waited for`, async (t) => {
      const { health } = await scene(t, { before: () => answer })
      await assert.rejects(health(), { name: 'BrokerUnavailableError', retryAfterMs: undefined })
    })

  const { brokerHealth } = VECTORS

  test('is good at 204 alone', async (t) => {
    const { health, fake } = await scene(t)
    await health()
    assert.equal(`${fake.requests[0]?.method} ${fake.requests[0]?.path}`, `GET ${brokerHealth.path}`)
    assert.equal(HEALTH_TIMEOUT_MS, brokerHealth.probeTimeoutMs)
    for (const status of brokerHealth.unhealthyStatuses) {
      const sick = await scene(t, { before: () => ({ status }) })
      await assert.rejects(sick.health(), { name: 'BrokerUnavailableError', retryAfterMs: 3_600_000 })
    }
  })

  test('is asked for again after what the broker says, an hour at least and a day at most', async (t) => {
    for (const { retryAfterMs, delay } of brokerHealth.nextCheckDelayMs) assert.equal(healthWait(retryAfterMs), delay)
    for (const { in: header, ms } of brokerHealth.retryAfter)
      assert.equal(parseRetryAfter(header, Date.now()) ?? 0, ms, header)
    const { health } = await scene(t, { before: () => ({ status: 503, headers: { 'Retry-After': '7200' } }) })
    await assert.rejects(health(), { retryAfterMs: 7_200_000 })
  })

  test('B16 is not judged where nobody answers: that is asked again after 1, 10 and 100 minutes', async (t) => {
    const { health, fake } = await scene(t)
    await fake.close()
    const error = await health().catch((caught: unknown) => caught)
    assert.ok(error instanceof BrokerUnavailableError && /ECONNREFUSED/.test(error.message))
    assert.equal(error.retryAfterMs, undefined)
    const { kind, retryAfterMs } = explainFailure(error)
    const waits = [0, 1, 2].map((failures) => waitAfter(kind, { failures, retryAfterMs, random: () => 0.5 }))
    assert.deepEqual(waits, [60_000, 600_000, 6_000_000])
  })

  test('B16 is not judged by what stands before it', async (t) => {
    for (const status of [302, 502, 504, 522]) {
      const { health } = await scene(t, { before: () => ({ status }) })
      await assert.rejects(health(), { name: 'BrokerUnavailableError', retryAfterMs: undefined })
    }
  })

  test('B16 is known to be lost where its name does not resolve', async (t) => {
    const { key } = await scene(t)
    const none: LookupFunction = (hostname, _options, callback) =>
      callback(Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN', hostname }), [])
    const broker = createBroker({ url: new URL('https://broker.example.net'), key, lookup: none, clock: hastyClock })
    t.after(() => broker.close())
    const error = await broker.health(new AbortController().signal).catch((caught: unknown) => caught)
    const failure = explainFailure(error)
    assert.deepEqual(failure.unresolved, ['broker.example.net'])
    assert.equal(failure.retryAfterMs, undefined)
    const several = new ForgesFailedError([{ forge: 'a.example', error: new Error('x', { cause: error }) }])
    assert.deepEqual(explainFailure(several).unresolved, ['broker.example.net'])
  })
})

describe('how a broker sees us', () => {
  const seen = async (t: TestContext, header: string | undefined, status = 204) => {
    const headers: Record<string, string> = header === undefined ? {} : { 'Forge-Client-Address': header }
    const { broker, fake } = await scene(t, { before: () => ({ status, headers }) })
    const address = await broker.seenAs(new AbortController().signal)
    assert.deepEqual(
      fake.requests.map(({ method, path }) => `${method} ${path}`),
      ['GET /v1/health'],
    )
    return address
  }

  test('is told by ours, also where it takes no new peers now', async (t) => {
    assert.equal(await seen(t, '20.0.0.1'), '20.0.0.1')
    assert.equal(await seen(t, '20.0.0.1', 503), '20.0.0.1')
  })

  for (const header of [
    undefined,
    '',
    '192.168.1.7',
    '127.0.0.1',
    '100.64.0.9',
    '2001:4860::8',
    '20.0.0.1, 1.1.1.1',
    'x',
  ])
    test(`is not known from ${JSON.stringify(header)}`, async (t) => {
      assert.equal(await seen(t, header), undefined)
    })

  test('is not known where nobody answers', async (t) => {
    const { broker, fake } = await scene(t)
    await fake.close()
    assert.equal(await broker.seenAs(new AbortController().signal), undefined)
  })

  test('is not waited for by who has gone', async (t) => {
    const { broker } = await scene(t)
    await assert.rejects(broker.seenAs(AbortSignal.abort(new Error('gone'))), /gone/)
  })
})

describe('the recorded handshakes', () => {
  const { keys, clientInitiated, serverInitiated } = VECTORS.peerIdAuth
  const key = privateKeyFromProtobuf(Buffer.from(keys.clientPrivPbHex, 'hex'))
  const answerOf = (steps: typeof clientInitiated) => steps.find(({ status }) => status === 401)

  test('begun by the client are answered as recorded', async () => {
    const leg = beginAuth(key, keys.hostname, keys.challengeServer)
    assert.equal(leg.authorization, clientInitiated[0]?.value)
    const second = await leg.answer(answerOf(clientInitiated)?.value ?? '')
    assert.equal(second.authorization, clientInitiated[2]?.value)
    assert.equal(await second.finish(clientInitiated[3]?.value ?? ''), serverInitiated[3]?.value)
  })

  test('begun by the server are answered with the signature as it should have been printed', async () => {
    const asked = answerOf(serverInitiated)?.valuePrinted?.replace(
      ', opaque',
      `, public-key="${keys.serverPubPbB64url}", opaque`,
    )
    const second = await beginAuth(key, keys.hostname, keys.challengeServer).answer(asked ?? '')
    const own = parseAuthHeader(second.authorization)
    const recorded = parseAuthHeader(serverInitiated[1]?.valueDerived ?? '')
    for (const name of ['public-key', 'sig', 'opaque']) assert.equal(own.get(name), recorded.get(name))
    // the recorded end answers another challenge than ours, which is always a new one
    await assert.rejects(second.finish(serverInitiated[2]?.value ?? ''), { name: 'AuthSignatureError' })
  })

  test('sign what the specification says', async () => {
    const { sig } = Object.fromEntries(parseAuthHeader(clientInitiated[2]?.value ?? ''))
    const signed = {
      ...{ 'challenge-client': keys.challengeClient, hostname: keys.hostname },
      'server-public-key': Buffer.from(keys.serverPubPbB64url, 'base64url'),
    }
    assert.ok(authSignedData(signed).length > 0)
    const client = publicKeyFromProtobuf(Buffer.from(keys.clientPubPbHex, 'hex'))
    assert.ok(await isSignedBy(client, signed, sig ?? ''))
  })
})

describe('the cookie jar', () => {
  test('is empty at first, keeps the newest value and forgets what is taken back', () => {
    const jar = createCookieJar()
    assert.equal(jar.header(), undefined)
    jar.keep(undefined)
    jar.keep(['a=1; Path=/; HttpOnly', 'b=2'])
    jar.keep(['a=3'])
    assert.equal(jar.header(), 'a=3; b=2')
    jar.keep(['b=; Max-Age=0'])
    assert.equal(jar.header(), 'a=3')
  })

  test('takes nothing that is no cookie, and only so many', () => {
    const jar = createCookieJar()
    jar.keep(['', '=x', 'a', 'a b=c', 'x=a\r\nInjected: 1', 'y=ü', `z=${'1'.repeat(5_000)}; ok`].slice(0, 6))
    assert.equal(jar.header(), undefined)
    jar.keep(Array.from({ length: 50 }, (_, index) => `c${index}=1`))
    assert.equal(jar.header()?.split('; ').length, 20)
  })
})
