// How often one network may ask, before anything is computed for it: a handshake costs a signature or two, a flood of them
// would cost the machine.
import { createNetworkRate, type NetworkRate } from '../quota/network-rate.ts'
import type { Clock } from '../../core/clock.ts'

const MINUTE_MS = 60_000

/** Counts a request; says how long the network has to wait, milliseconds, 0 where it may go on. */
export type RequestRate = NetworkRate

/**
 * Makes the counter.
 *
 * @param perMinute  requests that one network may make in a minute
 */
export function createRequestRate(perMinute: number, clock: Clock): RequestRate {
  return createNetworkRate({ count: perMinute, windowMs: MINUTE_MS }, clock)
}
