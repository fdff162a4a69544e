// The zone's week: one bucket for the issue server and the broker, whatever process they run in, and one for each CA.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import * as v from 'valibot'
import { ServersConfig, WeekSection } from '../../servers/config.ts'
import { createQuotas } from '../../servers/broker/quotas.ts'
import { createBudget } from '../../servers/issue/budget.ts'
import { openWeek } from '../../servers/quota/week.ts'
import { openSqliteLedger } from '../../servers/store/sqlite-ledger.ts'
import { openSqliteRegistrations } from '../../servers/store/sqlite-registrations.ts'
import { manualClock } from '../support/manual-clock.ts'

const DAY_MS = 24 * 3_600_000

/** Both roles' counts over one folder, each with a week opened for itself, as two processes have it. */
async function world(t: TestContext, week: object, limits: object = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-week-'))
  const clock = manualClock(Date.parse('2026-11-20T12:00:00Z'))
  const section = v.parse(WeekSection, week)
  const open = (directory = 'letsencrypt') => openWeek({ dir, section, directory, clock })
  const issueWeek = open()
  const brokerWeek = open()
  const ledger = openSqliteLedger(':memory:', 'https://ca')
  const store = openSqliteRegistrations(':memory:')
  const { issue, broker } = ServersConfig.entries
  const budget = createBudget({
    section: v.parse(issue.wrapped.entries.budget, { newPerPeer: 1_000, newPerPrefix: 1_000 }),
    ...{ week: issueWeek, ledger, clock },
  })
  const quotas = createQuotas({
    limits: v.parse(broker.wrapped.entries.limits, { newPerPrefix: 1_000, ...limits }),
    ...{ busyMs: 8_000, week: brokerWeek, store, clock },
  })
  t.after(async () => {
    await Promise.all([issueWeek, brokerWeek, ledger, store].map((one) => one.close()))
    await rm(dir, { recursive: true })
  })
  const byIssueServer = (name: string) => budget.take({ peer: name, names: [name], networks: [] })
  const byBroker = (name: string) => quotas.charge(name, [])
  return { clock, open, budget, quotas, byIssueServer, byBroker }
}

describe('the week of a zone', () => {
  it('is one for the issue server and the broker: what one takes, the other does not have', async (t) => {
    const { byIssueServer, byBroker, quotas } = await world(t, { newCertificates: 3, newShare: 1 })
    await byIssueServer('p1')
    await byBroker('k1')
    await byBroker('k2')
    await assert.rejects(byIssueServer('p2'), /zone's new certificates of this week are used up/)
    await assert.rejects(byBroker('k3'), /zone's new certificates of this week are used up/)
    const { newPeers, week, waitMs } = await quotas.state()
    assert.deepEqual({ used: newPeers.used, week }, { used: 2, week: { days: 7, limit: 3, used: 3, newShare: 1 } })
    assert.equal(waitMs, (7 * DAY_MS) / 3)
  })

  it('keeps some for the issue server, however many peers come to the broker', async (t) => {
    const { byIssueServer, byBroker } = await world(t, { newCertificates: 10, newShare: 1 }, { newPeers: 4 })
    for (const peer of ['k1', 'k2', 'k3', 'k4']) await byBroker(peer)
    await assert.rejects(byBroker('k5'), /all the new peers that the broker takes/)
    for (let index = 1; index <= 6; index++) await byIssueServer(`p${index}`)
    await assert.rejects(byIssueServer('p7'), /used up/)
  })

  it('gets back what came to nothing, whoever took it', async (t) => {
    const { budget, quotas, byIssueServer, byBroker } = await world(t, { newCertificates: 1, newShare: 1 })
    await quotas.giveBack(await byBroker('k1'))
    await budget.giveBack(await byIssueServer('p1'))
    await byBroker('k2')
    await assert.rejects(byIssueServer('p2'), /used up/)
  })

  it('is never overdrawn by two that take at the same time', async (t) => {
    const { byIssueServer, byBroker } = await world(t, { newCertificates: 20, newShare: 1 })
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) => (index % 2 ? byBroker(`k${index}`) : byIssueServer(`p${index}`))),
    )
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 20)
  })

  it('is open again within a week after a clock that was ahead was set right, for both, also where people only looked', async (t) => {
    const { byIssueServer, byBroker, clock, open } = await world(t, { newCertificates: 2, newShare: 1 })
    const right = clock.now()
    clock.set(right + 365 * DAY_MS)
    await byBroker('k1')
    clock.set(right)
    const looking = open()
    t.after(() => looking.close())
    assert.equal(await looking.used(), 2)
    await assert.rejects(byIssueServer('p1'), /about 4 days/)
    clock.set(right + 3.5 * DAY_MS)
    await byIssueServer('p1')
    await assert.rejects(byBroker('k2'), /about 4 days/)
  })

  it('is no longer away for who asks before there is room', async (t) => {
    const { open, clock } = await world(t, { newCertificates: 1, newShare: 1 })
    const week = open()
    try {
      assert.equal(await week.take(), 0)
      clock.set(clock.now() + 3 * DAY_MS)
      assert.equal(await week.take(), 4 * DAY_MS)
      assert.equal(await week.wait(), 4 * DAY_MS)
    } finally {
      await week.close()
    }
  })

  it('is another one at another CA, so that a rehearsal costs nothing', async (t) => {
    const { open, byIssueServer } = await world(t, { newCertificates: 1, newShare: 1 })
    const staging = open('staging')
    try {
      assert.equal(await staging.take(), 0)
      assert.ok((await staging.take()) > 0)
      await byIssueServer('p1')
    } finally {
      await staging.close()
    }
  })
})
