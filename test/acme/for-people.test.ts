// What a CA says and only a person can mend: a pause, new terms, an account that was closed. The page that a CA names goes all the way
// to whoever reads it, what is said about another try is true, and an account that nobody else relies on is replaced by itself.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { AcmeAccountGoneError, AcmeProblem, fileAccountStore, memoryAccountStore } from '../../core/acme/index.ts'
import { parseRetryAfter } from '../../core/acme/index.ts'
import { refusalWait, waitInText } from '../../core/acme/retry-after.ts'
import { loadRetryDate } from '../../core/certificates/retry-date.ts'
import { silentLog } from '../../core/log.ts'
import { problemOfFailure } from '../../main/api/slices/problems.ts'
import { explainFailure } from '../../main/certificates/failures.ts'
import { ErrorCode } from '../../proto/problem.ts'
import { explain } from '../../proto/text/life.ts'
import { de } from '../../proto/text/de.ts'
import { en } from '../../proto/text/en.ts'
import { createWords } from '../../proto/text/index.ts'
import { explainOwnFailure } from '../../servers/broker/own-failures.ts'
import { explainFailure as explainAtServer } from '../../servers/issue/failures.ts'
import { problem, type Spoil } from '../faults/spoil.ts'
import { withOwnCa } from '../faults/world.ts'
import { manualClock, temporaryDir } from '../main/support.ts'

const WORDS = { en: createWords('en', en), de: createWords('de', de) }

const NOW = Date.parse('2026-11-20T12:00:00Z')
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** The terms that the directory of our CA names. */
const DIRECTORYS = /^https:\/\/127\.0\.0\.1:\d+\/terms$/

/** What comes of a new order that the CA refuses so. */
async function refusedWith(
  type: string,
  more: { readonly headers?: Readonly<Record<string, string>>; readonly body?: Readonly<Record<string, unknown>> } = {},
): Promise<AcmeProblem> {
  const answer = problem(403, type, more.headers)
  const spoil: Spoil = {
    before: ({ kind }) =>
      kind === 'new-order' ? { ...answer, body: { ...Object(answer.body), ...more.body } } : undefined,
  }
  return await withOwnCa(spoil, async (world) => {
    const error = await world.issue().catch((caught: unknown) => caught)
    assert.ok(error instanceof AcmeProblem)
    return error
  })
}

describe('a limit', () => {
  for (const [text, expected] of [
    ['retry after 2026-11-20 15:00:00 UTC: see https://letsencrypt.org/docs/rate-limits/', 3 * HOUR_MS],
    [
      'too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry after 2026-11-21T12:00:00Z',
      DAY_MS,
    ],
    ['Try again at 2026-11-20T14:00:00+01:00.', HOUR_MS],
    ['retry after 2026-11-20 11:00:00 UTC', 0],
    ['Please retry after 3600 seconds', HOUR_MS],
    ['try again in 2 hours', 2 * HOUR_MS],
    ['retry after 9999-12-31 23:59:59 UTC', 365 * DAY_MS],
    ['too many certificates (50) already issued for "example.net" in the last 168h0m0s', undefined],
    ['retry after 2026-99-99 99:99:99 UTC', undefined],
    ['no', undefined],
  ] as const) {
    test(`B2 told in words (“${text.slice(0, 60)}”) is understood`, () => assert.equal(waitInText(text, NOW), expected))
  }

  test('B2 in any words is read in a moment', () => {
    const began = performance.now()
    for (const part of ['retry ', 'again', 'wait until ', '9', '2026-11-20 ']) waitInText(part.repeat(100_000), NOW)
    assert.ok(performance.now() - began < 2_000)
  })

  test('B2 whose header names no future is what the words say', () => {
    const words = 'retry after 2026-11-20 15:00:00 UTC'
    for (const header of ['0', '-7', 'soon', 'Fri, 20 Nov 2026 11:00:00 GMT', undefined])
      assert.equal(refusalWait(header, words, NOW), 3 * HOUR_MS)
    assert.equal(refusalWait('60', words, NOW), MINUTE_MS)
    assert.equal(refusalWait(undefined, undefined, NOW), undefined)
    assert.equal(parseRetryAfter('Mon, 20 Nov 2026 13:00:00 GMT', NOW), HOUR_MS)
  })
})

describe('a limit without a time', () => {
  const unpause = 'https://portal.letsencrypt.org/sfe/v1/unpause?jwt=abc.def-ghi'
  const detail = `Your account is temporarily prevented from requesting certificates. Please visit: ${unpause}.`

  test('B2 is tried again by the day, by node and broker, also after a restart', async (t) => {
    const error = await refusedWith('rateLimited', { body: { detail } })
    for (const failure of [explainFailure(error), explainOwnFailure(error)]) {
      const clock = manualClock()
      const init = {
        path: join(await temporaryDir(t), 'retry.json'),
        clock,
        log: silentLog,
        situation: 'x',
        random: () => 0.5,
      }
      for (const _ of [1, 2, 3]) {
        const date = await loadRetryDate(init)
        assert.equal(await date.failed(failure), clock.now() + DAY_MS)
        assert.equal(date.isDue(), false)
        clock.set(clock.now() + DAY_MS)
        assert.equal((await loadRetryDate(init)).isDue(), true)
      }
    }
    assert.equal(explainAtServer(error).retryAfterMs, DAY_MS)
  })

  test('B2 is called what it is on screen, with the page where it can be lifted', async () => {
    const error = await refusedWith('rateLimited', { body: { detail } })
    const failure = explainFailure(error, 'forge.example.net')
    const told = problemOfFailure({ failure, at: NOW, retryAt: NOW + DAY_MS })
    assert.equal(told.code, 'ca-limit')
    assert.equal(told.params['page'], unpause)
    assert.doesNotMatch(failure.nextStep, /^nothing|by itself/)
    for (const language of ['en', 'de'] as const) {
      const words = WORDS[language]
      for (const shown of [told, { ...told, params: { code: 'rateLimited', paused: 1, until: NOW } }]) {
        const said = explain(words, shown)
        assert.match(said, /once a day|einmal am Tag/)
        assert.doesNotMatch(said, /need to do nothing|musst nichts/)
      }
    }
  })

  test('B2 a failure that waits for a person promises no other try', () => {
    for (const language of ['en', 'de'] as const) {
      const words = WORDS[language]
      for (const code of ['failed', 'ca-unavailable', 'no-proofs', 'server-unreachable', 'bad-certificate'] as const) {
        assert.doesNotMatch(explain(words, { code, params: { code: 'invalid-csr' } }), /by ourselves|von selbst/)
        assert.match(explain(words, { code, params: { code: 'timeout', until: NOW } }), /by ourselves|von selbst/)
      }
    }
    const failure = explainFailure(
      new AcmeProblem({ type: 'badCSR', detail: 'x', status: 400, subproblems: [] }, 'https://ca.example/'),
    )
    assert.equal(failure.kind, 'mistake')
    assert.doesNotMatch(failure.nextStep, /by itself/)
  })
})

describe('terms that a person has to agree to', () => {
  for (const [what, more, page] of [
    ['instance', { body: { instance: 'https://ca.example/agree?x=1' } }, 'https://ca.example/agree?x=1'],
    ['a Link', { headers: { link: '<https://ca.example/terms>;rel="terms-of-service"' } }, 'https://ca.example/terms'],
    [
      'instance before a Link',
      {
        body: { instance: 'https://ca.example/agree' },
        headers: { link: '<https://ca.example/terms>;rel="terms-of-service"' },
      },
      'https://ca.example/agree',
    ],
  ] as const) {
    test(`B13 keep the page that ${what} names through error, file, state and words`, async (t) => {
      const error = await refusedWith('userActionRequired', more)
      assert.equal(error.page, page)
      for (const told of [explainFailure(error), explainOwnFailure(error)]) {
        assert.equal(told.page, page)
        assert.ok(told.message.includes(page), told.message)
        assert.match(told.nextStep, /page/)
      }
      const at = explainAtServer(error)
      assert.equal(at.code, ErrorCode.CA_REFUSED)
      assert.match(at.message, /whoever runs the issue server/)
      const init = {
        path: join(await temporaryDir(t), 'retry.json'),
        clock: manualClock(),
        log: silentLog,
        situation: 'x',
      }
      await (await loadRetryDate(init)).failed(explainFailure(error, 'forge.example.net'))
      const last = (await loadRetryDate(init)).last()
      assert.ok(last)
      const shown = problemOfFailure(last)
      assert.equal(shown.params['page'], page)
      assert.match(explain(WORDS.en, shown), /agree/)
      assert.match(explain(WORDS.de, shown), /zustimmt/)
    })
  }

  for (const instance of [
    'http://ca.example/',
    'javascript:alert(1)',
    'https://user:pw@ca.example/',
    `https://ca.example/${'x'.repeat(600)}`,
    5,
    null,
  ]) {
    test(`B13 whose page is ${JSON.stringify(instance).slice(0, 40)} are told with the directory's instead`, async () => {
      const { page } = await refusedWith('userActionRequired', { body: { instance } })
      assert.match(page ?? '', DIRECTORYS)
    })
  }

  test('B13 that no page is named for are those of the directory, at every step', async () => {
    for (const kind of ['new-order', 'authorization', 'finalize', 'certificate'] as const) {
      const spoil: Spoil = { before: (one) => (one.kind === kind ? problem(403, 'userActionRequired') : undefined) }
      await withOwnCa(spoil, async (world) => {
        const error = await world.issue().catch((caught: unknown) => caught)
        assert.ok(error instanceof AcmeProblem)
        assert.match(error.page ?? '', DIRECTORYS, kind)
      })
    }
  })

  test('B13 that an order names as what it failed of keep their page, and a limit its time', async () => {
    const failed = (type: string, more: object): Spoil => ({
      after: ({ kind }, answer) => {
        const error = { ...Object(problem(403, type).body), ...more }
        return kind === 'order' ? { ...answer, body: { ...Object(answer.body), status: 'invalid', error } } : answer
      },
    })
    await withOwnCa(failed('userActionRequired', { instance: 'https://ca.example/agree' }), async (world) => {
      await assert.rejects(world.issue(), { type: 'userActionRequired', page: 'https://ca.example/agree' })
    })
    await withOwnCa(failed('rateLimited', { detail: 'please retry after 3600 seconds' }), async (world) => {
      await assert.rejects(world.issue(), { type: 'rateLimited', retryAfterMs: HOUR_MS })
    })
  })
})

describe('an account that the CA does not serve any more', () => {
  test('B13 is replaced by itself where nobody else relies on it, and not twice within a week', async (t) => {
    await withOwnCa({}, async (world) => {
      const store = fileAccountStore(join(await temporaryDir(t), 'account.json'))
      const open = () => world.open({ store, replaceGoneAccount: true })
      await (await open()).deactivateAccount()
      const before = await store.load()
      await world.issue({ session: await open() })
      const after = await store.load()
      assert.notEqual(after?.keyPem, before?.keyPem)
      assert.equal(world.ca.stats().accounts, 2)

      await (await open()).deactivateAccount()
      await assert.rejects(world.issue({ session: await open() }), {
        name: 'AcmeAccountGoneError',
        state: 'deactivated',
      })
      assert.equal(world.ca.stats().accounts, 2)
      world.clock.jump(8 * DAY_MS)
      await world.issue({ session: await open() })
    })
  })

  test('B13 is replaced once by many orders at the same time', async () => {
    await withOwnCa({}, async (world) => {
      const session = await world.open({ replaceGoneAccount: true })
      await session.deactivateAccount()
      await Promise.all([1, 2, 3, 4, 5].map((index) => session.newOrder({ names: [`n${index}.example.net`] })))
      assert.equal(world.ca.stats().accounts, 2)
    })
  })

  test('B13 whose answer was lost the first time is replaced as well', async () => {
    await withOwnCa({}, async (world) => {
      const first = await world.open()
      const { keyPem } = await first.account()
      await first.deactivateAccount()
      const store = memoryAccountStore({ directoryUrl: world.judge.directoryUrl, keyPem })
      await world.issue({ session: await world.open({ store, replaceGoneAccount: true }) })
      await assert.rejects(
        world.issue({
          session: await world.open({ store: memoryAccountStore({ directoryUrl: world.judge.directoryUrl, keyPem }) }),
        }),
        AcmeAccountGoneError,
      )
    })
  })

  test('B13 of a server is told with the file to move away, to the operator alone', async (t) => {
    await withOwnCa({}, async (world) => {
      const path = join(await temporaryDir(t), 'acme-account-1.json')
      const session = await world.open({ store: fileAccountStore(path) })
      await session.deactivateAccount()
      const error = await world.issue({ session }).catch((caught: unknown) => caught)
      assert.ok(error instanceof AcmeAccountGoneError)
      assert.ok(error.message.includes(path))
      const own = explainOwnFailure(error)
      assert.deepEqual([own.code, own.kind], ['account-gone', 'refused'])
      assert.match(own.nextStep, /move the file/)
      const told = explainAtServer(error)
      assert.deepEqual([told.code, told.retryAfterMs], [ErrorCode.CA_REFUSED, DAY_MS])
      assert.ok(!told.message.includes(path) && !told.message.includes('https://'), told.message)
      const shown = problemOfFailure({ failure: explainFailure(error, 'forge.example.net'), at: NOW, retryAt: NOW })
      assert.equal(shown.code, 'refused')
      assert.match(explain(WORDS.en, shown), /closed the account/)
    })
  })

  test('B13 is not suspected where the CA refuses the names alone', async () => {
    const spoil: Spoil = { before: ({ kind }) => (kind === 'new-order' ? problem(403, 'unauthorized') : undefined) }
    await withOwnCa(spoil, async (world) => {
      await assert.rejects(world.issue({ session: await world.open({ replaceGoneAccount: true }) }), {
        type: 'unauthorized',
      })
      assert.equal(world.ca.stats().accounts, 1)
    })
  })
})
