// What is known of whether others can reach this node, as a value: the verdict, whether something has changed since, and how the
// node looks from outside. `next` says what each event makes of it.
import { multiaddr } from '@multiformats/multiaddr'
import type { OutsideView } from '../node/node-host.ts'
import type { RouterAnswer } from './router/port-mapper.ts'
import type { ReachabilityFacts, Verdict } from './verdict.ts'

/** What is known. */
export interface ReachabilityState {
  readonly verdict: Verdict | undefined
  /** Something has changed since the verdict: it is not believed any more. */
  readonly stale: boolean
  readonly outside: OutsideView
}

/** What happens. */
export type ReachabilityEvent =
  /** The network, the machine or who could look at us has changed. */
  | { readonly event: 'changed' }
  | { readonly event: 'check-begun' }
  | { readonly event: 'checked'; readonly verdict: Verdict }
  /** The router passes this port on to our WSS listener; undefined for none. */
  | { readonly event: 'port-passed-on'; readonly wssPort: number | undefined }
  /** The router was asked again between two checks. */
  | { readonly event: 'router-asked'; readonly answer: RouterAnswer }

/** A verdict is believed for so long: as often as a person would look. */
export const VERDICT_MS = 10 * 60_000

/** Peers come and go; a check takes 15 seconds and opens a few connections. */
export const RECHECK_MS = 60_000

/** Before the first check. */
export const NOTHING_KNOWN: ReachabilityState = {
  ...{ verdict: undefined, stale: false, outside: { wssPort: undefined, addresses: [] } },
}

/** What an event makes of what is known. */
export function next(state: ReachabilityState, happened: ReachabilityEvent): ReachabilityState {
  const { verdict, outside } = state
  switch (happened.event) {
    case 'changed':
      return { ...state, stale: true }
    case 'check-begun':
      return { ...state, stale: false }
    case 'checked':
      return { ...state, verdict: happened.verdict, outside: viewOf(happened.verdict.facts) }
    case 'port-passed-on':
      return { ...state, outside: { ...outside, wssPort: happened.wssPort } }
    default: {
      if (!verdict) return state
      // what was found by dialling holds while the router does the same as before
      const facts = withAnswer(verdict.facts, happened.answer)
      const isSame = portsOf(facts) === portsOf(verdict.facts)
      return {
        verdict: { ...verdict, facts },
        stale: state.stale || !isSame,
        outside: { ...outside, ips: leadingHere(facts) },
      }
    }
  }
}

/** The verdict, where it still counts. */
export function believed({ verdict, stale }: ReachabilityState, now: number): Verdict | undefined {
  const age = verdict ? now - verdict.checkedAt : Infinity
  return !stale && age >= 0 && age < VERDICT_MS ? verdict : undefined
}

/** Whether somebody who has just come may answer what nobody could. */
export function isWorthAnother({ verdict }: ReachabilityState, now: number): boolean {
  return verdict?.status === 'unknown' && now - verdict.checkedAt >= RECHECK_MS
}

/** IP addresses at which this machine is meant: its own, those that servers see, and the router's where that passes WSS on. */
export function leadingHere(facts: ReachabilityFacts): string[] {
  const { localAddresses, publicAddresses, routerExternalIp, mappings, ports } = facts
  const passedOn = mappings.some(({ internal }) => internal === ports.wss)
  return [
    ...new Set([...publicAddresses, ...(passedOn && routerExternalIp ? [routerExternalIp] : []), ...localAddresses]),
  ]
}

function viewOf(facts: ReachabilityFacts): OutsideView {
  const reached = facts.dialBacks.filter(({ port, outcome }) => port === 'tcp' && outcome === 'reached')
  const wssPort = facts.mappings.find(({ internal }) => internal === facts.ports.wss)?.external
  const addresses = [...new Set(reached.map(({ address }) => address))].map((text) => multiaddr(text))
  return { wssPort, addresses, ips: leadingHere(facts) }
}

function withAnswer(facts: ReachabilityFacts, answer: RouterAnswer): ReachabilityFacts {
  const { outcome: router, mappings, gateway, externalIp: routerExternalIp, withoutOutside } = answer
  return { ...facts, router, mappings, gateway, routerExternalIp, routerWithoutOutside: withoutOutside }
}

/** What a verdict depends on of what the router does. */
function portsOf({ router, mappings, routerExternalIp }: ReachabilityFacts): string {
  return JSON.stringify([router, routerExternalIp, mappings.map(({ internal, external }) => [internal, external])])
}
