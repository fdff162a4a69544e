// The keeper with a hand-moved clock and an issuer that does as it is told: when it asks, what it reuses, how it goes on
// after failures.
import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, before, describe, test } from 'node:test'
import { FileError } from '../../core/files.ts'
import { silentLog } from '../../core/log.ts'
import { ListenError } from '../../core/host.ts'
import { ErrorCode, ProblemError } from '../../proto/problem.ts'
import { createCertificateKeeper } from '../../main/certificates/keeper.ts'
import { createHistory, readHistory } from '../../main/certificates/history.ts'
import { createPendingKey } from '../../main/certificates/pending.ts'
import { loadRetryDate } from '../../main/certificates/retry.ts'
import { createCertificateStore } from '../../main/certificates/store.ts'
import {
  collectEvents,
  DAY_MS,
  makeBundle,
  type ManualTime,
  manualTime,
  settle,
  namesOf,
  newIdentity,
  NOW,
} from './support.ts'
import { temporaryDir, testAuthority, until, ZONE } from './support.ts'
import { UnreachableError } from '../../main/issuers/nodetrust/errors.ts'
import type { Authority } from '../../servers/ca/authority.ts'
import type { ServedFault } from '../../main/node/self-look.ts'
import type { RenewalAnswer } from '../../main/issuers/issuer.ts'
import { type CertificateBundle, serialiseBundle } from '../../core/x509/index.ts'

let authority: Authority

before(async () => {
  authority = await testAuthority()
})

interface Options {
  readonly dir?: string
  readonly issuer?: boolean
  readonly zones?: readonly string[]
  /** 0 to 1: the dice of every jitter; 0.5 where left out is none at all for a back-off. */
  readonly random?: () => number
}

const noLook = (): Promise<ServedFault | undefined> => Promise.resolve(undefined)

async function scene(t: TestContext, options: Options = {}) {
  const dir = options.dir ?? (await temporaryDir(t))
  const { peerId: peer } = await newIdentity()
  const clock = manualTime()
  const events = collectEvents()
  const served: CertificateBundle[] = []
  const newBundle = (now = clock.now()) => makeBundle({ authority, names: namesOf(peer), now })
  const script: (() => Promise<CertificateBundle>)[] = []
  let asked = 0
  const answers: (() => Promise<RenewalAnswer>)[] = []
  const noAnswer = { window: undefined, askAgainMs: undefined, explanationUrl: undefined }
  let askedWindow = 0
  const random = options.random ?? (() => 0.5)
  const { zones } = options
  const store = createCertificateStore({ dir, peer, clock, trustAnchorPem: authority.rootPem, zones })
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
              renewal() {
                askedWindow++
                return (answers.shift() ?? (() => Promise.resolve(noAnswer)))()
              },
            },
      ...{ store, clock, random, log: silentLog, emit: events.emit, monotonic: clock.monotonic },
      pending: createPendingKey({ dir, clock }),
      history: createHistory({ dir, clock, log: silentLog }),
      retry: await loadRetryDate({ dir, clock, random, log: silentLog, situation: 'one' }),
      serve: (bundle) => made.serve(bundle),
      look: () => made.look(),
      demandPort: () => made.demandPort(),
    })
    t.after(() => keeper.stop())
    return keeper
  }
  const made = {
    ...{ dir, clock, events, served, script, answers, store, newBundle, open, look: noLook },
    serve: (bundle: CertificateBundle): Promise<void> => Promise.resolve(void served.push(bundle)),
    demandPort: (): Promise<void> => Promise.resolve(),
    asked: () => asked,
    askedWindow: () => askedWindow,
    history: () => readHistory(dir),
  }
  return made
}

const refuse = (retryAfterMs?: number) => () =>
  Promise.reject<CertificateBundle>(new ProblemError(ErrorCode.RATE_LIMIT, 'too many', { retryAfterMs }))

const fail = () => Promise.reject<CertificateBundle>(new UnreachableError('nobody answers'))

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
    const { open, store, newBundle, events, served, clock } = await scene(t)
    await store.save(await newBundle(NOW - 70 * DAY_MS))
    ;(await open()).start()
    await until('the stored one', () => events.of('certificate').length === 1)
    await clock.advance(60_000)
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
    await until('another attempt', () => asked() === 2)
  })

  test('says that nobody is configured to be asked', async (t) => {
    const { open, events } = await scene(t, { issuer: false })
    const keeper = await open()
    keeper.start()
    await until('a note', () => events.of('note').length > 0)
    assert.match(events.of('note')[0]?.message ?? '', /no network is chosen yet.*nodetrust join LINK/)
    await assert.rejects(keeper.renewNow(), { name: 'NotConfiguredError' })
  })

  test('tries again after 1, 10 and 100 minutes, not earlier, and succeeds in the end', async (t) => {
    const { open, script, events, clock, asked } = await scene(t)
    script.push(fail, fail, fail)
    ;(await open()).start()
    for (const [failures, minutes] of [1, 10, 100].entries()) {
      await until(`failure ${failures + 1}`, () => events.of('failed').length === failures + 1)
      const { retryAt, code, nextStep } = events.of('failed')[failures] ?? assert.fail()
      assert.equal(Date.parse(retryAt ?? ''), clock.now() + minutes * 60_000)
      assert.equal(code, 'unreachable')
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
    await clock.advance(600_000)
    await until('another attempt', () => asked() === 2)
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

  test('serves the certificate of the network that was left, asks this one, and then serves its own', async (t) => {
    const { open, served, asked, script, newBundle, store, dir, history } = await scene(t, { zones: ['club.example'] })
    // of another zone than the one of this network
    const left = { ...(await newBundle()), network: { zone: ZONE, trustAnchorPem: authority.rootPem } }
    await writeFile(join(dir, 'certificate.json'), serialiseBundle(left))
    const gate = Promise.withResolvers<CertificateBundle>()
    script.push(() => gate.promise)
    const keeper = await open()
    keeper.start()
    await until('an order', () => asked() === 1)
    assert.deepEqual([keeper.current()?.chainPem, keeper.otherZone()], [left.chainPem, ZONE])
    assert.equal(keeper.attempt()?.kind, 'first')
    assert.equal(keeper.renewal(), undefined)
    const next = await newBundle()
    gate.resolve(next)
    await until('its own', () => served.length === 2)
    await until('the end of the attempt', () => keeper.attempt() === undefined)
    assert.deepEqual([keeper.current()?.chainPem, keeper.otherZone()], [next.chainPem, undefined])
    assert.deepEqual(
      (await history()).filter(({ what }) => what === 'fell-back' || what === 'not-used'),
      [],
    )
    assert.equal((await store.load()).kind, 'other-network')
  })

  test('asks for nothing while its port is taken, says so, and goes on by itself once it is free', async (t) => {
    const made = await scene(t)
    const { open, events, clock, asked } = made
    made.demandPort = () => Promise.reject(new ListenError('the port is in use'))
    const keeper = await open()
    keeper.start()
    await until('a failure', () => events.of('failed').length > 0)
    assert.equal(keeper.failed()?.failure.code, 'wss-listen')
    assert.equal(asked(), 0)
    made.demandPort = () => Promise.resolve()
    await clock.advance(60_000)
    await until('a certificate', () => keeper.current() !== undefined)
    assert.equal(keeper.failed(), undefined)
    assert.equal(asked(), 1)
  })

  test('does not look for its port again while it serves', async (t) => {
    const made = await scene(t)
    const { open, clock, asked } = made
    const keeper = await open()
    keeper.start()
    await until('a certificate', () => keeper.current() !== undefined)
    made.demandPort = () => Promise.reject(new ListenError('the port is in use by ourselves'))
    await clock.advance(70 * DAY_MS)
    await until('a renewal', () => asked() === 2)
    assert.equal(keeper.failed(), undefined)
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

/** Files take as many turns as they take; whoever sleeps has written them. */
const asleep = (clock: ManualTime) => until('the keeper to sleep', () => clock.sleeping > 0)

/** A keeper that has got its first certificate and rests, an hour after the start. */
async function settled(t: TestContext, options: Options & { readonly bundle?: Partial<CertificateBundle> } = {}) {
  const made = await scene(t, options)
  const { store, newBundle, open, events, clock } = made
  await store.save({ ...(await newBundle()), ...options.bundle })
  const keeper = await open()
  keeper.start()
  await until('a certificate', () => events.of('certificate').length === 1)
  await asleep(clock)
  await clock.advance(60_000)
  await asleep(clock)
  return { ...made, keeper }
}

const inDays = (days: number) => NOW + days * DAY_MS
const window = (from: number, to: number) => ({ start: inDays(from), end: inDays(to) })

describe('after the clock jumped', () => {
  for (const [title, days, attempts] of [
    ['two hours ahead nothing is asked for', 2 / 24, 0],
    ['a day back nothing is asked for', -1, 0],
    ['40 days ahead nothing is asked for while a third of the life is left', 40, 0],
    ['61 days ahead a certificate is asked for, within a minute', 61, 1],
    ['beyond the end, in a sleep, a certificate is asked for', 200, 1],
  ] as const) {
    test(title, async (t) => {
      const { clock, asked, history, keeper, events } = await settled(t)
      clock.set(inDays(days))
      keeper.trigger('resume')
      await clock.advance(61_000)
      await asleep(clock)
      await until('the end of what was begun', () => events.of('certificate').length === 1 + attempts)
      await asleep(clock)
      await clock.advance(600_000)
      await keeper.stop()
      assert.equal(asked(), attempts)
      const jumps = (await history()).filter(({ what }) => what === 'clock-jumped')
      assert.equal(jumps.length, 1)
      assert.match(jumps[0]?.detail ?? '', days > 0 ? /forward/ : /back/)
    })
  }

  test('is noticed by the tick alone, ten minutes later at most', async (t) => {
    const { clock, asked } = await settled(t)
    clock.set(inDays(61))
    await clock.advance(600_000)
    await asleep(clock)
    await clock.advance(61_000)
    await until('an attempt', () => asked() === 1)
  })

  test('a stored certificate that was not valid yet is used', async (t) => {
    const { store, newBundle, open, script, clock, events } = await scene(t)
    await store.save(await newBundle())
    script.push(fail)
    clock.set(inDays(-30))
    const keeper = await open()
    keeper.start()
    await until('a failure', () => events.of('failed').some(({ code }) => code === 'unreachable'))
    clock.set(NOW)
    keeper.trigger('resume')
    await until('the stored certificate', () => events.of('certificate')[0]?.reused === true)
  })
})

describe('a trigger', () => {
  test('looks once for all that come together, within a minute', async (t) => {
    const made = await scene(t)
    let looks = 0
    made.look = () => Promise.resolve(void looks++)
    const keeper = await made.open()
    keeper.start()
    await until('the look after the swap', () => looks === 1)
    await asleep(made.clock)
    for (const reason of ['resume', 'online', 'resume'] as const) keeper.trigger(reason)
    await settle()
    assert.equal(looks, 1)
    await made.clock.advance(61_000)
    await asleep(made.clock)
    assert.equal(looks, 2)
  })

  test('of a network that came back ends a long back-off', async (t) => {
    const { open, script, clock, events, asked } = await scene(t)
    script.push(fail, fail, fail)
    const keeper = await open()
    keeper.start()
    for (const [failures, minutes] of [1, 10].entries()) {
      await until('a failure', () => events.of('failed').length === failures + 1)
      await clock.advance(minutes * 60_000)
    }
    await until('the third failure', () => events.of('failed').length === 3)
    await clock.advance(120_000)
    keeper.trigger('online')
    await until('a certificate', () => events.of('certificate').length === 1)
    assert.equal(asked(), 4)
  })

  test('does not end a limit', async (t) => {
    const { open, script, clock, events, asked } = await scene(t)
    script.push(refuse(30 * DAY_MS))
    const keeper = await open()
    keeper.start()
    await until('a failure', () => events.of('failed').length === 1)
    assert.equal(events.of('failed')[0]?.retryAt, new Date(inDays(8)).toISOString())
    await clock.advance(120_000)
    for (const reason of ['online', 'resume', 'clock-jump'] as const) keeper.trigger(reason)
    await clock.advance(120_000)
    assert.equal(asked(), 1)
  })
})

describe('what asking again cannot mend', () => {
  test('is shown and not tried again', async (t) => {
    const { open, script, clock, events, asked } = await scene(t)
    script.push(() => Promise.reject(new ProblemError(ErrorCode.NAME_REFUSED, 'not this name')))
    const keeper = await open()
    keeper.start()
    await until('a failure', () => events.of('failed').length === 1)
    assert.equal(events.of('failed')[0]?.retryAt, null)
    assert.equal(keeper.nextAttemptAt(), undefined)
    await clock.advance(3 * 3_600_000)
    assert.equal(asked(), 1)
    await keeper.renewNow()
    assert.equal(asked(), 2)
  })

  test('is not asked for by a person more than once a minute', async (t) => {
    const { keeper, clock, asked } = await settled(t)
    await keeper.renewNow()
    await assert.rejects(keeper.renewNow(), { name: 'TooSoonError', until: clock.now() + 60_000 })
    await clock.advance(60_000)
    await keeper.renewNow()
    assert.equal(asked(), 2)
  })
})

describe('the window of the CA', () => {
  test('gives one moment, which is stored and kept over a restart', async (t) => {
    const dice = [0.25, 0.9]
    const made = await settled(t, { random: () => dice.shift() ?? 0.9, bundle: { renewalWindow: window(70, 74) } })
    assert.deepEqual(made.keeper.renewal(), { due: false, reason: 'window', at: inDays(71) })
  })

  test('is asked again as told, stored, and chosen in once', async (t) => {
    const { answers, askedWindow, clock, keeper, store, history, asked } = await settled(t)
    const answer = { window: window(20, 24), askAgainMs: 2 * 3_600_000, explanationUrl: undefined }
    answers.push(
      () => Promise.resolve(answer),
      () => Promise.resolve(answer),
    )
    await clock.advance(6 * 3_600_000)
    await until('the answer', () => keeper.renewal()?.reason === 'window')
    assert.equal(keeper.renewal()?.at, inDays(22))
    await asleep(clock)
    const stored = await store.load()
    assert.equal(stored.kind === 'good' && stored.bundle.renewAt, inDays(22))
    await clock.advance(2 * 3_600_000 - 120_000)
    assert.equal(askedWindow(), 1)
    await clock.advance(120_000)
    await until('the second question', () => askedWindow() === 2)
    await keeper.stop()
    assert.equal((await history()).filter(({ what }) => what === 'window-changed').length, 1)
    assert.equal(asked(), 0)
  })

  test('that moved into the past renews at once', async (t) => {
    const { answers, clock, asked, history, keeper } = await settled(t)
    const explanationUrl = 'https://ca.example/incident'
    answers.push(() => Promise.resolve({ window: window(-2, -1), askAgainMs: undefined, explanationUrl }))
    await clock.advance(6 * 3_600_000)
    await until('a renewal', () => asked() === 1)
    await keeper.stop()
    assert.ok((await history()).some(({ detail }) => detail.includes(explanationUrl)))
  })

  test('stays as it is where nobody answers, and is not asked for again too soon', async (t) => {
    const made = await settled(t, { bundle: { renewalWindow: window(70, 74) } })
    const { answers, askedWindow, clock, keeper, events } = made
    answers.push(() => Promise.reject(new UnreachableError('does not speak of it')))
    await clock.advance(6 * 3_600_000)
    await until('the question', () => askedWindow() === 1)
    await asleep(clock)
    await clock.advance(5 * 3_600_000)
    assert.equal(askedWindow(), 1)
    assert.equal(keeper.renewal()?.at, inDays(72))
    assert.deepEqual(events.of('failed'), [])
  })
})

describe('the look from outside', () => {
  test('comes after each swap and then every hour', async (t) => {
    const made = await scene(t)
    let looks = 0
    made.look = () => Promise.resolve(void looks++)
    ;(await made.open()).start()
    await until('the first look', () => looks === 1)
    await asleep(made.clock)
    await made.clock.advance(3_600_000 - 1)
    assert.equal(looks, 1)
    await made.clock.advance(1)
    await until('the second look', () => looks === 2)
  })

  test('that finds something wrong says so and puts the certificate into service again', async (t) => {
    const made = await scene(t)
    made.look = () => Promise.resolve({ mendable: true, message: 'another one is shown' })
    ;(await made.open()).start()
    await until('a failure', () => made.events.of('failed').length === 1)
    const [failed] = made.events.of('failed')
    assert.deepEqual([failed?.code, failed?.message], ['served-certificate', 'another one is shown'])
    await until('the second time', () => made.served.length === 2)
    assert.equal(made.served[0], made.served[1])
  })
})

test('the look from outside at an expired certificate says so each hour, writes it down once, and swaps nothing', async (t) => {
  const made = await scene(t)
  made.look = () => Promise.resolve({ mendable: false, message: 'it has expired' })
  const keeper = await made.open()
  keeper.start()
  await until('a failure', () => made.events.of('failed').length === 1)
  assert.match(made.events.of('failed')[0]?.nextStep ?? '', /clock/)
  await asleep(made.clock)
  await made.clock.advance(3_600_000)
  await until('another one', () => made.events.of('failed').length === 2)
  await keeper.stop()
  assert.equal(made.served.length, 1)
  assert.equal((await made.history()).filter(({ what }) => what === 'self-look-wrong').length, 1)
})

describe('a disk that is full', () => {
  test('keeps no new certificate from being served, and its key for the case of a crash', async (t) => {
    const made = await scene(t)
    const { dir, open, events, served, store } = made
    store.save = () => Promise.reject(new FileError(dir, 'write', Object.assign(new Error('no'), { code: 'ENOSPC' })))
    await createPendingKey({ dir, clock: made.clock }).keep('key', { names: ['a.b'], algorithm: 'ecdsa-p256' })
    ;(await open()).start()
    await until('a certificate', () => events.of('certificate').length === 1)
    assert.equal(served.length, 1)
    assert.equal(events.of('failed')[0]?.code, 'disk')
    assert.match(events.of('failed')[0]?.message ?? '', /disk is full/)
    assert.ok((await readdir(dir)).includes('certificate.pending.json'))
  })
})

describe('the key that is kept for an attempt', () => {
  const purpose = { names: ['a.example.net'], algorithm: 'ecdsa-p256' }

  test('is forgotten once its certificate is stored', async (t) => {
    const { dir, clock, open, newBundle, script, events } = await scene(t)
    const pending = createPendingKey({ dir, clock })
    script.push(async () => {
      const bundle = await newBundle()
      await pending.keep(bundle.keyPem, purpose)
      return bundle
    })
    ;(await open()).start()
    await until('a certificate', () => events.of('certificate').length === 1)
    assert.equal(await pending.keyFor(purpose), undefined)
  })

  test('is not used for the next certificate where it serves already', async (t) => {
    const { dir, clock, keeper, script, newBundle } = await settled(t)
    const pending = createPendingKey({ dir, clock })
    await pending.keep(keeper.current()?.keyPem ?? '', purpose)
    let found: string | undefined = 'never looked'
    script.push(async () => {
      found = await pending.keyFor(purpose)
      return await newBundle()
    })
    await keeper.renewNow()
    assert.equal(found, undefined)
  })

  test('stays where its attempt failed, but not where the CSR was refused', async (t) => {
    const { dir, clock, keeper, script, newBundle } = await settled(t)
    const pending = createPendingKey({ dir, clock })
    const { keyPem } = await newBundle()
    await pending.keep(keyPem, purpose)
    script.push(fail, () => Promise.reject(new ProblemError(ErrorCode.INVALID_CSR, 'bad key')))
    await assert.rejects(keeper.renewNow())
    assert.equal(await pending.keyFor(purpose), keyPem)
    await clock.advance(60_000)
    await assert.rejects(keeper.renewNow())
    assert.equal(await pending.keyFor(purpose), undefined)
  })
})

describe('what happened', () => {
  test('is told with its reasons: asked, got, served; asked, failed', async (t) => {
    const { open, script, newBundle, events, history, clock } = await scene(t)
    script.push(() => newBundle(), fail)
    const keeper = await open()
    keeper.start()
    await until('a certificate', () => events.of('certificate').length === 1)
    await asleep(clock)
    clock.set(inDays(61))
    await clock.advance(600_000)
    await asleep(clock)
    await clock.advance(60_000)
    await until('a failure', () => events.of('failed').length === 1)
    await keeper.stop()
    const told = (await history()).map(({ what, code }) => `${what} ${code}`)
    assert.deepEqual(told.filter((line) => !line.startsWith('clock')).slice(0, 5), [
      ...['order-begun no-certificate', 'order-ended no-certificate', 'swapped new'],
      ...['order-begun third-left', 'failed unreachable'],
    ])
  })
})
