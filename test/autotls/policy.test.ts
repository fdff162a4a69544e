// Several forges: which is asked, when the next one is, and what is remembered of those that failed.
import assert from 'node:assert/strict'
import { type TestContext, describe, test } from 'node:test'
import { explainFailure } from '../../main/certificates/failures.ts'
import { attemptAfter, type AttemptView } from '../../main/api/slices/attempt.ts'
import { createPendingKey } from '../../main/certificates/pending.ts'
import { startRawServer, SWITCHING } from '../support/raw-server.ts'
import { type BrokerScript, startFakeBroker } from './fake-broker.ts'
import { FORGE, hastyClock, newNode, publish, startBroker, startCa, startDns } from './support.ts'
import type { NodeEventLine } from '../../proto/node-events.ts'
import type { Forge } from '../../main/issuers/autotls/forge.ts'
import type { AutoTlsIssuerInit } from '../../main/issuers/autotls/policy.ts'
import type { CaInit } from '../../servers/ca/ca.ts'

const OTHER = 'other.example.org'

interface Setup {
  readonly first?: BrokerScript
  readonly second?: BrokerScript
  readonly firstCa?: Partial<CaInit>
  readonly init?: Partial<AutoTlsIssuerInit>
  /** How the first forge is changed. */
  readonly change?: (forge: Forge) => Forge
}

/** Two forges, each with a DNS, a broker and a CA of its own; the first one is preferred. */
async function scene(t: TestContext, setup: Setup = {}) {
  const one = await startDns(t)
  const two = await startDns(t, OTHER)
  const first = await startBroker(t, one, setup.first)
  const second = await startBroker(t, two, {
    onRegistered: ({ peer, value }) => publish(two, peer, value, OTHER),
    ...setup.second,
  })
  const firstCa = await startCa(t, one.address, setup.firstCa)
  const secondCa = await startCa(t, two.address)
  const forgeOf = (domain: string, url: string, judge: typeof firstCa): Forge => ({
    ...{ domain, broker: new URL(url), directoryUrl: judge.directoryUrl, trustAnchorPem: judge.trustAnchorPem },
  })
  const preferred = forgeOf(FORGE, first.url, firstCa)
  const forges = [setup.change?.(preferred) ?? preferred, forgeOf(OTHER, second.url, secondCa)] as const
  const node = await newNode(t, one, [...forges], {
    resolvers: [one.address, two.address],
    authoritative: undefined,
    ...setup.init,
  })
  return { first, second, firstCa: firstCa.ca, secondCa: secondCa.ca, forges, one, two, ...node }
}

describe('the forges', () => {
  test('are asked in their order, and a good first one alone', async (t) => {
    const { obtain, second, name } = await scene(t)
    assert.deepEqual((await obtain()).names, [name])
    assert.deepEqual(second.requests, [])
  })

  for (const [title, failure, script] of [
    [
      'is not well',
      'broker-unavailable',
      { before: ({ path }) => (path === '/v1/health' ? { status: 503 } : undefined) },
    ],
    [
      'cannot register now',
      'broker-unavailable',
      { before: ({ path }) => (path === '/v1/health' ? undefined : { status: 500 }) },
    ],
    [
      'has registered enough',
      'broker-limit',
      { before: ({ path }) => (path === '/v1/health' ? undefined : { status: 429 }) },
    ],
    [
      'cannot dial us',
      'not-dialled',
      { after: ({ body }, own) => (body ? { status: 400, body: 'error testing addresses: x' } : own) },
    ],
    [
      'has us on a list',
      'broker-refused',
      { after: ({ body }, own) => (body ? { status: 403, body: '403 Forbidden: client IP' } : own) },
    ],
    ['is no broker', 'bad-broker', { before: ({ path }) => (path === '/v1/health' ? undefined : { status: 200 }) }],
    ['lies', 'value-not-shown', { onRegistered: () => undefined }],
  ] as readonly (readonly [string, string, BrokerScript])[]) {
    test(`are left for the next where the first ${title}`, async (t) => {
      const { obtain, events, firstCa, secondCa } = await scene(t, { first: script })
      const bundle = await obtain()
      assert.match(bundle.names[0] ?? '', /^\*\.k51.*\.other\.example\.org$/)
      assert.equal(firstCa.stats().certificates, 0)
      assert.equal(secondCa.stats().certificates, 1)
      assert.deepEqual(
        events.of('next-forge').map(({ from, to, code }) => [from, to, code]),
        [[FORGE, OTHER, failure]],
      )
      // nothing that looks like the end of the attempt
      assert.ok(!events.of('step').some(({ status }) => status === 'failed'))
    })
  }

  test('are left for the next where the first one is gone, and nothing of it is begun', async (t) => {
    const gone = await startFakeBroker()
    await gone.close()
    const { obtain, firstCa } = await scene(t, { change: (forge) => ({ ...forge, broker: new URL(gone.url) }) })
    assert.match((await obtain()).names[0] ?? '', /other\.example\.org$/)
    assert.equal(firstCa.stats().accounts, 0)
  })

  test(
    'are left for the next where the first one’s broker switches to another protocol',
    { timeout: 30_000 },
    async (t) => {
      const { port } = await startRawServer(t, { asked: (socket) => void socket.write(SWITCHING) })
      const broker = new URL(`http://127.0.0.1:${port}`)
      const { obtain, events, firstCa } = await scene(t, { change: (forge) => ({ ...forge, broker }) })
      assert.match((await obtain()).names[0] ?? '', /other\.example\.org$/)
      assert.equal(firstCa.stats().certificates, 0)
      assert.deepEqual(
        events.of('next-forge').map(({ to, code }) => [to, code]),
        [[OTHER, 'broker-unavailable']],
      )
    },
  )

  test('are left for the next where the limits of the CA are used up', async (t) => {
    const limited = {
      status: 429,
      headers: { 'retry-after': '3600' },
      body: { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many', status: 429 },
    }
    const { obtain, first } = await scene(t, {
      firstCa: { faults: { before: ({ path }) => (/new-?order/i.test(path) ? limited : undefined) } },
    })
    assert.match((await obtain()).names[0] ?? '', /other\.example\.org$/)
    assert.equal(first.registrations.length, 0)
  })

  test('with a limit are not asked before it is over, by anybody', async (t) => {
    let now = Date.now()
    const clock = { ...hastyClock, now: () => now }
    const { obtain, first, again } = await scene(t, {
      init: { clock },
      first: {
        before: ({ path }) => (path === '/v1/health' ? undefined : { status: 429, headers: { 'retry-after': '600' } }),
      },
      second: { before: () => ({ status: 503 }) },
    })
    await assert.rejects(obtain(), { name: 'ForgesFailedError' })
    const asked = first.requests.length
    await assert.rejects(obtain(), /no registration before .* as it was told/)
    assert.equal(first.requests.length, asked)
    now += 601_000
    await assert.rejects(obtain(), { name: 'ForgesFailedError' })
    assert.ok(first.requests.length > asked)
    void again
  })

  test('that all fail are all named, and waited for as the soonest of them needs', async (t) => {
    const { obtain, events } = await scene(t, {
      first: {
        before: ({ path }) =>
          path === '/v1/health' ? undefined : { status: 429, headers: { 'retry-after': '86400' } },
      },
      second: { before: () => ({ status: 503, headers: { 'retry-after': '7200' } }) },
    })
    await assert.rejects(obtain(), (error: Error) => {
      assert.equal(error.name, 'ForgesFailedError')
      assert.match(error.message, /forge\.example\.net: .*enough.*; other\.example\.org: .*not well/)
      const { code, kind, retryAfterMs } = explainFailure(error)
      assert.deepEqual(
        { code, kind, retryAfterMs },
        { code: 'broker-unavailable', kind: 'unavailable', retryAfterMs: 7_200_000 },
      )
      return true
    })
    assert.equal(events.of('step').findLast(({ step }) => step === 'info')?.status, 'failed')
  })

  test('are not left where the CA has validated: the certificate may be there', async (t) => {
    let down = true
    const { obtain, firstCa, secondCa, second, again, dir } = await scene(t, {
      firstCa: { faults: { before: ({ path }) => (down && /\/cert/i.test(path) ? 'drop' : undefined) } },
      init: { poll: { firstMs: 1_000, maxMs: 1_000, deadlineMs: 5_000 } },
    })
    await assert.rejects(obtain())
    assert.deepEqual(second.requests, [])
    down = false
    const issuer = again({ pending: createPendingKey({ dir, clock: hastyClock }) })
    await issuer.obtain(new AbortController().signal)
    assert.equal(firstCa.stats().certificates, 1)
    assert.equal(secondCa.stats().certificates, 0)
  })

  test('that hold an order of ours go first after a crash, whatever the order of preference', async (t) => {
    let sick = true
    const killing = new AbortController()
    const { obtain, again, firstCa, secondCa, events, dir } = await scene(t, {
      first: { before: () => (sick ? { status: 503 } : undefined) },
      init: {
        emit: (event) => {
          if (event.event === 'step' && event.detail === 'validated') killing.abort(new Error('killed'))
        },
      },
    })
    await assert.rejects(obtain(killing.signal), { message: 'killed' })
    sick = false
    const issuer = again({ pending: createPendingKey({ dir, clock: hastyClock }), emit: events.emit })
    assert.match((await issuer.obtain(new AbortController().signal)).names[0] ?? '', /other\.example\.org$/)
    assert.equal(firstCa.stats().certificates + secondCa.stats().certificates, 1)
  })

  test('that take for ever are given up in time', { timeout: 60_000 }, async (t) => {
    const { obtain } = await scene(t, {
      first: { before: () => new Promise(() => undefined) },
      // also the other one's time, on a machine that has much to do
      init: { forgeMs: 2_500 },
    })
    assert.match((await obtain()).names[0] ?? '', /other\.example\.org$/)
  })
})

describe('what people see of an attempt', () => {
  const seen = (events: readonly NodeEventLine[]): AttemptView | null => {
    const attempt = { id: 'attempt-1', kind: 'first', startedAt: 1 } as const
    const way = { kind: 'forge', forge: FORGE, before: null } as const
    return events.reduce<AttemptView | null>(
      (view, line) => attemptAfter(view, { attempt, line, verdict: undefined, way, now: 2 }),
      attemptAfter(null, { attempt, verdict: undefined, way, now: 1 }),
    )
  }

  const lines = (all: readonly object[]) =>
    all.map((event) => ({ at: new Date().toISOString(), ...event }) as NodeEventLine)

  test('is every step done, with its note', async (t) => {
    const { obtain, events } = await scene(t)
    await obtain()
    const view = seen(lines(events.all))
    assert.deepEqual(
      view?.steps.map(({ name, status, note }) => `${name} ${status} ${note}`),
      [
        ...['reach done reach-unknown', 'order done ordered', 'prove done knocked', 'publish done published'],
        ...['validate done validated', 'finish done issued', 'serve waiting none'],
      ],
    )
    assert.match(view?.steps[2]?.detail ?? '', /^127\.0\.0\.1:\d+ reached us/)
  })

  test('is no failed step where the next forge did it', async (t) => {
    const { obtain, events } = await scene(t, { first: { before: () => ({ status: 503 }) } })
    await obtain()
    const view = seen(lines(events.all))
    assert.ok(!view?.steps.some(({ status }) => status === 'failed'))
    assert.equal(view?.steps.find(({ name }) => name === 'finish')?.status, 'done')
    assert.deepEqual(view?.way, {
      ...{ kind: 'forge', forge: OTHER },
      before: { forge: FORGE, why: 'server-unreachable' },
    })
  })

  test('is the step that failed, where the one forge would not', async (t) => {
    for (const [script, failing] of [
      [{ before: () => ({ status: 503 }) }, 'order failed failed'],
      [
        { after: ({ body }, own) => (body ? { status: 400, body: 'error testing addresses: x' } : own) },
        'prove failed not-knocked',
      ],
      [{ onRegistered: () => undefined }, 'publish failed failed'],
    ] as readonly (readonly [BrokerScript, string])[]) {
      const dns = await startDns(t)
      const broker = await startBroker(t, dns, script)
      const judge = await startCa(t, dns.address)
      const { directoryUrl, trustAnchorPem } = judge
      const { obtain, events } = await newNode(t, dns, [
        { domain: FORGE, broker: new URL(broker.url), directoryUrl, trustAnchorPem },
      ])
      const error: unknown = await obtain().catch((caught: unknown) => caught)
      const { code, message, nextStep } = explainFailure(error)
      const view = seen(lines([...events.all, { event: 'failed', code, message, nextStep, retryAt: null }]))
      const { name, status, note } = view?.steps.find((step) => step.status === 'failed') ?? {}
      assert.equal(`${name} ${status} ${note}`, failing)
    }
  })
})
