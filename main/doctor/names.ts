// Whether our names lead here: by the name server of this computer, as every program here asks, and by the zone's own, as the world
// does. Where the two differ, the first is the one to look at.
import { getServers } from 'node:dns'
import { multiaddr } from '@multiformats/multiaddr'
import { createResolver, NameNotFoundError, TYPE, type DnsServerAddress } from '../../core/dns/index.ts'
import { systemResolvers } from '../../core/dns/system-resolvers.ts'
import { base36LabelToPeer, dns2ipLabelToIp, id0LabelToPeer, labelToIp, zoneOfName } from '../../proto/names.ts'
import { nameServers } from '../issuers/autotls/dns-watch.ts'
import { found, type Check } from './situation.ts'

/** All of them have the same answer but for the address in them. */
const MAX_NAMES = 4
const ASK_MS = 2_000

/** What somebody says of a name. */
type Said = 'here' | 'missing' | 'silent' | { readonly elsewhere: string }

export const checkNames: Check = async ({ certificate, node, config, signal }) => {
  const base = identityName(certificate?.names ?? [])
  if (base === undefined) return found('names-none')
  const zone = zoneOfName(base)
  const hosts = secureHosts(node()?.addresses ?? []).filter((host) => host.endsWith(`.${base}`))
  const names = hosts.length > 0 ? hosts : [base]
  const own = config.resolver ? [config.resolver] : systemResolvers(getServers())
  const resolver = createResolver({ servers: own, timeoutMs: ASK_MS, signal })
  const servers = await nameServers(zone, resolver, own, signal).catch((): readonly DnsServerAddress[] => [])
  signal.throwIfAborted()
  for (const name of names) {
    const here = await ask(own, name, { recursive: true, signal })
    if (here === 'here') continue
    const theirs = await Promise.all(servers.map((server) => ask([server], name, { recursive: false, signal })))
    if (theirs.includes('here')) {
      const wrong =
        typeof here === 'object' ? found('names-elsewhere', { name, zone, address: here.elsewhere }) : undefined
      return wrong ?? found('names-resolver', { name, zone })
    }
    const elsewhere = [here, ...theirs].find((said) => typeof said === 'object')
    if (elsewhere) return found('names-elsewhere', { name, zone, address: elsewhere.elsewhere })
    return theirs.includes('missing') || (servers.length === 0 && here === 'missing')
      ? found('names-missing', { name, zone })
      : found('names-silent', { zone })
  }
  const silent = await Promise.all(servers.map((server) => ask([server], names[0] ?? '', { recursive: false, signal })))
  return silent.length > 0 && silent.every((said) => said === 'silent')
    ? found('names-silent', { zone })
    : found('names-good', { zone })
}

/** The forge of a certificate that a peer got by itself; undefined where it is not one. */
export function forgeName(names: readonly string[]): string | undefined {
  const name = identityName(names)
  return name !== undefined && base36LabelToPeer(name.split('.')[0] ?? '') !== undefined ? zoneOfName(name) : undefined
}

/** The name that is made of the peer id alone. */
function identityName(names: readonly string[]): string | undefined {
  return names
    .map((name) => name.replace(/^\*\./, ''))
    .find((name) => {
      const [label = ''] = name.split('.')
      return id0LabelToPeer(label) !== undefined || base36LabelToPeer(label) !== undefined
    })
}

/** Hosts at which browsers come in. */
function secureHosts(addresses: readonly string[]): readonly string[] {
  const hosts = addresses
    .filter((text) => text.includes('/tls/'))
    .flatMap((text) => multiaddr(text).getComponents())
    .flatMap(({ name, value }) => (/^(dns[46]?|sni)$/.test(name) && value !== undefined ? [value] : []))
  return [...new Set(hosts)].slice(0, MAX_NAMES)
}

async function ask(
  servers: readonly DnsServerAddress[],
  name: string,
  { recursive, signal }: { readonly recursive: boolean; readonly signal: AbortSignal },
): Promise<Said> {
  const resolver = createResolver({ servers, timeoutMs: ASK_MS, recursive, signal })
  const [label = ''] = name.split('.')
  const ip = labelToIp(label) ?? dns2ipLabelToIp(label)
  try {
    if (!ip) {
      const { rcode } = await resolver.query(name, TYPE.TXT)
      return rcode === 0 ? 'here' : 'missing'
    }
    const addresses = await resolver.lookupIp(name, { family: ip.family })
    if (addresses.some(({ text }) => text === ip.text)) return 'here'
    const [other] = addresses
    return other === undefined ? 'missing' : { elsewhere: other.text }
  } catch (error) {
    signal.throwIfAborted()
    return error instanceof NameNotFoundError ? 'missing' : 'silent'
  }
}
