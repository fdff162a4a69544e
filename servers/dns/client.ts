// The other side of the dns-01 protocol, for the roles that set values. A value counts as set when every DNS server of the zone has
// it, because the CA may ask any of them; one that cannot be reached is told when it can, and the look before the CA is told
// (pre-check.ts) decides whether the others are enough: only when that one says to the world that it is behind.
import { ProblemError, throwProblem } from '../../proto/problem.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { systemClock, type Clock } from '../../core/clock.ts'
import { silentLog, type Log } from '../../core/log.ts'
import type { IssuedKind } from './caa-issuers.ts'
import { keepInStep, openDns01, type Told, type WriterLink } from './writer-session.ts'
import type { Host } from '../../core/host.ts'
import type { ChallengeValue } from '../store/store.ts'

const { Action } = nodetrust.Dns01Request

/** A DNS server did not take a value; the message names the server and what it answered. */
export class DnsServerError extends Error {
  override readonly name = 'DnsServerError'
}

/** Sets and removes TXT values at all DNS servers. */
export interface DnsClient {
  /** Comes back when those that can be reached have it. @throws DnsServerError where none can, or one refuses */
  set(challenge: ChallengeValue, signal: AbortSignal): Promise<void>
  /** Tries every server. @throws DnsServerError where one kept the value */
  remove(challenge: ChallengeValue, signal: AbortSignal): Promise<void>
}

/** Sets which account may have certificates for an AutoTLS peer. */
export interface CaaPinner {
  /**
   * Sets the CAA record of a peer's name at all DNS servers that can be reached; an empty value takes it away.
   *
   * @throws DnsServerError where none can, or one refuses
   */
  pin(name: string, value: string, signal: AbortSignal): Promise<void>
}

/** Tells DNS servers which CAs are used, and keeps them in step. */
export interface DnsWriter extends DnsClient, CaaPinner {
  /**
   * Says which CAs may issue for a kind of names, instead of what was said before; nothing happens where it is the same.
   *
   * @param values  of `issue` properties (RFC 8659); empty for nobody
   * @throws DnsServerError as set does
   */
  tellIssuers(kind: IssuedKind, values: readonly string[], signal: AbortSignal): Promise<void>
  /** Keeps sessions with all servers from now on; comes back when they are in step, or after a moment. */
  start(): Promise<void>
  /** How many servers are not known to have everything that is set. */
  behind(): number
  /** Ends the sessions; the servers know then that nothing is set behind their back. */
  stop(): Promise<void>
}

/** What the client is made of besides its host. */
export interface DnsClientInit {
  /** Values that an earlier life of this process has set and that count still. */
  readonly known?: readonly ChallengeValue[]
  readonly clock?: Clock
  readonly log?: Log
}

/** One call, with dialling, may take this long. */
const CALL_TIMEOUT_MS = 15_000

/** The same for one of several servers that was away a moment ago: an order must not wait for it at every step. */
const AWAY_TIMEOUT_MS = 3_000

/** The DNS role lets values live as long. */
const VALUE_LIFE_MS = 3_600_000

/** As many as a DNS server takes; the oldest are forgotten first. */
const MAX_TOLD = 8_192

/** DNS servers that are there are in step within milliseconds; those that are not must not keep a role from starting. */
const FIRST_STEP_MS = 2_000

interface Remembered extends Told {
  readonly at: number
}

/**
 * Makes the client; nothing is sent before something is set or it is started.
 *
 * @param servers  multiaddrs with a /p2p/ part, one for each DNS server
 */
export function dnsClient(
  host: Host,
  servers: readonly string[],
  { known = [], clock = systemClock, log = silentLog }: DnsClientInit = {},
): DnsWriter {
  const told = new Map<string, Remembered>()
  const links = new Map<string, WriterLink>()

  const remember = (one: Told, key: string): void => {
    told.delete(key)
    told.set(key, { ...one, at: clock.now() })
    for (const oldest of told.keys()) {
      if (told.size <= MAX_TOLD) break
      told.delete(oldest)
    }
  }
  for (const { name, value } of known) remember({ action: Action.SET, name, value }, keyOf({ name, value }))

  /** What a server that lost everything has to be told: who may issue first, then what was set in the last hour. */
  const everything = (): readonly Told[] => {
    for (const [key, { action, at }] of told)
      if (action !== Action.ISSUERS && clock.now() - at > VALUE_LIFE_MS) told.delete(key)
    const all = [...told.values()]
    return [
      ...all.filter(({ action }) => action === Action.ISSUERS),
      ...all.filter(({ action }) => action !== Action.ISSUERS),
    ]
  }

  const call = async (server: string, request: Told, outer: AbortSignal): Promise<void> => {
    const link = links.get(server)
    const away = link !== undefined && !link.isInStep && servers.length > 1
    const signal = AbortSignal.any([outer, AbortSignal.timeout(away ? AWAY_TIMEOUT_MS : CALL_TIMEOUT_MS)])
    try {
      const wire = await openDns01(host, server, signal)
      await wire.write(nodetrust.Dns01Request, request)
      const response = await wire.read(nodetrust.Dns01Response)
      await wire.close()
      link?.reached()
      throwProblem(response.problem)
    } catch (error) {
      if (!(error instanceof ProblemError)) link?.again()
      throw new DnsServerError(
        `the DNS server ${server} did not take ${request.name}: ${error instanceof Error ? error.message : String(error)}`,
        {
          cause: error,
        },
      )
    }
  }

  const callAll = async (request: Told, signal: AbortSignal): Promise<readonly DnsServerError[]> => {
    const results = await Promise.allSettled(servers.map((server) => call(server, request, signal)))
    return results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  }

  /** A server that refuses is there and will go on refusing; one that cannot be reached is told when it can. */
  const callEnough = async (request: Told, signal: AbortSignal): Promise<void> => {
    const failed = await callAll(request, signal)
    const refused = failed.find(({ cause }) => cause instanceof ProblemError)
    const worst = refused ?? (failed.length === servers.length ? failed[0] : undefined)
    if (worst) throw worst
    for (const { message } of failed) log.warn({ reason: message }, 'a DNS server is told later')
  }

  return {
    async set({ name, value }, signal) {
      const request = { action: Action.SET, name, value }
      remember(request, keyOf(request))
      await callEnough(request, signal)
    },
    async remove({ name, value }, signal) {
      told.delete(keyOf({ name, value }))
      const [failed] = await callAll({ action: Action.REMOVE, name, value }, signal)
      if (failed) throw failed
    },
    async pin(name, value, signal) {
      const request = { action: Action.PIN, name, value }
      remember(request, `pin ${name}`)
      await callEnough(request, signal)
    },
    async tellIssuers(kind, values, signal) {
      const request = { action: Action.ISSUERS, name: kind, value: values.join('\n') }
      const key = `issuers ${kind}`
      if (told.get(key)?.value === request.value) return
      remember(request, key)
      if (links.size > 0) await callEnough(request, signal)
    },
    async start() {
      for (const server of servers) {
        if (!links.has(server)) links.set(server, keepInStep({ host, server, everything, clock: systemClock, log }))
      }
      await Promise.all([...links.values()].map((link) => link.first(FIRST_STEP_MS)))
    },
    behind: () => [...links.values()].filter(({ isInStep }) => !isInStep).length,
    async stop() {
      await Promise.all([...links.values()].map((link) => link.stop()))
      links.clear()
    },
  }
}

function keyOf({ name, value }: { readonly name: string; readonly value: string }): string {
  return `value ${name} ${value}`
}
