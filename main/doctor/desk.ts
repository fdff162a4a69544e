// "Check everything" of a running program: one look at a time, whoever asks, and what it has found so far for everybody who shows the
// node. A look is asked for again as often as one likes, and makes the node look from outside anew.
import { NODE_CHECKS, type NodeCheck, type NodeFinding } from '../../proto/doctor.ts'
import { cardText } from './card.ts'
import { runDoctor } from './doctor.ts'
import type { State } from '../../proto/api/index.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { Program } from '../program/program.ts'

/** The desk. */
export interface DoctorDesk {
  /** Begins a look, or joins the one that is under way; comes back at once. */
  start(): void
  state(): State['doctor']
  /** What was found, for somebody who helps; empty before a look. */
  card(): string
  stop(): void
}

/** What it needs. */
export interface DoctorDeskInit {
  readonly program: Pick<Program, 'facts' | 'dir' | 'doctorConfig' | 'checkReachability'>
  readonly version: string
  readonly clock: Clock
  readonly log: Log
  readonly changed: () => void
}

/** Often enough that nobody waits for it. */
const LOOK_MS = 200

/** Makes it. */
export function createDoctorDesk({ program, version, clock, log, changed }: DoctorDeskInit): DoctorDesk {
  const stopping = new AbortController()
  let state: State['doctor'] = { startedAt: null, endedAt: null, findings: [] }
  let running = false

  const put = (next: State['doctor']) => {
    state = next
    changed()
  }
  const tell = (check: NodeCheck, { code, params }: NodeFinding) =>
    put({ ...state, findings: state.findings.map((one) => (one.check === check ? { check, code, params } : one)) })

  /** Over when the look from outside that was just asked for is. */
  const lookFromOutside = async (): Promise<void> => {
    if (!program.facts().node) return
    program.checkReachability()
    while (program.facts().node?.checking === true) await clock.sleep(LOOK_MS, stopping.signal)
  }

  const run = async (): Promise<void> => {
    const { identity, network } = program.facts()
    const looked = lookFromOutside()
    looked.catch(() => undefined)
    const certificate = program.facts().node?.certificate
    await runDoctor({
      ...{ dir: program.dir, clock, log, identity, certificate, looked, tell, signal: stopping.signal },
      config: program.doctorConfig(),
      hasNetwork: network.choice !== null,
      node: () => program.facts().node,
    })
  }

  return {
    start() {
      if (running || stopping.signal.aborted) return
      running = true
      const findings = NODE_CHECKS.map((check) => ({ check, code: null, params: {} }))
      put({ startedAt: clock.now(), endedAt: null, findings })
      void run()
        .catch((error: unknown) => log.warn({ error: String(error) }, 'the check-up failed'))
        .finally(() => {
          running = false
          put({ ...state, endedAt: clock.now() })
        })
    },
    state: () => state,
    card() {
      if (state.endedAt === null) return ''
      const { identity, network } = program.facts()
      const about = { version, at: state.endedAt, peerId: identity.peerId, zone: network.choice?.zone ?? null }
      return cardText(state.findings, about)
    },
    stop: () => stopping.abort(new Error('the program stops')),
  }
}
