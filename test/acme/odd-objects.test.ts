// Objects of the protocol as CAs really write them: null and empty members, members left out, relative addresses, states and
// challenges that nobody knows. What the present state does not need is no reason to refuse a CA, and what is signed is fetched.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AcmeTransportError, endsOrder } from '../../core/acme/index.ts'
import { isEnd, readAuthorization, readDirectory, readOrder, readRenewalInfo } from '../../core/acme/objects.ts'
import { readProblem } from '../../core/acme/errors.ts'
import { createCsr } from '../../core/x509/index.ts'
import type { CaAnswer } from '../../servers/ca/http.ts'
import { inWords } from '../faults/fault.ts'
import { after, always, problem, type Kind, type Spoil } from '../faults/spoil.ts'
import { NAMES, withOwnCa } from '../faults/world.ts'

type Fields = Readonly<Record<string, unknown>>

const ORDERS: readonly Kind[] = ['new-order', 'order', 'finalize']

/** Changes the bodies of good answers. */
function changed(kinds: readonly Kind[], change: (body: Fields) => unknown): Spoil {
  return {
    after: ({ kind }, answer) =>
      kinds.includes(kind) && answer.status < 400 ? { ...answer, body: change({ ...Object(answer.body) }) } : answer,
  }
}

const inState = (state: string, change: (body: Fields) => unknown) => (body: Fields) =>
  body['status'] === state ? change(body) : body

const without = (body: Fields, ...names: readonly string[]) =>
  Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)))

/** A member that is not there, in each way that is written. */
const ABSENT: Readonly<Record<string, unknown>> = { null: null, empty: '', 'an empty list': [], 'an empty object': {} }

const BODIES: Readonly<Record<string, Spoil>> = {
  ...Object.fromEntries(
    Object.entries(ABSENT).flatMap(([how, nothing]) => [
      [
        `orders whose expires, error, certificate and replaces are ${how}`,
        changed(ORDERS, (body) => ({
          expires: nothing,
          error: nothing,
          certificate: nothing,
          replaces: nothing,
          notBefore: nothing,
          ...without(body, 'expires', 'error', 'replaces'),
        })),
      ],
      [
        `a ready order whose authorizations are ${how}`,
        changed(
          ORDERS,
          inState('ready', (body) => ({ ...body, authorizations: nothing })),
        ),
      ],
      [
        `a valid order whose finalize and identifiers are ${how}`,
        changed(
          ORDERS,
          inState('valid', (body) => ({ ...body, finalize: nothing, identifiers: nothing, authorizations: nothing })),
        ),
      ],
      [
        `a pending order whose finalize is ${how}`,
        changed(
          ORDERS,
          inState('pending', (body) => ({ ...body, finalize: nothing })),
        ),
      ],
      [
        `a directory whose meta is ${how}`,
        changed(['directory'], (body) => ({
          ...body,
          meta: nothing,
          keyChange: nothing,
          revokeCert: nothing,
          newAuthz: nothing,
        })),
      ],
      [
        `a directory whose meta is full of ${how}`,
        changed(['directory'], (body) => ({
          ...body,
          meta: {
            termsOfService: nothing,
            website: nothing,
            caaIdentities: nothing,
            externalAccountRequired: nothing,
            profiles: nothing,
          },
        })),
      ],
      [
        `an account whose contact and orders are ${how}`,
        changed(['new-account'], (body) => ({ ...body, contact: nothing, orders: nothing, status: nothing })),
      ],
      [
        `an authorization whose wildcard and expires are ${how}`,
        changed(['authorization'], (body) => ({ ...body, wildcard: nothing, expires: nothing })),
      ],
      [
        `an authorization whose identifier is ${how}`,
        changed(['authorization'], (body) => ({ ...body, identifier: nothing })),
      ],
      [
        `challenges whose error, validated and status are ${how}`,
        changed(['authorization'], (body) => ({
          ...body,
          challenges: challengesOf(body).map((one) => ({
            ...one,
            error: nothing,
            validated: nothing,
            ...(one['status'] === 'pending' ? { status: nothing } : {}),
          })),
        })),
      ],
    ]),
  ),
  // the order itself is whole; only the first answer was written before it was
  ...Object.fromEntries(
    Object.entries({ ...ABSENT, 'a list of nothing': [null, ''], 'not there': undefined }).map(([how, nothing]) => [
      `a new order whose authorizations are ${how} at first`,
      changed(['new-order'], (body) => ({ ...body, authorizations: nothing })),
    ]),
  ),
  'a new order in a state that nobody knows': changed(['new-order'], (body) => ({ ...body, status: 'created' })),
  'a byte order mark before every answer': {
    after: (_exchange, answer) => ({
      ...answer,
      body: `\uFEFF${typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)}`,
    }),
  },
  'two challenges by DNS, the first without a token': changed(['authorization'], (body) => ({
    ...body,
    challenges: [{ type: 'dns-01', url: 'https://ca.example/1', status: 'pending' }, ...challengesOf(body)],
  })),
  'two challenges by DNS, the first of which has failed': changed(['authorization'], (body) => ({
    ...body,
    challenges: [
      { type: 'dns-01', url: 'https://ca.example/1', status: 'invalid', token: 'a', error: { type: 'dns' } },
      ...challengesOf(body),
    ],
  })),
  'a ready order that says nothing but that': changed(
    ['order'],
    inState('ready', ({ status }) => ({ status })),
  ),
  'a valid order that says nothing but where the certificate is': changed(
    ORDERS,
    inState('valid', ({ status, certificate }) => ({ status, certificate })),
  ),
  'a valid order without a state': changed(
    ORDERS,
    inState('valid', (body) => without(body, 'status')),
  ),
  'members that nobody knows': changed([...ORDERS, 'authorization', 'directory', 'new-account'], (body) => ({
    ...body,
    'x-vendor': { deep: [null, { deeper: 1 }] },
    '': 'nothing',
  })),
  'members of other types that are not needed': changed(ORDERS, (body) => ({
    ...body,
    expires: 5,
    error: [],
    replaces: {},
  })),
  'a meta that is a word': changed(['directory'], (body) => ({ ...body, meta: 'none' })),
  'profiles that are a list': changed(['directory'], (body) => ({ ...body, meta: { profiles: ['classic'] } })),
  'addresses of http for what is not used': changed(['directory'], (body) => ({
    ...body,
    keyChange: 'http://ca.example/key',
    revokeCert: 'not an address',
  })),
  'challenges of other kinds that lack everything': changed(['authorization'], (body) => ({
    ...body,
    challenges: [
      null,
      {},
      { type: 'dns-account-01' },
      { type: null, url: null, status: null, token: null },
      { type: 'http-01', status: 'pending', url: 'http://plain.example/', token: '' },
      { type: 'dns-persist-01', url: '', 'issuer-domain-names': null },
      'words',
      ...challengesOf(body),
    ],
  })),
  'lists with nothing in between': changed(ORDERS, (body) => ({
    ...body,
    authorizations: [null, ...listOf(body['authorizations']), '', ...listOf(body['authorizations'])],
    identifiers: [null, ...listOf(body['identifiers']), {}],
  })),
  'states in capitals': changed([...ORDERS, 'authorization'], (body) => ({
    ...body,
    status: String(body['status']).toUpperCase(),
  })),
  'a state that nobody knows while the order is processed': changed(['finalize'], (body) => ({
    ...body,
    status: 'queued',
    certificate: null,
  })),
  'an authorization in a state that nobody knows': changed(
    ['authorization'],
    inState('pending', (body) => ({ ...body, status: 'waiting' })),
  ),
  'identifiers with a final dot and in capitals': changed(['authorization'], (body) => ({
    ...body,
    identifier: { type: 'dns', value: `${NAMES[0]?.replace('*.', '').toUpperCase()}.` },
  })),
  'a wildcard that stands in the identifier itself': changed(['authorization'], (body) => ({
    ...without(body, 'wildcard'),
    identifier: { type: 'dns', value: NAMES[0] },
  })),
  'a certificate that has no address yet in the first valid answers': notYet(3),
  'relative addresses everywhere': {
    after: (_exchange, answer) => ({
      ...answer,
      ...(answer.headers?.['location'] === undefined
        ? {}
        : { headers: { ...answer.headers, location: relative(answer.headers['location']) } }),
      body: typeof answer.body === 'object' ? relativeIn(answer.body) : answer.body,
    }),
  },
}

function notYet(count: number): Spoil {
  let left = count
  return changed(ORDERS, (body) => (body['status'] === 'valid' && left-- > 0 ? { ...body, certificate: '' } : body))
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function challengesOf(body: Fields): readonly Fields[] {
  return listOf(body['challenges']).map((one): Fields => ({ ...Object(one) }))
}

const relative = (text: string) => text.replace(/^https:\/\/[^/]+/, '')

function relativeIn(value: unknown): unknown {
  if (typeof value === 'string') return relative(value)
  if (Array.isArray(value)) return value.map(relativeIn)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, relativeIn(member)]))
}

describe('a CA that writes', () => {
  for (const [what, spoil] of Object.entries(BODIES)) {
    test(`B3 ${what} gives one certificate at once`, async () => {
      await withOwnCa(spoil, async (world) => {
        await world.issue()
        assert.equal(world.certificates(), 1)
      })
    })
  }

  test('B3 an order whose answer says neither state nor anything else is asked again later, not given up', async () => {
    await withOwnCa(
      changed(ORDERS, () => ({ status: 'great' })),
      async (world) => {
        const error = await world.issue().catch((caught: unknown) => caught)
        assert.ok(error instanceof AcmeTransportError && error.code === 'NOT_ACME', inWords(error))
        assert.equal(endsOrder(error), false)
      },
    )
  })

  for (const [what, body] of [
    ['is cut off', '{"status":"pen'],
    ['is empty', ''],
    ['is a page', '<html>Welcome</html>'],
    ['is no order', {}],
  ] as const)
    test(`B3 a new order whose address came and whose body ${what} is read there, and no other one is made`, async () => {
      await withOwnCa(
        after(always('new-order'), (answer) => ({
          ...answer,
          headers: { ...answer.headers, 'content-type': 'application/json' },
          body,
        })),
        async (world) => {
          await world.issue()
          assert.equal(world.certificates(), 1)
          assert.equal(world.requests.filter((one) => one === 'POST new-order').length, 1)
        },
      )
    })

  test('B3 a signed certificate is fetched by the next attempt, whatever the order leaves out then', async () => {
    let away = true
    const bare = changed(
      ORDERS,
      inState('valid', ({ status, certificate }) => ({ status, certificate, expires: null })),
    )
    const spoil: Spoil = {
      after: (exchange, answer) =>
        away && exchange.kind === 'certificate' ? { status: 503, body: '' } : bare.after?.(exchange, answer),
    }
    await withOwnCa(spoil, async (world) => {
      let orderUrl = ''
      const orderStore = { save: async (url: string) => void (orderUrl = url), clear: async () => undefined }
      const { privateKeyPem } = await createCsr({ names: NAMES })
      await assert.rejects(world.issue({ orderStore, privateKeyPem }), AcmeTransportError)
      away = false
      await world.issue({ orderStore, privateKeyPem, resume: { orderUrl } })
      assert.equal(world.certificates(), 1)
    })
  })
})

const AT = 'https://ca.example/dir/one'

describe('an address that a CA gives', () => {
  test('B3 is resolved against the request’s, and never leaves https', () => {
    const directory = { newNonce: 'nonce', newAccount: '/account', newOrder: '//other.example/order' }
    const read = readDirectory({ ...directory, renewalInfo: '../ari', keyChange: 'http://ca.example/' }, AT)
    assert.equal(read.newNonce, 'https://ca.example/dir/nonce')
    assert.equal(read.newAccount, 'https://ca.example/account')
    assert.equal(read.newOrder, 'https://other.example/order')
    assert.equal(read.renewalInfo, 'https://ca.example/ari')
    assert.equal(read.keyChange, undefined)
    for (const url of ['http://ca.example/', 'javascript:alert(1)', 'file:///etc/passwd', 'data:,x', null, ''])
      assert.throws(() => readDirectory({ ...directory, newOrder: url }, AT), { code: 'NOT_ACME' })
  })

  test('B3 of plain http is refused where the state needs it', () => {
    const origin = { url: AT, base: AT, retryAfterMs: undefined }
    const plain = 'http://ca.example/x'
    assert.throws(() => readOrder({ status: 'pending', authorizations: [plain] }, origin), { code: 'NOT_ACME' })
    assert.throws(() => readOrder({ status: 'ready', finalize: plain }, origin), { code: 'NOT_ACME' })
    assert.throws(() => readOrder({ status: 'valid', certificate: plain }, origin), { code: 'NOT_ACME' })
    assert.equal(
      readOrder({ status: 'valid', certificate: '/c', finalize: plain }, origin).certificate,
      'https://ca.example/c',
    )
  })
})

describe('what a CA may send', () => {
  const origin = { url: AT, base: AT, retryAfterMs: undefined }

  test('B3 has bounds: authorizations, profiles, depth', () => {
    const many = Array.from({ length: 101 }, (_, index) => `https://ca.example/${index}`)
    assert.throws(() => readOrder({ status: 'pending', authorizations: many }, origin), { code: 'NOT_ACME' })
    const profiles = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`p${index}`, 'x']))
    const { meta } = readDirectory({ newNonce: AT, newAccount: AT, newOrder: AT, meta: { profiles } }, AT)
    assert.equal(Object.keys(meta?.profiles ?? {}).length, 100)
    const deep = JSON.parse(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`) as unknown
    assert.equal(readOrder({ status: 'ready', error: deep }, origin).status, 'ready')
  })

  test('B3 keeps a profile that is not described', () => {
    const { meta } = readDirectory(
      { newNonce: AT, newAccount: AT, newOrder: AT, meta: { profiles: { a: null, b: '' } } },
      AT,
    )
    assert.deepEqual(meta?.profiles, { a: '', b: '' })
  })

  test('B3 is read in problems, with what is null or empty as absent', () => {
    const read = readProblem(
      { type: '', detail: null, subproblems: [null, { type: null, identifier: null }], status: null },
      400,
    )
    assert.equal(read.type, 'about:blank')
    assert.equal(read.status, 400)
    assert.equal(read.detail, 'HTTP 400 without an explanation')
    assert.equal(read.subproblems.length, 0)
  })

  test('B3 is read in renewal information, with what is null or empty as absent', () => {
    const suggestedWindow = { start: '2026-12-01T00:00:00Z', end: '2026-12-02T00:00:00Z' }
    for (const explanationURL of [null, '', 5, {}])
      assert.deepEqual(readRenewalInfo({ suggestedWindow, explanationURL })?.suggestedWindow, suggestedWindow)
    for (const window of [null, '', {}, { start: null, end: '' }])
      assert.equal(readRenewalInfo({ suggestedWindow: window }), undefined)
  })

  test('B3 calls an end what is one, in orders and authorizations', () => {
    for (const status of ['invalid', 'deactivated', 'expired', 'revoked', 'canceled']) {
      assert.equal(readOrder({ status, identifiers: [] }, origin).status, 'invalid')
      assert.ok(isEnd(readAuthorization({ status, challenges: [] }, AT).status))
    }
    assert.throws(() => readAuthorization('<html>', AT), { code: 'NOT_ACME' })
    assert.throws(() => readOrder([], origin), { code: 'NOT_ACME' })
  })
})

describe('a CA that asks about a name', () => {
  const asksAbout = (identifier: Fields) => changed(['authorization'], (body) => ({ ...body, identifier }))

  for (const value of [
    'victim.example.net',
    'example.net',
    'net',
    'a.faults.example.net',
    'faults.example.net.evil.example',
  ]) {
    test(`A13 that was not ordered (${value}) gets nothing written into the DNS`, async () => {
      await withOwnCa(asksAbout({ type: 'dns', value }), async (world) => {
        const error = await world.issue().catch((caught: unknown) => caught)
        assert.ok(error instanceof AcmeTransportError, inWords(error))
        assert.match(error.message, /not ordered/)
        assert.deepEqual(world.judge.zone.changes, [])
      })
    })
  }

  test('A13 need not say it where only one was ordered, and must where there are two', async () => {
    const names = ['one.example.net', 'two.example.net']
    await withOwnCa(asksAbout({}), async (world) => {
      await world.issue()
      await assert.rejects(world.issue({ names }), { code: 'NOT_ACME' })
    })
  })
})

/** A refusal of the CA’s, or of something before it. */
const page = (status: number): CaAnswer => ({ status, headers: { 'content-type': 'text/html' }, body: '<h1>no</h1>' })

describe('a challenge that the CA knows of already', () => {
  const AGAIN: Readonly<Record<string, CaAnswer>> = {
    '409 conflict': problem(409, 'conflict'),
    '409 malformed': problem(409, 'malformed'),
    '400 malformed': problem(400, 'malformed'),
    '404 malformed': problem(404, 'malformed'),
    '405 malformed': problem(405, 'malformed'),
    '403 unauthorized': problem(403, 'unauthorized'),
    '409 of another kind': { ...problem(409, 'x'), body: { type: 'about:blank', status: 409 } },
    'a page with 404': page(404),
    'a page with 405': page(405),
  }
  for (const [what, refusal] of Object.entries(AGAIN)) {
    test(`B7 (${what}) is told, and the order goes on`, async () => {
      // the CA has heard it and begun; only what it answers is a refusal
      await withOwnCa({ after: ({ kind }, answer) => (kind === 'challenge' ? refusal : answer) }, async (world) => {
        await world.issue()
        assert.equal(world.certificates(), 1)
      })
    })
  }

  test('B7 is told the second time with 409 where the first answer was lost', async () => {
    let told = 0
    const spoil: Spoil = {
      before: ({ kind }) => (kind === 'challenge' && ++told > 1 ? problem(409, 'conflict') : undefined),
      after: ({ kind }, answer) => (kind === 'challenge' && told === 1 ? 'cut' : answer),
    }
    await withOwnCa(spoil, async (world) => {
      await world.issue()
      assert.equal(told, 2)
      assert.equal(world.certificates(), 1)
    })
  })

  test('B7 is still refused where it is open', async () => {
    await withOwnCa(
      { before: ({ kind }) => (kind === 'challenge' ? problem(403, 'unauthorized') : undefined) },
      async (world) => {
        await assert.rejects(world.issue(), { name: 'AcmeProblem', type: 'unauthorized' })
      },
    )
  })
})

describe('a conflict with another request', () => {
  for (const kind of ['order', 'finalize', 'certificate'] as const) {
    for (const when of ['before', 'after'] as const) {
      test(`B7 at ${kind}, ${when} the CA has done its work, is waited for`, async () => {
        let left = 1
        const spoil: Spoil = {
          [when]: (exchange: { readonly kind: Kind }, answer?: CaAnswer) =>
            exchange.kind === kind && left-- > 0 ? problem(409, 'conflict') : answer,
        }
        await withOwnCa(spoil, async (world) => {
          await world.issue()
          assert.equal(world.certificates(), 1)
        })
      })
    }
  }

  for (const kind of ['new-order', 'authorization'] as const) {
    test(`B7 at ${kind} ends no order`, async () => {
      await withOwnCa(
        { before: (exchange) => (exchange.kind === kind ? problem(409, 'conflict') : undefined) },
        async (world) => {
          const error = await world.issue().catch((caught: unknown) => caught)
          assert.equal(endsOrder(error), false, inWords(error))
        },
      )
    })
  }
})

describe('a CSR that was sent already', () => {
  for (const [what, refusal] of Object.entries({
    '403 orderNotReady': problem(403, 'orderNotReady'),
    '409 conflict': problem(409, 'conflict'),
    '400 malformed': problem(400, 'malformed'),
    '403 unauthorized': problem(403, 'unauthorized'),
    '404 malformed': problem(404, 'malformed'),
    'a page with 409': page(409),
  })) {
    test(`B7 (${what}) is no failure: the order says what became of it`, async () => {
      await withOwnCa({ after: ({ kind }, answer) => (kind === 'finalize' ? refusal : answer) }, async (world) => {
        await world.issue()
        assert.equal(world.certificates(), 1)
        assert.equal(world.requests.filter((one) => one === 'POST finalize').length, 1)
      })
    })
  }

  test('B7 is refused where the order is still open', async () => {
    await withOwnCa(
      { before: ({ kind }) => (kind === 'finalize' ? problem(400, 'malformed') : undefined) },
      async (world) => {
        await assert.rejects(world.issue(), { name: 'AcmeProblem', type: 'malformed' })
        assert.equal(world.requests.filter((one) => one === 'POST finalize').length, 1)
      },
    )
  })
})
