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

/**
 * Starts it, without Pebble's waits.
 *
 * @param dnsPort  of the DNS server on 127.0.0.1 that it asks
 */
export async function startCountedPebble(dnsPort: number): Promise<CountedPebble> {
  const pebble = await startPebble({ dnsPort })
  const seen = { requests: 0, first: Number.NaN, last: Number.NaN }
  const proxy = await startFaultProxy({
    upstream: pebble,
    tls: await createTestTls(),
    spoil: {
      before() {
        if (seen.requests === 0) seen.first = performance.now()
        seen.requests += 1
        return undefined
      },
      after() {
        seen.last = performance.now()
        return undefined
      },
    },
  })
  return {
    directory: `${proxy.origin}/dir`,
    httpsRootPem: proxy.rootPem,
    issuingRootPem: pebble.issuingRootPem,
    async count(run) {
      seen.requests = 0
      await run()
      return { requests: seen.requests, ms: seen.last - seen.first }
    },
    async stop() {
      await proxy.close()
      await pebble.stop()
    },
  }
}
