// What of a node's configuration a check-up needs to know.
import { directoryUrl } from '../../core/acme/directories.ts'
import { parseHostPort, type HostPort } from '../../core/net/host-port.ts'
import { listenPlace } from '../../core/net/listen-place.ts'
import type { NodeConfig } from '../settings/config.ts'
import type { DoctorConfig } from './situation.ts'

/** Picks it out. */
export function doctorConfigOf({ network, listen, reachability }: NodeConfig): DoctorConfig {
  const forges = network.autotls?.forges ?? []
  const placesOf = (texts: readonly string[]) => texts.flatMap((text) => listenPlace(text) ?? [])
  const [tcp, wss] = [placesOf(listen.addresses), placesOf(listen.wss)]
  return {
    servers: [...network.issue, ...forges.flatMap(({ broker, directory }) => [broker, directoryUrl(directory)])],
    resolver: network.resolver === undefined ? undefined : parseHostPort(network.resolver),
    mapPorts: reachability.mapPorts,
    ports: { tcp: portOf(tcp), wss: portOf(wss) },
    hosts: { tcp: hostsOf(tcp), wss: hostsOf(wss) },
  }
}

function portOf([first]: readonly HostPort[]): number | undefined {
  return first?.port || undefined
}

/** Each once. */
function hostsOf(places: readonly HostPort[]): readonly string[] {
  return [...new Set(places.map(({ host }) => host))]
}
