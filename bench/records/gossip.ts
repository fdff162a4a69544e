// What the discovery topic costs in a network of a thousand nodes, and how soon a change is known: the real gossip code, a simulated
// network (gossip-network.ts), and time that passes only when something happens.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** What was seen. */
export interface GossipFigures {
  readonly nodes: number
  /** How long was looked at, in the network's time. */
  readonly seconds: number
  /** Records that changed, and those that 99 % of the nodes heard of. */
  readonly changes: number
  readonly reached: number
  /** Sent and received of one node, with the overhead of frames on a line. */
  readonly bytesPerHour: { readonly median: number; readonly most: number }
  readonly framesPerHour: number
  /** Until 99 % of the nodes knew a change. */
  readonly reachedMs: { readonly median: number; readonly most: number }
  /** Messages that the gate of a node dropped unchecked. */
  readonly dropped: number
  readonly cpuSeconds: number
  readonly memoryMiB: number
}

/** How large the network is, and how long it is looked at. */
export interface GossipOptions {
  /** @default 1000 */
  readonly nodes?: number | undefined
  /** @default 20 */
  readonly seconds?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** A home dials the peers that its few meeting points and its book name. */
export const GOSSIP_DEFAULTS = { nodes: 1_000, seconds: 20, dials: 6 } as const

/** Runs the simulation in a process of its own. @throws Error where it fails */
export async function benchGossip({
  nodes = GOSSIP_DEFAULTS.nodes,
  seconds = GOSSIP_DEFAULTS.seconds,
  signal,
}: GossipOptions = {}): Promise<GossipFigures> {
  const script = join(import.meta.dirname, 'gossip-simulation.ts')
  const child = spawn(process.execPath, [script, String(nodes), String(seconds)], {
    ...{ stdio: ['ignore', 'pipe', 'inherit'] },
    signal,
  })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`the simulation ended with ${String(code)}`)
  const figures: GossipFigures = JSON.parse(output.trim().split('\n').at(-1) ?? '')
  return figures
}
