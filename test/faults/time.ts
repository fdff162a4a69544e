// Class 6: the clock jumps, is wrong, or the machine sleeps. Decisions compare dates and never count on a timer, so the next
// look at the clock puts everything right; lives of seconds and of months follow the same rules.
import type { AnswerNote } from '../../core/acme/index.ts'
import { decideRenewal, restAfterIssue, tickFor } from '../../core/acme/renewal.ts'
import { systemClock } from '../../core/clock.ts'
import { obtain, openSession, startOwnCa } from '../support/issuance.ts'
import { duration, type Fault, inWords } from './fault.ts'
import { after, always } from './spoil.ts'
import { askAndDecide, decisionInWords } from './renewal-words.ts'
import { jumpingClock, withOwnCa } from './world.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const START = Date.parse('2026-11-20T12:00:00Z')

/** A certificate of 90 days that began now, looked at after so long. */
const after90 = (passMs: number): string =>
  decisionInWords({ notBefore: START, notAfter: START + 90 * DAY_MS }, START + passMs)

const JUMPS: readonly (readonly [what: string, passMs: number, expected: string])[] = [
  ['2 hours ahead', 2 * HOUR_MS, 'renews in 60 d: a third of its life is left'],
  ['40 days ahead', 40 * DAY_MS, 'renews in 20 d: a third of its life is left'],
  ['a day back, before the certificate begins', -DAY_MS, 'renews in 61 d: a third of its life is left'],
  ['70 days ahead (slept past the moment)', 70 * DAY_MS, 'renews now: a third of its life is left'],
  ['over the certificate’s end', 91 * DAY_MS, 'renews now: it has expired'],
]

const LIVES: readonly (readonly [what: string, lifeMs: number, expected: string])[] = [
  ['12 seconds', 12_000, 'renews in 6 s, looks every 600 ms, rests 1200 ms'],
  ['160 hours', 160 * HOUR_MS, 'renews in 3 d, looks every 10 min, rests 6 h'],
  ['45 days', 45 * DAY_MS, 'renews in 30 d, looks every 10 min, rests 6 h'],
  ['90 days', 90 * DAY_MS, 'renews in 60 d, looks every 10 min, rests 6 h'],
]

/** When a life asks for renewal, how often it is looked at, and how long a new one is left alone. */
function rhythm(lifeMs: number): string {
  const certificate = { notBefore: START, notAfter: START + lifeMs }
  const { at } = decideRenewal({ ...certificate, now: START, nextTickMs: tickFor(certificate) })
  const looks = duration(tickFor(certificate))
  return `renews in ${duration(at - START)}, looks every ${looks}, rests ${duration(restAfterIssue(certificate))}`
}

/** One certificate while the client's clock is wrong by so much against the CA's. */
async function withSkew(skewMs: number): Promise<string> {
  const caClock = jumpingClock()
  const own = await startOwnCa({ clock: caClock })
  const clock = jumpingClock(caClock.now() + skewMs)
  const session = await openSession(own, { clock })
  try {
    return await obtain(own, session, ['skew.example.net'], { clock, poll: { deadlineMs: 20 * 60_000 } }).then(
      () => 'one certificate',
      inWords,
    )
  } finally {
    session.close()
    await own.stop()
  }
}

export const TIME_FAULTS: readonly Fault[] = [
  ...JUMPS.map(([what, passMs, expected]): Fault => ({
    class: 6,
    fault: `the clock jumps ${what}`,
    expected,
    run: () => Promise.resolve(after90(passMs)),
  })),
  {
    class: 6,
    fault: 'the machine sleeps 62 days and finds the CA’s window past',
    expected: 'renews now: the CA asked for it; asks again in 6 h',
    run: () => withOwnCa({}, (world) => askAndDecide(world, 62 * DAY_MS)),
  },
  {
    class: 6,
    fault: 'the machine sleeps over the end of the certificate',
    expected: 'renews now: it has expired; then one more certificate',
    run: () =>
      withOwnCa({}, async (world) => {
        const { facts } = await world.issue()
        world.clock.jump(100 * DAY_MS)
        const decision = decisionInWords(facts, world.clock.now())
        await world.issue()
        return `${decision}; then ${world.certificates() === 2 ? 'one more certificate' : 'none'}`
      }),
  },
  ...LIVES.map(([what, lifeMs, expected]): Fault => ({
    class: 6,
    fault: `a life of ${what}`,
    expected,
    run: () => Promise.resolve(rhythm(lifeMs)),
  })),
  {
    class: 6,
    fault: 'the CA’s lives change from 90 to 64 to 45 days',
    expected: 'renews after 60 d, 43 d and 30 d',
    async run() {
      const moments: string[] = []
      for (const days of [90, 64, 45]) {
        const profiles = { now: { description: 'now', validityMs: days * DAY_MS } }
        await withOwnCa(
          {},
          async (world) => {
            const { facts } = await world.issue()
            const { at } = decideRenewal({ ...facts, now: world.clock.now(), nextTickMs: tickFor(facts) })
            moments.push(duration(at - facts.notBefore))
          },
          { profiles, defaultProfile: 'now' },
        )
      }
      return `renews after ${moments.slice(0, -1).join(', ')} and ${moments.at(-1)}`
    },
  },
  {
    class: 6,
    fault: 'our clock is half an hour slow (within what CAs backdate)',
    expected: 'one certificate',
    run: () => withSkew(-HOUR_MS / 2),
  },
  {
    class: 6,
    fault: 'our clock is a day slow: the certificate has not begun yet',
    expected: 'certificate not accepted: not-yet-valid',
    run: () => withSkew(-DAY_MS),
  },
  { class: 6, fault: 'our clock is a day fast', expected: 'one certificate', run: () => withSkew(DAY_MS) },
  {
    class: 6,
    fault: 'the CA’s answers tell its clock, which is a day ahead of ours',
    expected: 'known to be 1 d behind',
    run() {
      const tomorrow = new Date(START + DAY_MS).toUTCString()
      const spoil = after(always('directory'), (answer) => ({
        ...answer,
        headers: { ...answer.headers, date: tomorrow },
      }))
      return withOwnCa(spoil, async (world) => {
        let ahead = 0
        const onAnswer = ({ date }: AnswerNote) => {
          ahead = (date ?? Number.NaN) - world.clock.now()
        }
        await (await world.open({ onAnswer })).directory()
        return `known to be ${duration(ahead)} behind`
      })
    },
  },
  {
    class: 6,
    fault: 'somebody asks a timer for 30 days (more than a timer can hold)',
    expected: 'refused before it fires at once',
    run: () =>
      Promise.resolve()
        .then(() => systemClock.sleep(30 * DAY_MS))
        .then(
          () => 'it fired',
          (error: unknown) => (error instanceof RangeError ? 'refused before it fires at once' : inWords(error)),
        ),
  },
]
