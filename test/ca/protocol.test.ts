// The CA's protocol, asked by hand: what a good client never sends must be refused with the right type, and nobody gets at
// what belongs to another account.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createCsr } from '../../core/x509/index.ts'
import { type Judge, startOwnCa } from '../support/issuance.ts'
import { createRawClient, type RawAnswer, type RawClient, txtValue } from '../support/jws-client.ts'

const ORDER = { identifiers: [{ type: 'dns', value: 'raw.example.net' }] }
const URN = 'urn:ietf:params:acme:error:'

function assertProblem(answer: RawAnswer, status: number, type: string): void {
  assert.deepEqual([answer.status, answer.body['type']], [status, `${URN}${type}`], answer.text)
  assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
}

/** The path of an address that the CA gave. */
const pathOf = (url: unknown) => new URL(String(url)).pathname

describe('the CA', () => {
  let judge: Judge
  let origin: string
  let client: RawClient

  before(async () => {
    judge = await startOwnCa({ allow: (name) => !name.endsWith('bank.example') })
    origin = new URL(judge.directoryUrl).origin
  })
  beforeEach(async () => {
    client = createRawClient(origin, judge.trustAnchorPem)
    await client.register()
  })
  after(() => judge.stop())

  /** An order that is ready, or as far as `until` says. */
  async function makeOrder(names: readonly string[] = ['raw.example.net'], extra: object = {}): Promise<string> {
    const identifiers = names.map((value) => ({ type: 'dns', value }))
    const order = await client.post('/new-order', { identifiers, ...extra })
    assert.equal(order.status, 201, order.text)
    return pathOf(order.headers.location)
  }

  async function makeReady(names?: readonly string[], extra?: object): Promise<string> {
    const path = await makeOrder(names, extra)
    const order = await client.post(path)
    for (const url of order.body['authorizations'] as string[]) {
      const { body } = await client.post(pathOf(url))
      const [challenge] = body['challenges'] as { url: string; token: string }[]
      const { value } = body['identifier'] as { value: string }
      await judge.zone.set(`_acme-challenge.${value}`, txtValue(challenge?.token ?? '', client.jwk), undefined)
      await client.post(pathOf(challenge?.url), {})
    }
    await until(path, ['ready'])
    return path
  }

  async function until(path: string, states: readonly string[]): Promise<RawAnswer> {
    for (let round = 0; round < 200; round++) {
      const order = await client.post(path)
      if (states.includes(String(order.body['status']))) return order
    }
    throw new Error(`the order did not become ${states.join(' or ')}`)
  }

  async function csrFor(names: readonly string[]): Promise<string> {
    return Buffer.from((await createCsr({ names })).csr).toString('base64url')
  }

  describe('on nonces', () => {
    test('gives one to HEAD and to GET, each another', async () => {
      const head = await client.get('/new-nonce', 'HEAD')
      const get = await client.get('/new-nonce')
      assert.deepEqual([head.status, get.status], [200, 204])
      assert.notEqual(head.headers['replay-nonce'], get.headers['replay-nonce'])
      assert.equal(head.headers['cache-control'], 'no-store')
    })

    test('takes each once', async () => {
      const nonce = await client.nonce()
      assert.equal((await client.post('/new-order', ORDER, { nonce })).status, 201)
      assertProblem(await client.post('/new-order', ORDER, { nonce }), 400, 'badNonce')
    })

    test('takes none that it did not give, and gives a fresh one with the refusal', async () => {
      const answer = await client.post('/new-order', ORDER, { nonce: 'AAAA' })
      assertProblem(answer, 400, 'badNonce')
      const nonce = String(answer.headers['replay-nonce'])
      assert.equal((await client.post('/new-order', ORDER, { nonce })).status, 201)
    })

    test('does not lose a nonce to a request with a wrong signature', async () => {
      const nonce = await client.nonce()
      await client.post('/new-order', ORDER, { nonce, breakSignature: true })
      assert.equal((await client.post('/new-order', ORDER, { nonce })).status, 201)
    })
  })

  describe('on signatures', () => {
    test('refuses a wrong one', async () => {
      assertProblem(await client.post('/new-order', ORDER, { breakSignature: true }), 403, 'unauthorized')
    })

    test('refuses a request that was signed for another address', async () => {
      const answer = await client.post('/new-order', ORDER, { url: `${origin}/revoke` })
      assertProblem(answer, 403, 'unauthorized')
    })

    for (const alg of ['none', 'HS256', 'ES384', 'RS256', 'ES512']) {
      test(`refuses the algorithm ${alg} for a P-256 key`, async () => {
        assertProblem(await client.post('/new-order', ORDER, { alg }), 400, 'badSignatureAlgorithm')
      })
    }

    test('refuses both a key and an account, and an account where a key must sign', async () => {
      assertProblem(await client.post('/new-order', ORDER, { withJwk: true }), 400, 'malformed')
      assertProblem(await client.post('/new-account', {}), 400, 'malformed')
    })

    test('refuses a key where an account must sign', async () => {
      assertProblem(await client.post('/new-order', ORDER, { kid: undefined }), 400, 'malformed')
    })

    test('does not know an account that it did not make', async () => {
      const kid = `${origin}/account/nobody`
      assertProblem(await client.post('/new-order', ORDER, { kid }), 400, 'accountDoesNotExist')
      assertProblem(await client.post('/new-order', ORDER, { kid: 'x' }), 400, 'accountDoesNotExist')
    })

    for (const [what, rawBody] of Object.entries({
      'no JSON': 'hello',
      'a list': '[]',
      'an empty object': '{}',
      'a JWS with a header of rubbish': '{"protected":"AAAA","payload":"","signature":""}',
    })) {
      test(`refuses ${what}`, async () => {
        assertProblem(await client.post('/new-order', ORDER, { rawBody }), 400, 'malformed')
      })
    }

    test('refuses another content type', async () => {
      assertProblem(await client.post('/new-order', ORDER, { contentType: 'application/json' }), 415, 'malformed')
    })

    test('reads at most 64 KiB', async () => {
      const answer = await client.post('/new-order', ORDER, { rawBody: 'x'.repeat(65_537) })
      assertProblem(answer, 413, 'malformed')
    })
  })

  describe('on accounts', () => {
    test('gives the same account for the same key', async () => {
      const again = await client.post('/new-account', { termsOfServiceAgreed: true }, { kid: undefined })
      assert.equal(again.status, 200)
      assert.equal(again.headers.location, client.kid)
    })

    test('makes none where only an existing one was asked for', async () => {
      const stranger = createRawClient(origin, judge.trustAnchorPem)
      assertProblem(await stranger.register({ onlyReturnExisting: true }), 400, 'accountDoesNotExist')
    })

    test('makes none without agreement to the terms', async () => {
      const stranger = createRawClient(origin, judge.trustAnchorPem)
      assertProblem(await stranger.register({ termsOfServiceAgreed: false }), 403, 'userActionRequired')
    })

    test('shows and changes an account to itself only', async () => {
      const other = createRawClient(origin, judge.trustAnchorPem)
      await other.register()
      assertProblem(await client.post(pathOf(other.kid), { status: 'deactivated' }), 403, 'unauthorized')
      const mine = await client.post(pathOf(client.kid), { contact: ['mailto:a@example.net'] })
      assert.deepEqual(mine.body['contact'], ['mailto:a@example.net'])
    })

    test('is deaf to a deactivated account', async () => {
      await client.post(pathOf(client.kid), { status: 'deactivated' })
      assertProblem(await client.post('/new-order', ORDER), 403, 'unauthorized')
      assertProblem(await client.register(), 403, 'unauthorized')
    })

    test('does not give a key to two accounts', async () => {
      const other = createRawClient(origin, judge.trustAnchorPem)
      await other.register()
      const inner = other.inner({ account: client.kid, oldKey: client.jwk }, { url: `${origin}/key-change` })
      const answer = await client.post('/key-change', inner)
      assertProblem(answer, 409, 'malformed')
      assert.equal(answer.headers.location, other.kid)
    })

    test('changes a key only for who has the new one, the old one and the account', async () => {
      const fresh = createRawClient(origin, judge.trustAnchorPem)
      const url = `${origin}/key-change`
      const good = { account: client.kid, oldKey: client.jwk }
      for (const inner of [
        fresh.inner(good, { url: `${origin}/new-order` }),
        fresh.inner({ ...good, account: `${origin}/account/other` }, { url }),
        fresh.inner({ ...good, oldKey: fresh.jwk }, { url }),
      ]) {
        assertProblem(await client.post('/key-change', inner), 400, 'malformed')
      }
      const forged = { ...fresh.inner(good, { url }), signature: 'A'.repeat(86) }
      assertProblem(await client.post('/key-change', forged), 403, 'unauthorized')
      assert.equal((await client.post('/key-change', fresh.inner(good, { url }))).status, 200)
      assertProblem(await client.post('/new-order', ORDER), 403, 'unauthorized')
      fresh.kid = client.kid
      assert.equal((await fresh.post('/new-order', ORDER)).status, 201)
    })
  })

  describe('on orders', () => {
    for (const [what, identifier, type] of [
      ['an address', { type: 'ip', value: '127.0.0.1' }, 'unsupportedIdentifier'],
      ['one label', { type: 'dns', value: 'localhost' }, 'rejectedIdentifier'],
      ['a label that ends with a dash', { type: 'dns', value: 'ip6--1-.example.net' }, 'rejectedIdentifier'],
      ['dashes that belong to IDN', { type: 'dns', value: 'ab--c.example.net' }, 'rejectedIdentifier'],
      ['eleven labels', { type: 'dns', value: 'a.b.c.d.e.f.g.h.i.example.net' }, 'rejectedIdentifier'],
      ['a wildcard inside', { type: 'dns', value: 'a.*.example.net' }, 'rejectedIdentifier'],
      ['what the operator does not allow', { type: 'dns', value: 'www.bank.example' }, 'rejectedIdentifier'],
    ] as const) {
      test(`refuses a name that is ${what}`, async () => {
        assertProblem(await client.post('/new-order', { identifiers: [identifier] }), 400, type)
      })
    }

    test('refuses no names, a hundred and one, and dates of the client’s choice', async () => {
      const many = Array.from({ length: 101 }, (_, index) => ({ type: 'dns', value: `n${index}.example.net` }))
      assertProblem(await client.post('/new-order', { identifiers: [] }), 400, 'malformed')
      assertProblem(await client.post('/new-order', { identifiers: many }), 400, 'malformed')
      assertProblem(await client.post('/new-order', { ...ORDER, notAfter: '2030-01-01T00:00:00Z' }), 400, 'malformed')
    })

    test('refuses a profile that it does not have, and tells those it has', async () => {
      assertProblem(await client.post('/new-order', { ...ORDER, profile: 'toString' }), 400, 'invalidProfile')
      const { meta } = (await client.get('/directory')).body as { meta: { profiles: object } }
      assert.deepEqual(Object.keys(meta.profiles), ['classic', 'shortlived'])
    })

    test('shows nothing of an account to another, and nothing at all without a signature', async () => {
      const path = await makeReady()
      const csr = await csrFor(['raw.example.net'])
      const { body } = await client.post(path)
      const [authorization] = body['authorizations'] as string[]
      const { body: shown } = await client.post(pathOf(authorization))
      const [challenge] = shown['challenges'] as { url: string }[]
      await client.post(`${path}/finalize`, { csr })
      const { body: done } = await until(path, ['valid'])
      const stranger = createRawClient(origin, judge.trustAnchorPem)
      await stranger.register()
      for (const url of [path, authorization, challenge?.url, done['certificate']]) {
        const target = pathOf(new URL(String(url), origin))
        assertProblem(await stranger.post(target), 404, 'malformed')
        assert.equal((await client.post(target)).status, 200)
        assert.equal((await client.get(target)).status, 404)
      }
      assertProblem(await stranger.post(`${path}/finalize`, { csr }), 404, 'malformed')
    })

    test('does not finalize before every name is validated', async () => {
      const path = await makeOrder()
      const csr = await csrFor(['raw.example.net'])
      assertProblem(await client.post(`${path}/finalize`, { csr }), 403, 'orderNotReady')
    })

    test('does not finalize twice', async () => {
      const path = await makeReady()
      const csr = await csrFor(['raw.example.net'])
      const both = await Promise.all([1, 2].map(() => client.post(`${path}/finalize`, { csr })))
      assert.deepEqual(
        both.map(({ status }) => status).sort((one, other) => one - other),
        [200, 403],
      )
      await until(path, ['valid'])
      assertProblem(await client.post(`${path}/finalize`, { csr }), 403, 'orderNotReady')
    })

    test('shows that it is at work', async () => {
      const path = await makeReady()
      const answer = await client.post(`${path}/finalize`, { csr: await csrFor(['raw.example.net']) })
      assert.equal(answer.body['status'], 'processing')
      await until(path, ['valid'])
    })

    test('refuses a CSR for other names, of rubbish or of a megabyte, and the order stays ready', async () => {
      const path = await makeReady()
      for (const csr of [
        await csrFor(['other.example.net']),
        await csrFor(['raw.example.net', 'b.example.net']),
        'AAAA',
      ]) {
        assertProblem(await client.post(`${path}/finalize`, { csr }), 400, 'badCSR')
      }
      assertProblem(await client.post(`${path}/finalize`, { csr: 'A'.repeat(1024 * 1024) }), 413, 'malformed')
      assertProblem(await client.post(`${path}/finalize`, { csr: '!' }), 400, 'malformed')
      assert.equal((await client.post(path)).body['status'], 'ready')
    })

    test("refuses a CSR with the account's key", async () => {
      const path = await makeReady()
      const privateKeyPem = client.key.export({ type: 'pkcs8', format: 'pem' }).toString()
      const { csr } = await createCsr({ names: ['raw.example.net'], privateKeyPem })
      const payload = { csr: Buffer.from(csr).toString('base64url') }
      assertProblem(await client.post(`${path}/finalize`, payload), 400, 'badPublicKey')
    })

    test('asks for both a wildcard and its base, and marks the wildcard', async () => {
      const path = await makeOrder(['*.raw.example.net', 'raw.example.net'])
      const { body } = await client.post(path)
      const shown = await Promise.all((body['authorizations'] as string[]).map((url) => client.post(pathOf(url))))
      assert.deepEqual(
        shown.map((answer) => [answer.body['identifier'], answer.body['wildcard']]),
        [
          [{ type: 'dns', value: 'raw.example.net' }, true],
          [{ type: 'dns', value: 'raw.example.net' }, undefined],
        ],
      )
    })

    test('is invalid when an authorization is given up', async () => {
      const path = await makeOrder()
      const { body } = await client.post(path)
      const [url] = body['authorizations'] as string[]
      assertProblem(await client.post(pathOf(url), { status: 'valid' }), 400, 'malformed')
      const given = await client.post(pathOf(url), { status: 'deactivated' })
      assert.equal(given.body['status'], 'deactivated')
      assert.equal((await client.post(path)).body['status'], 'invalid')
    })
  })

  describe('on revocation', () => {
    test('listens to the account and to the key, and to nobody else', async () => {
      const path = await makeReady()
      await client.post(`${path}/finalize`, { csr: await csrFor(['raw.example.net']) })
      const { body } = await until(path, ['valid'])
      const pem = (await client.post(pathOf(body['certificate']))).text
      const certificate = Buffer.from(pem.split('-----')[2] ?? '', 'base64').toString('base64url')
      const stranger = createRawClient(origin, judge.trustAnchorPem)
      assertProblem(await stranger.post('/revoke', { certificate }, { kid: undefined }), 403, 'unauthorized')
      await stranger.register()
      assertProblem(await stranger.post('/revoke', { certificate }), 403, 'unauthorized')
      assertProblem(await client.post('/revoke', { certificate, reason: 2 }), 400, 'badRevocationReason')
      assertProblem(await client.post('/revoke', { certificate: 'AAAA' }), 404, 'malformed')
      assert.equal((await client.post('/revoke', { certificate, reason: 1 })).status, 200)
      assertProblem(await client.post('/revoke', { certificate }), 400, 'alreadyRevoked')
    })
  })

  test('has nothing at other addresses and methods', async () => {
    assertProblem(await client.get('/nowhere'), 404, 'malformed')
    assertProblem(await client.get('/directory', 'PUT'), 405, 'malformed')
    assertProblem(await client.post('/nowhere', {}), 404, 'malformed')
    assertProblem(await client.get('/renewal-info/a.b'), 404, 'malformed')
  })

  test('gives its root away, marked as not trusted', async () => {
    assert.equal((await client.get('/root.pem')).text, judge.issuingRootPem)
  })
})
