// Dialling a peer at several addresses side by side. js-libp2p's own queue tries them one after the other and gives each several
// seconds, so that one address which swallows packets keeps the good ones waiting for longer than most callers have.
import { inTurn, sideBySide } from './side-by-side.ts'
import { systemClock, type Clock } from '../clock.ts'
import type { DialGuard } from './dial-guard.ts'
import type { Connection, Libp2p } from '@libp2p/interface'
import type { TransportManager } from '@libp2p/interface-internal'
import type { Multiaddr } from '@multiformats/multiaddr'

/** Dials of single addresses, past the library's queue: a service of a host. */
export interface SingleDials {
  /** @throws whatever kept it from a secured connection with the peer that the address ends with, or with anybody where it names none */
  dial(address: Multiaddr, options: { readonly signal: AbortSignal }): Promise<Connection>
  /** These may lead anywhere: a person or their servers named them. */
  trust(addresses: readonly Multiaddr[]): void
  /** Whether there is a transport for an address. */
  canDial(address: Multiaddr): boolean
  /** Whether a peer is dialled just now at a name that a person or their servers gave, wherever that leads. */
  expects(peer: string): boolean
  /** Says so, while the work lasts. */
  expecting<Result>(peer: string | undefined, work: () => Promise<Result>): Promise<Result>
}

/**
 * The service; its connections are the host's like all others. The signal is over with the dial: TCP's transport gives the one that it
 * gets to the socket, which would end the connection whenever that fires later, for example because another address was slower.
 */
export function singleDials(
  guard: DialGuard,
): (components: { readonly transportManager: TransportManager }) => SingleDials {
  return ({ transportManager }) => {
    /** For each dial that is under way. */
    const expected: string[] = []
    return {
      async dial(address, { signal }) {
        signal.throwIfAborted()
        const own = new AbortController()
        const onAbort = () => own.abort(signal.reason)
        signal.addEventListener('abort', onAbort, { once: true })
        try {
          return await transportManager.dial(address, { signal: own.signal })
        } finally {
          signal.removeEventListener('abort', onAbort)
        }
      },
      trust: (addresses) => guard.trust(addresses),
      canDial: (address) => transportManager.dialTransportForMultiaddr(address) !== undefined,
      expects: (peer) => expected.includes(peer),
      async expecting(peer, work) {
        if (peer !== undefined) expected.push(peer)
        try {
          return await work()
        } finally {
          if (peer !== undefined) expected.splice(expected.indexOf(peer), 1)
        }
      },
    }
  }
}

/** A host that can be told to. */
export type DiallingHost = Pick<Libp2p<{ readonly singleDials: SingleDials }>, 'dial' | 'getConnections' | 'services'>

/** How a peer is dialled. */
export interface DialManyOptions {
  readonly signal: AbortSignal
  /** Who told us the addresses: those of strangers lead nowhere but where they may (dial-guard.ts). */
  readonly namedBy: 'chosen' | 'stranger'
  /** For how long all of it may last, milliseconds. */
  readonly withinMs: number
  /** Makes a new connection where there is one already. @default false */
  readonly force?: boolean | undefined
  /** @default the system's */
  readonly clock?: Clock | undefined
}

/**
 * Connects to a peer at whichever of its addresses answers first.
 *
 * @param addresses  all of one peer, the likeliest first
 * @throws what the dial of one address throws; AggregateError of those of several; the signal's reason
 */
export async function dialMany(
  host: DiallingHost,
  addresses: readonly Multiaddr[],
  { signal, namedBy, withinMs, force = false, clock = systemClock }: DialManyOptions,
): Promise<Connection> {
  if (namedBy === 'chosen') host.services.singleDials.trust(addresses)
  const inOrder = familiesInTurn(addresses)
  const peer = addresses[0]?.getComponents().findLast(({ name }) => name === 'p2p')?.value
  if (addresses.some((address) => isAddressList(address))) {
    const dial = () => host.dial(inOrder, { signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]), force })
    return host.services.singleDials.expecting(namedBy === 'chosen' ? peer : undefined, dial)
  }
  const known = force ? undefined : openConnection(host, peer)
  if (known) return known
  try {
    return await sideBySide(inOrder, (address, ends) => host.services.singleDials.dial(address, { signal: ends }), {
      ...{ clock, signal, withinMs },
      discard: (connection) => connection.abort(new Error('another address was faster')),
    })
  } catch (error) {
    throw error instanceof AggregateError && error.errors.length === 1 ? error.errors[0] : error
  }
}

/** Whether an address is a name that stands for a list of addresses, which the library's own way resolves. */
export function isAddressList(address: Multiaddr): boolean {
  return nameOf(address) === 'dnsaddr'
}

function openConnection(host: Pick<Libp2p, 'getConnections'>, peer: string | undefined): Connection | undefined {
  return host.getConnections().find(({ remotePeer, status }) => remotePeer.toString() === peer && status === 'open')
}

/** IPv6, IPv4, IPv6, … (RFC 8305 section 4), beginning with the first one's family. */
function familiesInTurn(addresses: readonly Multiaddr[]): Multiaddr[] {
  return inTurn([...Map.groupBy(addresses, familyOf).values()])
}

/** 4 or 6; 0 for a name that may be of either. */
export function familyOf(address: Multiaddr): number {
  return FAMILIES.get(nameOf(address) ?? '') ?? 0
}

const FAMILIES: ReadonlyMap<string, number> = new Map([
  ['ip4', 4],
  ['dns4', 4],
  ['ip6', 6],
  ['dns6', 6],
])

function nameOf(address: Multiaddr): string | undefined {
  return address.getComponents()[0]?.name
}
