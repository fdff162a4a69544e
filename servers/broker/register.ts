// One registration, from its body to a value that the world can see: addresses, denylists, quotas, dial-back, DNS. Who asks has
// been proved by then; every refusal is an error with the words that go back to the client.
import { challengeName, autotlsName } from '../../proto/names.ts'
import { widePrefixOf } from '../quota/prefix.ts'
import { chooseAddresses, notReached } from './addresses.ts'
import { readRegistration, RegistrationRefusedError } from './body.ts'
import type { CaaPinner, DnsClient } from '../dns/client.ts'
import type { BrokerSection } from '../config.ts'
import type { RegistrationStore } from '../store/sqlite-registrations.ts'
import type { Caller } from './callers.ts'
import type { Denylist } from '../denylist.ts'
import type { DialBack } from './dial-back.ts'
import type { Metrics } from './metrics.ts'
import type { Quotas } from './quotas.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { PeerId } from '@libp2p/interface'

/** What comes with a body. */
export interface RegistrationRequest {
  readonly peer: PeerId
  readonly body: Uint8Array
  readonly caller: Caller
  /** The kind of client, for the metrics. */
  readonly agent: string
  /** The ACME account that the value belongs to, where the client told it. */
  readonly accountUri: string | undefined
}

/** What registrations need. */
export interface RegistrarInit {
  readonly zone: string
  readonly section: Pick<BrokerSection, 'addressClasses' | 'limits' | 'accounts'>
  readonly quotas: Quotas
  readonly denylist: Denylist
  readonly dialBack: DialBack
  readonly dns: DnsClient & CaaPinner
  /** Comes back when all DNS servers show the value. */
  readonly preCheck: (name: string, value: string, signal: AbortSignal) => Promise<void>
  readonly store: RegistrationStore
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Log
}

/** Registers a value. @throws RegistrationRefusedError */
export type Registrar = (request: RegistrationRequest, signal: AbortSignal) => Promise<void>

/** The DNS role lets values live as long. */
const VALUE_LIFE_MS = 3_600_000

/** The DNS role forgets pins that were not set again for as long. */
const PIN_LIFE_MS = 400 * 24 * 3_600_000

/** Values of one peer besides the new one: orders that overlap, or an account that was made anew. The DNS role takes eight. */
const OLDER_VALUES = 3

/** When asking again helps, where all dial-backs are taken or the DNS does not answer. */
const BUSY_RETRY_MS = 10_000

/** Makes the function. */
export function createRegistrar(init: RegistrarInit): Registrar {
  const { zone, section, quotas, denylist, dialBack, dns, preCheck, store, metrics, clock, log } = init

  const checkDenylist = (what: 'client' | 'multiaddr', ips: Caller['ips']): void => {
    for (const ip of ips) {
      const list = denylist.find(ip)
      if (list === undefined) continue
      metrics.count('coredns_forge_denylist_denied_total', { name: list })
      throw new RegistrationRefusedError(403, `403 Forbidden: ${what} IP ${ip.text} blocked by ${list}`)
    }
  }

  /** Sets the peer's account, or takes away the one it told before; most clients tell none and had none. */
  const setPin = async (peer: PeerId, value: string, signal: AbortSignal): Promise<void> => {
    const key = peer.toString()
    if (value === '' && ((await store.moment('pin', key)) ?? 0) <= clock.now()) return
    if (value !== '') await store.setMoment('pin', key, clock.now() + PIN_LIFE_MS)
    await dns.pin(autotlsName(peer, zone), value, signal)
    if (value === '') await store.setMoment('pin', key, clock.now())
  }

  /** The newest values stay, so that the DNS role always has room for one more. */
  const setValue = async (peer: PeerId, value: string, signal: AbortSignal): Promise<void> => {
    const name = challengeName(autotlsName(peer, zone))
    const since = clock.now() - VALUE_LIFE_MS
    const others = (await store.valuesOf(peer.toString(), since)).filter((one) => one !== value)
    for (const old of others.slice(OLDER_VALUES)) await dns.remove({ name, value: old }, signal)
    await dns.set({ name, value }, signal)
    await preCheck(name, value, signal)
  }

  const register: Registrar = async ({ peer, body, caller, agent, accountUri }, signal) => {
    const { value, addresses } = readRegistration(body)
    checkDenylist('client', caller.ips)
    const { ips, candidates } = chooseAddresses(addresses, peer.toString(), section)
    checkDenylist('multiaddr', ips)
    const networks = [caller.ip, ...candidates.map(({ ip }) => ip)].flatMap((ip) => ip ?? [])
    const taken = await quotas.take(
      peer.toString(),
      networks.map((ip) => widePrefixOf(ip)),
    )
    try {
      const outcome = await dialBack(peer, candidates, signal)
      metrics.count('coredns_forge_acme_libp2p_probe_total', { result: PROBE_RESULTS[outcome], agent })
      if (outcome === 'busy')
        throw new RegistrationRefusedError(503, '503 Service Unavailable: too many registrations at once', {
          retryAfterMs: BUSY_RETRY_MS,
        })
      if (outcome === 'unreachable') throw notReached()
      try {
        await setPin(peer, caaValue(accountUri, section.accounts), signal)
        await setValue(peer, value, signal)
      } catch (error) {
        log.error({ peer: peer.toString(), error: String(error) }, 'could not set a challenge value')
        throw new RegistrationRefusedError(500, 'error storing value: the DNS servers of the zone did not take it', {
          cause: error,
        })
      }
      await store.add({ peer: peer.toString(), at: clock.now(), status: 200, reason: '', value })
    } catch (error) {
      await quotas.giveBack(taken)
      throw error
    }
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
      log.info({ peer, status, reason }, 'refused a registration')
      await store.add({ peer, at: clock.now(), status, reason, value: undefined })
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
