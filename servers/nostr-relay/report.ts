// What the relay tells its operator.
import { createCounters, gauge, type Counters } from '../admin/figures.ts'
import { card, facts, grouped, numberOf, time } from '../admin/html.ts'
import type { RoleReport } from '../admin/report.ts'
import type { EventStore } from './store.ts'

/** Messages since the start. */
export type RelayCounters = Counters<'nodetrust_relay_messages_total'>

/** Makes counters that begin at zero. */
export function createRelayCounters(): RelayCounters {
  return createCounters({ nodetrust_relay_messages_total: 'Messages of clients of the Nostr relay, by outcome.' })
}

/** The report. */
export function relayReport(state: {
  readonly url: string
  readonly open: boolean
  readonly startedAt: number
  readonly now: number
  readonly clients: number
  readonly kept: ReturnType<EventStore['counts']>
  readonly counters: RelayCounters
}): RoleReport {
  const { url, open, startedAt, now, clients, kept, counters } = state
  return {
    role: 'nostr-relay',
    title: 'Nostr relay',
    state: {
      attention: false,
      sentence: kept.events > 0 ? 'Well: it keeps names.' : 'Nobody has written a name yet.',
    },
    content: card(
      '',
      facts([
        ['Address', url],
        ['Started', time(startedAt, now)],
        ['Who may write', open ? 'everybody, within limits' : 'those whom the configuration names'],
        ['Clients now', grouped(clients)],
        [
          'Names and events',
          `${numberOf(kept.authors, 'author')}, ${numberOf(kept.events, 'event')}, ${grouped(Math.ceil(kept.bytes / 1_024))} KiB`,
        ],
      ]),
    ),
    pictures: { line: numberOf(kept.authors, 'name') },
    figures: [
      ...counters.figures(),
      gauge('nodetrust_relay_clients', 'Clients of the Nostr relay now.', clients),
      gauge('nodetrust_relay_events', 'Events that the Nostr relay keeps.', kept.events),
      gauge('nodetrust_relay_events_bytes', 'Their bytes.', kept.bytes),
    ],
  }
}
