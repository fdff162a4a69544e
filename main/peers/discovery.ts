// Puts the parts of discovery together for one host: the topic, whose records go into the book of addresses, and our broadcast. Also
// keeps a connection to the peers that lead into the network.
import { joinDiscovery } from '../../core/discovery.ts'
import { multiaddr } from '@multiformats/multiaddr'
import { peerIdFromString } from '@libp2p/peer-id'
import { startBroadcast } from './broadcast.ts'
import type { Clock } from '../../core/clock.ts'
import { countedLog } from '../../core/counted-log.ts'
import type { Log } from '../../core/log.ts'
import type { Emit } from '../events.ts'
import type { NodeHost } from '../node/node-host.ts'
import type { NodeConfig } from '../settings/config.ts'
import type { PeerBook } from './book/index.ts'
import type { OwnRecord } from './own-record.ts'
import type { Dialler } from './dial/dialler.ts'
import type { DialPolicy, Stage } from './dial/policy.ts'

/** What discovery needs. */
export interface DiscoveryInit {
  readonly node: NodeHost
  readonly config: NodeConfig['discovery']
  /** More peers that lead into the network, besides the configured ones. */
  readonly meetingPoints: readonly string[]
  /** Peers that a person has added, with /p2p/; asked whenever it matters. @default none */
  readonly addedPeers?: (() => readonly string[]) | undefined
  readonly book: PeerBook
  readonly own: OwnRecord
  readonly dialler: Dialler
  /** The chosen one. */
  readonly policy: () => DialPolicy
  readonly clock: Clock
  readonly log: Log
  readonly emit: Emit
}

/** Running discovery. */
export interface Discovery {
  /** Publishes our record now. */
  publish(): Promise<void>
  stop(): Promise<void>
}

/** How often a lost way into the network is looked for again. */
const REJOIN_MS = 30_000
const DIAL_TIMEOUT_MS = 10_000

/** Starts discovery. */
export function startDiscovery(init: DiscoveryInit): Discovery {
  const { config, clock, log, emit, book } = init
  const { host } = init.node
  const { pubsub } = host.services
  if (!pubsub) throw new TypeError('discovery needs a host that was made with `discovery: true`')

  const strangers = countedLog(log, clock)
  const leave = joinDiscovery({
    ...{ pubsub, clock },
    onRecord(record, _, bringer) {
      book
        .consume(record, { provenance: 'broadcast', bringer })
        .catch((error: unknown) =>
          strangers.warn({ peer: record.peer.toString(), error: String(error) }, 'record not taken'),
        )
    },
    onRefused: (error, from) =>
      strangers.info({ from: from.toString(), fault: error.fault, reason: error.message }, 'refused a peer record'),
  })
  const broadcast = startBroadcast({
    ...{ own: init.own, pubsub, clock, log, emit, intervalMs: config.intervalMs },
    heard: () => pubsub.gate.authors.size,
  })

  const stopping = new AbortController()
  const joining = keepJoined(init, stopping.signal)

  return {
    publish: () => broadcast.publish(),
    async stop() {
      stopping.abort(new Error('the node stops'))
      leave()
      await Promise.all([broadcast.stop(), joining])
    },
  }
}

/**
 * Dials every meeting point that we are not connected to, again and again; never rejects. What the configuration names is dialled where it
 * says, whatever the policy: without it there is no network. Peers that a person has added are dialled as the policy says.
 */
async function keepJoined(init: DiscoveryInit, signal: AbortSignal): Promise<void> {
  const { host } = init.node
  const { config, dialler, addedPeers = () => [] } = init
  const configured = groupByPeer([...config.bootstrap, ...init.meetingPoints])
  while (!signal.aborted) {
    const chosen = init.policy()
    const groups = new Map([...groupByPeer(addedPeers()).keys()].map((peer): Group => [peer, []]))
    for (const [peer, addresses] of configured) groups.set(peer, addresses)
    await Promise.all(
      [...groups].map(async ([peer, addresses]) => {
        if (host.getPeers().some((connected) => connected.toString() === peer)) return
        const named = addresses.map((text) => multiaddr(text))
        const policy = named.length === 0 ? chosen : { ...chosen, stages: [NAMED_FIRST, ...chosen.stages] }
        await dialler
          .dial(peerIdFromString(peer), { policy, named, signal, withinMs: DIAL_TIMEOUT_MS, seek: false })
          .catch((error: unknown) => init.log.info({ peer, error: String(error) }, 'a meeting point cannot be reached'))
      }),
    )
    await init.clock.sleep(REJOIN_MS, signal).catch(() => undefined)
  }
}

/** A peer and the addresses that are named for it. */
type Group = readonly [peer: string, addresses: readonly string[]]

const NAMED_FIRST: Stage = { from: ['user'], joinsAfterMs: 0 }

function groupByPeer(addresses: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const text of addresses) {
    const peer = multiaddr(text).getComponents().at(-1)?.value ?? ''
    groups.set(peer, [...(groups.get(peer) ?? []), text])
  }
  return groups
}
