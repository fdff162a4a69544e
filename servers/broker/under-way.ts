// How many new peers of each network are being dialled. They have taken nothing yet, and most that fails does so there; so this is
// in memory, holds nobody up for longer than a dial-back, and one network cannot have all dial-backs for itself.

/** Counts by network. */
export interface UnderWay {
  of(network: string): number
  /** One more, until it is disposed of. */
  enter(network: string): Disposable
}

/** Makes the counts. */
export function createUnderWay(): UnderWay {
  const counts = new Map<string, number>()
  const of = (network: string) => counts.get(network) ?? 0
  return {
    of,
    enter(network) {
      counts.set(network, of(network) + 1)
      return {
        [Symbol.dispose]() {
          const left = of(network) - 1
          if (left > 0) counts.set(network, left)
          else counts.delete(network)
        },
      }
    },
  }
}
