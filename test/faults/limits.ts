// Class 4: the CA has had enough. A limit comes back at once with the time it names, the TXT values are gone, and what a node
// waits is decided from that; nothing here sleeps for hours or asks again at once.
import { certId } from '../../core/x509/index.ts'
import { AcmeProblem } from '../../core/acme/index.ts'
import { classifyFailure, waitAfter } from '../../core/acme/renewal.ts'
import { LETS_ENCRYPT_LIMITS } from '../../servers/ca/limits.ts'
import { counted, duration, type Fault, inWords } from './fault.ts'
import { always, before, type POST_KINDS, problem } from './spoil.ts'
import { withOwnCa, type OwnWorld } from './world.ts'

const DAY_S = 86_400
const HOUR_MS = 3_600_000
const WEEK_MS = 7 * 24 * HOUR_MS

/** What a node does after an error: how long it waits, or that it stops for a person. */
function nextStep(error: unknown): string {
  if (!(error instanceof AcmeProblem)) return inWords(error)
  const { type: code, retryAfterMs } = error
  const wait = waitAfter(classifyFailure({ code, retryAfterMs }), { failures: 0, retryAfterMs, random: () => 0.5 })
  return wait === undefined ? 'stops and shows it' : `tries again in ${duration(wait)}`
}

const RETRY_AFTER: readonly {
  readonly what: string
  readonly header: string | undefined
  readonly expected: string
}[] = [
  { what: '120 seconds', header: '120', expected: 'tries again in 2 min' },
  { what: 'a date in an hour', header: 'Fri, 20 Nov 2026 13:00:00 GMT', expected: 'tries again in 1 h' },
  { what: 'a date that is past', header: 'Fri, 20 Nov 2026 11:00:00 GMT', expected: 'tries again in 1 min' },
  { what: '0', header: '0', expected: 'tries again in 1 min' },
  { what: '2 hours', header: '7200', expected: 'tries again in 2 h' },
  { what: '30 days (more than a timer can hold)', header: String(30 * DAY_S), expected: 'tries again in 8 d' },
  { what: 'a number with 30 digits', header: '9'.repeat(30), expected: 'tries again in 8 d' },
  { what: 'a negative number', header: '-7', expected: 'tries again in 1 h' },
  { what: 'garbage', header: 'soon', expected: 'tries again in 1 h' },
  { what: 'a date in the year 9999', header: 'Fri, 31 Dec 9999 23:59:59 GMT', expected: 'tries again in 8 d' },
  { what: 'a date of another weekday', header: 'Mon, 20 Nov 2026 13:00:00 GMT', expected: 'tries again in 1 h' },
  { what: 'nothing (a pause)', header: undefined, expected: 'tries again in 1 d' },
]

const TOLD_IN_WORDS: readonly { readonly detail: string; readonly expected: string }[] = [
  { detail: 'retry after 2026-11-20 15:00:00 UTC: see https://ca.example/', expected: 'tries again in 3 h' },
  { detail: 'too many orders, try again in 30 minutes', expected: 'tries again in 30 min' },
  { detail: 'ask your administrator', expected: 'tries again in 1 d' },
]

/** Asks for one certificate that the CA refuses, and says what the node does and how often the CA was asked. */
async function refusedOnce(world: OwnWorld, kind: (typeof POST_KINDS)[number]): Promise<string> {
  const said = await world.issue().then(() => 'one certificate', nextStep)
  const asked = world.requests.filter((one) => one === `POST ${kind}`).length
  const left = [...world.judge.zone.records.values()].flat().length
  return `${said}, asked ${asked === 1 ? 'once' : `${asked} times`}${left === 0 ? '' : `, ${counted(left, 'TXT value')} left`}`
}

const named = (index: number) => `n${index}.example.net`

/** New orders one after the other until the CA refuses, at most so many. */
async function ordersUntilRefused(world: OwnWorld, most: number): Promise<string> {
  const session = await world.open()
  for (let made = 0; made < most; made++) {
    const refusal = await session.newOrder({ names: [named(made)] }).then(() => undefined, inWords)
    if (refusal !== undefined) return `${made} orders, then ${refusal}`
  }
  return `${most} orders`
}

export const LIMIT_FAULTS: readonly Fault[] = [
  ...RETRY_AFTER.map(({ what, header, expected }): Fault => ({
    class: 4,
    fault: `rateLimited with ${what} in Retry-After`,
    expected: `${expected}, asked once`,
    run() {
      const headers = header === undefined ? {} : { 'retry-after': header }
      const spoil = before(always('new-order'), problem(429, 'rateLimited', headers))
      return withOwnCa(spoil, (world) => refusedOnce(world, 'new-order'))
    },
  })),
  ...TOLD_IN_WORDS.map(({ detail, expected }): Fault => ({
    class: 4,
    fault: `rateLimited without Retry-After, but with “${detail}”`,
    expected: `${expected}, asked once`,
    run() {
      const limit = problem(429, 'rateLimited')
      const spoil = before(always('new-order'), { ...limit, body: { ...Object(limit.body), detail } })
      return withOwnCa(spoil, (world) => refusedOnce(world, 'new-order'))
    },
  })),
  ...(['challenge', 'finalize'] as const).map((kind): Fault => ({
    class: 4,
    fault: `rateLimited at ${kind}`,
    expected: 'tries again in 2 h, asked once',
    run: () =>
      withOwnCa(before(always(kind), problem(429, 'rateLimited', { 'retry-after': '7200' })), (world) =>
        refusedOnce(world, kind),
      ),
  })),
  {
    class: 4,
    fault: 'the whole CA is overloaded (503 with 300 seconds in Retry-After)',
    expected: 'tries again in 5 min, asked once',
    run: () =>
      withOwnCa(before(always('new-order'), problem(503, 'rateLimited', { 'retry-after': '300' })), (world) =>
        refusedOnce(world, 'new-order'),
      ),
  },
  {
    class: 4,
    fault: 'new certificates of a domain: the 50th and the 51st; a renewal; one place later',
    expected: '50 certificates; refused: rateLimited, come back in 3 h; a renewal is signed; then the 51st is signed',
    run: () =>
      withOwnCa(
        {},
        async (world) => {
          const session = await world.open()
          for (let index = 0; index < 50; index++) await world.issue({ session, names: [named(index)] })
          const signed = world.certificates()
          const refusal = await world.issue({ session, names: [named(50)] }).then(() => 'signed', inWords)
          const renewal = await world.issue({ session, names: [named(0)] }).then(() => 'signed', inWords)
          world.clock.jump(WEEK_MS / 50)
          const later = await world.issue({ session, names: [named(50)] }).then(() => 'signed', inWords)
          return `${counted(signed, 'certificate')}; ${refusal}; a renewal is ${renewal}; then the 51st is ${later}`
        },
        { limits: LETS_ENCRYPT_LIMITS },
      ),
  },
  {
    class: 4,
    fault: 'one set of names: the sixth certificate of a week, without and with `replaces`',
    expected: 'five certificates; refused: rateLimited, come back in 34 h; with `replaces` signed',
    run: () =>
      withOwnCa(
        {},
        async (world) => {
          const session = await world.open()
          let last = ''
          for (let index = 0; index < 5; index++) last = (await world.issue({ session })).chainPem
          const signed = world.certificates()
          const refusal = await world.issue({ session }).then(() => 'signed', inWords)
          const renewal = await world.issue({ session, replaces: certId(last) }).then(() => 'signed', inWords)
          return `${counted(signed, 'certificate')}; ${refusal}; with \`replaces\` ${renewal}`
        },
        { limits: LETS_ENCRYPT_LIMITS },
      ),
  },
  {
    class: 4,
    fault: 'orders of one account: the 301st in three hours',
    expected: '300 orders, then refused: rateLimited, come back in 36 s',
    run: () => withOwnCa({}, (world) => ordersUntilRefused(world, 310), { limits: LETS_ENCRYPT_LIMITS }),
  },
  {
    class: 4,
    fault: 'failed validations of one name: the sixth in an hour',
    expected: '5 failures, then refused: rateLimited, come back in 12 min',
    run: () =>
      withOwnCa(
        {},
        async (world) => {
          const session = await world.open()
          const dns01 = { ...world.judge.zone, set: () => Promise.resolve() }
          for (let failed = 0; failed < 10; failed++) {
            const said = await world.issue({ session, dns01 }).then(() => 'signed', inWords)
            if (!said.includes('did not validate')) return `${failed} failures, then ${said}`
          }
          return 'ten failures'
        },
        { limits: LETS_ENCRYPT_LIMITS },
      ),
  },
]
