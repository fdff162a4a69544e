// What the broker counts, in the text form that Prometheus reads. Names are those of the public broker where it counts the same
// thing, so that its dashboards work here too.

/** Labels of one figure. */
export type Labels = Readonly<Record<string, string>>

/** A figure that is read when somebody asks. */
export interface Gauge {
  readonly name: string
  readonly help: string
  readonly values: readonly { readonly labels?: Labels; readonly value: number }[]
}

/** The counters. */
export interface Metrics {
  count(name: CounterName, labels: Labels): void
  /** Notes how long a request took, seconds. */
  observe(seconds: number): void
  /** How often something was counted so far. */
  value(name: CounterName, labels: Labels): number
  /** Everything, with these gauges. */
  text(gauges: readonly Gauge[]): string
}

const COUNTERS = {
  coredns_forge_acme_libp2p_probe_total: 'Dial-backs by their result and the kind of client.',
  coredns_forge_denylist_denied_total: 'Registrations that were refused because of a denylist.',
  nodetrust_broker_registrations_total: 'Registrations of authenticated peers by status.',
  nodetrust_broker_requests_total: 'HTTP requests by path and status.',
} as const
type CounterName = keyof typeof COUNTERS

const DURATION = 'coredns_forge_acme_http_request_duration_seconds'

/** Seconds: a handshake takes milliseconds, a registration a second, a failed dial-back eight. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Makes counters that begin at zero. */
export function createMetrics(): Metrics {
  const counters = new Map<CounterName, Map<string, number>>()
  const buckets = BUCKETS.map(() => 0)
  let sum = 0
  let observed = 0
  return {
    count(name, labels) {
      const of = counters.get(name) ?? new Map<string, number>()
      counters.set(name, of.set(labelText(labels), (of.get(labelText(labels)) ?? 0) + 1))
    },
    observe(seconds) {
      sum += seconds
      observed++
      for (const [index, bound] of BUCKETS.entries()) if (seconds <= bound) buckets[index] = (buckets[index] ?? 0) + 1
    },
    value: (name, labels) => counters.get(name)?.get(labelText(labels)) ?? 0,
    text(gauges) {
      const lines = Object.entries(COUNTERS).flatMap(([name, help]) => [
        ...head(name, help, 'counter'),
        ...[...(counters.get(name as CounterName) ?? [])].map(([labels, value]) => `${name}${labels} ${value}`),
      ])
      const histogram = [
        ...head(DURATION, 'How long requests took.', 'histogram'),
        ...BUCKETS.map((bound, index) => `${DURATION}_bucket{le="${bound}"} ${buckets[index]}`),
        ...[`${DURATION}_bucket{le="+Inf"} ${observed}`, `${DURATION}_sum ${sum}`, `${DURATION}_count ${observed}`],
      ]
      const asked = gauges.flatMap(({ name, help, values }) => [
        ...head(name, help, 'gauge'),
        ...values.map(({ labels = {}, value }) => `${name}${labelText(labels)} ${value}`),
      ])
      return `${[...lines, ...histogram, ...asked].join('\n')}\n`
    },
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

function head(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
