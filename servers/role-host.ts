// The libp2p host of a role: its key from the role's own file, its addresses from the configuration, and the discovery
// topic, where a role takes part only to pass good records on.
import { multiaddr } from '@multiformats/multiaddr'
import { countedLog } from '../core/counted-log.ts'
import { joinDiscovery } from '../core/discovery.ts'
import { holdRecords } from '../core/exchange/hold.ts'
import { createHost, type Host, stopHost } from '../core/host.ts'
import { readFileIfThere } from '../core/files.ts'
import { loadOrCreatePeerKey } from '../core/peer-key.ts'
import { roleKeyPath } from './role-names.ts'
import type { RoleName } from './role.ts'
import type { Clock } from '../core/clock.ts'
import type { HeldRecords } from '../core/records/held.ts'
import type { Log } from '../core/log.ts'
import type { AddressClass } from '../core/net/address-class.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'

/** What a role's host is made of. */
export interface RoleHostInit {
  readonly role: RoleName
  /** The folder of keys and databases. */
  readonly dir: string
  readonly listen: readonly string[]
  /** Addresses to tell instead of the ones listened on, without /p2p/. */
  readonly announce?: readonly string[]
  readonly discovery?: boolean
  /** Classes of addresses with which records of peers are told to whoever asks, where it takes part in discovery. @default nobody's are */
  readonly addressClasses?: readonly AddressClass[]
  /** Most connections that others opened. @default 512 */
  readonly maxConnections?: number
  /** Peers that are kept whoever else comes, and count for no network. */
  readonly keeps?: ((peer: PeerId) => boolean) | undefined
  readonly clock: Clock
  readonly log: Log
}

/** A running host. */
export interface RoleHost {
  readonly host: Host
  readonly key: PrivateKey
  /** Records of peers that are told to whoever asks. */
  readonly held: HeldRecords | undefined
  /** Addresses with the peer id at their end. */
  addresses(): string[]
  stop(): Promise<void>
}

/**
 * Everybody behind one router, and in a sandbox everybody, comes from one address; servers are made for many clients, who do not stay:
 * a proof takes a second, a certificate some. Five hundred strangers who stay are some 150 MB, and one network has an eighth of them at most.
 */
const MAX_INBOUND_PER_SECOND = 200
const MAX_CONNECTIONS = 512

/**
 * Starts the host of a role.
 *
 * @throws ListenError, FileError, PeerKeyError
 */
export async function startRoleHost(init: RoleHostInit): Promise<RoleHost> {
  const path = roleKeyPath(init.dir, init.role)
  if (!(await readFileIfThere(path)))
    init.log.warn(
      { path },
      'there is no key: a new identity is made, and whoever was told of another one does not find it',
    )
  const key = await loadOrCreatePeerKey(path)
  const announce = (init.announce ?? []).map((address) => multiaddr(address))
  const host = await createHost({
    privateKey: key,
    listen: init.listen,
    ...(announce.length > 0 ? { announce: () => announce } : {}),
    discovery: init.discovery,
    maxConnections: init.maxConnections ?? MAX_CONNECTIONS,
    keeps: init.keeps,
    maxInboundPerSecond: MAX_INBOUND_PER_SECOND,
  })
  const stopping = new AbortController()
  const { leave, held } = await joinTopic(init, host, stopping.signal)
  return {
    ...{ host, key, held },
    addresses: () => host.getMultiaddrs().map((address) => withPeer(address.toString(), host.peerId.toString())),
    async stop() {
      stopping.abort(new Error('the role was stopped'))
      leave?.()
      await stopHost(host)
    },
  }
}

/** Passes good records on, and tells those that it has heard to whoever asks. */
async function joinTopic(
  init: RoleHostInit,
  host: Host,
  signal: AbortSignal,
): Promise<{ readonly leave?: () => void; readonly held?: HeldRecords | undefined }> {
  const { clock, log, addressClasses } = init
  const { pubsub } = host.services
  if (!pubsub) return {}
  const bringerOf = (peer: PeerId) => pubsub.gate.bringerOf(peer)
  const held = addressClasses && (await holdRecords({ host, addressClasses, bringerOf, clock, log, signal }))
  const leave = joinDiscovery({
    ...{ pubsub, clock, onRefused: logRefusal(log, clock) },
    onRecord: (record, _, bringer) => held?.take(record, bringer),
  })
  return { leave, held }
}

/** Configured addresses come without the peer id, and without it nobody could dial them. */
function withPeer(address: string, peer: string): string {
  return address.endsWith(`/p2p/${peer}`) ? address : `${address}/p2p/${peer}`
}

function logRefusal(log: Log, clock: Clock): (error: Error, from: { toString(): string }) => void {
  const counted = countedLog(log, clock)
  return (error, from) => counted.info({ from: from.toString(), reason: error.message }, 'refused a broadcast record')
}
