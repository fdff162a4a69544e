// What the DNS role tells its operator: whether the zone is asked, what for, and what is set in it.
import { denylistFacts, denylistFigures } from '../admin/denylists.ts'
import { type Figure, type FigureValue, gauge } from '../admin/figures.ts'
import { card, facts, grouped, html, numberOf, shortId, time } from '../admin/html.ts'
import { type DaySlot, sumOf } from '../admin/day.ts'
import type { RoleReport } from '../admin/report.ts'
import type { Denylist } from '../denylist.ts'
import type { DnsServerStats } from '../../core/dns/server.ts'
import type { AnswerStats, Counts } from './answer-stats.ts'

/** What there is to say. */
export interface DnsState {
  readonly listen: string
  readonly peer: string
  readonly startedAt: number
  readonly now: number
  /** Queries of the last day, oldest first. */
  readonly day: readonly DaySlot[]
  readonly answers: AnswerStats
  readonly server: DnsServerStats
  /** TXT values that are set now. */
  readonly values: number
  readonly denylists: ReturnType<Denylist['state']>
  /** Issue servers and brokers whose values this server may lack, and since when. */
  readonly behind: readonly { readonly writer: string; readonly since: number }[]
  /** Names with an address that were denied, by list. */
  readonly denied: ReadonlyMap<string, number>
}

/** The report. */
export function dnsReport(state: DnsState): RoleReport {
  const { listen, peer, startedAt, now, day, answers, server, values, denylists, behind } = state
  const { udp, tcp } = server
  const errors = udp.errors + tcp.errors
  return {
    role: 'dns',
    title: 'DNS',
    state: {
      attention: behind.length > 0,
      sentence:
        behind.length > 0
          ? `It may lack challenge values, and answers SERVFAIL instead of none, until ${behind.length} issue server or broker connects again.`
          : udp.queries + tcp.queries > 0
            ? 'Well: it is asked.'
            : 'Nobody has asked yet.',
    },
    content: card(
      '',
      facts([
        ['Answers at', listen],
        ['Peer id', shortId(peer)],
        ['Started', time(startedAt, now)],
        ['Queries', `${grouped(udp.queries)} by UDP, ${grouped(tcp.queries)} by TCP`],
        [
          'Answered',
          [
            numberOf(answers.a + answers.aaaa, 'address', 'addresses'),
            numberOf(answers.challenges, 'challenge'),
            numberOf(answers.identities, 'peer'),
          ].join(', '),
        ],
        ['Held back', `${udp.limited} in floods, ${answers.denied} because of denylists`],
        [
          'Connections',
          `${tcp.shownOut} made room for others, ${tcp.refusedConnections} refused, ${tcp.idleClosed} idle`,
        ],
        ...behind.map(({ writer, since }) => ['Behind', html`${shortId(writer)} since ${time(since, now)}`] as const),
        ['Errors', errors],
        ['Challenge values now', values],
        ...denylistFacts(denylists, now),
      ]),
    ),
    pictures: {
      line: numberOf(sumOf(day), 'query', 'queries'),
      day: { title: 'DNS queries', slots: day },
    },
    figures: figures(state),
  }
}

function figures({ answers, server, values, denylists, denied, behind }: DnsState): readonly Figure[] {
  const { a, aaaa, addressNodata, peerNodata, challenges, placeholders, challengeNodata } = answers
  return [
    counter('coredns_forge_ipparser_responses_total', 'Answers to names with an address, and to peers.', [
      ...counted('type', { A: a, AAAA: aaaa }),
      ...counted('type', addressNodata, 'NODATA-'),
      ...counted('type', peerNodata, 'NODATA-PEERID-'),
      ...counted('type', Object.fromEntries(denied), 'DENIED-'),
    ]),
    counter('coredns_forge_acme_dns01_responses_total', 'Answers to challenges.', [
      ...counted('type', { TXT: challenges, 'TXT-EMPTY': placeholders }),
      ...counted('type', challengeNodata, 'NODATA-'),
    ]),
    counter('nodetrust_dns_responses_total', 'Answers by response code.', counted('rcode', answers.byRcode)),
    counter('nodetrust_dns_queries_total', 'Queries by transport.', [
      { labels: { transport: 'udp' }, value: server.udp.queries },
      { labels: { transport: 'tcp' }, value: server.tcp.queries },
    ]),
    counter('nodetrust_dns_limited_total', 'Queries that were answered shorter or not at all because of a flood.', [
      { value: server.udp.limited },
    ]),
    counter('nodetrust_dns_connections_ended_total', 'TCP connections that did not end by themselves.', [
      { labels: { why: 'shown-out' }, value: server.tcp.shownOut },
      { labels: { why: 'refused' }, value: server.tcp.refusedConnections },
      { labels: { why: 'idle' }, value: server.tcp.idleClosed },
    ]),
    gauge(
      'nodetrust_dns_writers_behind',
      'Issue servers and brokers whose values this server may lack.',
      behind.length,
    ),
    gauge('nodetrust_dns_challenge_values', 'TXT values that are set now.', values),
    ...denylistFigures('dns', denylists),
  ]
}

function counter(name: string, help: string, values: readonly FigureValue[]): Figure {
  return { name, help, type: 'counter', values }
}

function counted(label: string, counts: Counts, prefix = ''): readonly FigureValue[] {
  return Object.entries(counts).map(([name, value]) => ({ labels: { [label]: `${prefix}${name}` }, value }))
}
