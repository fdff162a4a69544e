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
}

/**
 * The service; its connections are the host's like all others. The signal is over with the dial: TCP's transport gives the one that it
 * gets to the socket, which would end the connection whenever that fires later, for example because another address was slower.
 */
export function singleDials(
  guard: DialGuard,
): (components: { readonly transportManager: TransportManager }) => SingleDials {
  return ({ transportManager }) => ({
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
  })
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
  // the library's own way resolves names that stand for lists of addresses
  const isPlain = addresses.length > 1 && !addresses.some((address) => nameOf(address) === 'dnsaddr')
  if (!isPlain) return host.dial(inOrder, { signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]), force })
  const known = force ? undefined : openConnection(host, addresses)
  if (known) return known
  return sideBySide(inOrder, (address, ends) => host.services.singleDials.dial(address, { signal: ends }), {
    ...{ clock, signal, withinMs },
    discard: (connection) => connection.abort(new Error('another address was faster')),
  })
}

function openConnection(host: Pick<Libp2p, 'getConnections'>, addresses: readonly Multiaddr[]): Connection | undefined {
  const peer = addresses[0]?.getComponents().findLast(({ name }) => name === 'p2p')?.value
  return host.getConnections().find(({ remotePeer, status }) => remotePeer.toString() === peer && status === 'open')
}

/** IPv6, IPv4, IPv6, … (RFC 8305 section 4), beginning with the first one's family; names count as neither. */
function familiesInTurn(addresses: readonly Multiaddr[]): Multiaddr[] {
  return inTurn([...Map.groupBy(addresses, (address) => FAMILIES.get(nameOf(address) ?? '') ?? 0).values()])
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
