// One registration, from its body to a value that the world can see: addresses, denylists, quotas, dial-back, DNS. Who asks has
// been proved by then; every refusal is an error with the words that go back to the client.
import { networkOf } from '../../core/net/network.ts'
import type { AccessCheck } from './access.ts'
import { chooseAddresses, type ChosenAddresses, notReached } from './addresses.ts'
import { readRegistration, RegistrationRefusedError } from './body.ts'
import { createLanes } from '../../core/lanes.ts'
import { type Placed, ValueNotPlacedError, type Values } from './values.ts'
import type { Candidate } from './addresses.ts'
import type { BrokerSection } from '../config.ts'
import type { RegistrationStore } from '../store/sqlite-registrations.ts'
import type { Caller } from '../callers.ts'
import type { Denylist } from '../denylist.ts'
import type { DialBack } from './dial-back.ts'
import type { Metrics } from './metrics.ts'
import type { Quotas } from './quotas.ts'
import type { Clock } from '../../core/clock.ts'
import { countedLog } from '../../core/counted-log.ts'
import type { Log } from '../../core/log.ts'
import type { PeerId } from '@libp2p/interface'

/** What comes with a body. */
export interface RegistrationRequest {
  readonly peer: PeerId
  readonly body: Uint8Array
  readonly caller: Caller
  /** The kind of client, for the metrics. */
  readonly agent: string
  /** What the client was given by whom invited it. */
  readonly token: string | undefined
  /** The ACME account that the value belongs to, where the client told it. */
  readonly accountUri: string | undefined
}

/** What registrations need. */
export interface RegistrarInit {
  readonly section: Pick<BrokerSection, 'addressClasses' | 'limits' | 'accounts'>
  readonly access: AccessCheck
  readonly quotas: Quotas
  readonly denylist: Denylist
  readonly dialBack: DialBack
  readonly values: Values
  readonly store: RegistrationStore
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Log
}

/**
 * Registers a value. Once the peer was reached and its turn has come, the signal is not heard any more.
 *
 * @throws RegistrationRefusedError, the signal's reason
 */
export type Registrar = (request: RegistrationRequest, signal: AbortSignal) => Promise<void>

/** When asking again helps, where all dial-backs are taken. */
const BUSY_RETRY_MS = 10_000

/** Makes the function. */
export function createRegistrar(init: RegistrarInit): Registrar {
  const { section, quotas, denylist, dialBack, values, store, metrics, clock, log } = init
  const strangers = countedLog(log, clock)
  // a peer that registers several times at once is counted once, and what is known of it then is complete
  const lanes = createLanes()

  const checkDenylist = (what: 'client' | 'multiaddr', ips: Caller['ips']): void => {
    for (const ip of ips) {
      const list = denylist.listWith(ip)
      if (list === undefined) continue
      metrics.count('coredns_forge_denylist_denied_total', { name: list })
      throw new RegistrationRefusedError(403, `403 Forbidden: ${what} IP ${ip.text} blocked by ${list}`)
    }
  }

  const dial = async (
    { peer, agent, caller }: RegistrationRequest,
    chosen: ChosenAddresses,
    signal: AbortSignal,
  ): Promise<Candidate> => {
    const outcome = await dialBack(peer, chosen.candidates, signal, caller.ip)
    metrics.count('coredns_forge_acme_libp2p_probe_total', { result: PROBE_RESULTS[outcome.kind], agent })
    if (outcome.kind === 'busy')
      throw new RegistrationRefusedError(503, '503 Service Unavailable: too many registrations at once', {
        retryAfterMs: BUSY_RETRY_MS,
      })
    if (outcome.kind === 'unreachable') throw notReached(chosen)
    return outcome.at
  }

  /** Counts a registration and places its value; the client may go meanwhile. */
  const settle = async (peer: PeerId, networks: readonly string[], placed: Placed): Promise<void> => {
    const charge = await quotas.charge(peer.toString(), networks)
    try {
      await values.place(peer, placed)
    } catch (error) {
      strangers.error({ peer: peer.toString(), error: String(error) }, 'could not set a challenge value')
      if (error instanceof ValueNotPlacedError && error.gone) await quotas.giveBack(charge)
      throw new RegistrationRefusedError(500, 'error storing value: the DNS servers of the zone did not take it', {
        cause: error,
      })
    }
    await store.add({ peer: peer.toString(), at: clock.now(), status: 200, reason: '' })
  }

  const register: Registrar = async (request, signal) => {
    const { peer, body, caller, token, accountUri } = request
    init.access(peer.toString(), token)
    const { value, addresses } = readRegistration(body)
    checkDenylist('client', caller.ips)
    const chosen = chooseAddresses(addresses, peer.toString(), { ...section, caller: caller.ip })
    checkDenylist('multiaddr', chosen.ips)
    const network = caller.ip ? networkOf(caller.ip) : ''
    const dialled = await quotas.begin(peer.toString(), network)
    let at: Candidate
    try {
      at = await dial(request, chosen, signal)
    } finally {
      dialled[Symbol.dispose]()
    }
    await lanes(peer.toString(), async () => {
      signal.throwIfAborted()
      await settle(peer, [network, networkOf(at.ip)], {
        value,
        caa: caaValue(accountUri, section.accounts),
      })
    })
  }

  return async (request, signal) => {
    const peer = request.peer.toString()
    try {
      await register(request, signal)
      metrics.count('nodetrust_broker_registrations_total', { status: '200' })
      log.info({ peer }, 'registered')
    } catch (error) {
      const { status, reason } = outcomeOf(error, signal)
      metrics.count('nodetrust_broker_registrations_total', { status: String(status) })
      strangers.info({ peer, address: request.caller.ip?.text, status, reason }, 'refused a registration')
      if (!NOT_NOTED.has(status)) await store.add({ peer, at: clock.now(), status, reason })
      throw error
    }
  }
}

/** What is noted; a client that left gets no answer, and nginx's number for that. */
function outcomeOf(error: unknown, signal: AbortSignal): { readonly status: number; readonly reason: string } {
  if (error instanceof RegistrationRefusedError) return { status: error.status, reason: error.message }
  if (signal.aborted) return { status: 499, reason: 'the client went away' }
  return { status: 500, reason: 'an error of the broker' }
}

/** Refusals that cost their sender nothing would cost us a write each, and say nothing that the figures do not. */
const NOT_NOTED: ReadonlySet<number> = new Set([429, 503])

const PROBE_RESULTS = { reached: 'ok', unreachable: 'error', busy: 'busy' } as const

/** What a pinned account has instead of a URL may not end the record's value or begin another parameter. */
const ACCOUNT_URI = /^https:\/\/[A-Za-z0-9./_~%-]{1,200}$/

/**
 * The value of the CAA record that lets nobody but this account have certificates for the peer (RFC 8657); empty where the
 * client told no account, or one of a CA that the operator does not know.
 */
export function caaValue(accountUri: string | undefined, accounts: BrokerSection['accounts']): string {
  if (accountUri === undefined || !ACCOUNT_URI.test(accountUri)) return ''
  const known = accounts.find(({ prefix }) => accountUri.startsWith(prefix))
  return known ? `${known.issuer}; accounturi=${accountUri}` : ''
}
