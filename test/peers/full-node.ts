// A node with everything about peers in it, on loopback and in this process: book, topic, exchange and DHT, as a node has them.
import { createNodeEvents } from '../../main/events.ts'
import { createNodeHost } from '../../main/node/node-host.ts'
import { policyNamed } from '../../main/peers/dial/policy.ts'
import { openPeers } from '../../main/peers/open-peers.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import { stopHost, type Host } from '../../core/host.ts'
import { silentLog } from '../../core/log.ts'
import { LOOPBACK, newIdentity, temporaryDir } from '../main/support.ts'
import type { NodeConfig } from '../../main/settings/config.ts'
import type { NodeEventLine } from '../../main/events.ts'
import type { TestContext } from 'node:test'

/** What of it differs. */
export interface FullNodeInit {
  readonly config?: Partial<NodeConfig['discovery']>
  /** Whom it keeps a connection to. */
  readonly meets?: readonly Host[]
  readonly clock?: Clock
}

export async function startFullNode(t: TestContext, { config, meets = [], clock = systemClock }: FullNodeInit = {}) {
  const identity = await newIdentity()
  const node = await createNodeHost({ identity, listen: LOOPBACK, wss: [], discovery: true })
  const events = createNodeEvents(clock, silentLog)
  const lines: NodeEventLine[] = []
  events.on((line) => void lines.push(line))
  const identified = new Set<string>()
  node.host.addEventListener('peer:identify', ({ detail }) => void identified.add(detail.peerId.toString()))
  const peers = await openPeers({
    policy: (name = 'default') => policyNamed(name),
    ...{ dir: await temporaryDir(t), identity, node, clock, log: silentLog, events },
    config: {
      ...{
        enabled: true,
        bootstrap: [],
        intervalMs: 300_000,
        addressClasses: ['loopback'],
        dht: true,
        connect: 'none',
      },
      ...config,
    },
    meetingPoints: meets.flatMap((host) => host.getMultiaddrs().map(String)),
  })
  t.after(async () => {
    await peers.stop()
    await stopHost(node.host)
  })
  /** How a peer was first heard of. */
  const heardBy = (id: string) => lines.find((line) => line.event === 'discovered' && line.peer === id)
  return {
    ...identity,
    ...node,
    ...peers,
    lines,
    heardBy,
    hasMet: (host: Host) => identified.has(host.peerId.toString()),
  }
}

export type FullNode = Awaited<ReturnType<typeof startFullNode>>
