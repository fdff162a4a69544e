// Lets a few pieces of work run at a time and keeps the others waiting in line. Every answer of a CA brings the nonce for one
// more request; a hundred requests at once would need a hundred nonces, which CAs ration (Let's Encrypt: 20 a second).

export interface Gate {
  /**
   * Runs work when its turn has come.
   *
   * @throws what the work throws; the signal's reason when it is aborted in the line
   */
  pass<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>
}

/** @param places  how many run at a time */
export function createGate(places: number): Gate {
  const line = new Set<() => void>()
  let free = places

  async function enter(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (free > 0) {
      free -= 1
      return
    }
    const turn = Promise.withResolvers<void>()
    const onAbort = () => {
      line.delete(turn.resolve)
      turn.reject(signal?.reason)
    }
    line.add(turn.resolve)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await turn.promise
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Hands the place to the next in line, or frees it. */
  function leave(): void {
    const [next] = line
    if (!next) {
      free += 1
      return
    }
    line.delete(next)
    next()
  }

  return {
    async pass(work, signal) {
      await enter(signal)
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}
