// The network that anybody may use, as it is offered to who was not invited. Whether it answers is asked by one request that
// says nothing of who asks, and only once somebody looks at the choice; the person's yes comes after that, or never.
import { parseInvitation } from '../../proto/invitation.ts'
import { isBrokerWell } from './broker-health.ts'
import { NO_PUBLIC_NETWORK } from '../settings/config.ts'
import type { State } from '../../proto/api/index.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

/** What it needs. */
export interface PublicNetworkInit {
  /** An invitation to the forge, or `none`. */
  readonly offer: string
  readonly clock: Clock
  readonly log: Log
  /** Called when what is known of it has changed. */
  readonly changed: () => void
  /** How long the broker may take, milliseconds. @default ASK_TIMEOUT_MS */
  readonly timeoutMs?: number
}

/** The offer. */
export interface PublicNetwork {
  /** As the page shows it; null where none is offered. */
  offered(): State['network']['public']
  /** undefined where none is offered. */
  invitation(): string | undefined
  /**
   * Asks its broker, unless that is under way or was done a moment ago.
   *
   * @param again  a person asks for it: what is known does not count
   */
  look(again: boolean): void
  stop(): void
}

/** Somebody sits in front of the page; a broker that is there answers within a second. */
const ASK_TIMEOUT_MS = 5_000

/** Whoever opens the page again soon is told the same without another request. */
const KNOWN_MS = 10 * 60_000

/** Makes the offer; nothing is sent yet. */
export function createPublicNetwork(init: PublicNetworkInit): PublicNetwork {
  const { offer, clock, log, changed, timeoutMs = ASK_TIMEOUT_MS } = init
  const forge = offer === NO_PUBLIC_NETWORK ? undefined : parseInvitation(offer)
  const stopping = new AbortController()
  let broker: NonNullable<State['network']['public']>['broker'] = 'unasked'
  let askedAt = -Infinity

  return {
    offered: () => (forge ? { name: forge.name, zone: forge.zone, broker } : null),
    invitation: () => (forge ? offer : undefined),
    look(again) {
      const age = clock.now() - askedAt
      const known = broker !== 'unasked' && age >= 0 && age < KNOWN_MS
      if (forge?.broker === undefined || broker === 'asking' || stopping.signal.aborted || (known && !again)) return
      broker = 'asking'
      askedAt = clock.now()
      changed()
      void isBrokerWell(forge, { log, timeoutMs, signal: stopping.signal }).then((answers) => {
        broker = answers ? 'answers' : 'silent'
        if (!stopping.signal.aborted) changed()
      })
    },
    stop: () => stopping.abort(new Error('the program stops')),
  }
}
