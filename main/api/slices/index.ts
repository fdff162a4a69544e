// All slices of the state, made from what is known of the program: a function of its arguments, called after every change.
import { activityAfter, NO_ACTIVITY } from './activity.ts'
import { addressesSlice } from './addresses.ts'
import { DEFAULT_TCP_PORT, DEFAULT_WSS_PORT } from '../../settings/config.ts'
import { attemptAfter, firstWay } from './attempt.ts'
import { certificateSlice } from './certificate.ts'
import { nameSlice } from './name.ts'
import { peersSlice } from './peers.ts'
import { reachabilitySlice } from './reachability.ts'
import type { State } from '../../../proto/api/index.ts'
import type { ProgramFacts } from '../../program/program.ts'
import type { Activity } from './activity.ts'
import type { AttemptView } from './attempt.ts'

export { activityAfter, type Activity, attemptAfter, type AttemptView, firstWay, NO_ACTIVITY }

/** What does not come from the program: who shows it, and what was gathered from events. */
export interface Around {
  readonly version: string
  readonly host: State['app']['host']
  readonly platform: string
  readonly can: State['settings']['can']
  readonly typed?: State['app']['typed']
  readonly update: State['update']
  readonly attempt: AttemptView | null
  readonly activity: Activity
  readonly doctor: State['doctor']
}

const MAX_NOTICES = 20

/**
 * Makes the state.
 *
 * @param now  milliseconds since 1970
 */
export function stateOf(facts: ProgramFacts, around: Around, now: number): State {
  const { version, host, platform, can, typed, update, attempt, activity, doctor } = around
  return {
    app: {
      ...{ version, host, platform, phase: facts.phase, problem: facts.problem ?? null, firstRun: facts.firstRun },
      ...(typed ? { typed } : {}),
      notices: facts.notices.slice(0, MAX_NOTICES),
    },
    identity: facts.identity,
    network: facts.network,
    certificate: certificateSlice(facts, attempt, now),
    addresses: { ...addressesSlice(facts.node, now), visit: facts.visit ?? null },
    reachability: reachabilitySlice(facts.node),
    peers: peersSlice(facts.node, facts.peerNames),
    name: nameSlice(facts.naming),
    activity: { entries: [...activity.entries] },
    settings: {
      ...{ values: realPorts(facts), locked: [...facts.settings.locked], can },
      dialPolicies: [...(facts.settings.dialPolicies ?? [])],
    },
    ...{ update, doctor },
  }
}

/** A configuration may say 0, any free port; what is shown is the one that it became. */
function realPorts({ settings: { values }, node }: ProgramFacts): State['settings']['values'] {
  const tcpPort = values.tcpPort || node?.ports.tcp || DEFAULT_TCP_PORT
  const wssPort = values.wssPort || node?.ports.wss || DEFAULT_WSS_PORT
  return { ...values, tcpPort, wssPort }
}
