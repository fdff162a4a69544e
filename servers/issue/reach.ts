// Whether a peer can be reached at an address that it has proved. Whoever only makes connections from there (through a VPN, or behind
// a carrier's NAT) shares the address with others, and a name for it would be theirs as much. So the peer is dialled back, at that very
// address and at a port where it says that it listens, and has to show there who it is.
import { setTimeout } from 'node:timers/promises'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { ipOf } from '../../core/net/multiaddr-ip.ts'
import { createDialLimits, isNodePort } from '../../core/net/dial-limits.ts'
import { networkOf } from '../../core/net/network.ts'
import { createPlaces } from '../../core/net/places.ts'
import type { IpAddress } from '../../proto/ip.ts'
import type { Clock } from '../../core/clock.ts'
import type { Host } from '../../core/host.ts'
import type { Log } from '../../core/log.ts'
import type { Connection, PeerId } from '@libp2p/interface'

/** Dials a peer back. @returns for each address that it was not reached at, why not; never rejects but for the signal */
export type Reach = (
  connection: Connection,
  addresses: readonly IpAddress[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, string>>

/** Identify is one round trip; a peer that does not answer it tells no ports. */
const IDENTIFY_TIMEOUT_MS = 3_000
/** It takes a round trip. */
const IDENTIFY_AGAIN_MS = 100

/** An open port answers within a round trip or two, and noise takes two more; the client waits ten seconds for the grant. */
const DIAL_TIMEOUT_MS = 5_000

/** A node has one port for TCP; a router may have given it another one. */
const MAX_PORTS = 3

/** So that nobody makes us knock at a network: an honest peer is dialled with each order that has names with an address. */
const DIALS = { network: { count: 300, windowMs: 10 * 60_000 } }

/** Dial-backs at once; one is a socket or a few, and some kilobytes. */
const MAX_AT_ONCE = 32

/** For whoever finds no place, or has to leave the own one to somebody whose network holds less. */
const BUSY = 'too many are being dialled just now: ask again later'

/** Makes the function. */
export function createReach(init: { readonly host: Host; readonly clock: Clock; readonly log: Log }): Reach {
  const { host, clock, log } = init
  const mayDial = createDialLimits(DIALS)
  // one network may have all places, until somebody else comes: then it gives some up
  const places = createPlaces({ places: MAX_AT_ONCE, perNetwork: MAX_AT_ONCE })

  const answersAs = async (address: Multiaddr, peer: PeerId, signal: AbortSignal): Promise<boolean> => {
    let connection: Connection | undefined
    try {
      // without the peer id: a dial to a peer would be joined with the connection that there is
      connection = await host.dial(address, { signal, force: true })
      return connection.remotePeer.equals(peer)
    } catch (error) {
      log.debug({ peer: peer.toString(), address: address.toString(), error: String(error) }, 'not reached')
      return false
    } finally {
      connection?.abort(new Error('a dial-back is over'))
    }
  }

  const whyNot = async (
    ip: IpAddress,
    ports: readonly number[],
    peer: PeerId,
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    if (ports.length === 0) return 'you announce no TCP port at this address'
    const shownOut = new AbortController()
    const place = places.enter(ip.text, () => shownOut.abort(new Error('others need the place')))
    if (!place) return BUSY
    // nobody is shown out for having waited: only for holding more than others
    place.settle()
    try {
      if (!mayDial(networkOf(ip), clock.now())) return BUSY
      const bounded = AbortSignal.any([signal, shownOut.signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)])
      const dials = ports.map((port) => answersAs(multiaddr(`/ip${ip.family}/${ip.text}/tcp/${port}`), peer, bounded))
      if ((await Promise.all(dials)).includes(true)) return undefined
      if (shownOut.signal.aborted) return BUSY
      return `nobody answered there as you (port ${ports.join(', ')}): open the port, or do without this name`
    } finally {
      place.leave()
    }
  }

  return async (connection, addresses, signal) => {
    const announced = await announcedBy(host, connection, signal)
    const peer = connection.remotePeer
    const reasons = await Promise.all(
      addresses.map(async (ip) => [ip.text, await whyNot(ip, portsAt(ip, announced), peer, signal)] as const),
    )
    signal.throwIfAborted()
    return new Map(reasons.flatMap(([text, why]) => (why === undefined ? [] : [[text, why] as const])))
  }
}

/**
 * Where a peer says that it listens, asked anew over its own connection. The library has one stream for that on each connection, and
 * may be asking itself: then it is asked again a moment later.
 */
async function announcedBy(host: Host, connection: Connection, signal: AbortSignal): Promise<readonly Multiaddr[]> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(IDENTIFY_TIMEOUT_MS)])
  while (!bounded.aborted) {
    try {
      const { listenAddrs } = await host.services.identify.identify(connection, { signal: bounded })
      return listenAddrs
    } catch {
      await setTimeout(IDENTIFY_AGAIN_MS, undefined, { signal: bounded }).catch(() => undefined)
    }
  }
  return [] // it tells nothing, which is what the client hears
}

/** Plain TCP ports at an address, as a peer announces them. */
function portsAt(ip: IpAddress, announced: readonly Multiaddr[]): readonly number[] {
  const ports = announced.flatMap((address) => {
    const [, tcp, ...rest] = address.getComponents()
    const isPlain = tcp?.name === 'tcp' && rest.every(({ name }) => name === 'p2p')
    const port = Number(tcp?.value)
    return isPlain && ipOf(address)?.text === ip.text && isNodePort(port) ? [port] : []
  })
  return [...new Set(ports)].slice(0, MAX_PORTS)
}
