// A map that strangers fill: bounded, and shared fairly by who brought what. When it is full, the network that has brought most
// gives one up, in it the neighbour that has brought most, and of what that one brought the youngest: so whoever floods it
// pushes out nothing but the own flood, and what has been there for long stays. Where all of those are kept, the next ones give one up.

/** Who brought an entry: the network of the neighbour, and the neighbour. */
export interface Bringer {
  /** A key of net/network.ts; neighbours without a network of their own (loopback, a private one) may share one key. */
  readonly network: string
  readonly neighbour: string
}

/** What had to go. */
export interface Gone<Value> {
  readonly key: string
  readonly value: Value
  readonly bringer: Bringer
}

/** The map. */
export interface FairMap<Value> {
  get(key: string): Value | undefined
  bringerOf(key: string): Bringer | undefined
  /**
   * Puts a new entry, or a new value for one that is there, which keeps its age and who brought it.
   *
   * @returns what had to go for it; its own key where the newcomer is the one to go
   */
  put(key: string, value: Value, bringer: Bringer): Gone<Value> | undefined
  delete(key: string): void
  readonly size: number
  entries(): IterableIterator<readonly [string, Value]>
}

/** What it needs. */
export interface FairMapInit<Value> {
  /** Most entries; more only where all of them are kept. */
  readonly limit: number
  /** Whether an entry is over and may go before all others. */
  readonly isOver?: ((value: Value) => boolean) | undefined
  /** Whether an entry stays whatever comes. */
  readonly isKept?: ((key: string) => boolean) | undefined
}

/** What one neighbour has brought, the oldest first; `stack` has the youngest at hand, and some that are gone. */
interface Brought {
  readonly keys: Set<string>
  stack: string[]
}

/** How many of the oldest are looked at for one that is over: those are the ones. */
const LOOKED_AT = 32

/** Makes it. */
export function createFairMap<Value>({ limit, isOver, isKept }: FairMapInit<Value>): FairMap<Value> {
  const all = new Map<string, { value: Value; readonly bringer: Bringer }>()
  const networks = new Map<string, { size: number; readonly neighbours: Map<string, Brought> }>()

  const remove = (key: string): void => {
    const entry = all.get(key)
    if (!entry) return
    all.delete(key)
    const network = networks.get(entry.bringer.network)
    const brought = network?.neighbours.get(entry.bringer.neighbour)
    if (!network || !brought?.keys.delete(key)) return
    network.size--
    if (brought.keys.size === 0) network.neighbours.delete(entry.bringer.neighbour)
    if (network.size === 0) networks.delete(entry.bringer.network)
  }

  const victim = (): string | undefined => {
    for (const { neighbours } of fromLargest(networks.values(), ({ size }) => size)) {
      for (const brought of fromLargest(neighbours.values(), ({ keys }) => keys.size)) {
        const found = victimOf(brought)
        if (found !== undefined) return found
      }
    }
    return undefined
  }

  const victimOf = (brought: Brought): string | undefined => {
    let looked = 0
    for (const key of brought.keys) {
      const entry = all.get(key)
      if (!isOver || looked++ > LOOKED_AT) break
      if (entry && isOver(entry.value) && !isKept?.(key)) return key
    }
    const kept: string[] = []
    let found: string | undefined
    while (found === undefined && brought.stack.length > 0) {
      const key = brought.stack.pop() ?? ''
      if (!brought.keys.has(key)) continue
      if (isKept?.(key)) kept.push(key)
      else found = key
    }
    brought.stack.push(...kept.reverse())
    return found
  }

  return {
    get: (key) => all.get(key)?.value,
    bringerOf: (key) => all.get(key)?.bringer,
    put(key, value, bringer) {
      const before = all.get(key)
      if (before) {
        before.value = value
        return undefined
      }
      all.set(key, { value, bringer })
      const network = networks.get(bringer.network) ?? { size: 0, neighbours: new Map<string, Brought>() }
      networks.set(bringer.network, network)
      const brought = network.neighbours.get(bringer.neighbour) ?? { keys: new Set<string>(), stack: [] }
      network.neighbours.set(bringer.neighbour, brought)
      brought.keys.add(key)
      brought.stack.push(key)
      if (brought.stack.length > 2 * brought.keys.size + LOOKED_AT) brought.stack = [...brought.keys]
      network.size++
      if (all.size <= limit) return undefined
      const goes = victim()
      const gone = goes === undefined ? undefined : all.get(goes)
      if (goes === undefined || !gone) return undefined
      remove(goes)
      return { key: goes, ...gone }
    },
    delete: remove,
    get size() {
      return all.size
    },
    *entries() {
      for (const [key, { value }] of all) yield [key, value] as const
    },
  }
}

/** The largest first, and the others only where somebody asks for them: that is rare, and sorting them is not cheap. */
function* fromLargest<Item>(items: Iterable<Item>, sizeOf: (item: Item) => number): Iterable<Item> {
  const all = [...items]
  const first = largest(all, sizeOf)
  if (first === undefined) return
  yield first
  yield* all.filter((item) => item !== first).toSorted((one, other) => sizeOf(other) - sizeOf(one))
}

/** The largest, the first of those that are as large. */
function largest<Item>(items: Iterable<Item>, sizeOf: (item: Item) => number): Item | undefined {
  let found: Item | undefined
  for (const item of items) if (found === undefined || sizeOf(item) > sizeOf(found)) found = item
  return found
}
