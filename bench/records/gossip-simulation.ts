// One run of the simulated network, in a process of its own because time is replaced in it. Prints one JSON line.
import { type GossipFigures, GOSSIP_DEFAULTS } from './gossip.ts'
import { makeGossipNetwork } from './gossip-network.ts'
import { beginVirtualTime } from './virtual-time.ts'

const SECOND_MS = 1_000
const INTERVAL_MS = 5 * 60 * SECOND_MS

/** Meshes are made in the first heartbeats. */
const WARM_UP_MS = 20 * SECOND_MS

const [nodes = GOSSIP_DEFAULTS.nodes, seconds = GOSSIP_DEFAULTS.seconds] = process.argv.slice(2).map(Number)

/** The same network each time (mulberry32). */
function numbersOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const began = process.cpuUsage()
const random = numbersOf(13)
const time = beginVirtualTime()

/** What of a change was heard: when, at how many. */
const changes = new Map<string, { readonly at: number; readonly heard: Set<number>; doneMs: number | undefined }>()
const wanted = Math.ceil(0.99 * (nodes - 1))
const network = await makeGossipNetwork({
  ...{ nodes, dials: GOSSIP_DEFAULTS.dials, time, random },
  // across a country and across the world
  delayMs: () => 10 + 140 * random(),
  onRecord: (node, { peer, seq }) => {
    const change = changes.get(`${peer.toString()} ${seq}`)
    if (!change) return
    change.heard.add(node)
    if (change.heard.size === wanted) change.doneMs = time.now() - change.at
  },
})

await time.pass(nodes * 2 + WARM_UP_MS)
for (const node of network) Object.assign(node.traffic, { sent: 0, received: 0, frames: 0 })

// everybody repeats theirs once in the interval, at a moment of its own
for (const node of network) {
  const first = random() * INTERVAL_MS
  if (first < seconds * SECOND_MS) time.later(first, () => void node.publish(false))
}
const told = Math.max(3, Math.floor(seconds / 10))
for (let count = 0; count < told; count++) {
  const node = network[Math.floor(random() * nodes)]
  time.later((count + 0.5) * ((seconds * SECOND_MS) / told) * 0.8, () => {
    const at = time.now()
    void node
      ?.publish(true)
      .then((seq) => changes.set(`${node.peer.toString()} ${seq}`, { at, heard: new Set(), doneMs: undefined }))
  })
}
await time.pass(seconds * SECOND_MS)

const perHour = (values: readonly number[]) =>
  values.map((value) => (value / seconds) * 3_600).sort((one, other) => one - other)
const at = (values: readonly number[], part: number) =>
  values[Math.min(values.length - 1, Math.floor(part * values.length))] ?? 0
const bytes = perHour(network.map(({ traffic }) => traffic.sent + traffic.received))
const times = [...changes.values()].flatMap(({ doneMs }) => doneMs ?? []).sort((one, other) => one - other)
const figures: GossipFigures = {
  ...{ nodes, seconds, changes: changes.size, reached: times.length },
  bytesPerHour: { median: at(bytes, 0.5), most: at(bytes, 1) },
  framesPerHour: at(perHour(network.map(({ traffic }) => traffic.frames)), 0.5),
  reachedMs: { median: at(times, 0.5), most: at(times, 1) },
  dropped: network.reduce((sum, { pubsub }) => sum + pubsub.gate.counts.dropped, 0) / nodes,
  cpuSeconds: (process.cpuUsage(began).user + process.cpuUsage(began).system) / 1e6,
  memoryMiB: process.memoryUsage().rss / 2 ** 20,
}
time.end()
console.log(JSON.stringify(figures))
process.exit(0)
