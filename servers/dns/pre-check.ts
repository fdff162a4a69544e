// Whether the world can see a challenge value, asked before the CA is told: every DNS server of the zone, over UDP and over
// TCP, because the CA may ask any of them either way, and what it does not find costs one of a few failures an hour.
import { lookup } from 'node:dns/promises'
import { multiaddr } from '@multiformats/multiaddr'
import { createResolver, type Resolver } from '../../core/dns/index.ts'
import { joinHostPort, splitHostPort } from '../../core/net/host-port.ts'
import { parseIp } from '../../proto/ip.ts'
import { DEFAULT_PORTS, type DnsServerSection } from '../config.ts'
import { DnsServerError } from './client.ts'
import type { Clock } from '../../core/clock.ts'

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
}): (name: string, value: string, signal: AbortSignal) => Promise<void> {
  const servers = init.servers.map(queryAddress)
  return async (name, value, signal) => {
    const checks = servers.flatMap((server) =>
      (['udp', 'tcp'] as const).map((transport) => untilShown(init, { server, transport, name, value, signal })),
    )
    for (const result of await Promise.allSettled(checks)) if (result.status === 'rejected') throw result.reason
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
  { withinMs, clock }: { readonly withinMs: number; readonly clock: Clock },
  { server, transport, name, value, signal }: Check,
): Promise<void> {
  let resolver: Resolver | undefined
  let last = ''
  for (let waited = 0; ; waited += PAUSE_MS) {
    const began = clock.now()
    try {
      resolver ??= createResolver({ servers: [await resolved(server)], timeoutMs: QUERY_TIMEOUT_MS, recursive: false })
      const values = await resolver.resolveTxt(name, { signal, transport })
      if (values.includes(value)) return
      last = values.length === 0 ? 'there is no value' : `there are ${values.length} other values`
    } catch (error) {
      signal.throwIfAborted()
      last = error instanceof Error ? error.message : String(error)
    }
    waited += Math.max(0, clock.now() - began)
    if (waited >= withinMs) break
    await clock.sleep(PAUSE_MS, signal)
  }
  throw new DnsServerError(
    `${joinHostPort(server)} does not show the value of ${name} over ${transport.toUpperCase()} after ` +
      `${Math.round(withinMs / 1000)} s: ${last}`,
  )
}

async function resolved({ host, port }: QueryAddress): Promise<QueryAddress> {
  return parseIp(host) ? { host, port } : { host: (await lookup(host)).address, port }
}
