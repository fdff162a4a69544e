// The API of one running program: the state that follows it, the door to its methods, the codes that confirm. Electron's IPC,
// the bridge, the tray and the command line all stand on one of these.
import { createConfirmations, type Confirmations } from './confirmations.ts'
import { MAX_LINES, writeDiagnostics } from './diagnostics.ts'
import { createDispatch, type Dispatch } from './dispatch.ts'
import { createDoctorDesk } from '../doctor/desk.ts'
import { createHandlers } from './handlers.ts'
import { keptEvents } from './kept-events.ts'
import { activityAfter, attemptAfter, firstWay, NO_ACTIVITY, stateOf } from './slices/index.ts'
import { logLines } from './log-lines.ts'
import { createState, type StateHolder } from './state.ts'
import type { State } from '../../proto/api/index.ts'
import type { NodeEventLine } from '../../proto/node-events.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { Program } from '../program/program.ts'
import type { Desk } from './desk.ts'
import type { RecentLines } from './recent-lines.ts'

/** What the API needs. */
export interface ApiInit {
  readonly program: Program
  readonly desk: Desk
  readonly host: State['app']['host']
  readonly can: State['settings']['can']
  /** Commands as they can be typed where it was started. @default none */
  readonly typed?: State['app']['typed']
  readonly version: string
  /** @default process.platform */
  readonly platform?: string
  /** The newest log lines, for diagnostics and for whoever asks for them. @default none */
  readonly recent?: Pick<RecentLines, 'keepEvent' | 'lines' | 'written'>
  readonly clock: Clock
  readonly log: Log
}

/** The API. */
export interface Api {
  readonly dispatch: Dispatch
  readonly state: Pick<StateHolder, 'snapshot' | 'subscribe'>
  readonly confirmations: Pick<Confirmations, 'shown'>
  /** What the updater found out. */
  setUpdate(update: State['update']): void
  /** The state follows the program no longer. */
  stop(): void
}

const NO_LINES = { lines: () => [], written: () => 0 }

/** Dates pass without anything else happening: a certificate expires. */
const LOOK_MS = 15_000

/** Makes the API of a program; it may be made before the program is started. */
export function createApi(init: ApiInit): Api {
  const { program, desk, clock, log } = init
  const stopping = new AbortController()
  const confirmations = createConfirmations({ clock })
  let update: State['update'] = { available: null, checkedAt: null }
  let activity = NO_ACTIVITY
  let attempt: State['certificate']['attempt'] = null
  let events: NodeEventLine[] = []
  let looking = false

  const doctor = createDoctorDesk({ program, version: init.version, clock, log, changed: () => refreshSoon() })

  const see = (line?: NodeEventLine) => {
    const { node, network } = program.facts()
    const seen = { attempt: node?.attempt, verdict: node?.verdict, way: firstWay(network.choice), now: clock.now() }
    attempt = attemptAfter(attempt, { ...seen, ...(line ? { line } : {}) })
  }
  const make = (): State => {
    const { host, can, typed, version, platform = process.platform } = init
    return stateOf(
      program.facts(),
      { host, can, typed, version, platform, update, attempt, activity, doctor: doctor.state() },
      clock.now(),
    )
  }
  const state = createState({ initial: make(), clock, log })

  const refresh = () => {
    looking = false
    if (stopping.signal.aborted) return
    see()
    state.replace(make())
  }
  /** Changes come in crowds; all of one turn are one look. */
  const refreshSoon = () => {
    if (looking) return
    looking = true
    setImmediate(refresh)
  }

  const ends = [
    program.onChange(refreshSoon),
    program.onEvent((line) => {
      events.push(line)
      if (events.length >= 2 * MAX_LINES) events = events.slice(-MAX_LINES)
      activity = activityAfter(activity, line)
      see(line)
      refreshSoon()
    }),
    program.onEvent(keptEvents(clock, (event) => init.recent?.keepEvent(event))),
  ]
  const follow = async () => {
    while (!stopping.signal.aborted) {
      await clock.sleep(LOOK_MS, stopping.signal).catch(() => undefined)
      refresh()
    }
  }
  void follow()
  refreshSoon()

  const handlers = createHandlers({
    ...{ program, desk, state, confirmations, clock, refresh, doctor },
    writeDiagnostics: () =>
      writeDiagnostics(program.dir, {
        ...{ at: clock.now(), state: make(), events, logLines: init.recent?.lines() ?? [] },
      }),
    readLog: ({ after = 0, most = MAX_LINES }) => logLines({ recent: init.recent ?? NO_LINES, after, most }),
  })

  return {
    dispatch: createDispatch({ handlers, clock, log, confirmations }),
    state,
    confirmations,
    setUpdate(next) {
      update = next
      refreshSoon()
    },
    stop() {
      for (const end of ends) end()
      stopping.abort()
      doctor.stop()
      state.stop()
    },
  }
}
