// What the zone above ours says of it, asked of that zone's own servers: who serves ours (NS), where they are (glue), and whether it
// is said to be signed (DS). A resolver hides all three.
import { systemClock } from '../../core/clock.ts'
import { ask, createServerMemory } from '../../core/dns/ask.ts'
import { createResolver, RCODE, sameName, TYPE, type DnsMessage, type DnsServerAddress } from '../../core/dns/index.ts'

/** The word of the zone above. */
export interface Referral {
  /** Its name. */
  readonly parent: string
  /** Names of our servers, as it tells them; empty where it tells none. */
  readonly servers: readonly string[]
  /** Addresses that it tells along with them. */
  readonly glue: ReadonlyMap<string, readonly string[]>
  readonly signed: boolean
}

const ASK_MS = 2_500
const DNS_PORT = 53

/** RFC 4034 section 5. */
const DS = 43

/** Asked one after the other until one answers; zones have four to thirteen. */
const MAX_SERVERS = 4

/**
 * Asks.
 *
 * @returns undefined where the zone above, or none of its servers, could be found
 * @throws the signal's reason
 */
export async function askParent(
  zone: string,
  resolvers: readonly DnsServerAddress[],
  signal: AbortSignal,
): Promise<Referral | undefined> {
  const resolver = createResolver({ servers: resolvers, timeoutMs: ASK_MS, signal })
  const labels = zone.split('.')
  for (let above = 1; above < labels.length; above++) {
    const parent = labels.slice(above).join('.')
    const names = await serverNames(resolver, parent)
    signal.throwIfAborted()
    if (names.length === 0) continue
    const servers = await addressesOf(resolver, names)
    return await referralOf({ zone, parent, servers, signal })
  }
  return undefined
}

async function serverNames(resolver: ReturnType<typeof createResolver>, zone: string): Promise<readonly string[]> {
  const reply = await resolver.query(zone, TYPE.NS).catch(() => undefined)
  return (reply?.answers ?? []).flatMap((record) => (record.type === TYPE.NS ? [record.data] : []))
}

async function addressesOf(
  resolver: ReturnType<typeof createResolver>,
  names: readonly string[],
): Promise<readonly DnsServerAddress[]> {
  // one family at a time: a server that stumbles over the other is asked all the same
  const found = await Promise.all(
    names
      .slice(0, MAX_SERVERS)
      .flatMap((name) => ([4, 6] as const).map((family) => resolver.lookupIp(name, { family }).catch(() => []))),
  )
  // IPv4 first: not every machine has the other
  const ips = found.flat().toSorted((a, b) => a.family - b.family)
  return ips.map(({ text }) => ({ host: text, port: DNS_PORT })).slice(0, MAX_SERVERS)
}

/**
 * Asks the servers of the zone above, one after the other. One that refuses, fails or does not know the zone has said nothing.
 *
 * @returns undefined where none of them has said anything
 * @throws the signal's reason
 */
export async function referralOf(init: {
  readonly zone: string
  readonly parent: string
  readonly servers: readonly DnsServerAddress[]
  readonly signal: AbortSignal
}): Promise<Referral | undefined> {
  const { zone, parent, servers, signal } = init
  const memory = createServerMemory()
  const exchange = (server: DnsServerAddress, type: number) =>
    ask({
      ...{ server, name: zone, type, recursive: false, transport: undefined, timeoutMs: ASK_MS },
      ...{ clock: systemClock, memory, signal },
    })
  for (const server of servers) {
    try {
      const [referral, signed] = await Promise.all([exchange(server, TYPE.NS), exchange(server, DS)])
      if (![referral, signed].every((reply) => speaksOf([zone, parent], reply))) continue
      return { parent, ...readReferral(zone, referral), signed: hasDs(zone, signed) }
    } catch {
      signal.throwIfAborted()
    }
  }
  return undefined
}

/** Whether a reply says something of the zone, if only that there is nothing (RFC 2308 section 2.2). */
function speaksOf(zones: readonly string[], reply: DnsMessage): boolean {
  if (reply.rcode === RCODE.NXDOMAIN || (reply.rcode === RCODE.NOERROR && reply.authoritative)) return true
  // a server that knows neither leads to the root, or says nothing at all
  return (
    reply.rcode === RCODE.NOERROR &&
    (zones.some((zone) => hasDs(zone, reply)) ||
      [...reply.answers, ...reply.authorities].some(
        ({ type, name }) => (type === TYPE.NS || type === TYPE.SOA) && zones.some((zone) => sameName(name, zone)),
      ))
  )
}

function readReferral(zone: string, reply: DnsMessage): Pick<Referral, 'servers' | 'glue'> {
  const glue = new Map<string, string[]>()
  for (const record of reply.additionals) {
    if (record.type !== TYPE.A && record.type !== TYPE.AAAA) continue
    const name = plain(record.name)
    glue.set(name, [...(glue.get(name) ?? []), record.data.text])
  }
  const servers = [...reply.authorities, ...reply.answers].flatMap((record) =>
    record.type === TYPE.NS && sameName(record.name, zone) ? [plain(record.data)] : [],
  )
  return { servers: [...new Set(servers)].toSorted(), glue }
}

function hasDs(zone: string, { answers }: DnsMessage): boolean {
  return answers.some((record) => record.type === 'other' && record.number === DS && sameName(record.name, zone))
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
