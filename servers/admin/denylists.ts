// Denylists as the broker and the DNS role tell of them.
import { type Figure, gauge } from './figures.ts'
import { type Fact, html, numberOf, time } from './html.ts'
import type { Denylist } from '../denylist.ts'
import type { RoleName } from '../role.ts'

type States = ReturnType<Denylist['state']>

/** For the page. */
export function denylistFacts(lists: States, now: number): readonly Fact[] {
  return lists.map(({ name, entries, readAt }) => [
    `Denylist ${name}`,
    html`${numberOf(entries, 'entry', 'entries')}, read ${time(readAt, now)}`,
  ])
}

/** For Prometheus, under the names of the public broker. */
export function denylistFigures(role: RoleName, lists: States): readonly Figure[] {
  return [
    gauge(
      'coredns_forge_denylist_entries',
      'Entries of each denylist.',
      lists.map(({ name, entries }) => ({ labels: { name, role }, value: entries })),
    ),
    gauge(
      'coredns_forge_denylist_last_update_timestamp',
      'When each denylist was read.',
      lists.map(({ name, readAt }) => ({ labels: { name, role }, value: readAt / 1_000 })),
    ),
  ]
}
