// The visit to ourselves that a person has asked for, as the page shows it: one at a time, the last one stays to be looked at.
import { readFile } from 'node:fs/promises'
import { createResolver } from '../../core/dns/index.ts'
import { parseHostPort } from '../../core/net/host-port.ts'
import { reasonOf } from '../../core/net/reason.ts'
import { VISIT_PARTS, type Visit } from '../../proto/api/index.ts'
import { visitSelf } from '../node/self-visit.ts'
import type { Clock } from '../../core/clock.ts'
import type { NodeConfig } from '../settings/config.ts'

/** What it needs. */
export interface SelfVisitsInit {
  readonly clock: Clock
  readonly changed: () => void
  /** @default visitSelf */
  readonly visit?: typeof visitSelf
}

/** Who is visited. */
export interface Visited {
  /** Stands for the node: what was seen of it counts as long as it is the same. */
  readonly node: object
  readonly url: string
  readonly peerId: string
  readonly network: Pick<NodeConfig['network'], 'trustAnchor' | 'resolver'>
}

/** The visits. */
export interface SelfVisits {
  /** The last one to this node; undefined before the first. */
  current(node: object | undefined): Visit | undefined
  /** Begins one, unless one to the same node is under way. */
  begin(visited: Visited): void
  /** Ends the one under way. */
  stop(): void
}

/** Each part has its own end; this one is for all of them. */
const VISIT_TIMEOUT_MS = 30_000
const MAX_DETAIL_CHARS = 1_000

/** Makes it; nothing happens yet. */
export function createSelfVisits({ clock, changed, visit = visitSelf }: SelfVisitsInit): SelfVisits {
  let last: Visit | undefined
  let running: AbortController | undefined
  let seen: object | undefined

  const put = (next: Visit): void => {
    last = next
    changed()
  }

  const run = async ({ url, peerId, network }: Visited, own: AbortController): Promise<void> => {
    const { trustAnchor, resolver } = network
    const server = resolver === undefined ? undefined : parseHostPort(resolver)
    let began = clock.now()
    const onPart = (name: Visit['parts'][number]['name'], status: 'now' | 'done' | 'failed', detail: string) => {
      if (own.signal.aborted || last === undefined) return
      if (status === 'now') began = clock.now()
      const ms = status === 'now' ? null : Math.max(0, clock.now() - began)
      const told = { name, status, ms, detail: detail.slice(0, MAX_DETAIL_CHARS) }
      put({ ...last, parts: last.parts.map((part) => (part.name === name ? told : part)) })
    }
    try {
      await visit({
        ...{ url, peerId, onPart },
        trustAnchorPem: trustAnchor === undefined ? undefined : await readFile(trustAnchor, 'utf8'),
        lookup: server && createResolver({ servers: [server] }).lookup,
        signal: AbortSignal.any([own.signal, AbortSignal.timeout(VISIT_TIMEOUT_MS)]),
      })
    } catch (error) {
      onPart(VISIT_PARTS[0], 'failed', reasonOf(error))
    }
    const open = last?.parts.find(({ status }) => status === 'now')
    if (open) onPart(open.name, 'failed', 'it took too long')
    if (running === own) running = undefined
  }

  return {
    current: (node) => (node !== undefined && node === seen ? last : undefined),
    begin(visited) {
      if (running && visited.node === seen) return
      running?.abort(new Error('another node is visited'))
      seen = visited.node
      const own = new AbortController()
      running = own
      put({
        startedAt: clock.now(),
        parts: VISIT_PARTS.map((name) => ({ name, status: 'waiting', ms: null, detail: '' })),
      })
      void run(visited, own)
    },
    stop: () => running?.abort(new Error('the program stops')),
  }
}
