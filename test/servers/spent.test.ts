// What stays spent of an order that comes to nothing, by how far it came: the real ledger, budget, limits and line with a CA that a
// test plays. A crash is a second set of them over the same files.
import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import * as v from 'valibot'
import { AcmeProblem, AcmeTransportError, ChallengeFailedError } from '../../core/acme/errors.ts'
import { silentLog } from '../../core/log.ts'
import { CertificateError } from '../../core/x509/index.ts'
import { ServersConfig, WeekSection } from '../../servers/config.ts'
import { createBudget } from '../../servers/issue/budget.ts'
import { createOrderLimits, type OrderLimits } from '../../servers/issue/order-limits.ts'
import { createOrders, type Orders, type RunOrder } from '../../servers/issue/orders.ts'
import { createTurns } from '../../servers/issue/turns.ts'
import { createWeek, type Week } from '../../servers/quota/week.ts'
import { openSqliteLedger } from '../../servers/store/sqlite-ledger.ts'
import { openSqliteWeek } from '../../servers/store/sqlite-week.ts'
import { manualClock, type ManualClock, settle } from '../support/manual-clock.ts'
import type { Ledger, WeekStore } from '../../servers/store/store.ts'

const CA = 'https://ca.example'
const PEER = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'
const DAY_MS = 24 * 3_600_000
const URL = `${CA}/order/1`

type Order = Parameters<RunOrder>[0]

function issueSection() {
  const { issue } = v.parse(ServersConfig, {
    zone: 'nt.example.net',
    dir: '.',
    issue: {
      listen: ['/ip4/127.0.0.1/tcp/0'],
      proofServers: [{ peer: PEER, addresses: ['/ip4/127.0.0.1/tcp/1'] }],
      dnsServers: [`/ip4/127.0.0.1/tcp/1/p2p/${PEER}`],
    },
  })
  assert.ok(issue)
  return issue
}

describe('A6 an order that comes to nothing', () => {
  let clock: ManualClock
  let ledger: Ledger
  let weekStore: WeekStore
  let week: Week
  let limits: OrderLimits
  let orders: Orders
  let run: RunOrder

  /** Everything anew over the same ledger and week: the server was killed. */
  const start = (atOnce = 8): void => {
    const section = issueSection()
    week = createWeek({ section: v.parse(WeekSection, {}), ca: CA, store: weekStore, clock })
    limits = createOrderLimits({ section: section.budget, ledger, clock })
    orders = createOrders({
      ...{ ledger, limits, clock, log: silentLog },
      budget: createBudget({ section: section.budget, week, ledger, clock }),
      turns: createTurns({ section: { ...section.queue, atOnce }, clock }),
      dns: { set: async () => undefined, remove: async () => undefined },
      preCheck: async () => undefined,
      run: (order) => run(order),
    })
  }

  beforeEach(() => {
    clock = manualClock()
    ledger = openSqliteLedger(':memory:', CA)
    weekStore = openSqliteWeek(':memory:')
    start()
  })

  const ask = (peer: string, signal = new AbortController().signal) =>
    orders.obtain({
      ...{ peer, names: [`${peer}.nt.example.net`], csr: Uint8Array.of(1), spki: peer, profile: undefined, signal },
      ...{ networks: ['203.0.113.0/24'], machines: ['203.0.113.7/32'], onStep: () => undefined },
    })

  const spent = async () => ({ orders: (await limits.state()).used, week: await week.used() })

  /** A CA that comes so far with every order, and then waits until the client is gone. */
  const upTo =
    (...steps: readonly string[]): RunOrder =>
    async ({ onStep, onOrderUrl, signal }: Order) => {
      for (const step of steps) {
        onStep(step, step === 'order' ? 'new' : '')
        if (step === 'order') await onOrderUrl(URL)
      }
      await new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
      throw new Error('not reached')
    }

  const failing =
    (error: Error, ...steps: readonly string[]): RunOrder =>
    async ({ onStep, onOrderUrl }: Order) => {
      for (const step of steps) {
        onStep(step, step === 'order' ? 'new' : '')
        if (step === 'order') await onOrderUrl(URL)
      }
      throw error
    }

  for (const steps of [['account'], ['account', 'order'], ['account', 'order', 'challenge-set', 'challenge-told']]) {
    it(`because its client went away after "${steps.at(-1)}" stays spent at the account, and holds nothing of the week`, async () => {
      run = upTo(...steps)
      const client = new AbortController()
      const ended = ask('peer', client.signal).catch(() => undefined)
      await settle(20)
      assert.deepEqual(await spent(), { orders: 1, week: 1 })
      client.abort(new Error('gone'))
      await ended
      await settle(20)
      assert.deepEqual(await spent(), { orders: 1, week: 0 })
      assert.deepEqual((await ledger.orders({ state: 'open' })).length, 0)
    })
  }

  it('before the CA was asked is given back to the account, and counts as a try of its peer', async () => {
    run = failing(new AcmeTransportError('TIMEOUT', 'no answer', CA))
    for (let attempt = 0; attempt < 6; attempt++) await assert.rejects(ask('peer'), /no answer/)
    assert.deepEqual(await spent(), { orders: 0, week: 0 })
    await assert.rejects(ask('peer'), /this peer/)
  })

  it('keeps nobody of the same network from a certificate of the week', async () => {
    for (let other = 0; other < 12; other++) {
      run = upTo('account', 'order')
      const client = new AbortController()
      const ended = ask(`peer ${other}`, client.signal).catch(() => undefined)
      await settle(20)
      client.abort(new Error('gone'))
      await ended
      await settle(20)
    }
    run = upTo('account')
    let failure: unknown
    void ask('neighbour').catch((error: unknown) => (failure = error))
    await settle(20)
    assert.equal(failure, undefined)
    assert.deepEqual(await spent(), { orders: 13, week: 1 })
  })

  it('while it waits in the line holds nothing at all', async () => {
    start(1)
    run = upTo('account')
    void ask('first').catch(() => undefined)
    await settle(20)
    const client = new AbortController()
    const waiting = ask('second', client.signal).catch(() => undefined)
    await settle(20)
    assert.deepEqual(await spent(), { orders: 1, week: 1 })
    assert.equal((await ledger.orders()).length, 1)
    client.abort(new Error('gone'))
    await waiting
  })

  it('whose answer got lost after the names were validated may have been signed: the week keeps it', async () => {
    run = failing(new AcmeTransportError('TIMEOUT', 'no answer', CA), 'account', 'order', 'validated')
    await assert.rejects(ask('peer'), /no answer/)
    assert.deepEqual(await spent(), { orders: 1, week: 1 })
  })

  it('whose certificate is no good was signed all the same', async () => {
    run = failing(new CertificateError('broken-chain', 'bad chain'), 'account', 'order', 'validated')
    await assert.rejects(ask('peer'), /bad chain/)
    assert.deepEqual(await spent(), { orders: 1, week: 1 })
  })

  it('that the CA refuses to sign is none of the week', async () => {
    const refusal = new AcmeProblem({ type: 'badCSR', detail: 'no', status: 400, subproblems: [] }, CA)
    run = failing(refusal, 'account', 'order', 'validated')
    await assert.rejects(ask('peer'), /no/)
    assert.deepEqual(await spent(), { orders: 1, week: 0 })
  })

  it('that is broken off by the CA holds nothing of the week until it is gone on with', async () => {
    run = failing(new AcmeTransportError('TIMEOUT', 'no answer', CA), 'account', 'order')
    await assert.rejects(ask('peer'), /no answer/)
    assert.deepEqual(await spent(), { orders: 1, week: 0 })
    run = upTo('account')
    void ask('peer').catch(() => undefined)
    await settle(20)
    assert.deepEqual(await spent(), { orders: 1, week: 1 }, 'the same order, no second one')
  })

  it('because the validation failed five times is not tried again for a while', async () => {
    const problem = { type: 'unauthorized', detail: 'not there', status: 403, subproblems: [] }
    run = failing(new ChallengeFailedError('peer.nt.example.net', problem), 'account', 'order')
    for (let failure = 0; failure < 5; failure++) await assert.rejects(ask('peer'), /not there/)
    await assert.rejects(ask('peer'), /could not validate/)
  })

  for (const [step, used] of [
    ['account', 0],
    ['order', 1],
  ] as const) {
    it(`because the server was killed at "${step}" stays spent over the restart`, async () => {
      run = upTo(...(step === 'account' ? ['account'] : ['account', 'order']))
      void ask('peer').catch(() => undefined)
      await settle(20)
      start()
      run = upTo()
      await orders.recover(new AbortController().signal)
      await settle(20)
      assert.deepEqual(await spent(), { orders: 1, week: used })
    })
  }

  it('that nobody goes on with after a crash may have been signed: the week keeps it', async () => {
    for (let other = 0; other < 20; other++) await week.take()
    run = upTo('account', 'order')
    void ask('peer').catch(() => undefined)
    await settle(20)
    await clock.advance(DAY_MS + 1)
    start()
    await orders.recover(new AbortController().signal)
    // seven of them have come back in the meantime
    assert.equal(await week.used(), 14)
    assert.deepEqual((await ledger.orders({ state: 'open' })).length, 0)
  })
})
