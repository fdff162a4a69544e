// Whether a peer can be reached: a host that is made for one registration and thrown away dials the addresses, and the first
// one that ends in a secured connection as that very peer counts. Everything else takes equally long and says nothing, so
// that nobody can use us to look behind a firewall.
import { createPlaces } from '../../core/net/places.ts'
import { sideBySide } from '../../core/net/side-by-side.ts'
import { createDialBudget, type DialBudget } from './dial-budget.ts'
import { type DiallingHost, throwAwayHost } from './dialling-host.ts'
import type { Clock } from '../../core/clock.ts'
import { countedLog } from '../../core/counted-log.ts'
import type { Log } from '../../core/log.ts'
import type { IpAddress } from '../../proto/ip.ts'
import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Candidate } from './addresses.ts'

/**
 * Dials a peer back.
 *
 * @param candidates  in the order in which they are tried
 * @param caller      where the request comes from: whose place it is, and who may be dialled as often as it asks
 */
export type DialBack = (
  peer: PeerId,
  candidates: readonly Candidate[],
  signal: AbortSignal,
  caller?: IpAddress,
) => Promise<DialBackOutcome>

/** What came of it. `busy` is told at once, `unreachable` after the same time always. */
export type DialBackOutcome =
  { readonly kind: 'reached'; readonly at: Candidate } | { readonly kind: 'unreachable' } | { readonly kind: 'busy' }

/** How dial-backs are made. */
export interface DialBackInit {
  /** How long one may take, and how long each failed one does, milliseconds. */
  readonly timeoutMs: number
  readonly atOnce: number
  readonly clock: Clock
  readonly log: Log
  /** Where an address is dialled instead; for networks that a test makes up. */
  readonly translate?: ((address: Multiaddr) => Multiaddr) | undefined
  /** How often networks are dialled. @default the limits of dial-budget.ts */
  readonly budget?: DialBudget | undefined
}

/** The rest of the time is for what comes after the last dial, so that all failures end together. */
const DIALLING_SHARE = 0.9

/** Connections that are being opened at once for one registration; a peer with more addresses has them tried in turn. */
const ADDRESSES_AT_ONCE = 16

/** Makes the function; it holds nothing between two calls but how many are under way, and whom it has dialled lately. */
export function createDialBack(init: DialBackInit): DialBack & { readonly underWay: () => number } {
  const { timeoutMs, atOnce, clock, translate = (address) => address } = init
  const log = countedLog(init.log, clock)
  const mayDial = init.budget ?? createDialBudget(clock)
  // one network may have all places, until somebody else comes: then it gives some up
  const places = createPlaces({ places: atOnce, perNetwork: atOnce })

  const tryOne = async (host: DiallingHost, peer: PeerId, candidate: Candidate, signal: AbortSignal) => {
    const target = translate(candidate.address).encapsulate(`/p2p/${peer.toString()}`)
    const { remotePeer } = await host.dial(target, signal)
    if (!remotePeer.equals(peer)) throw new Error('somebody else answered')
    return candidate
  }

  const reach = async (
    peer: PeerId,
    candidates: readonly Candidate[],
    caller: IpAddress | undefined,
    signal: AbortSignal,
  ): Promise<Candidate | undefined> => {
    const host = await throwAwayHost()
    try {
      const attempt = (candidate: Candidate, ends: AbortSignal) => {
        if (!mayDial(candidate.ip, caller)) return Promise.reject(new Error('its network was dialled too often'))
        return tryOne(host, peer, candidate, ends)
      }
      const withinMs = timeoutMs * DIALLING_SHARE
      return await sideBySide(candidates, attempt, { clock, signal, withinMs, atOnce: ADDRESSES_AT_ONCE })
    } catch (error) {
      const reasons = error instanceof AggregateError ? error.errors.map(String) : [String(error)]
      log.debug({ peer: peer.toString(), reasons }, 'nobody was reached')
      return undefined
    } finally {
      // nobody waits for it: how long it takes would tell what was found
      void host.stop().catch((error: unknown) => log.warn({ error: String(error) }, 'a dial-back did not end cleanly'))
    }
  }

  const dial: DialBack = async (peer, candidates, signal, caller) => {
    const began = clock.now()
    const shownOut = new AbortController()
    const place = places.enter(caller?.text, () => shownOut.abort(new Error('others need the place')))
    if (!place) return { kind: 'busy' }
    // nobody is shown out for having waited: only for holding more than others
    place.settle()
    // a place is kept to the end, so that whether others are busy says nothing of what was found either
    try {
      const ends = AbortSignal.any([signal, shownOut.signal])
      const inTime = AbortSignal.any([ends, AbortSignal.timeout(timeoutMs * DIALLING_SHARE)])
      const at = candidates.length > 0 ? await reach(peer, candidates, caller, inTime) : undefined
      if (at) return { kind: 'reached', at }
      await clock.sleep(Math.max(0, began + timeoutMs - clock.now()), ends)
      return { kind: 'unreachable' }
    } catch (error) {
      if (shownOut.signal.aborted && !signal.aborted) return { kind: 'busy' }
      throw error
    } finally {
      place.leave()
    }
  }
  return Object.assign(dial, { underWay: () => places.taken })
}
