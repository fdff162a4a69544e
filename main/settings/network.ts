// What the settings say of the network, in the form in which the parts of a node take it.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { multiaddr } from '@multiformats/multiaddr'
import { ConfigError } from '../../core/config.ts'
import { createResolver } from '../../core/dns/index.ts'
import { parseHostPort } from '../../core/net/host-port.ts'
import { VERSION } from '../../core/version.ts'
import { readChain } from '../../core/x509/index.ts'
import { explainFailure } from '../certificates/failures.ts'
import { type NodeConfig, peerOf } from './config.ts'
import type { LookupFunction } from 'node:net'

/** What a failed attempt depended on, as text: with other settings or another version it may end otherwise. */
export function situationOf({ network, listen }: NodeConfig): string {
  return createHash('sha256')
    .update(JSON.stringify([network, listen.wss, VERSION]))
    .digest('hex')
}

/** Below which domains the names of this network are; none where no network is chosen, undefined where they are not known. */
export function zonesOf({ issue, zone, autotls }: NodeConfig['network']): readonly string[] | undefined {
  if (issue.length > 0 && zone === undefined) return undefined
  return [
    ...(issue.length > 0 && zone !== undefined ? [zone] : []),
    ...(autotls?.forges ?? []).map(({ domain }) => domain),
  ]
}

/** @throws ConfigError where the file is absent or holds no certificate */
export async function readTrustAnchor(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  try {
    const pem = await readFile(path, 'utf8')
    readChain(pem)
    return pem
  } catch (error) {
    throw new ConfigError(
      `\`network.trustAnchor\`: ${path} is no readable PEM file with certificates: ${explainFailure(error).message}`,
      { cause: error },
    )
  }
}

/** Resolves names by the DNS server that is set (`IP:PORT`); undefined for the system's own way. */
export function lookupOf(server: string | undefined): LookupFunction | undefined {
  const address = server === undefined ? undefined : parseHostPort(server)
  return address && createResolver({ servers: [address] }).lookup
}

/** The peer id of the one issue server; empty without one. */
export function serverOf({ network }: NodeConfig): string {
  const [address] = network.issue
  return (address === undefined ? undefined : peerOf(multiaddr(address))) ?? ''
}
