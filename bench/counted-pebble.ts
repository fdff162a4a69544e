// Pebble behind a proxy that notes when it is asked: what an issuance costs is counted where every client must pass.
import { startFaultProxy } from '../test/faults/proxy.ts'
import { startPebble } from '../test/support/pebble.ts'
import { createTestTls } from '../test/support/tls.ts'

/** What one client asked of the CA. */
export interface CaCost {
  readonly requests: number
  /** From its first request to the last answer, milliseconds. */
  readonly ms: number
}

/** A running CA. */
export interface CountedPebble {
  readonly directory: string
  /** Of what clients connect to. */
  readonly httpsRootPem: string
  /** Of the certificates. */
  readonly issuingRootPem: string
  /** What is asked while something runs; one thing at a time. */
  count(run: () => Promise<void>): Promise<CaCost>
  stop(): Promise<void>
}

/** How long the CAs need to validate that clients are measured at, milliseconds. */
export const CA_SPEEDS = [
  [0, 'a CA that validates at once'],
  [3000, 'a CA that validates in 3 s'],
] as const

/**
 * Starts it, without Pebble's waits.
 *
 * @param dnsPort  of the DNS server on 127.0.0.1 that it asks
 * @param validationMs  for so long after a challenge was told it says that it is still looking
 */
export async function startCountedPebble(dnsPort: number, validationMs = 0): Promise<CountedPebble> {
  const pebble = await startPebble({ dnsPort })
  const seen = { requests: 0, first: Number.NaN, last: Number.NaN, told: Number.NaN }
  const proxy = await startFaultProxy({
    upstream: pebble,
    tls: await createTestTls(),
    spoil: {
      before({ kind, method }) {
        if (kind === 'challenge' && method === 'POST' && Number.isNaN(seen.told)) seen.told = performance.now()
        if (seen.requests === 0) seen.first = performance.now()
        seen.requests += 1
        return undefined
      },
      after({ kind }, answer) {
        seen.last = performance.now()
        const looking = seen.last - seen.told < validationMs
        return looking && LOOKED_AT.has(kind) ? { ...answer, body: stillPending(answer.body) } : undefined
      },
    },
  })
  return {
    directory: `${proxy.origin}/dir`,
    httpsRootPem: proxy.rootPem,
    issuingRootPem: pebble.issuingRootPem,
    async count(run) {
      seen.requests = 0
      seen.told = Number.NaN
      await run()
      return { requests: seen.requests, ms: seen.last - seen.first }
    },
    async stop() {
      await proxy.close()
      await pebble.stop()
    },
  }
}

/** What says whether a name was validated. */
const LOOKED_AT: ReadonlySet<string> = new Set(['order', 'authorization', 'challenge'])

/** An answer of a CA that has not looked yet: nothing in it is ready or valid. */
function stillPending(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body, (key, value: unknown) => (key === 'status' ? 'pending' : value)))
}
