// Where the certificate's life stands, as one word: what the icon shows and Home says. The order of the questions is the
// order of what a person should hear first: what keeps the node from running, then what is going on, then what keeps visitors
// away, then what did not work.
import { problemOfFailure } from './problems.ts'
import type { LifeState, Problem, State, UnreachableReason } from '../../../proto/api/index.ts'
import type { NodeFacts, ProgramFacts } from '../../program/program.ts'

type Life = State['certificate']['life']

/** What decides. */
export type LifeFacts = Pick<ProgramFacts, 'phase' | 'problem' | 'identity' | 'network' | 'node'>

/**
 * Decides.
 *
 * @param now  milliseconds since 1970
 */
export function lifeOf(facts: LifeFacts, now: number): Life {
  const { node } = facts
  const locked = facts.identity.state !== 'ready' && facts.identity.state !== 'unknown'
  if (!node) {
    if (locked) return life('key-locked', { problem: facts.problem ?? null })
    if (facts.phase === 'failed') return life('failed', { problem: facts.problem ?? null })
    return life(facts.network.choice === null && facts.phase === 'running' ? 'no-network' : 'starting')
  }
  const { certificate } = node
  const own = node.otherZone === undefined ? certificate : undefined
  if (own && now < own.notAfter) return lifeInTime(node)
  return lifeWithout(node, own !== undefined)
}

/** A certificate is in service and good. */
function lifeInTime(node: NodeFacts): Life {
  const problem = node.failed ? problemOfFailure(node.failed) : null
  const nextTryAt = node.nextAttemptAt ?? node.failed?.retryAt ?? null
  if (node.attempt) return life('renewing')
  const closed = whyClosed(node)
  if (closed === 'offline') return life('offline', { problem, reason: closed, nextTryAt })
  if (closed) return life('unreachable', { problem, reason: closed, nextTryAt })
  if (node.failed) return life('renewal-failed', { problem, nextTryAt })
  // without a reason: whether it is us or them, nobody can tell from here
  if (nobodyAnswers(node)) return life('offline', { nextTryAt })
  return life('serving')
}

/** There is none, or one whose time is over. */
function lifeWithout(node: NodeFacts, expired: boolean): Life {
  const { failed } = node
  if (node.attempt) return life('working')
  if (!node.hasIssuer) return life('no-network')
  const problem = failed ? problemOfFailure(failed) : null
  const nextTryAt = failed?.retryAt ?? (failed || expired ? (node.nextAttemptAt ?? null) : null)
  const reason = whyClosed(node)
  if (expired) return life('expired', { problem, nextTryAt, reason: reason === 'offline' ? null : reason })
  if (reason === 'offline') return life('offline', { problem, reason, nextTryAt })
  if (!failed || !problem) return life('idle')
  switch (problem.code) {
    case 'unreachable': {
      const closed = reason ?? whyNotReached(node)
      // visitors get through by now: the next attempt may be made at once
      return closed ? life('unreachable', { problem, nextTryAt, reason: closed }) : life('idle', { nextTryAt })
    }
    case 'ca-limit':
      return life('rate-limited', { problem, nextTryAt })
    case 'refused':
    case 'other-zone':
      return life('refused', { problem, nextTryAt })
    case 'port-taken':
      return life('unreachable', { problem, nextTryAt, reason: 'port-taken' })
    case 'cancelled':
      return life('idle')
    default:
      return life('failed', { problem, nextTryAt })
  }
}

/** Why nobody gets through, where that is certain; `offline` is a machine without any network. */
function whyClosed({ verdict }: NodeFacts): UnreachableReason | undefined {
  return verdict?.status === 'unreachable' ? (verdict.reason ?? 'no-public-address') : undefined
}

/** Neither the servers of the network nor any peer: the internet may be away, or they are. */
function nobodyAnswers({ verdict, peers }: NodeFacts): boolean {
  const silent = verdict?.status === 'unknown' && verdict.reason === 'offline'
  return silent && !peers.some(({ connected }) => connected)
}

/** A broker that knocked in vain knows better than a look that found out nothing, or was made before. */
function whyNotReached({ failed, verdict }: NodeFacts): UnreachableReason | undefined {
  if (verdict?.status === 'reachable' && verdict.checkedAt > (failed?.at ?? Infinity)) return undefined
  switch (failed?.failure.code) {
    case 'not-dialled':
      return 'not-dialled'
    case 'no-address':
      return whyNoAddress(verdict)
    default:
      return undefined
  }
}

/** Why no address outside is known: a router that would tell one does not, or there is none. */
function whyNoAddress(verdict: NodeFacts['verdict']): UnreachableReason {
  if (verdict?.reason !== undefined) return verdict.reason
  if (verdict?.facts.router === 'refused') return 'router-refused'
  return verdict?.facts.router === 'none' ? 'no-router-control' : 'no-public-address'
}

function life(
  state: LifeState,
  rest: {
    readonly problem?: Problem | null
    readonly reason?: UnreachableReason | null | undefined
    readonly nextTryAt?: number | null
  } = {},
): Life {
  return { state, problem: rest.problem ?? null, reason: rest.reason ?? null, nextTryAt: rest.nextTryAt ?? null }
}
