// The keeper with a hand-moved clock and an issuer that does as it is told: when it asks, what it reuses, how it goes on
// after failures.
import assert from 'node:assert/strict'
import { type TestContext, before, describe, test } from 'node:test'
import { silentLog } from '../../core/log.ts'
import { ListenError } from '../../core/host.ts'
import { ErrorCode, ProblemError } from '../../proto/problem.ts'
import { createCertificateKeeper } from '../../main/certificates/keeper.ts'
import { loadRetryDate } from '../../main/certificates/retry.ts'
import { createCertificateStore } from '../../main/certificates/store.ts'
import { collectEvents, DAY_MS, makeBundle, manualClock, namesOf, newIdentity, NOW } from './support.ts'
import { temporaryDir, testAuthority, until } from './support.ts'
import type { Authority } from '../../servers/ca/authority.ts'
import type { CertificateBundle } from '../../core/x509/index.ts'

let authority: Authority

before(async () => {
  authority = await testAuthority()
})

async function scene(t: TestContext, options: { readonly dir?: string; readonly issuer?: boolean } = {}) {
  const dir = options.dir ?? (await temporaryDir(t))
  const { peerId: peer } = await newIdentity()
  const clock = manualClock()
  const events = collectEvents()
  const served: CertificateBundle[] = []
  const newBundle = (now = clock.now()) => makeBundle({ authority, names: namesOf(peer), now })
  const script: (() => Promise<CertificateBundle>)[] = []
  let asked = 0
  const store = createCertificateStore({ dir, peer, clock })
  const open = async () => {
    const keeper = createCertificateKeeper({
      issuer:
        options.issuer === false
          ? undefined
          : {
              obtain() {
                asked++
                return (script.shift() ?? newBundle)()
              },
            },
      ...{ store, clock, log: silentLog, emit: events.emit },
      retry: await loadRetryDate({ dir, clock, log: silentLog }),
      serve: (bundle) => made.serve(bundle),
    })
    t.after(() => keeper.stop())
    return keeper
  }
  const made = {
    ...{ clock, events, served, script, store, newBundle, open },
    serve: (bundle: CertificateBundle): Promise<void> => Promise.resolve(void served.push(bundle)),
    asked: () => asked,
  }
  return made
}

const refuse = (retryAfterMs?: number) => () =>
  Promise.reject<CertificateBundle>(new ProblemError(ErrorCode.RATE_LIMIT, 'too many', { retryAfterMs }))

describe('the keeper', () => {
  test('asks at once where nothing is stored, serves and stores the answer', async (t) => {
    const { open, served, events, store } = await scene(t)
    const keeper = await open()
    keeper.start()
    await until('a certificate', () => events.of('certificate').length > 0)
    assert.equal(events.of('certificate')[0]?.reused, false)
    assert.equal(keeper.current(), served[0])
    assert.equal(keeper.nextAttemptAt(), undefined)
    const stored = await store.load()
    assert.equal(stored.kind === 'good' && stored.bundle.chainPem, served[0]?.chainPem)
  })

  test('uses a fresh stored certificate without asking', async (t) => {
    const { open, store, newBundle, events, asked, clock } = await scene(t)
    await store.save(await newBundle())
    ;(await open()).start()
    await until('a certificate', () => events.of('certificate').length > 0)
    await clock.advance(60_000)
    assert.equal(events.of('certificate')[0]?.reused, true)
    assert.equal(asked(), 0)
  })

  test('serves a stored certificate that is not fresh, and asks for the next', async (t) => {
    const { open, store, newBundle, events, served } = await scene(t)
    await store.save(await newBundle(NOW - 70 * DAY_MS))
    ;(await open()).start()
    await until('two certificates', () => events.of('certificate').length === 2)
    assert.deepEqual(
      events.of('certificate').map(({ reused }) => reused),
      [true, false],
    )
    assert.equal(served.length, 2)
  })

  test('reports an expired stored certificate and asks', async (t) => {
    const { open, store, newBundle, events } = await scene(t)
    await store.save(await newBundle(NOW - 100 * DAY_MS))
    ;(await open()).start()
    await until('a certificate', () => events.of('certificate').length > 0)
    assert.equal(events.of('failed')[0]?.code, 'stored-certificate')
    assert.match(events.of('failed')[0]?.message ?? '', /expired/)
    assert.equal(events.of('certificate')[0]?.reused, false)
  })

  test('leaves a new certificate alone for six hours, although it is not fresh as it comes', async (t) => {
    const { open, script, newBundle, clock, asked, events } = await scene(t)
    const renewalWindow = { start: NOW - DAY_MS, end: NOW }
    script.push(async () => ({ ...(await newBundle()), renewalWindow }))
    ;(await open()).start()
    await until('a certificate', () => events.of('certificate').length > 0)
    await clock.advance(6 * 3_600_000 - 11_000)
    assert.equal(asked(), 1)
    await clock.advance(22_000)
    assert.equal(asked(), 2)
  })

  test('says that nobody is configured to be asked', async (t) => {
    const { open, events } = await scene(t, { issuer: false })
    const keeper = await open()
    keeper.start()
    await until('a note', () => events.of('note').length > 0)
    assert.match(events.of('note')[0]?.message ?? '', /network\.issue/)
    await assert.rejects(keeper.renewNow(), { name: 'NotConfiguredError' })
  })

  test('tries again after 1, 10 and 100 minutes, not earlier, and succeeds in the end', async (t) => {
    const { open, script, events, clock, asked } = await scene(t)
    script.push(refuse(), refuse(), refuse())
    ;(await open()).start()
    for (const [failures, minutes] of [1, 10, 100].entries()) {
      await until(`failure ${failures + 1}`, () => events.of('failed').length === failures + 1)
      const { retryAt, code, nextStep } = events.of('failed')[failures] ?? assert.fail()
      assert.equal(Date.parse(retryAt ?? ''), clock.now() + minutes * 60_000)
      assert.equal(code, 'rate-limit')
      assert.ok(nextStep)
      await clock.advance(minutes * 60_000 - 11_000)
      assert.equal(asked(), failures + 1)
      await clock.advance(11_000)
      await until(`attempt ${failures + 2}`, () => asked() === failures + 2)
    }
    await until('a certificate', () => events.of('certificate').length > 0)
  })

  test('waits as long as the server asks', async (t) => {
    const { open, script, clock, events, asked } = await scene(t)
    script.push(refuse(3 * 3_600_000))
    ;(await open()).start()
    await until('a failure', () => events.of('failed').length > 0)
    await clock.advance(3 * 3_600_000 - 11_000)
    assert.equal(asked(), 1)
    await clock.advance(12_000)
    assert.equal(asked(), 2)
  })

  test('tries soon after a sleep in which its date went by', async (t) => {
    const { open, script, clock, events, asked } = await scene(t)
    script.push(refuse(3_600_000))
    ;(await open()).start()
    await until('a failure', () => events.of('failed').length > 0)
    clock.set(NOW + 5 * 3_600_000)
    await clock.advance(10_000)
    assert.equal(asked(), 2)
  })

  test('asks before its date when it is told to, once for all who ask', async (t) => {
    const { open, script, events, asked } = await scene(t)
    script.push(refuse(3_600_000))
    const keeper = await open()
    keeper.start()
    await until('a failure', () => events.of('failed').length > 0)
    const [one, other] = await Promise.all([keeper.renewNow(), keeper.renewNow()])
    assert.equal(one, other)
    assert.equal(asked(), 2)
  })

  test('lets who waits go without ending the attempt', async (t) => {
    const { open, script, newBundle, events } = await scene(t)
    const gate = Promise.withResolvers<void>()
    script.push(() => gate.promise.then(() => newBundle()))
    const keeper = await open()
    await assert.rejects(keeper.renewNow(AbortSignal.abort(new Error('enough'))), /enough/)
    gate.resolve()
    await until('the certificate all the same', () => events.of('certificate').length > 0)
  })

  test('keeps a certificate that cannot be served yet, and serves it a minute later without asking', async (t) => {
    const made = await scene(t)
    const { open, events, clock, asked, served } = made
    const { serve } = made
    made.serve = () => Promise.reject(new ListenError('the port is in use'))
    const keeper = await open()
    keeper.start()
    await until('a failure', () => events.of('failed').length > 0)
    assert.equal(events.of('failed')[0]?.code, 'wss-listen')
    assert.equal(keeper.current(), undefined)
    made.serve = serve
    await clock.advance(70_000)
    assert.equal(served.length, 1)
    assert.equal(asked(), 1)
    assert.equal(events.of('certificate').length, 1)
  })

  test('is silent after its end, also about the attempt it broke off', async (t) => {
    const { open, script, events, asked } = await scene(t)
    const gate = Promise.withResolvers<CertificateBundle>()
    script.push(() => gate.promise)
    const keeper = await open()
    keeper.start()
    await until('an attempt', () => asked() === 1)
    const stopped = keeper.stop()
    gate.reject(new Error('the node stops'))
    await stopped
    assert.deepEqual(events.of('failed'), [])
  })
})
