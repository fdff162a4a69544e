// What the broker counts. Names are those of the public broker where it counts the same thing, so that its dashboards work here
// too.
import { createCounters, createHistogram, type Counters, type Figure } from '../admin/figures.ts'

const COUNTERS = {
  coredns_forge_acme_libp2p_probe_total: 'Dial-backs by their result and the kind of client.',
  coredns_forge_denylist_denied_total: 'Registrations that were refused because of a denylist.',
  nodetrust_broker_registrations_total: 'Registrations of authenticated peers by status.',
  nodetrust_broker_requests_total: 'HTTP requests by path and status.',
} as const

/** The counters. */
export interface Metrics extends Counters<keyof typeof COUNTERS> {
  /** Notes how long a request took, seconds. */
  observe(seconds: number): void
}

/** Seconds: a handshake takes milliseconds, a registration a second, a failed dial-back eight. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Makes counters that begin at zero. */
export function createMetrics(): Metrics {
  const counters = createCounters(COUNTERS)
  const took = createHistogram('coredns_forge_acme_http_request_duration_seconds', 'How long requests took.', BUCKETS)
  return {
    count: (name, labels) => counters.count(name, labels),
    observe: (seconds) => took.observe(seconds),
    figures: (): readonly Figure[] => [...counters.figures(), took.figure()],
  }
}

/**
 * The kind of a client by its User-Agent, one of a few words: what people write there must not become labels.
 */
export function agentKind(userAgent: string | undefined): string {
  const text = (userAgent ?? '').toLowerCase()
  return AGENTS.find(([part]) => text.includes(part))?.[1] ?? 'other'
}

const AGENTS: readonly (readonly [part: string, kind: string])[] = [
  ...['kubo', 'go-ipfs', 'helia', 'js-libp2p', 'nim-libp2p', 'go-libp2p'].map((kind) => [kind, kind] as const),
  ...['go-http-client', 'python-requests', 'curl'].map((kind) => [kind, kind] as const),
  ['p2p-forge', 'go-libp2p'],
  ['nodetrust', 'nodetrust'],
  ['mozilla', 'browser'],
  ['node', 'node'],
]
