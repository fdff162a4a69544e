// The week's budget: buckets as functions of their arguments, the rules over them with a clock moved by hand, and what
// clients of a whole network hear.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import * as v from 'valibot'
import { AcmeProblem } from '../../core/acme/index.ts'
import { ServersConfig, WeekSection } from '../../servers/config.ts'
import { afterGivingBack, afterTaking, usedOf, waitFor } from '../../servers/quota/bucket.ts'
import { type Budget, createBudget, scopeOf } from '../../servers/issue/budget.ts'
import { inWords } from '../../servers/quota/words.ts'
import { createWeek } from '../../servers/quota/week.ts'
import { openSqliteLedger } from '../../servers/store/sqlite-ledger.ts'
import { openSqliteWeek } from '../../servers/store/sqlite-week.ts'
import { manualClock, type ManualClock } from '../support/manual-clock.ts'
import { converse, countedCa, createClient, isProblem, startNetwork } from '../support/network.ts'
import type { CaRequest } from '../../servers/ca/http.ts'
import type { Ledger, WeekStore } from '../../servers/store/store.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WEEK = { count: 50, windowMs: 7 * DAY_MS }
const PLACE_MS = (7 * DAY_MS) / 50
const CA = 'https://ca.example'
const NOW = Date.parse('2026-11-20T12:00:00Z')

/** Takes so many places at one moment. */
function taken(places: number, now = NOW): number {
  let emptyAt: number | undefined
  for (let place = 0; place < places; place++) emptyAt = afterTaking(WEEK, emptyAt, now)
  return emptyAt ?? now
}

describe('a bucket that refills continuously', () => {
  for (const [used, share, wait] of [
    [0, 1, 0],
    [49, 1, 0],
    [50, 1, PLACE_MS],
    [39, 0.8, 0],
    [40, 0.8, PLACE_MS],
    [50, 0.8, 11 * PLACE_MS],
    [24, 0.5, 0],
    [25, 0.5, PLACE_MS],
    [0, 0, 0],
  ] as const) {
    it(`with ${used} of 50 used has a place for a share of ${share} in ${Math.round(wait / 60_000)} minutes`, () => {
      assert.equal(waitFor(WEEK, taken(used), NOW, share), wait)
    })
  }

  it("gives a place back every 202 minutes, as Let's Encrypt says", () => {
    assert.equal(Math.round(waitFor(WEEK, taken(50), NOW) / 60_000), 202)
    assert.equal(usedOf(WEEK, taken(50), NOW + 3.5 * DAY_MS), 25)
  })

  it('is never more than full, whatever the clock does', () => {
    assert.equal(usedOf(WEEK, taken(10), NOW - 400 * DAY_MS), 50)
    assert.equal(waitFor(WEEK, taken(10), NOW - 400 * DAY_MS), PLACE_MS)
    assert.equal(usedOf(WEEK, taken(10), NOW + 40 * DAY_MS), 0)
  })

  it('after any takings, givings back and pauses: the wait it names is long enough, and no longer', () => {
    let random = 20_261_120
    const next = (below: number) => {
      random = (random * 1_103_515_245 + 12_345) % 2_147_483_648
      return random % below
    }
    for (let round = 0; round < 300; round++) {
      const limit = { count: 1 + next(60), windowMs: 1_000 + next(700_000_000) }
      let now = NOW
      let emptyAt: number | undefined
      for (let step = 0; step < 40; step++) {
        const wait = waitFor(limit, emptyAt, now)
        assert.ok(wait >= 0 && wait <= limit.windowMs + 1, `${wait} of ${limit.windowMs}`)
        assert.equal(waitFor(limit, emptyAt, now + wait), 0)
        if (wait > 2_000) assert.ok(waitFor(limit, emptyAt, now + wait - 2_000) > 0)
        if (wait === 0) emptyAt = afterTaking(limit, emptyAt, now)
        else if (next(3) === 0) emptyAt = afterGivingBack(limit, emptyAt, now)
        assert.ok(usedOf(limit, emptyAt, now) <= limit.count)
        now += next(limit.windowMs)
      }
    }
  })
})

describe('a wait in words', () => {
  for (const [ms, words] of [
    [1, 'about 1 minute'],
    [61_000, 'about 2 minutes'],
    [3 * HOUR_MS - 1, 'about 3 hours'],
    [5 * DAY_MS, 'about 5 days'],
  ] as const)
    it(words, () => assert.equal(inWords(ms), words))
})

function refusal(detail: string, retryAfterMs?: number): AcmeProblem {
  return new AcmeProblem({ type: 'rateLimited', detail, status: 429, subproblems: [] }, 'https://ca', retryAfterMs)
}

describe("a CA's rate limit concerns", () => {
  const names = ['p1.nt.example.net', '*.p1.nt.example.net']
  for (const [detail, retryAfterMs, scope] of [
    ['too many certificates (5) already issued for this exact set of identifiers', 1, 'names'],
    ['too many failed authorizations (5) for "p1.nt.example.net" in the last 1h0m0s', 1, 'names'],
    ['too many certificates (50) already issued for "example.net" in the last 168h0m0s', 1, 'new'],
    ['too many new orders (300) from this account', 1, 'new'],
    ['Your account is temporarily prevented from requesting certificates', undefined, 'names'],
    ['Service busy; retry later', 1, 'all'],
  ] as const) {
    it(`${scope}: ${detail}`, () => assert.equal(scopeOf(refusal(detail, retryAfterMs), names), scope))
  }
})

describe('the budget', () => {
  let clock: ManualClock
  let ledger: Ledger
  let weekStore: WeekStore
  let budget: Budget

  beforeEach(() => {
    clock = manualClock(NOW)
    ledger = openSqliteLedger(':memory:', CA)
    weekStore = openSqliteWeek(':memory:')
    budget = withLimits({ newPerPeer: 1_000, newPerPrefix: 1_000 })
  })

  afterEach(async () => {
    await weekStore.close()
    await ledger.close()
  })

  const withLimits = (limits: object, week: object = {}): Budget => {
    const schema = ServersConfig.entries.issue.wrapped.entries.budget
    const zoneWeek = createWeek({ section: v.parse(WeekSection, week), ca: CA, store: weekStore, clock })
    return createBudget({ section: v.parse(schema, limits), week: zoneWeek, ledger, clock })
  }

  const want = (index: number, more: object = {}) => ({
    ...{ peer: `peer${index}`, names: [`p${index}.example.net`], networks: [`10.0.${index}.0/24`] },
    ...more,
  })

  const issue = async (wanted: ReturnType<typeof want>) => {
    const { peer, names } = wanted
    const charges = await budget.take(wanted)
    const work = { csr: Uint8Array.of(1), spki: 'aa', profile: undefined }
    const id = await ledger.openOrder({ peer, names, work, charges, at: clock.now() })
    const now = clock.now()
    const window = { renewFrom: now + 60 * DAY_MS, renewUntil: now + 62 * DAY_MS, askAgainAt: now }
    const facts = { chainPem: 'pem', certId: `k.${id}`, account: 'a', notBefore: now, notAfter: now + 90 * DAY_MS }
    await ledger.finishOrder(id, { peer, names, spki: 'aa', ...facts, ...window, explanationUrl: undefined }, now)
    return charges
  }

  const takeAll = async () => {
    for (let index = 1; index <= 40; index++) await issue(want(index))
  }

  it('gives new names four fifths of the week, and names the wait for the next', async () => {
    await takeAll()
    await assert.rejects(
      budget.take(want(41)),
      isProblem('RATE_LIMIT', /zone.*about 4 hours/, ({ retryAfterMs }) => retryAfterMs === PLACE_MS),
    )
    await clock.advance(PLACE_MS)
    await budget.take(want(41))
  })

  it('with a share of 1 gives the 49th and the 50th, and refuses the 51st', async () => {
    budget = withLimits({ newPerPeer: 1_000, newPerPrefix: 1_000 }, { newShare: 1 })
    for (let index = 1; index <= 48; index++) await budget.take(want(index))
    await budget.take(want(49))
    await budget.take(want(50))
    await assert.rejects(budget.take(want(51)), isProblem('RATE_LIMIT', /zone/))
  })

  it('lets renewals pass when it is empty, and they cost nothing of it', async () => {
    await takeAll()
    for (let index = 1; index <= 40; index++) {
      assert.deepEqual(await budget.take(want(index)), [{ kind: 'names', key: `p${index}.example.net` }])
    }
    await assert.rejects(
      budget.take(want(41)),
      isProblem('RATE_LIMIT', /./, ({ retryAfterMs }) => retryAfterMs === PLACE_MS),
    )
  })

  it('keeps the reserve for names that come back after months', async () => {
    await issue(want(0))
    await clock.advance(121 * DAY_MS)
    await takeAll()
    await assert.rejects(budget.take(want(41)), isProblem('RATE_LIMIT', /zone/))
    assert.deepEqual(await budget.take(want(0)), [
      { kind: 'names', key: 'p0.example.net' },
      { kind: 'zone', key: '' },
    ])
  })

  it('gives the same names five certificates a week, unless the CA asked for the renewal', async () => {
    for (let round = 0; round < 5; round++) await issue(want(1))
    await assert.rejects(
      budget.take(want(1)),
      isProblem('RATE_LIMIT', /very names/, ({ retryAfterMs }) => retryAfterMs === (7 * DAY_MS) / 5),
    )
    await ledger.saveWindow('k.5', {
      renewFrom: NOW - 1,
      renewUntil: NOW + 1,
      askAgainAt: NOW,
      explanationUrl: undefined,
    })
    assert.deepEqual(await budget.take(want(1)), [])
  })

  it('forgets nothing when the server is started again', async () => {
    await takeAll()
    budget = withLimits({ newPerPeer: 1_000, newPerPrefix: 1_000 })
    await assert.rejects(budget.take(want(41)), isProblem('RATE_LIMIT', /zone/))
  })

  it('gives fifty fresh peers of one network ten certificates, and the next network its own', async () => {
    budget = withLimits({})
    const one = { networks: ['203.0.113.0/24'] }
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => budget.take(want(index, { ...one, peer: `fresh${index}` }))),
    )
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 10)
    await assert.rejects(budget.take(want(60, one)), isProblem('RATE_LIMIT', /your network/))
    await budget.take(want(60))
  })

  it('counts every network that a client proved', async () => {
    budget = withLimits({ newPerPrefix: 1 })
    await budget.take(want(1, { networks: ['a', 'b', 'b'] }))
    await assert.rejects(budget.take(want(2, { networks: ['c', 'b'] })), isProblem('RATE_LIMIT', /your network/))
    await budget.take(want(2, { networks: ['c'] }))
  })

  it('gives one peer five new certificates a week', async () => {
    budget = withLimits({})
    const peer = { peer: 'moves', networks: [] }
    for (let index = 0; index < 5; index++) await budget.take(want(index, peer))
    await assert.rejects(budget.take(want(6, peer)), isProblem('RATE_LIMIT', /this peer/))
  })

  it('takes back what came to nothing', async () => {
    budget = withLimits({ newPerPeer: 1 }, { newCertificates: 1 })
    for (let order = 0; order < 3; order++) await budget.giveBack(await budget.take(want(1)))
    await budget.take(want(1))
    await assert.rejects(budget.take(want(1)), isProblem('RATE_LIMIT', /this peer|zone/))
  })

  it('keeps names with an address out after half of the week, unless they had a certificate', async () => {
    const ip = want(99, { names: ['ip4203-0-113-7.ip.example.net'] })
    await issue(ip)
    for (let index = 1; index <= 24; index++) await issue(want(index))
    assert.equal(await budget.waitForIpNames(['ip4203-0-113-8.ip.example.net']), PLACE_MS)
    assert.equal(await budget.waitForIpNames(ip.names), 0)
    await clock.advance(PLACE_MS)
    assert.equal(await budget.waitForIpNames(['ip4203-0-113-8.ip.example.net']), 0)
  })

  it('waits itself when the CA says so: for one set of names, for new ones, or for all', async () => {
    await issue(want(1))
    const { names } = want(1)
    await budget.heed(refusal('already issued for "example.net"', 2 * HOUR_MS), names)
    const wait = isProblem('RATE_LIMIT', /CA asked us/, ({ retryAfterMs }) => retryAfterMs === 2 * HOUR_MS)
    await assert.rejects(budget.take(want(2)), wait)
    await budget.take(want(1))
    await budget.heed(refusal('too many failed authorizations for "p1.example.net"', HOUR_MS), names)
    await assert.rejects(budget.take(want(1)), isProblem('RATE_LIMIT', /CA asked us/))
    await clock.advance(2 * HOUR_MS)
    await budget.take(want(1))
    await budget.take(want(2))
    await budget.heed(refusal('busy', 10 * 365 * DAY_MS), names)
    await assert.rejects(budget.checkCa(want(3).names), isProblem('RATE_LIMIT', /about 8 days/))
    await clock.advance(8 * DAY_MS)
    await budget.checkCa(want(3).names)
  })

  it('believes no wait of the CA that a clock wrote which was ahead, and no quota longer than its window', async () => {
    budget = withLimits({ newPerPeer: 1 })
    clock.set(NOW + 365 * DAY_MS)
    await budget.take(want(1))
    await budget.heed(refusal('busy', HOUR_MS), want(1).names)
    clock.set(NOW)
    await budget.checkCa(want(1).names)
    assert.equal(await budget.caWait(), 0)
    await assert.rejects(budget.take(want(1)), isProblem('RATE_LIMIT', /this peer.*about 7 days/))
    await clock.advance(7 * DAY_MS)
    await budget.take(want(1))
  })
})

describe('clients of an issue server', () => {
  it('get certificates without addresses when the week is short, then none, and renewals always', async () => {
    const week = { newCertificates: 5, newShare: 0.8 }
    const budget = { ipNamesShare: 0.4, sameNames: 5, newPerPeer: 9, newPerPrefix: 9 }
    const { startCa, ca } = countedCa()
    const network = await startNetwork({ startCa, acme: { pollFirstMs: 20 }, week, issue: { budget } })
    const clients = await Promise.all(Array.from({ length: 5 }, createClient))
    try {
      const [first, , , , fifth] = clients
      assert.ok(first && fifth)
      const left: number[] = []
      for (const { host } of clients.slice(0, 4)) left.push((await converse(host, network)).grant.leftOut.length)
      assert.deepEqual(left, [0, 0, 1, 1])
      const over = isProblem('RATE_LIMIT', /zone/, ({ retryAfterMs }) => (retryAfterMs ?? 0) > HOUR_MS)
      await assert.rejects(converse(fifth.host, network), over)
      await assert.rejects(converse(fifth.host, network, { wanted: [2] }), isProblem('RATE_LIMIT', /come last/))
      assert.equal(ca().issued().length, 4)
      const renewed = await converse(first.host, network)
      assert.equal(renewed.grant.leftOut.length, 0, 'these names are no new ones')
      assert.equal(ca().issued().length, 5)
    } finally {
      await Promise.all(clients.map((client) => client.stop()))
      await network.stop()
    }
  })

  it('hear the wait of a CA that reached its limit, and the CA is not asked again', async () => {
    let orders = 0
    const before = ({ path }: CaRequest) => {
      if (!path.endsWith('/new-order')) return undefined
      orders += 1
      const body = { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'busy', status: 429 }
      return { status: 429, headers: { 'content-type': 'application/problem+json', 'retry-after': '7200' }, body }
    }
    const network = await startNetwork({ startCa: countedCa({ before }).startCa })
    const clients = await Promise.all([createClient(), createClient()])
    try {
      for (const { host } of clients) {
        const near = isProblem('RATE_LIMIT', /./, ({ retryAfterMs = 0 }) => Math.abs(retryAfterMs - 7_200_000) < 10_000)
        await assert.rejects(converse(host, network), near)
      }
      assert.equal(orders, 1)
    } finally {
      await Promise.all(clients.map((client) => client.stop()))
      await network.stop()
    }
  })

  it('that fail get back what they took', async () => {
    const before = ({ path }: CaRequest) => {
      if (!path.endsWith('/new-order')) return undefined
      const body = { type: 'urn:ietf:params:acme:error:rejectedIdentifier', detail: 'no', status: 400 }
      return { status: 400, headers: { 'content-type': 'application/problem+json' }, body }
    }
    const budget = { newPerPeer: 1, newPerPrefix: 1, sameNames: 1 }
    const week = { newCertificates: 1 }
    const network = await startNetwork({ startCa: countedCa({ before }).startCa, week, issue: { budget } })
    const client = await createClient()
    try {
      for (let round = 0; round < 3; round++)
        await assert.rejects(converse(client.host, network), isProblem('CA_REFUSED', /rejectedIdentifier/))
    } finally {
      await client.stop()
      await network.stop()
    }
  })
})
