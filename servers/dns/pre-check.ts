// Whether the world can see a challenge value, asked before the CA is told: every DNS server of the zone, over UDP and over
// TCP, because the CA may ask any of them either way, and what it does not find costs one of a few failures an hour. A server that
// answers SERVFAIL says that it is behind: resolvers go to another one then, so the others are enough.
import { lookup } from 'node:dns/promises'
import { multiaddr } from '@multiformats/multiaddr'
import { createResolver, DnsServerRefusedError, NoDnsAnswerError, RCODE, type Resolver } from '../../core/dns/index.ts'
import { joinHostPort, splitHostPort } from '../../core/net/host-port.ts'
import { parseIp } from '../../proto/ip.ts'
import { DEFAULT_PORTS, type DnsServerSection } from '../config.ts'
import { DnsServerError } from './client.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

type Transport = 'udp' | 'tcp'

/** Where a DNS server answers the world. */
interface QueryAddress {
  /** An IP address, or a name that the system resolves. */
  readonly host: string
  readonly port: number
}

/** A server on the other side of the world answers in a third of this. */
const QUERY_TIMEOUT_MS = 1_000

/** Between two questions to one server: its answer takes about as long when it is far. */
const PAUSE_MS = 200

/** How long a server has to say that it is behind: one that was restarted is told all within a second. */
const BEHIND_MS = 2_000

/** What a server says over one transport. */
type Verdict = 'shown' | 'behind'

/**
 * Makes the check.
 *
 * @param init.withinMs  how long one server may take to show a value
 * @returns throws DnsServerError, which names the server and the transport, or the signal's reason
 */
export function createPreCheck(init: {
  readonly servers: readonly DnsServerSection[]
  readonly withinMs: number
  readonly clock: Clock
  readonly log?: Log
}): (name: string, value: string, signal: AbortSignal) => Promise<void> {
  const servers = init.servers.map(queryAddress)
  return async (name, value, signal) => {
    const checks = servers.map(async (server): Promise<Verdict> => {
      const both = await Promise.allSettled(
        (['udp', 'tcp'] as const).map((transport) => untilShown(init, { server, transport, name, value, signal })),
      )
      const verdicts = both.map((result) => {
        if (result.status === 'rejected') throw result.reason
        return result.value
      })
      return verdicts.includes('behind') ? 'behind' : 'shown'
    })
    const verdicts = (await Promise.allSettled(checks)).map((result) => {
      if (result.status === 'rejected') throw result.reason
      return result.value
    })
    const behind = servers.filter((_, index) => verdicts[index] === 'behind').map((server) => joinHostPort(server))
    if (behind.length === 0) return
    if (behind.length === servers.length)
      throw new DnsServerError(
        `${behind.join(', ')} answers SERVFAIL for ${name}: it does not know the values of today until this server reaches its control address`,
      )
    init.log?.warn({ name, behind }, 'goes on without DNS servers that say that they are behind')
  }
}

/** Where a DNS server answers queries: as configured, else port 53 beside its control address. */
export function queryAddress({ control, query }: DnsServerSection): QueryAddress {
  if (query !== undefined) return splitHostPort(query)
  const [host] = multiaddr(control).getComponents()
  return { host: host?.value ?? '', port: DEFAULT_PORTS.dns }
}

interface Check {
  readonly server: QueryAddress
  readonly transport: Transport
  readonly name: string
  readonly value: string
  readonly signal: AbortSignal
}

async function untilShown(
  { servers, withinMs, clock }: Pick<Parameters<typeof createPreCheck>[0], 'servers' | 'withinMs' | 'clock'>,
  { server, transport, name, value, signal }: Check,
): Promise<Verdict> {
  let resolver: Resolver | undefined
  let last = ''
  let behindSince: number | undefined
  // an only server is waited for: there is no other to go on with
  const behindMs = servers.length > 1 ? Math.min(BEHIND_MS, withinMs / 2) : withinMs
  for (let waited = 0; ; waited += PAUSE_MS) {
    const began = clock.now()
    try {
      resolver ??= createResolver({ servers: [await resolved(server)], timeoutMs: QUERY_TIMEOUT_MS, recursive: false })
      const values = await resolver.resolveTxt(name, { signal, transport })
      if (values.includes(value)) return 'shown'
      behindSince = undefined
      last = values.length === 0 ? 'there is no value' : `there are ${values.length} other values`
    } catch (error) {
      signal.throwIfAborted()
      last = error instanceof Error ? error.message : String(error)
      behindSince = isServFail(error) ? (behindSince ?? waited) : undefined
    }
    waited += Math.max(0, clock.now() - began)
    if (behindSince !== undefined && waited - behindSince >= behindMs) return 'behind'
    if (waited >= withinMs) break
    await clock.sleep(PAUSE_MS, signal)
  }
  throw new DnsServerError(
    `${joinHostPort(server)} does not show the value of ${name} over ${transport.toUpperCase()} after ` +
      `${Math.round(withinMs / 1000)} s: ${last}`,
  )
}

function isServFail(error: unknown): boolean {
  const [attempt] = error instanceof NoDnsAnswerError ? error.attempts : []
  return attempt?.error instanceof DnsServerRefusedError && attempt.error.rcode === RCODE.SERVFAIL
}

async function resolved({ host, port }: QueryAddress): Promise<QueryAddress> {
  return parseIp(host) ? { host, port } : { host: (await lookup(host)).address, port }
}
