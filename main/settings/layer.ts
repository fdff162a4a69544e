// From what a person chose to configuration: the lowest layer, under the file, the variables and the flags, which count more
// and make a setting one that cannot be changed in the window.
import { multiaddr } from '@multiformats/multiaddr'
import { isTestDirectory } from '../../core/acme/directories.ts'
import { type Invitation, isOnThisComputer, parseKeptInvitation } from '../../proto/invitation.ts'
import { DIAL_POLICIES } from '../../proto/dial-policy.ts'
import type { SettingName, Settings } from '../../proto/api/index.ts'
import type { NodeConfig } from './config.ts'
import type { Stored } from './store.ts'

/** The keys of the configuration that take a setting's place. */
const KEYS: Partial<Record<SettingName, string>> = {
  ...{ tcpPort: 'listen.addresses', wssPort: 'listen.wss' },
  ...{ mapPorts: 'reachability.mapPorts', discoverable: 'discovery.enabled' },
  dialPolicy: 'dial.policy',
}

/** The configuration that follows from the choices. `ports` are the ones to listen on in fact. */
export function layerOf(
  { values, network }: Stored,
  facts: { readonly rootPath: string; readonly tcpPort: number; readonly invitation: string | undefined },
): Record<string, unknown> {
  const invitation = facts.invitation === undefined ? undefined : parseKeptInvitation(facts.invitation)
  return {
    listen: {
      addresses: [`/ip4/0.0.0.0/tcp/${facts.tcpPort}`, `/ip6/::/tcp/${facts.tcpPort}`],
      wss: [`/ip4/0.0.0.0/tcp/${values.wssPort}/tls/ws`, `/ip6/::/tcp/${values.wssPort}/tls/ws`],
    },
    reachability: { mapPorts: values.mapPorts && network?.kind !== 'sandbox' },
    discovery: {
      enabled: values.discoverable,
      // a network on this computer has nothing but addresses of this computer
      ...(network?.kind === 'sandbox' ? { addressClasses: ['loopback', 'private', 'public'] } : {}),
    },
    network: invitation ? networkOf(invitation, facts.rootPath) : {},
  }
}

/** Whether browsers trust none of its certificates by themselves: it has a root of its own, or its CA is known to be for tests. */
export function isForTests({ rootPem, directory }: Pick<Invitation, 'rootPem' | 'directory'>): boolean {
  return rootPem !== undefined || (directory !== undefined && isTestDirectory(directory))
}

function networkOf(invitation: Invitation, rootPath: string) {
  const { zone, issue, broker, directory, token, rootPem, resolver } = invitation
  const forge = {
    ...{ domain: zone, broker },
    ...(directory === undefined ? {} : { directory }),
    ...(token === undefined ? {} : { token }),
  }
  return {
    ...(broker === undefined ? { issue, zone } : { autotls: { forges: [forge], ...classesFor(invitation) } }),
    ...(rootPem === undefined ? {} : { trustAnchor: rootPath }),
    ...(resolver === undefined ? {} : { resolver }),
  }
}

/** A broker on this computer can dial nothing but addresses of this computer, and nobody else would be told of them. */
function classesFor(invitation: Invitation): { readonly addressClasses?: readonly ['loopback'] } {
  return isOnThisComputer(invitation) ? { addressClasses: ['loopback'] } : {}
}

/** The settings that the configuration fixes. */
export function lockedSettings(keys: ReadonlySet<string>): SettingName[] {
  const names = Object.keys(KEYS) as SettingName[]
  return names.filter((name) => keys.has(KEYS[name] ?? ''))
}

/** The settings as they hold, the fixed ones from the configuration. */
export function effectiveSettings(values: Settings, config: NodeConfig, locked: readonly SettingName[]): Settings {
  const fixed: Partial<Settings> = {
    tcpPort: portOf(config.listen.addresses) ?? values.tcpPort,
    wssPort: portOf(config.listen.wss) ?? values.wssPort,
    mapPorts: config.reachability.mapPorts,
    discoverable: config.discovery.enabled,
    dialPolicy: config.dial.policy,
  }
  return {
    ...values,
    dialPolicy: chosenPolicy(values.dialPolicy, config) ?? config.dial.policy,
    ...Object.fromEntries(Object.entries(fixed).filter(([name]) => locked.some((key) => key === name))),
  }
}

/** The policy that a person chose; undefined where it was one of a configuration that describes it no more. */
export function chosenPolicy(name: string, { dial }: Pick<NodeConfig, 'dial'>): string | undefined {
  return DIAL_POLICIES.some((known) => known === name) || Object.hasOwn(dial.policies, name) ? name : undefined
}

/** The TCP port of the first address that has one. */
export function portOf(addresses: readonly string[]): number | undefined {
  const ports = addresses.flatMap((text) => multiaddr(text).getComponents()).filter(({ name }) => name === 'tcp')
  return ports[0]?.value === undefined ? undefined : Number(ports[0].value)
}
