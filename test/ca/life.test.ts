// The CA over time: what it keeps over a restart, what expires, when it says to renew, how its limits fill and empty. Its
// clock stands still until a test moves it; the network's time-outs are real.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { AcmeProblem, type AcmeSession, fetchRenewalInfo, memoryAccountStore } from '../../core/acme/index.ts'
import type { Clock } from '../../core/clock.ts'
import { systemClock } from '../../core/clock.ts'
import { certId } from '../../core/x509/index.ts'
import { CaConfigError, createCa } from '../../servers/ca/ca.ts'
import type { CaInit } from '../../servers/ca/ca.ts'
import { CaStateError } from '../../servers/ca/authority.ts'
import { LETS_ENCRYPT_LIMITS } from '../../servers/ca/limits.ts'
import { manualClock } from '../support/manual-clock.ts'
import { obtain, openSession, startOwnCa } from '../support/issuance.ts'
import { createTxtZone } from '../support/txt-zone.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const START = Date.parse('2026-11-20T12:00:00Z')

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'nodetrust-ca-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

/** A CA and a client whose clocks show the same, moved by the test; the client's short waits are real. */
async function start(t: TestContext, init: Partial<CaInit> = {}) {
  const clock = manualClock(START)
  const own = await startOwnCa({ clock, ...init })
  const clientClock: Clock = { now: () => clock.now(), sleep: (ms, signal) => systemClock.sleep(ms, signal) }
  const session = await openSession(own, { clock: clientClock })
  t.after(async () => {
    session.close()
    await own.stop()
  })
  const get = (names: readonly string[], options: Parameters<typeof obtain>[3] = {}, by: AcmeSession = session) =>
    obtain(own, by, names, { clock: clientClock, ...options })
  return { clock, own, session, get, clientClock }
}

const rateLimited = (retryAfterMs: number) => (error: unknown) =>
  error instanceof AcmeProblem && error.type === 'rateLimited' && error.retryAfterMs === retryAfterMs

describe("the CA's folder", () => {
  test('keeps the root over a restart, and the keys to its owner', async (t) => {
    const dir = join(await folder(t), 'ca')
    const roots: string[] = []
    for (let round = 0; round < 2; round++) {
      const own = await startOwnCa({ dir })
      roots.push(own.issuingRootPem)
      await own.stop()
    }
    assert.equal(roots[0], roots[1])
    assert.equal((await stat(join(dir, 'authority.json'))).mode & 0o777, 0o600)
    assert.equal(await readFile(join(dir, 'root.pem'), 'utf8'), roots[0])
  })

  test('is told in the facts of the start', async (t) => {
    const dir = await folder(t)
    const ca = createCa({ dir, resolver: createTxtZone() })
    const { rootPath, directoryUrl } = await ca.start()
    await ca.stop()
    assert.equal(rootPath, join(dir, 'root.pem'))
    assert.match(directoryUrl, /^https:\/\/127\.0\.0\.1:\d+\/directory$/)
  })

  test('keeps a client working although the CA forgot its account', async (t) => {
    const dir = await folder(t)
    const store = memoryAccountStore()
    const zone = createTxtZone()
    let port = 0
    const addresses = new Set<string | undefined>()
    for (let round = 0; round < 2; round++) {
      const own = { ...(await startOwnCa({ dir, resolver: zone, port })), zone }
      port = Number(new URL(own.directoryUrl).port)
      const session = await openSession(own, { store })
      await obtain(own, session, ['restart.example.net'])
      addresses.add((await store.load())?.url)
      session.close()
      await own.stop()
    }
    assert.equal(addresses.size, 2)
  })

  for (const [what, spoil] of Object.entries({
    'that is cut off': (text: string) => text.slice(0, 100),
    'with keys of another CA': (text: string) => {
      const state = JSON.parse(text)
      return JSON.stringify({ ...state, rootKeyPem: state.intermediateKeyPem })
    },
  })) {
    test(`${what} stops the start with a reason, and is left as it is`, async (t) => {
      const dir = await folder(t)
      const own = await startOwnCa({ dir })
      await own.stop()
      const path = join(dir, 'authority.json')
      const spoilt = spoil(await readFile(path, 'utf8'))
      await writeFile(path, spoilt)
      await assert.rejects(
        startOwnCa({ dir }),
        (error) => error instanceof CaStateError && error.message.includes(path),
      )
      assert.equal(await readFile(path, 'utf8'), spoilt)
    })
  }

  test('that cannot be made stops the start', async (t) => {
    const file = join(await folder(t), 'file')
    await writeFile(file, '')
    await assert.rejects(startOwnCa({ dir: join(file, 'ca') }), { name: 'FileError' })
  })
})

describe('the CA', () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'ca.example.net']) {
    test(`does not serve at ${host}`, () => {
      assert.throws(() => createCa({ host, resolver: createTxtZone() }), CaConfigError)
    })
  }

  for (const host of ['::1', 'localhost']) {
    test(`serves at ${host}`, async () => {
      const own = await startOwnCa({ host })
      const session = await openSession(own)
      await obtain(own, session, ['host.example.net'])
      session.close()
      await own.stop()
    })
  }

  test('does not start with a default profile that it does not have', () => {
    assert.throws(() => createCa({ defaultProfile: 'x', resolver: createTxtZone() }), CaConfigError)
  })

  test('stops at once although DNS never answers, and can be started again', async () => {
    const asked = Promise.withResolvers<AbortSignal>()
    const resolver = {
      resolveTxt: (_name: string, { signal }: { readonly signal: AbortSignal }) => {
        asked.resolve(signal)
        return new Promise<string[]>(() => undefined)
      },
    }
    const own = await startOwnCa({ resolver })
    const session = await openSession(own)
    const waiting = assert.rejects(obtain(own, session, ['slow.example.net']))
    const question = await asked.promise
    const began = performance.now()
    await own.stop()
    assert.ok(performance.now() - began < 1000)
    assert.equal(question.aborted, true)
    session.close()
    await waiting
    await own.ca.start()
    await own.stop()
  })

  test('validates what DNS says late, and shows that it is at work', async () => {
    const zone = createTxtZone()
    const gate = Promise.withResolvers<void>()
    const resolver = {
      async resolveTxt(name: string, options: { readonly signal: AbortSignal }) {
        await gate.promise
        return zone.resolveTxt(name, options)
      },
    }
    const own = { ...(await startOwnCa({ resolver })), zone }
    const session = await openSession(own)
    const order = await session.newOrder({ names: ['late.example.net'] })
    const [url = ''] = order.authorizations
    const [challenge] = (await session.authorization(url)).challenges
    await zone.set('_acme-challenge.late.example.net', await session.challengeValue(challenge?.token ?? ''), undefined)
    await session.tellChallenge(challenge?.url ?? '')
    assert.equal((await session.authorization(url)).challenges[0]?.status, 'processing')
    gate.resolve()
    const finished = await obtain(own, session, ['late.example.net'], { resume: { orderUrl: order.url } })
    assert.equal(finished.orderUrl, order.url)
    session.close()
    await own.stop()
  })

  test('says that DNS failed where it did, and that the value is wrong where it is', async (t) => {
    const { own, get } = await start(t)
    const set = (value: string) => ({
      ...own.zone,
      set: (name: string) => own.zone.set(name, value, undefined),
      remove: (name: string) => own.zone.remove(name, value, AbortSignal.timeout(1000)),
    })
    await assert.rejects(get(['a.example.net'], { dns01: set('wrong') }), /unauthorized.*1 other TXT/)
    const silent = { set: () => Promise.resolve(), remove: () => Promise.resolve() }
    await assert.rejects(get(['b.example.net'], { dns01: silent }), /\(dns\).*NXDOMAIN/)
  })

  test('counts what it has done', async (t) => {
    const { own, get } = await start(t)
    const { facts } = await get(['*.counted.example.net'])
    assert.deepEqual(own.ca.stats(), {
      accounts: 1,
      certificates: 1,
      orders: { pending: 0, ready: 0, processing: 0, valid: 1, invalid: 0 },
    })
    const [issued] = own.ca.issued()
    assert.equal(issued?.serial, facts.serial)
    assert.deepEqual(issued?.names, ['*.counted.example.net'])
    assert.equal(issued?.revoked, false)
  })

  test('gives accounts to holders of external ones only, where it is told to', async (t) => {
    const secret = Buffer.alloc(32, 7).toString('base64url')
    const { own } = await start(t, { externalAccounts: { 'kid-1': secret } })
    const other = Buffer.alloc(32, 8).toString('base64url')
    for (const [externalAccount, type] of [
      [undefined, 'externalAccountRequired'],
      [{ kid: 'kid-1', hmacKey: other }, 'unauthorized'],
      [{ kid: 'toString', hmacKey: secret }, 'unauthorized'],
    ] as const) {
      const session = await openSession(own, { externalAccount })
      await assert.rejects(session.account(), (error) => error instanceof AcmeProblem && error.type === type)
      session.close()
    }
    const bound = await openSession(own, { externalAccount: { kid: 'kid-1', hmacKey: secret } })
    await bound.account()
    bound.close()
  })
})

describe('a certificate of the CA', () => {
  test('says what it is: for servers, not trusted, no common name, signed by an intermediate', async (t) => {
    const { get, own } = await start(t)
    const { chainPem } = await get(['leaf.example.net'])
    const [leaf, intermediate] = chainPem
      .split(/(?<=-----END CERTIFICATE-----)\s+/)
      .map((pem) => pem && new X509Certificate(pem))
    assert.ok(leaf && intermediate)
    assert.equal(leaf.subject, undefined)
    assert.equal(leaf.ca, false)
    // Server authentication, and nothing else.
    assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'])
    assert.match(intermediate.subject, /not trusted/)
    assert.match(new X509Certificate(own.issuingRootPem).subject, /not trusted/)
  })

  test('lives as long as its profile says, beginning an hour ago', async (t) => {
    const { get } = await start(t, { profiles: { tiny: { description: 'for 12 seconds', validityMs: 12_000 } } })
    const classic = (await get(['classic.example.net'])).facts
    assert.deepEqual([classic.notBefore - START, classic.notAfter - START], [-HOUR_MS, 90 * DAY_MS - HOUR_MS])
    const short = (await get(['short.example.net'], { profile: 'shortlived' })).facts
    assert.equal(short.notAfter - short.notBefore, 6 * DAY_MS)
    const tiny = (await get(['tiny.example.net'], { profile: 'tiny' })).facts
    assert.deepEqual([tiny.notBefore - START, tiny.notAfter - START], [-2000, 10_000])
  })

  test('is to be renewed around two thirds of its life, or half of a short one', async (t) => {
    const { get, session, clock } = await start(t)
    for (const [profile, part] of [
      ['classic', 2 / 3],
      ['shortlived', 1 / 2],
    ] as const) {
      const { chainPem, facts } = await get([`${profile}.example.net`], { profile })
      const info = await fetchRenewalInfo(session, chainPem, clock.now())
      const life = facts.notAfter - facts.notBefore
      assert.ok(info)
      assert.equal(Math.round((info.window.start + info.window.end) / 2), facts.notBefore + life * part)
      assert.equal(Math.round(info.window.end - info.window.start), life * 0.02)
      assert.equal(info.askAgainMs, 6 * HOUR_MS)
    }
  })

  test('is to be renewed at once when it was revoked', async (t) => {
    const { get, session, clock } = await start(t)
    const { chainPem } = await get(['revoked.example.net'])
    await session.revoke(chainPem)
    const info = await fetchRenewalInfo(session, chainPem, clock.now())
    assert.ok(info && info.window.end < clock.now())
  })

  test('of another CA has no renewal information here', async (t) => {
    const one = await start(t)
    const two = await start(t)
    const { chainPem } = await one.get(['a.example.net'])
    assert.equal(await fetchRenewalInfo(two.session, chainPem, START), undefined)
  })

  test('cannot be replaced once it has expired', async (t) => {
    const { get, clock } = await start(t)
    const { chainPem } = await get(['old.example.net'])
    clock.advance(90 * DAY_MS)
    const { steps } = await get(['old.example.net'], { replaces: certId(chainPem) })
    const order = steps.find(({ step }) => step === 'order')
    assert.equal(order?.step === 'order' && order.replacesRefused?.status, 404)
  })

  test('can be replaced again when the order that did it came to nothing', async (t) => {
    const { get, session, clock } = await start(t)
    const { chainPem } = await get(['again.example.net'])
    const replaces = certId(chainPem)
    await session.newOrder({ names: ['again.example.net'], replaces })
    await assert.rejects(session.newOrder({ names: ['again.example.net'], replaces }), { type: 'alreadyReplaced' })
    clock.advance(8 * DAY_MS)
    await session.newOrder({ names: ['again.example.net'], replaces })
  })
})

describe('renewal information', () => {
  for (const [what, body, headers, expected] of [
    [
      'a window that ends before it begins',
      { start: '2027-01-02T00:00:00Z', end: '2027-01-01T00:00:00Z' },
      {},
      undefined,
    ],
    ['a window without length', { start: '2027-01-02T00:00:00Z', end: '2027-01-02T00:00:00Z' }, {}, undefined],
    ['dates that are none', { start: 'soon', end: 'later' }, {}, undefined],
    [
      'no Retry-After',
      { start: '2027-01-01T00:00:00Z', end: '2027-01-02T00:00:00Z' },
      { 'retry-after': '' },
      6 * HOUR_MS,
    ],
    [
      'a Retry-After of 0',
      { start: '2027-01-01T00:00:00Z', end: '2027-01-02T00:00:00Z' },
      { 'retry-after': '0' },
      MINUTE_MS,
    ],
    [
      'a Retry-After of a year',
      { start: '2027-01-01T00:00:00Z', end: '2027-01-02T00:00:00Z' },
      { 'retry-after': '31536000' },
      DAY_MS,
    ],
  ] as const) {
    test(`with ${what} is judged`, async (t) => {
      const { get, session } = await start(t, {
        faults: {
          after: (request, answer) =>
            request.path.startsWith('/renewal-info')
              ? { ...answer, headers: { ...answer.headers, ...headers }, body: { suggestedWindow: body } }
              : answer,
        },
      })
      const { chainPem } = await get(['ari.example.net'])
      assert.equal((await fetchRenewalInfo(session, chainPem, START))?.askAgainMs, expected)
    })
  }

  test('that the CA does not offer is not asked for', async (t) => {
    const { get, session } = await start(t, {
      faults: {
        after(request, answer) {
          if (request.path !== '/directory') return answer
          const { renewalInfo: _, ...rest } = Object(answer.body)
          return { ...answer, body: rest }
        },
      },
    })
    const { chainPem } = await get(['no-ari.example.net'])
    assert.equal(await fetchRenewalInfo(session, chainPem, START), undefined)
  })

  test('that fails is an error, so that the last window stays in force', async (t) => {
    const { get, session } = await start(t, {
      faults: { before: ({ path }) => (path.startsWith('/renewal-info') ? { status: 503 } : undefined) },
    })
    const { chainPem } = await get(['busy.example.net'])
    await assert.rejects(fetchRenewalInfo(session, chainPem, START), { name: 'AcmeTransportError', code: 'HTTP_503' })
  })
})

describe('time', () => {
  test('ends an order after seven days, and with it what it asked', async (t) => {
    const { session, clock, own } = await start(t)
    const order = await session.newOrder({ names: ['slow.example.net'] })
    clock.advance(7 * DAY_MS)
    assert.equal((await session.order(order.url)).status, 'invalid')
    assert.equal((await session.authorization(order.authorizations[0] ?? '')).status, 'expired')
    assert.equal(own.ca.stats().orders.invalid, 1)
  })

  test('makes the CA forget orders a week after their end', async (t) => {
    const { session, clock } = await start(t)
    const order = await session.newOrder({ names: ['slow.example.net'] })
    clock.advance(14 * DAY_MS)
    await session.newOrder({ names: ['other.example.net'] })
    await assert.rejects(session.order(order.url), { name: 'AcmeProblem', status: 404 })
  })
})

describe('limits', () => {
  test('let the fiftieth new certificate of a domain through and stop the next, until a place is free', async (t) => {
    const { get, clock } = await start(t, { limits: { newCertificatesPerDomain: { count: 3, windowMs: 3 * HOUR_MS } } })
    for (let index = 0; index < 3; index++) await get([`n${index}.example.net`])
    await assert.rejects(get(['n3.example.net']), rateLimited(HOUR_MS))
    await get(['n0.example.org'])
    clock.advance(HOUR_MS - 1000)
    await assert.rejects(get(['n3.example.net']), rateLimited(1000))
    clock.advance(1000)
    await get(['n3.example.net'])
  })

  test('on new certificates do not stop a renewal of the same names', async (t) => {
    const { get, own } = await start(t, { limits: { newCertificatesPerDomain: { count: 1, windowMs: DAY_MS } } })
    await get(['*.a.example.net', 'a.example.net'])
    await get(['a.example.net', '*.a.example.net'])
    await assert.rejects(get(['a.example.net']), rateLimited(DAY_MS))
    assert.equal(own.ca.stats().certificates, 2)
  })

  test('take a set of names that was not seen for 120 days for a new one', async (t) => {
    const { get, clock } = await start(t, {
      limits: { newCertificatesPerDomain: { count: 1, windowMs: 1000 * DAY_MS } },
    })
    await get(['a.example.net'])
    clock.advance(121 * DAY_MS)
    await assert.rejects(get(['a.example.net']), AcmeProblem)
  })

  test('on one exact set of names stop the sixth certificate, but not one that replaces', async (t) => {
    const { get } = await start(t, { limits: { certificatesPerExactSet: { count: 2, windowMs: 2 * DAY_MS } } })
    await get(['a.example.net'])
    const { chainPem } = await get(['a.example.net'])
    await assert.rejects(get(['A.example.net']), rateLimited(DAY_MS))
    await get(['a.example.net'], { replaces: certId(chainPem) })
  })

  test('on orders count those that came to nothing, per account', async (t) => {
    const { session, own, clientClock } = await start(t, {
      limits: { ordersPerAccount: { count: 1, windowMs: HOUR_MS } },
    })
    await session.newOrder({ names: ['a.example.net'] })
    await assert.rejects(session.newOrder({ names: ['b.example.net'] }), rateLimited(HOUR_MS))
    const other = await openSession(own, { clock: clientClock })
    await other.newOrder({ names: ['b.example.net'] })
    other.close()
  })

  test('on failed validations count per account and name', async (t) => {
    const { get } = await start(t, { limits: { failedValidations: { count: 1, windowMs: HOUR_MS } } })
    const silent = { set: () => Promise.resolve(), remove: () => Promise.resolve() }
    await assert.rejects(get(['*.a.example.net'], { dns01: silent }), { name: 'ChallengeFailedError' })
    await assert.rejects(get(['a.example.net']), rateLimited(HOUR_MS))
    await get(['b.example.net'])
  })

  test("of Let's Encrypt are 50 a week, 5 a week, 300 in three hours and 5 an hour", () => {
    const perHour = Object.values(LETS_ENCRYPT_LIMITS).map(({ count, windowMs }) => [count, windowMs / HOUR_MS])
    assert.deepEqual(perHour, [
      [300, 3],
      [50, 168],
      [5, 168],
      [5, 1],
    ])
  })
})
