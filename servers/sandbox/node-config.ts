// The configuration file of a headless node that belongs to a sandbox network: it trusts the network's root, resolves names at
// its DNS server, and listens and tells addresses on loopback only.
import { join } from 'node:path'
import { stringify } from 'yaml'
import { writeFileAtomic } from '../../core/files.ts'
import type { SandboxNetwork } from './network.ts'

/** What differs between nodes. */
export interface SandboxNodeOptions {
  /** Whether it dials the peers it hears of. */
  readonly connect: 'none' | 'certified'
  /** Whom it asks for a certificate: the issue server, the CA itself by AutoTLS, or nobody. @default 'issue' */
  readonly certificateBy?: 'issue' | 'autotls' | 'nobody'
  /** Whom it is told of instead of the issue server, with /p2p/. */
  readonly meets?: string
  /** What it does with names by key: publishes its own, answers others' by DNS. @default nothing */
  readonly names?: 'publish' | 'resolve'
  /** @default false */
  readonly dht?: boolean
  /** Between two broadcasts, milliseconds. @default 1000, nobody wants to wait for one node to hear of the other */
  readonly broadcastIntervalMs?: number
}

const BROADCAST_INTERVAL_MS = 1_000

/**
 * Writes the file into a folder of the network, which is also the node's own. Nodes meet at the issue server and are told
 * nothing else, unless they meet somebody else.
 *
 * @param name  of the folder; the same name again is the same node again
 * @returns the path of the file
 * @throws FileError
 */
export async function writeNodeConfig(
  network: Pick<
    SandboxNetwork,
    'dir' | 'issue' | 'root' | 'dns' | 'forge' | 'broker' | 'acme' | 'forgeTrust' | 'nostrRelay'
  >,
  name: string,
  options: SandboxNodeOptions,
): Promise<string> {
  const dir = join(network.dir, `node-${name}`)
  const path = join(dir, 'nodetrust.yaml')
  const { certificateBy = 'issue' } = options
  const config = {
    dir,
    log: 'error',
    network: {
      issue: certificateBy === 'issue' ? [network.issue] : [],
      ...(certificateBy === 'autotls' ? { autotls: autotls(network) } : {}),
      trustAnchor: network.root,
      resolver: network.dns,
    },
    listen: { addresses: ['/ip4/127.0.0.1/tcp/0'], wss: ['/ip4/127.0.0.1/tcp/0/tls/ws'] },
    discovery: {
      bootstrap: [options.meets ?? network.issue],
      dht: options.dht ?? false,
      intervalMs: options.broadcastIntervalMs ?? BROADCAST_INTERVAL_MS,
      addressClasses: ['loopback'],
      connect: options.connect,
    },
  }
  const { names } = options
  const naming = {
    ...{ relays: [network.nostrRelay], allowPrivate: true, lan: false, publish: names === 'publish' },
    resolver: { on: names === 'resolve', port: 0 },
  }
  await writeFileAtomic(path, stringify({ ...config, naming }))
  return path
}

/** The sandbox's broker and CA instead of the public ones. */
function autotls({ forge, broker, acme, forgeTrust }: Parameters<typeof writeNodeConfig>[0]): object {
  return {
    forges: [{ domain: forge, broker, directory: acme, trustAnchor: forgeTrust }],
    addressClasses: ['loopback'],
  }
}
