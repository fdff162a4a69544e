// The answer to "why can nobody reach me", as a function of what was found out. Only what is certain may keep a certificate
// from being ordered, so everything that nobody could tell is `unknown`, with the likely reason beside it.
import { addressClass } from '../../core/net/address-class.ts'
import { type IpAddress, parseIp, unmapIp } from '../../proto/ip.ts'
import type { UnreachableReason } from '../../proto/api/index.ts'

export type { UnreachableReason } from '../../proto/api/index.ts'

/**
 * How a dial-back went: our nonce came in; something took the connection but did not speak libp2p (a port with TLS does
 * that); nobody took it; the server would not try; the server could not be asked or did not answer.
 */
export type DialBackOutcome = 'reached' | 'open' | 'closed' | 'refused' | 'no-answer'

/** One try of one server. */
export interface DialBack {
  /** The server, as a person would call it. */
  readonly by: string
  /** Multiaddr that it dialled. */
  readonly address: string
  /** Which of our ports was meant. */
  readonly port: 'tcp' | 'wss'
  readonly outcome: DialBackOutcome
}

export type MappingProtocol = 'upnp' | 'nat-pmp' | 'pcp'

/** A port that the router passes on to us. */
export interface Mapping {
  readonly protocol: MappingProtocol
  readonly external: number
  readonly internal: number
  /** Wall clock, milliseconds; undefined for one that stays until it is removed. */
  readonly expires: number | undefined
}

/** What was found out. */
export interface ReachabilityFacts {
  /** Where the servers of the network are; `none` where there are none to ask. */
  readonly network: 'public' | 'local' | 'none'
  /** How many servers could be connected to. */
  readonly serversReached: number
  /** The network has no servers that would look at us from outside (a forge of AutoTLS). @default false */
  readonly nobodyToAsk?: boolean | undefined
  /** IP addresses of our interfaces that lead outside. */
  readonly localAddresses: readonly string[]
  /** IP addresses under which servers see us, public ones only. */
  readonly publicAddresses: readonly string[]
  /** The router's address on our side. */
  readonly gateway: string | undefined
  readonly routerExternalIp: string | undefined
  /** The router answers, and has no address outside that it would tell. */
  readonly routerWithoutOutside: boolean
  /** What it said to our wish for ports: done, no, nothing at all; or it was not asked. */
  readonly router: 'mapped' | 'refused' | 'none' | 'not-asked'
  readonly mappings: readonly Mapping[]
  readonly ports: { readonly tcp: number | undefined; readonly wss: number | undefined }
  /** The WSS port is another program's. */
  readonly portTaken: boolean
  /** Our WSS listener is up, so that a port that takes connections but speaks no libp2p is ours. */
  readonly wssServed: boolean
  readonly dialBacks: readonly DialBack[]
}

/** The answer. */
export interface Verdict {
  readonly status: 'reachable' | 'unreachable' | 'unknown' | 'local'
  /** Why nobody gets through; of `unknown` the likely reason. */
  readonly reason: UnreachableReason | undefined
  /** Wall clock, milliseconds. */
  readonly checkedAt: number
  readonly facts: ReachabilityFacts
}

/** Judges. */
export function judge(facts: ReachabilityFacts, checkedAt: number): Verdict {
  return { ...decide(facts), checkedAt, facts }
}

/** Whether a certificate must not be ordered now: only where it is certain that nobody gets through. */
export function blocksOrder(verdict: Verdict | undefined): boolean {
  return verdict?.status === 'unreachable'
}

type Decision = Pick<Verdict, 'status' | 'reason'>

function decide(facts: ReachabilityFacts): Decision {
  if (facts.network === 'local') return { status: 'local', reason: undefined }
  if (facts.localAddresses.length === 0) return { status: 'unreachable', reason: 'offline' }
  if (facts.portTaken) return { status: 'unreachable', reason: 'port-taken' }
  if (facts.network === 'none') return { status: 'unknown', reason: undefined }
  // peers that are no servers of the network may have reached us, and that needs nobody else's word
  if ((facts.nobodyToAsk || facts.serversReached === 0) && doorOf(facts) === 'open')
    return { status: 'reachable', reason: undefined }
  if (facts.nobodyToAsk) return { status: 'unknown', reason: isCarrierNat(facts) ? 'carrier-nat' : undefined }
  if (facts.serversReached === 0) return { status: 'unknown', reason: 'offline' }
  if (facts.publicAddresses.length === 0 && !facts.localAddresses.some(isPublic)) {
    return { status: 'unreachable', reason: 'no-public-address' }
  }
  const door = doorOf(facts)
  if (door === 'open') return { status: 'reachable', reason: undefined }
  if (door === 'closed') return { status: 'unreachable', reason: whyClosed(facts) }
  return { status: 'unknown', reason: isCarrierNat(facts) ? 'carrier-nat' : undefined }
}

/** What browsers come in by counts; the plain port stands for it where it could not be tried. */
function doorOf({ dialBacks, wssServed }: ReachabilityFacts): 'open' | 'closed' | 'unknown' {
  const state = (port: DialBack['port'], good: readonly DialBackOutcome[]) => {
    const outcomes = dialBacks.filter((dialBack) => dialBack.port === port).map(({ outcome }) => outcome)
    if (outcomes.some((outcome) => good.includes(outcome))) return 'open'
    // something that takes connections there and is not us may be us, out of breath: no certain answer
    if (outcomes.includes('open')) return 'unknown'
    return outcomes.includes('closed') ? 'closed' : 'unknown'
  }
  const wss = state('wss', wssServed ? ['reached', 'open'] : ['reached'])
  return wss === 'unknown' ? state('tcp', ['reached']) : wss
}

function whyClosed(facts: ReachabilityFacts): UnreachableReason {
  const direct = facts.publicAddresses.some((text) => facts.localAddresses.includes(text))
  const translated = facts.publicAddresses.some(
    (text) => parse(text)?.family === 4 && !facts.localAddresses.includes(text),
  )
  const carrier = isCarrierNat(facts)
  // with an address that is ours and public, no router need pass anything on: somebody turns visitors away. Of a router
  // that could open a port, and a firewall for IPv6 that is mostly the same box, the router is what people can mend
  if (direct && (!translated || carrier)) return 'firewall'
  if (carrier) return 'carrier-nat'
  if (facts.router === 'mapped') return 'firewall'
  return facts.router === 'refused' ? 'router-refused' : 'no-router-control'
}

/** The router's own outside address is not the one the internet sees: somebody further out translates, too. */
function isCarrierNat({ routerExternalIp, routerWithoutOutside, publicAddresses }: ReachabilityFacts): boolean {
  const ip = routerExternalIp === undefined ? undefined : parse(routerExternalIp)
  const seen = publicAddresses.filter((text) => parse(text)?.family === 4)
  if (!ip) return routerWithoutOutside && seen.length > 0
  return addressClass(ip) !== 'public' || (seen.length > 0 && !seen.includes(ip.text))
}

/** Whether an IP address, as text, can be reached from everywhere. */
export function isPublic(text: string): boolean {
  const ip = parse(text)
  return ip !== undefined && addressClass(ip) === 'public'
}

function parse(text: string): IpAddress | undefined {
  const ip = parseIp(text)
  return ip && unmapIp(ip)
}
