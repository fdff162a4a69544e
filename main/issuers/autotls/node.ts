// The AutoTLS issuer as a part of a node: what it needs is taken from the node's host, its view of itself from outside, and
// the configuration.
import { getServers } from 'node:dns'
import { networkInterfaces } from 'node:os'
import { createResolver } from '../../../core/dns/index.ts'
import { systemResolvers } from '../../../core/dns/system-resolvers.ts'
import { parseHostPort } from '../../../core/net/host-port.ts'
import { parseIp } from '../../../proto/ip.ts'
import { leadingHere, type Reachability, type SeenAs } from '../../reachability/reachability.ts'
import { forgeAddresses } from './addresses.ts'
import { createBroker } from './broker.ts'
import { type AutoTlsIssuerInit, createAutoTlsIssuer } from './policy.ts'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { AddressClass } from '../../../core/net/address-class.ts'
import type { Identity } from '../../identity/identity.ts'
import type { NodeHost } from '../../node/node-host.ts'
import type { Issuer } from '../issuer.ts'
import type { Clock } from '../../../core/clock.ts'
import type { PrivateKey } from '@libp2p/interface'
import type { Forge } from './forge.ts'
import type { Silences } from './silence.ts'

/** What is configured besides the forges. */
interface ForgesSection {
  readonly addressClasses: readonly AddressClass[]
  /** IP addresses that lead here, as somebody typed them. */
  readonly ips: readonly string[]
  readonly email?: string | undefined
}

/** What it is made of. */
export interface NodeAutoTlsInit extends Pick<
  AutoTlsIssuerInit,
  'dir' | 'pending' | 'clock' | 'emit' | 'current' | 'silences'
> {
  readonly section: ForgesSection | undefined
  readonly forges: readonly Forge[]
  /** `IP:PORT` of the one DNS server to ask; the system's where left out. */
  readonly resolver: string | undefined
  readonly identity: Identity
  readonly node: Pick<NodeHost, 'host'>
  readonly reachability: Pick<Reachability, 'current'>
  /** Whether an address may be told to a broker. @default every one */
  readonly mayTell?: ((address: Multiaddr) => boolean) | undefined
}

/** Makes the issuer; undefined where no forge is configured. */
export function createNodeAutoTls(init: NodeAutoTlsInit): Issuer | undefined {
  const { section, forges, identity, node, reachability } = init
  const [first, ...more] = forges
  if (!section || !first) return undefined
  const configured = init.resolver === undefined ? undefined : parseHostPort(init.resolver)
  return createAutoTlsIssuer({
    ...init,
    ...{ forges: [first, ...more], email: section.email, key: identity.key, peer: identity.peerId },
    resolvers: configured ? [configured] : systemResolvers(getServers()),
    lookup: configured && createResolver({ servers: [configured] }).lookup,
    addresses() {
      const facts = reachability.current()?.facts
      return forgeAddresses({
        bound: node.host.services.listener.bound().filter((address) => !/\/(tls|wss)\b/.test(address.toString())),
        ips: [...new Set([...section.ips, ...(facts ? leadingHere(facts) : []), ...ownIps()])],
        mappings: facts?.mappings ?? [],
        classes: section.addressClasses,
        mayTell: init.mayTell,
      })
    },
  })
}

/**
 * Asks the brokers how they see us.
 *
 * @returns public IPv4 addresses, each once; none of brokers that do not say or do not answer
 */
export function seenByForges(init: {
  readonly forges: readonly Forge[]
  readonly resolver: string | undefined
  readonly key: PrivateKey
  /** Told whether they answer. */
  readonly silences?: Pick<Silences, 'noted'> | undefined
  readonly clock: Clock
}): (signal: AbortSignal) => Promise<readonly SeenAs[]> {
  const { forges, resolver, key, silences, clock } = init
  const configured = resolver === undefined ? undefined : parseHostPort(resolver)
  const lookup = configured && createResolver({ servers: [configured] }).lookup
  return async (signal) => {
    const asked = forges.map(async (forge): Promise<readonly SeenAs[]> => {
      const onQuestion = (answered: boolean) => silences?.noted(forge.domain, answered)
      const broker = createBroker({ ...forge, url: forge.broker, key, lookup, clock, onQuestion })
      try {
        const address = await broker.seenAs(signal)
        return address === undefined ? [] : [{ by: broker.host, address }]
      } finally {
        broker.close()
      }
    })
    return (await Promise.all(asked)).flat()
  }
}

/** Where the forges are, as addresses: whether they lie in the public network decides what the router is asked. */
export function forgePlaces(forges: readonly Forge[]): string[] {
  return forges.map(({ broker }) => {
    const host = broker.hostname.replace(/^\[|\]$/g, '')
    const ip = parseIp(host)
    const port = broker.port || (broker.protocol === 'https:' ? '443' : '80')
    return `/${ip ? `ip${ip.family}` : 'dns'}/${host}/tcp/${port}`
  })
}

function ownIps(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  return all.map(({ address }) => address)
}
