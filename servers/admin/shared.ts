// One look for all who ask: whoever asks while one is made gets that one, and whoever asks without end gets the last one until there is
// room for another. So the operator's page costs what it costs, and not what somebody asks for.
import { LeakyBucket } from '../../core/leaky-bucket.ts'

/** A person, a Prometheus and a look at /health never come so often. */
const LOOKS = { burst: 20, perSecond: 2 }

/** Milliseconds that only count. */
const monotonic = (): number => performance.now()

/** Makes a function that looks as often as there is room, one look at a time. What failed is not kept. */
export function shared<Seen>(look: () => Promise<Seen>, nowMs: () => number = monotonic): () => Promise<Seen> {
  const looks = new LeakyBucket(LOOKS)
  let running: Promise<Seen> | undefined
  let last: { readonly seen: Seen } | undefined
  const begin = async (): Promise<Seen> => {
    const seen = await look()
    last = { seen }
    return seen
  }
  return async () => {
    if (running) return await running
    if (!looks.take(1, nowMs()) && last) return last.seen
    running = begin().finally(() => {
      running = undefined
    })
    return await running
  }
}
