// Who may stay when a listener is full. Places are counted per network and per machine, and a full house shows somebody out
// instead of refusing the newcomer: who holds most gives one up, and of those who hold the same, who has waited longest without
// saying who they are. So nobody can shut a listener by filling it (Knot, NSD and RFC 7766 section 6.2.3 do the same for DNS).
import { canonicalIp, machineOfText, networkOfText } from './network.ts'

/** How many may be there at a time. */
export interface PlacesInit {
  /** All together. */
  readonly places: number
  /** Of one /24 or /48. */
  readonly perNetwork: number
  /**
   * Places beyond the others that nobody else can take: for our own servers, say, by their canonical address (network.ts). Who finds
   * them full takes part with the rest.
   */
  readonly kept?: { readonly places: number; readonly isFor: (address: string) => boolean } | undefined
}

/** Somebody who has a place. */
export interface Guest {
  /** They have said who they are, or whatever else counts as arriving: those who have not are shown out before them. */
  settle(): void
  /** They have nothing under way: from now on they count as waiting, from the end of the queue. */
  rest(): void
  /** They did something of use just now; of those who have settled, the one who did so longest ago is shown out first. */
  touch(): void
  /** They are one of ours: from now on nobody shows them out, and they count for no network. Whoever calls this bounds how many. */
  keep(): void
  /** They are gone; may be called more than once, and by whoever was shown out. */
  leave(): void
}

/** The places of a listener, or of several that share them. */
export interface Places {
  /**
   * Gives a place to a newcomer; somebody else is shown out where that is needed for it.
   *
   * @param address  the IP address, as the socket tells it; all that have none are one network
   * @param showOut  called at most once, when the place is needed for somebody else: cut them off at once
   * @returns undefined where the newcomer's own network, or in it the own machine, is the one that holds most
   */
  enter(address: string | undefined, showOut: () => void): Guest | undefined
  /** How many are here. */
  readonly taken: number
  /** How many of them have not settled. */
  readonly pending: number
  /** How many did not get or not keep a place, since the start. */
  readonly counts: { readonly refused: number; readonly shownOut: number }
}

/** So few connections of one network are an ordinary home's: those that are settled stay while others only wait. */
const HOUSEHOLD = 4

/** Makes the places; of those who left nothing is kept but their number. */
export function createPlaces({ places, perNetwork, kept }: PlacesInit): Places {
  const networks = new Ranking<Network>()
  const waiting = new Set<Member>()
  const counts = { refused: 0, shownOut: 0 }
  let taken = 0
  let keptTaken = 0
  let ownTaken = 0

  const remove = (member: Member): void => {
    const { network, machine } = member
    waiting.delete(member)
    machine.pending.delete(member)
    machine.settled.delete(member)
    network.machines.change(machine, -1)
    networks.change(network, -1)
    taken--
  }

  /** @returns whether there was somebody */
  const showOut = (member: Member | undefined): boolean => {
    if (!member) return false
    counts.shownOut++
    remove(member)
    member.showOut()
    return true
  }

  /** Who gives up a place of a network: of the machine with most, whoever waits longest, then whoever was of no use for longest. */
  const worstOf = (network: Network): Member | undefined => {
    const machine = network.machines.largest()
    return machine && (first(machine.pending) ?? first(machine.settled))
  }

  const roomInNetwork = (network: Network, machine: string): boolean => {
    const own = network.machines.get(machine)
    const most = network.machines.largest()
    if (most && most.size > (own?.size ?? 0)) return showOut(worstOf(network))
    return showOut(own && first(own.pending))
  }

  const roomInHouse = (own: Network | undefined): boolean => {
    const held = own?.size ?? 0
    const most = networks.largest()
    if (!most) return false
    if (held === 0 && most.size <= HOUSEHOLD) return showOut(first(waiting) ?? worstOf(most))
    if (most.size > held + 1) return showOut(worstOf(most))
    // who holds as much as anybody takes nothing from a quieter network that has just come
    if (own && held > 1) return showOut(pendingOf(own))
    return showOut(first(waiting) ?? (most.size > held ? worstOf(most) : undefined))
  }

  const pendingOf = (network: Network): Member | undefined => {
    const machine = network.machines.largest()
    return machine && first(machine.pending)
  }

  const admit = (networkKey: string, machineKey: string, cutOff: () => void): Guest => {
    const network = networks.get(networkKey) ?? { key: networkKey, size: 0, machines: new Ranking<Machine>() }
    const machine =
      network.machines.get(machineKey) ??
      ({ key: machineKey, size: 0, pending: new Set(), settled: new Set() } as const)
    const member: Member = { network, machine, showOut: cutOff }
    network.machines.change(machine, 1)
    networks.change(network, 1)
    machine.pending.add(member)
    waiting.add(member)
    taken++
    let isOwn = false
    const isHere = () => machine.pending.has(member) || machine.settled.has(member)
    return {
      settle() {
        if (!waiting.delete(member)) return
        machine.pending.delete(member)
        machine.settled.add(member)
      },
      rest() {
        if (!machine.settled.delete(member)) return
        machine.pending.add(member)
        waiting.add(member)
      },
      touch() {
        if (machine.settled.delete(member)) machine.settled.add(member)
      },
      keep() {
        if (!isHere()) return
        remove(member)
        isOwn = true
        ownTaken++
      },
      leave() {
        if (isOwn) ownTaken--
        isOwn = false
        if (isHere()) remove(member)
      },
    }
  }

  return {
    enter(address, cutOff) {
      if (kept && address !== undefined && keptTaken < kept.places && kept.isFor(canonicalIp(address))) {
        keptTaken++
        return keptGuest(() => void keptTaken--)
      }
      const network = networkOfText(address)
      const machine = machineOfText(address)
      const own = networks.get(network)
      const hasRoom =
        (own === undefined || own.size < perNetwork || roomInNetwork(own, machine)) &&
        (taken < places || roomInHouse(networks.get(network)))
      if (!hasRoom) {
        counts.refused++
        return undefined
      }
      return admit(network, machine, cutOff)
    },
    get taken() {
      return taken + keptTaken + ownTaken
    },
    get pending() {
      return waiting.size
    },
    counts,
  }
}

interface Counted {
  readonly key: string
  size: number
}

/** The sets are in the order of arrival, or of the last use: the first one is the one that waits longest. */
interface Machine extends Counted {
  readonly pending: Set<Member>
  readonly settled: Set<Member>
}

interface Network extends Counted {
  readonly machines: Ranking<Machine>
}

interface Member {
  readonly network: Network
  readonly machine: Machine
  readonly showOut: () => void
}

/** Who holds how many, with the one that holds most at hand: every step takes the same time, however many there are. */
class Ranking<Entry extends Counted> {
  readonly #all = new Map<string, Entry>()
  /** By size; each set is in the order in which its entries came to that size. */
  readonly #bySize: Set<Entry>[] = []

  get(key: string): Entry | undefined {
    return this.#all.get(key)
  }

  largest(): Entry | undefined {
    const top = this.#bySize.at(-1)
    return top && first(top)
  }

  change(entry: Entry, by: 1 | -1): void {
    this.#bySize[entry.size]?.delete(entry)
    entry.size += by
    if (entry.size > 0) {
      this.#all.set(entry.key, entry)
      const same = (this.#bySize[entry.size] ??= new Set())
      same.add(entry)
    } else this.#all.delete(entry.key)
    while (this.#bySize.length > 0 && (this.#bySize.at(-1)?.size ?? 0) === 0) this.#bySize.pop()
  }
}

function first<Value>(set: Set<Value>): Value | undefined {
  return set.values().next().value
}

/** Kept places have no order: nobody is shown out of them. */
function keptGuest(free: () => void): Guest {
  let here = true
  return {
    settle: () => undefined,
    rest: () => undefined,
    touch: () => undefined,
    keep: () => undefined,
    leave() {
      if (here) free()
      here = false
    },
  }
}
