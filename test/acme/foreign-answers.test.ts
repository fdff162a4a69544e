// What answers in the CA's place: gateways, load balancers, pages to log in. Whatever they say and at whichever step, the order
// lives on and is finished later; one certificate is signed, not two. Only the CA's own problem document ends an order.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { classifyFailure } from '../../core/acme/back-off.ts'
import { AcmeProblem, AcmeTransportError, endsOrder, memoryAccountStore } from '../../core/acme/index.ts'
import { createCsr } from '../../core/x509/index.ts'
import { explainFailure as explainAtNode } from '../../main/certificates/failures.ts'
import { explainOwnFailure } from '../../servers/broker/own-failures.ts'
import type { CaAnswer } from '../../servers/ca/http.ts'
import { explainFailure as explainAtServer } from '../../servers/issue/failures.ts'
import { ErrorCode } from '../../proto/problem.ts'
import { inWords } from '../faults/fault.ts'
import { POST_KINDS, problem, type Kind } from '../faults/spoil.ts'
import { type OwnWorld, NAMES, withOwnCa } from '../faults/world.ts'

const HTML = { 'content-type': 'text/html' }
const JSON_TYPE = { 'content-type': 'application/json' }

const page = (status: number, headers: Readonly<Record<string, string>> = {}): CaAnswer => ({
  status,
  headers: { ...HTML, ...headers },
  body: `<html><title>${status}</title></html>`,
})

/** Statuses of gateways, each at the two steps at which a certificate may be signed already. */
const STATUSES = [
  400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 421, 423, 425, 429, 451, 499, 500, 502, 520, 522, 530,
]

/** What is no word of the CA, by what it is. */
const FOREIGN: Readonly<Record<string, CaAnswer>> = {
  'a page with 403': page(403),
  'a page with 429': page(429),
  'a page with 200': page(200),
  'an empty 400': { status: 400, headers: HTML, body: '' },
  'an empty 200': { status: 200, headers: JSON_TYPE, body: '' },
  'JSON that is cut off': { status: 200, headers: JSON_TYPE, body: '{"status": "val' },
  'a 403 whose JSON is cut off': { status: 403, headers: JSON_TYPE, body: '{"type":"urn:ietf:params:acme:er' },
  'a redirect': { status: 307, headers: { location: 'https://login.example/' }, body: '' },
  'a problem of another kind': {
    status: 403,
    headers: { 'content-type': 'application/problem+json' },
    body: { type: 'https://gateway.example/probs/bot', title: 'Are you a robot?', status: 403 },
  },
  'a problem without a type': {
    status: 400,
    headers: { 'content-type': 'application/problem+json' },
    body: { title: 'Bad Request', status: 400 },
  },
}

/** One order with one key, gone on with until there is a certificate, as the three clients do it. */
async function obtainInTheEnd(world: OwnWorld): Promise<{ readonly tries: number; readonly errors: unknown[] }> {
  const { privateKeyPem } = await createCsr({ names: NAMES })
  const store = memoryAccountStore()
  const errors: unknown[] = []
  let kept: string | undefined
  const orderStore = {
    save: async (url: string) => void (kept = url),
    clear: async () => void (kept = undefined),
  }
  for (let tries = 1; tries <= 7; tries++) {
    const session = await world.open({ store })
    const resume = kept === undefined ? {} : { resume: { orderUrl: kept } }
    const error = await world
      .issue({ session, orderStore, privateKeyPem, ...resume })
      .then(() => undefined)
      .catch((caught: unknown) => caught)
    if (error === undefined) return { tries, errors }
    errors.push(error)
    assert.equal(endsOrder(error), false, `the order was ended by: ${inWords(error)}`)
  }
  return assert.fail(`no certificate after seven tries: ${errors.map((one) => inWords(one)).join('; ')}`)
}

/** The answer instead of the CA's, once its work is done, so many times. */
function spoilt(kind: Kind, answer: CaAnswer, count: number) {
  let left = count
  return {
    after: (exchange: { readonly kind: Kind }, given: CaAnswer) =>
      exchange.kind === kind && left-- > 0 ? answer : given,
  }
}

describe('an answer that is not the CA’s', () => {
  for (const [what, answer] of Object.entries(FOREIGN)) {
    for (const kind of POST_KINDS) {
      test(`B1 ${what} in place of ${kind} costs no second certificate`, async () => {
        // more often than a poll forgives
        await withOwnCa(spoilt(kind, answer, 5), async (world) => {
          await obtainInTheEnd(world)
          assert.equal(world.certificates(), 1)
          assert.equal(world.ca.stats().accounts, 1)
        })
      })
    }
  }

  for (const kind of ['finalize', 'certificate'] as const) {
    test(`B1 a page with any status in place of ${kind} costs no second certificate`, async () => {
      for (const status of STATUSES) {
        await withOwnCa(spoilt(kind, page(status), 5), async (world) => {
          await obtainInTheEnd(world)
          assert.equal(world.certificates(), 1, `HTTP ${status}`)
        })
      }
    })
  }

  for (const kind of ['directory', 'new-nonce'] as const) {
    test(`B1 a page with 429 in place of ${kind} is waited for`, async () => {
      await withOwnCa(spoilt(kind, page(429), 1), async (world) => {
        const { errors } = await obtainInTheEnd(world)
        for (const error of errors) assert.ok(error instanceof AcmeTransportError)
        assert.equal(world.certificates(), 1)
      })
    })
  }

  test('B1 a signed certificate that a page hides for a moment is fetched in the same attempt', async () => {
    await withOwnCa(spoilt('certificate', page(429), 2), async (world) => {
      assert.equal((await obtainInTheEnd(world)).tries, 1)
    })
  })

  test('B1 a certificate that is cut off on its way is fetched again', async () => {
    let left = 2
    const cut = (given: CaAnswer): CaAnswer => ({ ...given, body: String(given.body).slice(0, 700) })
    const spoil = {
      after: ({ kind }: { readonly kind: Kind }, given: CaAnswer) =>
        kind === 'certificate' && left-- > 0 ? cut(given) : given,
    }
    await withOwnCa(spoil, async (world) => {
      assert.equal((await obtainInTheEnd(world)).tries, 1)
      assert.equal(world.certificates(), 1)
    })
  })

  for (const type of ['text/plain', 'application/json', 'text/html', 'application/octet-stream']) {
    test(`B1 a good answer that calls itself ${type} is taken for what it is`, async () => {
      const spoil = {
        after: (_: unknown, given: CaAnswer) => ({ ...given, headers: { ...given.headers, 'content-type': type } }),
      }
      await withOwnCa(spoil, async (world) => {
        assert.equal((await obtainInTheEnd(world)).tries, 1)
      })
    })

    test(`B1 a problem of the CA that calls itself ${type} ends an order`, async () => {
      const refusal = problem(403, 'badCSR', { 'content-type': type })
      const spoil = { before: ({ kind }: { readonly kind: Kind }) => (kind === 'finalize' ? refusal : undefined) }
      await withOwnCa(spoil, async (world) => {
        const error = await world.issue().catch((caught: unknown) => caught)
        assert.ok(error instanceof AcmeProblem && error.type === 'badCSR', String(error))
        assert.ok(endsOrder(error))
      })
    })
  }

  test('B1 a signed certificate that the CA itself does not give out yet is not ordered again', async () => {
    await withOwnCa(spoilt('certificate', problem(404, 'malformed'), 5), async (world) => {
      await obtainInTheEnd(world)
      assert.equal(world.certificates(), 1)
    })
  })

  for (const status of [401, 403, 409, 422, 429, 503]) {
    test(`B1 a nonce that is refused with ${status} is taken anew at once`, async () => {
      let left = 1
      const spoil = { before: () => (left-- > 0 ? problem(status, 'badNonce') : undefined) }
      await withOwnCa({ before: ({ kind }) => (kind === 'new-order' ? spoil.before() : undefined) }, async (world) => {
        await world.issue()
        assert.equal(world.certificates(), 1)
      })
    })
  }

  test('B1 refused nonces never end an order, at whichever step they run out', async () => {
    for (const kind of POST_KINDS) {
      await withOwnCa({ before: burst(kind, 11) }, async (world) => {
        await obtainInTheEnd(world)
        assert.equal(world.certificates(), 1)
      })
    }
  })
})

/** So many nonces refused in a row. */
function burst(kind: Kind, count: number) {
  let left = count
  return (exchange: { readonly kind: Kind }) =>
    exchange.kind === kind && left-- > 0 ? problem(400, 'badNonce') : undefined
}

describe('how long a gateway is waited for', () => {
  const asked = async (header: string): Promise<AcmeTransportError> => {
    const spoil = {
      before: ({ kind }: { readonly kind: Kind }) =>
        kind === 'new-order' ? page(429, { 'retry-after': header }) : undefined,
    }
    return await withOwnCa(spoil, async (world) => {
      const error = await world.issue().catch((caught: unknown) => caught)
      assert.ok(error instanceof AcmeTransportError, String(error))
      return error
    })
  }

  test('B1 is what it says, a day at most', async () => {
    assert.equal((await asked('120')).retryAfterMs, 120_000)
    assert.equal((await asked('99999999999')).retryAfterMs, 86_400_000)
    assert.equal((await asked('Fri, 31 Dec 9999 23:59:59 GMT')).retryAfterMs, 86_400_000)
    assert.equal((await asked('soon')).retryAfterMs, undefined)
  })

  test('B1 is told by all three who ask a CA, and none takes it for a refusal', async () => {
    const error = await asked('7200')
    for (const { kind, retryAfterMs } of [explainAtNode(error), explainOwnFailure(error)]) {
      assert.equal(kind, 'unavailable')
      assert.equal(retryAfterMs, 7_200_000)
    }
    const { code, retryAfterMs } = explainAtServer(error)
    assert.deepEqual([code, retryAfterMs], [ErrorCode.CA_UNAVAILABLE, 7_200_000])
    assert.equal(classifyFailure({ code: 'ca-unavailable', retryAfterMs }), 'unavailable')
  })
})
