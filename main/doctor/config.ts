// What of a node's configuration a check-up needs to know.
import { directoryUrl } from '../../core/acme/directories.ts'
import { multiaddr } from '@multiformats/multiaddr'
import { parseHostPort } from '../../core/net/host-port.ts'
import type { NodeConfig } from '../settings/config.ts'
import type { DoctorConfig } from './situation.ts'

/** Picks it out. */
export function doctorConfigOf({ network, listen, reachability }: NodeConfig): DoctorConfig {
  const forges = network.autotls?.forges ?? []
  return {
    servers: [...network.issue, ...forges.flatMap(({ broker, directory }) => [broker, directoryUrl(directory)])],
    resolver: network.resolver === undefined ? undefined : parseHostPort(network.resolver),
    mapPorts: reachability.mapPorts,
    ports: { tcp: portOf(listen.addresses), wss: portOf(listen.wss) },
  }
}

function portOf([first]: readonly string[]): number | undefined {
  if (first === undefined) return undefined
  return (
    Number(
      multiaddr(first)
        .getComponents()
        .find(({ name }) => name === 'tcp')?.value,
    ) || undefined
  )
}
