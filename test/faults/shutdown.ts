// Class 13: somebody quits while we wait. Each wait ends within a second; no TXT value, no timer and no socket stays, which is
// counted by what would keep the process alive.
import type { Dns01 } from '../../core/acme/index.ts'
import { systemClock } from '../../core/clock.ts'
import { QUICK_POLL } from '../support/issuance.ts'
import { settle } from '../support/manual-clock.ts'
import { counted, type Fault, inWords } from './fault.ts'
import { after, before, POST_KINDS, type Spoil, times } from './spoil.ts'
import { type IssueOptions, leftIn, type OwnWorld, withOwnCa } from './world.ts'

const QUIT = 'user quit'
const CLEAN = 'ends within a second, nothing left behind'
/** What a stopped client may take. */
const PROMPT_MS = 1000

/** Everything that keeps a process alive and that a client makes. */
function heldResources(): number {
  const ours = new Set(['Timeout', 'TCPSocketWrap', 'TLSWrap', 'TCPServerWrap', 'UDPWRAP', 'GetAddrInfoReqWrap'])
  return process.getActiveResourcesInfo().filter((kind) => ours.has(kind)).length
}

type Quit = () => void

/** One issuance that is aborted at some point; what came of it and what is left. */
async function abortWhile(
  spoilBy: (quit: Quit) => Spoil,
  options: (world: OwnWorld, quit: Quit) => IssueOptions = () => ({}),
): Promise<string> {
  const held = heldResources()
  const stop = new AbortController()
  let quitAt = Number.NaN
  const quit = () =>
    setImmediate(() => {
      quitAt = performance.now()
      stop.abort(new Error(QUIT))
    })
  const told: string[] = []
  await withOwnCa(spoilBy(quit), async (world) => {
    const said = await world
      .issue({ signal: stop.signal, clock: systemClock, poll: QUICK_POLL, ...options(world, quit) })
      .then(() => 'one certificate', inWords)
    const took = performance.now() - quitAt
    if (said !== QUIT) told.push(said)
    told.push(took < PROMPT_MS ? 'ends within a second' : `ends after ${Math.round(took)} ms`, ...leftIn(world.judge))
  })
  await settle()
  const more = heldResources() - held
  told.push(more > 0 ? `${counted(more, 'timer or socket')} left` : told.length === 1 ? 'nothing left behind' : '')
  return told.filter((part) => part !== '').join(', ')
}

/** Quits when the CA has been asked, which then never answers. */
const silentAt =
  (kind: (typeof POST_KINDS)[number]) =>
  (quit: Quit): Spoil => {
    const hit = times(1, kind)
    return before((exchange) => {
      if (!hit(exchange)) return false
      quit()
      return true
    }, 'hang')
  }

/** Waits for nothing but the abort. */
function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

const NEVER_DONE: Spoil = after(
  ({ kind }) => kind === 'order',
  (answer) => ({ ...answer, body: { ...Object(answer.body), status: 'pending' } }),
)

export const SHUTDOWN_FAULTS: readonly Fault[] = [
  ...POST_KINDS.map((kind): Fault => ({
    class: 13,
    fault: `quitting while the CA is silent (${kind})`,
    expected: CLEAN,
    run: () => abortWhile(silentAt(kind)),
  })),
  {
    class: 13,
    fault: 'quitting while a TXT value is being set',
    expected: CLEAN,
    run: () =>
      abortWhile(
        () => ({}),
        ({ judge: { zone } }, quit) => {
          const set: Dns01['set'] = async (name, value, signal) => {
            await zone.set(name, value, signal)
            quit()
            await untilAborted(signal)
          }
          return { dns01: { ...zone, set } }
        },
      ),
  },
  {
    class: 13,
    fault: 'quitting while the DNS servers are being checked',
    expected: CLEAN,
    run: () =>
      abortWhile(
        () => ({}),
        ({ judge: { zone } }, quit) => {
          const preCheck: Dns01['preCheck'] = (_name, _value, signal) => {
            quit()
            return untilAborted(signal)
          }
          return { dns01: { ...zone, preCheck } }
        },
      ),
  },
  {
    class: 13,
    fault: 'quitting between two polls a minute apart',
    expected: CLEAN,
    run: () =>
      abortWhile(
        () => NEVER_DONE,
        (_world, quit) => ({
          poll: { firstMs: 60_000, maxMs: 60_000, deadlineMs: 600_000 },
          onStep: ({ step }) => void (step === 'challenge-told' && quit()),
        }),
      ),
  },
  {
    class: 13,
    fault: 'quitting with thirty requests in line for a silent CA',
    expected: CLEAN,
    async run() {
      const held = heldResources()
      const stop = new AbortController()
      const begun = Promise.withResolvers<void>()
      const silent: Spoil = {
        before({ kind }) {
          if (kind !== 'new-order') return undefined
          begun.resolve()
          return 'hang'
        },
      }
      const told = await withOwnCa(silent, async (world) => {
        const session = await world.open()
        await session.account()
        const all = Array.from({ length: 30 }, (_, index) =>
          session.newOrder({ names: [`n${index}.example.net`] }, stop.signal).then(() => 'an order', inWords),
        )
        await begun.promise
        const began = performance.now()
        stop.abort(new Error(QUIT))
        const ends = new Set(await Promise.all(all))
        const prompt = performance.now() - began < PROMPT_MS && ends.size === 1 && ends.has(QUIT)
        return prompt ? 'ends within a second' : [...ends].join(', ')
      })
      await settle()
      const more = heldResources() - held
      return `${told}, ${more > 0 ? `${counted(more, 'timer or socket')} left` : 'nothing left behind'}`
    },
  },
  {
    class: 13,
    fault: 'quitting before anything was sent',
    expected: 'user quit, nothing asked',
    run: () =>
      withOwnCa({}, async (world) => {
        const told = await world.tell({ signal: AbortSignal.abort(new Error(QUIT)) })
        return `${told}, ${world.requests.length === 0 ? 'nothing asked' : world.requests.join(', ')}`
      }),
  },
]
