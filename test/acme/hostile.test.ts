// A CA that wants to cost us something: for one certificate it gets so many requests, values in the DNS and minutes, whatever it answers.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AcmeTimeoutError, AcmeTransportError, DEFAULT_POLL, endsOrder } from '../../core/acme/index.ts'
import { createRequestBudget } from '../../core/acme/budget.ts'
import { poll } from '../../core/acme/polling.ts'
import type { CaAnswer } from '../../servers/ca/http.ts'
import { after, problem, type Exchange } from '../faults/spoil.ts'
import { NAMES, withOwnCa } from '../faults/world.ts'

/** The answers about an order, with so many authorizations beside the real one. */
const withMore = (count: number, states: readonly string[]) => (answer: CaAnswer) => {
  const body = { ...Object(answer.body) }
  const listed: readonly string[] = body.authorizations ?? []
  if (answer.status >= 400 || !states.includes(body.status)) return answer
  const more = Array.from({ length: count }, (_, index) => `${listed[0]}?${index}`)
  return { ...answer, body: { ...body, authorizations: [...listed, ...more] } }
}

const isOrder = ({ kind }: Exchange) => ['new-order', 'order', 'finalize'].includes(kind)

/** An order that the CA is never done with. */
const processing = (answer: CaAnswer) =>
  answer.status < 400
    ? {
        ...answer,
        headers: { ...answer.headers, 'retry-after': '0' },
        body: { ...Object(answer.body), status: 'processing' },
      }
    : answer

describe('what one certificate may cost at a hostile CA', () => {
  test('is no question more than there are names: nothing is read or written for an order with more', async () => {
    await withOwnCa(after(isOrder, withMore(1, ['pending'])), async (world) => {
      const error = await world.issue().catch((caught: unknown) => caught)
      assert.ok(error instanceof AcmeTransportError && error.code === 'NOT_ACME', String(error))
      assert.match(error.message, /asks 2 questions about 1 names/)
      assert.deepEqual(
        world.requests.filter((request) => /authorization|challenge/.test(request)),
        [],
      )
    })
  })

  test('is no certificate: one that is signed is fetched, whatever its order lists', async () => {
    await withOwnCa(after(isOrder, withMore(90, ['ready', 'processing', 'valid'])), async (world) => {
      await world.issue({ releaseAuthorizations: true })
      assert.equal(world.requests.filter((request) => request === 'POST authorization').length, 2)
    })
  })

  test('is so many refused nonces for all its requests together, and the order is gone on with later', async () => {
    const most = 260
    let [refused, row] = [0, 0]
    // nine of ten, so that no request uses up its own tries
    const isBad = ({ method }: Exchange) => method === 'POST' && ++row % 10 !== 0
    const spoil = {
      before: (exchange: Exchange) => (isBad(exchange) ? (refused++, problem(400, 'badNonce')) : undefined),
      // and it never comes to an end
      ...after(isOrder, processing),
    }
    await withOwnCa(spoil, async (world) => {
      const session = await world.open()
      await session.account()
      refused = 0
      const limits = { firstMs: 1, maxMs: 1, deadlineMs: 1e9 }
      const error = await world.issue({ session, poll: limits }).catch((caught: unknown) => caught)
      assert.ok(error instanceof AcmeTransportError && error.code === 'TOO_MUCH', String(error))
      assert.equal(endsOrder(error), false)
      assert.equal(refused, most + 1)
    })
  })

  test('is so many requests, nonces that are fetched among them', () => {
    for (const [names, most] of [
      [1, 610],
      [100, 1_600],
    ] as const) {
      const budget = createRequestBudget(names)
      for (let count = 0; count < most; count++) budget.spend('https://ca.example/')
      assert.throws(() => budget.spend('https://ca.example/'), { name: 'AcmeTransportError', code: 'TOO_MUCH' })
    }
  })

  test('is so many requests also where an order is never done', async () => {
    await withOwnCa(after(isOrder, processing), async (world) => {
      const limits = { firstMs: 1, maxMs: 1, deadlineMs: 1e9 }
      const error = await world.issue({ poll: limits }).catch((caught: unknown) => caught)
      assert.ok(error instanceof AcmeTransportError && error.code === 'TOO_MUCH', String(error))
      const counted = world.requests.filter((request) => !/directory|account/.test(request)).length
      assert.ok(counted >= 609 && counted <= 611, String(counted))
    })
  })

  test('is no more time where every answer is slow: a wait counts them', async () => {
    let ms = 0
    let reads = 0
    const url = 'https://ca.example/order/1'
    const answered = poll({
      read: () => {
        ms += 29_000
        reads++
        return Promise.resolve({ url, retryAfterMs: undefined })
      },
      ...{ done: () => false, what: 'the order', url, signal: undefined, limits: DEFAULT_POLL },
      clock: { now: () => 0, sleep: () => Promise.resolve() },
      monotonicMs: () => ms,
    })
    await assert.rejects(answered, AcmeTimeoutError)
    assert.ok(reads <= 7, String(reads))
  })

  test('is nothing for its names, which are asked about as before', async () => {
    await withOwnCa({}, async (world) => {
      await world.issue({ names: ['a.faults.example.net', ...NAMES] })
      assert.equal(world.certificates(), 1)
    })
  })
})
