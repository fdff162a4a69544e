// Waits until a registered value can be seen: at the forge's own name servers first, because a resolver that asks too early
// remembers that there was none, then at the resolver. A CA that finds nothing counts a failure, and allows five an hour.
import { createResolver, type DnsServerAddress, NameNotFoundError, TYPE } from '../../../core/dns/index.ts'
import { ValueNotShownError } from './errors.ts'
import type { Clock } from '../../../core/clock.ts'
import type { StepMark } from '../../../proto/node-events.ts'

/** What a watch needs. */
export interface DnsWatchInit {
  /** The forge's domain; its name servers are asked. */
  readonly domain: string
  /** The resolvers of this machine, or the one that is configured. */
  readonly resolvers: readonly DnsServerAddress[]
  readonly clock: Clock
  /** How long a value may take to be seen, milliseconds. @default WITHIN_MS */
  readonly withinMs?: number | undefined
  /** The forge's own name servers. @default those that the resolver names */
  readonly authoritative?: ((signal: AbortSignal) => Promise<readonly DnsServerAddress[]>) | undefined
}

/**
 * Waits for one value.
 *
 * @throws ValueNotShownError, or the signal's reason
 */
export type DnsWatch = (
  name: string,
  value: string,
  signal: AbortSignal,
  onProgress?: (detail: string, mark: StepMark) => void,
) => Promise<void>

/** Brokers set the value before they answer; name servers that copy from each other need a minute at most. */
const WITHIN_MS = 120_000

/** The waits between two looks grow to this. */
const FIRST_WAIT_MS = 250
const MAX_WAIT_MS = 15_000

/** A name server on the other side of the world answers in a third of this. */
const QUERY_TIMEOUT_MS = 2_000

/** Some networks let nobody but their own resolver ask: after so many looks that nobody answered, that one decides. */
const SILENT_LOOKS = 2

/**
 * A resolver remembers "not set yet" for ten seconds. One that has not forgotten it after this is not the CA's, and the
 * forge's own servers have said what counts.
 */
const RESOLVER_MS = 30_000

/** More servers than any zone needs. */
const MAX_SERVERS = 8

/** What one look at a server found. */
type Look = 'shown' | 'other' | 'silent'

/** Makes the watch of one forge. */
export function createDnsWatch(init: DnsWatchInit): DnsWatch {
  const { clock, domain, resolvers, withinMs = WITHIN_MS } = init
  const resolver = createResolver({ servers: resolvers, timeoutMs: QUERY_TIMEOUT_MS })
  const authoritative =
    init.authoritative ?? ((signal: AbortSignal) => nameServers(domain, resolver, resolvers, signal))

  /** Looks again and again, each wait twice as long, until `done` or the time is over. */
  const lookUntil = async (
    within: number,
    signal: AbortSignal,
    look: () => Promise<boolean>,
  ): Promise<{ readonly done: boolean }> => {
    let spent = 0
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, MAX_WAIT_MS)) {
      const began = clock.now()
      if (await look()) return { done: true }
      // a clock may stand still or jump; the waits count in any case
      spent += wait + Math.min(Math.max(0, clock.now() - began), QUERY_TIMEOUT_MS)
      if (spent > within) return { done: false }
      await clock.sleep(wait, signal)
    }
  }

  return async (name, value, signal, onProgress) => {
    const servers = (await authoritative(signal).catch((): readonly DnsServerAddress[] => [])).slice(0, MAX_SERVERS)
    signal.throwIfAborted()
    let looks: readonly Look[] = []
    let silences = 0
    const atServers = await lookUntil(withinMs, signal, async () => {
      looks = await Promise.all(servers.map((server) => lookAt(createFor(server), name, value, signal)))
      if (looks.every((look) => look === 'silent')) return ++silences >= SILENT_LOOKS || servers.length === 0
      return !looks.includes('other')
    })
    const confirmed = looks.includes('shown')
    if (!atServers.done) {
      const missing = servers.filter((_, index) => looks[index] === 'other').map(({ host }) => host)
      throw new ValueNotShownError(
        `the name servers of ${domain} do not show what its broker registered ${secondsOf(withinMs)}: ${missing.join(', ')}`,
      )
    }
    if (confirmed) onProgress?.(`the name servers of ${domain} show it`, 'seen-at-forge')
    else onProgress?.(`the name servers of ${domain} cannot be asked`, 'forge-silent')
    let last: Look = 'silent'
    const atResolver = await lookUntil(confirmed ? Math.min(RESOLVER_MS, withinMs) : withinMs, signal, async () => {
      last = await lookAt(resolver, name, value, signal)
      return last === 'shown' || (confirmed && last === 'silent')
    })
    if (atResolver.done || confirmed) return
    throw new ValueNotShownError(
      last === 'silent'
        ? `no DNS server could be asked for ${name} ${secondsOf(withinMs)}`
        : `${name} does not show what the broker registered ${secondsOf(withinMs)}`,
    )
  }
}

type Asked = Pick<ReturnType<typeof createResolver>, 'resolveTxt'>

function createFor(server: DnsServerAddress): Asked {
  return createResolver({ servers: [server], timeoutMs: QUERY_TIMEOUT_MS, recursive: false })
}

async function lookAt(asked: Asked, name: string, value: string, signal: AbortSignal): Promise<Look> {
  try {
    return (await asked.resolveTxt(name, { signal })).includes(value) ? 'shown' : 'other'
  } catch (error) {
    signal.throwIfAborted()
    return error instanceof NameNotFoundError ? 'other' : 'silent'
  }
}

/**
 * The name servers of a domain, by address; empty where the resolver names none. One that is the resolver itself, as a sandbox's
 * is, is asked where it listens.
 */
export async function nameServers(
  domain: string,
  resolver: ReturnType<typeof createResolver>,
  resolvers: readonly DnsServerAddress[],
  signal: AbortSignal,
): Promise<readonly DnsServerAddress[]> {
  const { answers } = await resolver.query(domain, TYPE.NS, { signal })
  const hosts = answers.flatMap((record) => (record.type === TYPE.NS ? [record.data] : [])).slice(0, MAX_SERVERS)
  const found = await Promise.all(hosts.map((host) => resolver.lookupIp(host, { signal }).catch(() => [])))
  // of each family one, because this machine may have no way to the other; who is silent does not count
  return found.flatMap((ips) =>
    ([4, 6] as const)
      .flatMap((family) => ips.find((ip) => ip.family === family) ?? [])
      .map((ip) => resolvers.find(({ host }) => host === ip.text) ?? { host: ip.text, port: DNS_PORT }),
  )
}

const DNS_PORT = 53

function secondsOf(ms: number): string {
  return `within ${Math.round(ms / 1_000)} s`
}
