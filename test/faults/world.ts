// A small world in which something goes wrong: a CA, a zone, one client with one account, and a count of everything. With our
// own CA time is a clock that jumps over every wait; Pebble is another process and needs the real one.
import { setTimeout } from 'node:timers/promises'
import { type AcmeSession, memoryAccountStore, type SessionOptions } from '../../core/acme/index.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import type { CaInit } from '../../servers/ca/ca.ts'
import type { CaAnswer, Faults } from '../../servers/ca/http.ts'
import { type Judge, obtain, type Obtained, openSession, QUICK_POLL, startOwnCa } from '../support/issuance.ts'
import { type PebbleOptions, startPebble } from '../support/pebble.ts'
import { createTestTls } from '../support/tls.ts'
import { counted, inWords } from './fault.ts'
import { startFaultProxy } from './proxy.ts'
import { kindOf, type Spoil, type Verdict } from './spoil.ts'

/** A clock that hardly waits: whoever sleeps finds it moved. */
export interface JumpingClock extends Clock {
  readonly waits: readonly number[]
  jump(ms: number): void
}

/** The longest that a jump may take. */
const MAX_REAL_WAIT_MS = 25
/** So many waits fit in that a busy machine is not taken for a CA that never ends. */
const JUMPING_POLL = { deadlineMs: 20 * 60_000 }

const START = Date.parse('2026-11-20T12:00:00Z')

export function jumpingClock(start = START): JumpingClock {
  let now = start
  const waits: number[] = []
  return {
    waits,
    now: () => now,
    jump(ms) {
      now += ms
    },
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      waits.push(ms)
      now += ms
      // What goes on in the background has a little time, as it would have had much.
      await setTimeout(Math.min(ms / 500, MAX_REAL_WAIT_MS))
      signal?.throwIfAborted()
    },
  }
}

export const NAMES = ['*.faults.example.net']

export interface World {
  readonly judge: Judge
  readonly clock: Clock
  /** Every request that reached the CA's door, `POST finalize`. */
  readonly requests: readonly string[]
  /** How many certificates the CA has signed. */
  certificates(): number
  open(options?: Partial<SessionOptions>): Promise<AcmeSession>
  /** One certificate by the world's own account. */
  issue(options?: IssueOptions): Promise<Obtained>
  /** The same, told in words: certificates counted at the CA, errors, and what was left behind. */
  tell(options?: IssueOptions): Promise<string>
}

export type IssueOptions = NonNullable<Parameters<typeof obtain>[3]>

export interface OwnWorld extends World {
  readonly clock: JumpingClock
  readonly ca: Awaited<ReturnType<typeof startOwnCa>>['ca']
}

/** Runs a piece of work with our own CA, and ends both. */
export async function withOwnCa<T>(
  spoil: Spoil,
  work: (world: OwnWorld) => Promise<T>,
  init: Partial<CaInit> & { readonly session?: Partial<SessionOptions> } = {},
): Promise<T> {
  const { session, ...caInit } = init
  const clock = jumpingClock()
  const requests: string[] = []
  const own = await startOwnCa({ clock, ...caInit, faults: faultsOf(spoil, requests) })
  const world = worldOf({ judge: own, clock, requests, session, certificates: () => own.ca.stats().certificates })
  try {
    return await work({ ...world, clock, ca: own.ca })
  } finally {
    world.close()
    await own.stop()
  }
}

/** Runs a piece of work with Pebble behind the fault proxy, and ends all. */
export async function withPebble<T>(
  spoil: Spoil,
  work: (world: World) => Promise<T>,
  options: PebbleOptions = {},
): Promise<T> {
  const pebble = await startPebble(options)
  const proxy = await startFaultProxy({ upstream: pebble, tls: await createTestTls(), spoil })
  const directoryUrl = pebble.directoryUrl.replace(/^https:\/\/[^/]+/, proxy.origin)
  const judge = { ...pebble, directoryUrl, trustAnchorPem: proxy.rootPem }
  const { requests } = proxy
  const world = worldOf({ judge, clock: systemClock, requests, session: undefined, certificates: () => proxy.signed() })
  try {
    return await work(world)
  } finally {
    world.close()
    await proxy.close()
    await pebble.stop()
  }
}

function worldOf(parts: {
  readonly judge: Judge
  readonly clock: Clock
  readonly requests: readonly string[]
  readonly session: Partial<SessionOptions> | undefined
  readonly certificates: () => number
}): World & { close(): void } {
  const { judge, clock, requests, certificates } = parts
  const opened: AcmeSession[] = []
  const store = memoryAccountStore()
  const open: World['open'] = async (options = {}) => {
    const session = await openSession(judge, { store, clock, ...parts.session, ...options })
    opened.push(session)
    return session
  }
  const issue: World['issue'] = async (options = {}) =>
    obtain(judge, options.session ?? (await open()), options.names ?? NAMES, {
      clock,
      poll: clock === systemClock ? QUICK_POLL : JUMPING_POLL,
      ...options,
    })
  return {
    judge,
    clock,
    requests,
    certificates,
    open,
    issue,
    async tell(options) {
      const said = await issue(options).then(() => undefined, inWords)
      const signed = certificates()
      const words = said === undefined ? [counted(signed, 'certificate')] : [said]
      if (said !== undefined && signed > 0) words.push(`${counted(signed, 'certificate')} at the CA`)
      return [...words, ...leftIn(judge)].join(', ')
    },
    close: () => opened.forEach((session) => session.close()),
  }
}

/** TXT values that nobody took away. */
export function leftIn({ zone }: Judge): string[] {
  const values = [...zone.records.values()].flat()
  return values.length === 0 ? [] : [`${counted(values.length, 'TXT value')} left`]
}

/** The spoiling as our own CA understands it. */
function faultsOf(spoil: Spoil, requests: string[]): Faults {
  const carry = (verdict: Verdict, otherwise: CaAnswer | undefined) => {
    if (verdict === 'hang') return new Promise<never>(() => undefined)
    return verdict === 'cut' ? 'drop' : (verdict ?? otherwise)
  }
  return {
    before({ method, path }) {
      const kind = kindOf(path)
      requests.push(`${method} ${kind}`)
      return carry(spoil.before?.({ kind, method, path }), undefined)
    },
    after: ({ method, path }, answer) =>
      carry(spoil.after?.({ kind: kindOf(path), method, path }, answer), answer) ?? answer,
  }
}
