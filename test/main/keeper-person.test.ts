// What a person does to the keeper: asking first, ending an attempt, and being told that nobody could come to visit.
import assert from 'node:assert/strict'
import { before, describe, test, type TestContext } from 'node:test'
import { silentLog } from '../../core/log.ts'
import { createCertificateKeeper, type CertificateKeeperInit } from '../../main/certificates/keeper.ts'
import { createHistory, readHistory } from '../../main/certificates/history.ts'
import { createPendingKey } from '../../main/certificates/pending.ts'
import { loadRetryDate } from '../../main/certificates/retry.ts'
import { createCertificateStore } from '../../main/certificates/store.ts'
import { createGate } from '../../main/reachability/gate.ts'
import { judge, type ReachabilityFacts, type Verdict } from '../../main/reachability/verdict.ts'
import {
  collectEvents,
  makeBundle,
  manualTime,
  namesOf,
  newIdentity,
  NOW,
  temporaryDir,
  testAuthority,
} from './support.ts'
import { until } from './support.ts'
import type { CertificateBundle } from '../../core/x509/index.ts'
import type { Reachability } from '../../main/reachability/reachability.ts'
import type { Authority } from '../../servers/ca/authority.ts'

let authority: Authority
before(async () => {
  authority = await testAuthority()
})

interface Scene extends Partial<Pick<CertificateKeeperInit, 'wanted' | 'reach'>> {
  readonly obtain?: (signal: AbortSignal) => Promise<CertificateBundle>
}

async function scene(t: TestContext, options: Scene = {}) {
  const dir = await temporaryDir(t)
  const { peerId: peer } = await newIdentity()
  const clock = manualTime()
  const events = collectEvents()
  const newBundle = (now = clock.now()) => makeBundle({ authority, names: namesOf(peer), now })
  const store = createCertificateStore({ dir, peer, clock, trustAnchorPem: authority.rootPem })
  let asked = 0
  const keeper = createCertificateKeeper({
    issuer: {
      obtain(signal) {
        asked++
        return options.obtain ? options.obtain(signal) : newBundle()
      },
      renewal: () => Promise.resolve({ window: undefined, askAgainMs: undefined, explanationUrl: undefined }),
    },
    ...{ store, clock, random: () => 0.5, log: silentLog, emit: events.emit, monotonic: clock.monotonic },
    pending: createPendingKey({ dir, clock }),
    history: createHistory({ dir, clock, log: silentLog }),
    retry: await loadRetryDate({ dir, clock, random: () => 0.5, log: silentLog, situation: 'one' }),
    serve: () => Promise.resolve(),
    look: () => Promise.resolve(undefined),
    ...(options.wanted ? { wanted: options.wanted } : {}),
    ...(options.reach ? { reach: options.reach } : {}),
  })
  t.after(() => keeper.stop())
  return { dir, clock, events, store, keeper, newBundle, asked: () => asked }
}

/** An answer that comes when the attempt is ended. */
const never = (signal: AbortSignal) =>
  new Promise<CertificateBundle>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

describe('before a person has asked', () => {
  test('nothing is asked for, and afterwards it is kept fresh', async (t) => {
    let wanted = false
    const { keeper, clock, events, asked } = await scene(t, { wanted: () => wanted })
    keeper.start()
    for (let hour = 0; hour < 24; hour++) await clock.advance(3_600_000)
    assert.equal(asked(), 0)
    assert.equal(keeper.nextAttemptAt(), undefined)
    wanted = true
    assert.match(keeper.begin(), /^attempt-/)
    await until('a certificate', () => events.of('certificate').length === 1)
    assert.equal(asked(), 1)
    assert.equal(keeper.attempt(), undefined)
  })
})

describe('an attempt', () => {
  test('is the same for everybody who asks while it runs', async (t) => {
    const { keeper } = await scene(t, { wanted: () => false, obtain: never })
    keeper.start()
    const id = keeper.begin()
    assert.equal(keeper.begin(), id)
    assert.deepEqual(keeper.attempt(), { id, kind: 'first', startedAt: NOW })
  })

  test('that a person ends is no failure, leaves a line in the history, and may be begun again at once', async (t) => {
    const { keeper, events, dir, asked } = await scene(t, { wanted: () => false, obtain: never })
    keeper.start()
    const ended = keeper.renewNow()
    keeper.cancel()
    await assert.rejects(ended, { name: 'CancelledError' })
    assert.equal(keeper.failed(), undefined)
    assert.deepEqual(events.of('failed'), [])
    keeper.begin()
    await until('the second attempt', () => asked() > 0)
    keeper.cancel()
    await until('its end', () => keeper.attempt() === undefined)
    await keeper.stop()
    const codes = (await readHistory(dir)).map(({ what, code }) => `${what} ${code}`)
    assert.ok(codes.includes('order-ended cancelled'), codes.join())
  })

  test('that failed is remembered with its date until one succeeds', async (t) => {
    let works = false
    const made = await scene(t, {
      obtain: () => (works ? made.newBundle() : Promise.reject(new Error('no'))),
    })
    const { keeper, clock } = made
    keeper.start()
    await until('a failure', () => keeper.failed() !== undefined)
    assert.equal(keeper.failed()?.failure.message, 'no')
    assert.equal(keeper.failed()?.retryAt, NOW + 60_000)
    works = true
    await clock.advance(70_000)
    await until('a success', () => keeper.failed() === undefined)
  })
})

const FACTS: ReachabilityFacts = {
  ...{ network: 'public', serversReached: 0, localAddresses: [], publicAddresses: [], gateway: undefined },
  ...{ routerExternalIp: undefined, router: 'not-asked', mappings: [], ports: { tcp: 4_431, wss: 4_430 } },
  ...{ portTaken: false, wssServed: false, dialBacks: [], routerWithoutOutside: false },
}
const nobodyComes = judge(FACTS, NOW)

function reachability(verdict: () => Verdict): Reachability & { readonly checks: boolean[] } {
  const checks: boolean[] = []
  let last: Verdict | undefined
  return {
    checks,
    check(_signal, options) {
      checks.push(options?.fresh === true)
      last = verdict()
      return Promise.resolve(last)
    },
    current: () => last,
    isChecking: () => false,
    onChange: () => () => undefined,
    trigger: () => undefined,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  }
}

describe('where nobody can come to visit', () => {
  test('no order is begun, the reason is told, and it is looked at anew each time', async (t) => {
    let verdict = nobodyComes
    assert.equal(verdict.status, 'unreachable')
    const watched = reachability(() => verdict)
    const gated = await scene(t, {
      reach: (signal) => createGate({ reachability: watched, required: true, emit: gated.events.emit })(signal),
    })
    const { keeper, events, asked, clock } = gated
    keeper.start()
    await until('a failure', () => events.of('failed').length === 1)
    assert.equal(asked(), 0)
    assert.equal(events.of('failed')[0]?.code, 'not-reachable')
    assert.deepEqual(
      events.of('step').map(({ step, status }) => `${step} ${status}`),
      ['reach begin', 'reach failed'],
    )
    verdict = { ...nobodyComes, status: 'reachable', reason: undefined }
    await clock.advance(70_000)
    await until('a certificate', () => events.of('certificate').length === 1)
    assert.deepEqual(watched.checks, [false, true])
  })

  test('an operator may want the certificate all the same', async (t) => {
    const watched = reachability(() => nobodyComes)
    const gated = await scene(t, {
      reach: (signal) => createGate({ reachability: watched, required: false, emit: gated.events.emit })(signal),
    })
    gated.keeper.start()
    await until('a certificate', () => gated.events.of('certificate').length === 1)
  })

  test('a person who knows better gets the certificate all the same', async (t) => {
    const gated = await scene(t, { wanted: () => false, reach: () => Promise.reject(new Error('nobody comes')) })
    gated.keeper.start()
    gated.keeper.begin({ anyway: true })
    await until('a certificate', () => gated.events.of('certificate').length === 1)
  })

  test('a certificate that is in use is renewed without the question', async (t) => {
    const gated = await scene(t, { reach: () => Promise.reject(new Error('nobody asked')) })
    const { keeper, store, newBundle, events, clock } = gated
    await store.save(await newBundle(NOW - 70 * 86_400_000))
    keeper.start()
    await until('the stored one', () => events.of('certificate').length === 1)
    await clock.advance(60_000)
    await until('the next one', () => events.of('certificate').length === 2)
  })
})
