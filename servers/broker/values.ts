// The challenge values of peers in the DNS. Setting one is begun for a client and finished without it: a value that the world can
// see counts, whether or not the client waited for the answer. Each is noted before it is set, so that none is ever forgotten.
import { autotlsName, challengeName } from '../../proto/names.ts'
import type { Clock } from '../../core/clock.ts'
import { countedLog } from '../../core/counted-log.ts'
import type { Log } from '../../core/log.ts'
import type { CaaPinner, DnsClient } from '../dns/client.ts'
import type { RegistrationStore } from '../store/sqlite-registrations.ts'
import type { PeerId } from '@libp2p/interface'

/** Not every DNS server of the zone shows the value. */
export class ValueNotPlacedError extends Error {
  override readonly name = 'ValueNotPlacedError'
  /** Whether no DNS server has anything of this registration; a value that one may still show was not free. */
  readonly gone: boolean

  constructor(cause: unknown, gone: boolean) {
    super(`the DNS servers of the zone did not take the value${gone ? '' : ', and one may still show it'}`, { cause })
    this.gone = gone
  }
}

/** What values need. */
export interface ValuesInit {
  readonly zone: string
  readonly dns: DnsClient & CaaPinner
  /** Comes back when all DNS servers show the value. */
  readonly preCheck: (name: string, value: string, signal: AbortSignal) => Promise<void>
  /** How long the servers may take to show it, milliseconds. */
  readonly showMs: number
  readonly store: RegistrationStore
  readonly clock: Clock
  readonly log: Log
  /** The role is being stopped. */
  readonly stopping: AbortSignal
}

/** What is placed. */
export interface Placed {
  readonly value: string
  /** What the CAA record of the peer's name says; empty for none. */
  readonly caa: string
}

/** Places values; for one peer one after the other, which is the caller's business. */
export interface Values {
  /** Comes back when the world can see the value. @throws ValueNotPlacedError */
  place(peer: PeerId, placed: Placed): Promise<void>
}

/** The DNS role lets values live as long. */
export const VALUE_LIFE_MS = 3_600_000

/** The DNS role forgets pins that were not set again for as long. */
const PIN_LIFE_MS = 400 * 24 * 3_600_000

/** Values of one peer besides the new one: orders that overlap, or an account that was made anew. The DNS role takes eight. */
const OLDER_VALUES = 3

/** Pinning, making room and setting may take as long together: three calls to a server that does not answer. */
const CALLS_MS = 45_000

/** A server that was reached a moment ago answers in a fraction of this. */
const REMOVAL_MS = 15_000

/** Makes the place of the values. */
export function createValues(init: ValuesInit): Values {
  const { zone, dns, preCheck, showMs, store, clock, stopping } = init
  const log = countedLog(init.log, clock)
  const within = (ms: number) => AbortSignal.any([stopping, AbortSignal.timeout(ms)])

  /** Sets the peer's account, or takes away the one it told before; most clients tell none and had none. */
  const setPin = async (peer: PeerId, caa: string, signal: AbortSignal): Promise<void> => {
    const key = peer.toString()
    if (caa === '' && ((await store.moment('pin', key)) ?? 0) <= clock.now()) return
    if (caa !== '') await store.setMoment('pin', key, clock.now() + PIN_LIFE_MS)
    await dns.pin(autotlsName(peer, zone), caa, signal)
    if (caa === '') await store.setMoment('pin', key, clock.now())
  }

  const remove = async (peer: PeerId, value: string, signal: AbortSignal): Promise<void> => {
    await dns.remove({ name: challengeName(autotlsName(peer, zone)), value }, signal)
    await store.dropValue(peer.toString(), value)
  }

  const removed = async (peer: PeerId, value: string): Promise<boolean> => {
    try {
      await remove(peer, value, within(REMOVAL_MS))
      return true
    } catch (error) {
      log.warn({ peer: peer.toString(), error: String(error) }, 'a challenge value was left in the DNS for an hour')
      return false
    }
  }

  return {
    async place(peer, { value, caa }) {
      const key = peer.toString()
      const name = challengeName(autotlsName(peer, zone))
      const signal = within(CALLS_MS + showMs)
      const known = await store.valuesOf(key, clock.now() - VALUE_LIFE_MS)
      try {
        await setPin(peer, caa, signal)
        // the newest stay, so that the DNS role always has room for one more
        const older = known.filter((one) => one !== value).slice(OLDER_VALUES)
        for (const old of older) await remove(peer, old, signal)
      } catch (error) {
        throw new ValueNotPlacedError(error, true)
      }
      await store.noteValue(key, value, clock.now())
      try {
        await dns.set({ name, value }, signal)
        await preCheck(name, value, signal)
      } catch (error) {
        // one that an earlier registration set was answered with 200, and a CA may be asking for it now
        throw new ValueNotPlacedError(error, !known.includes(value) && (await removed(peer, value)))
      }
    },
  }
}
