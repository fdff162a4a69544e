// Names without relays: an event with the tags that a case needs, and a client of relays that gives what the case says.
import { signEvent, type NostrEvent } from '../../core/nostr/event.ts'
import { makeNamingKey, type NamingKey } from '../../core/nostr/keys.ts'
import { openNewestMemory } from '../../core/nostr/newest.ts'
import { silentLog } from '../../core/log.ts'
import { openNameLookup, type NameLookup } from '../../main/naming/lookup.ts'
import type { Clock } from '../../core/clock.ts'
import type { RelayAnswer, Relays } from '../../core/nostr/relays.ts'

/** What relays answer from now on. */
export interface Answering {
  events: readonly NostrEvent[]
  state: RelayAnswer['state']
  /** Questions that were asked. */
  asked: number
  /** Who waits for it: an answer comes when this has come to its end. */
  wait?: Promise<void> | undefined
}

/** An event of our kind. @param at  seconds since 1970 */
export function nameEvent(key: NamingKey, tags: readonly (readonly string[])[], at: number, kind = 11_111): NostrEvent {
  return signEvent({ kind, content: '', created_at: at, tags: tags.map((tag) => [...tag]) }, key)
}

/** A record as it stands in an event. */
export const record = (type: string, name: string, ...values: readonly string[]): readonly string[] => [
  ...['record', type, name],
  ...Array.from({ length: 7 }, (_, at) => values[at] ?? ''),
  '300',
]

/** A look-up whose relays say what `answering` says. */
export async function lookupOf(
  clock: Clock,
  dir?: string,
): Promise<{ readonly answering: Answering; readonly lookup: NameLookup }> {
  const answering: Answering = { events: [], state: 'answered', asked: 0 }
  const relays: Relays = {
    async query({ authors = [] }) {
      answering.asked += 1
      await answering.wait
      const events = answering.events.filter(({ pubkey }) => authors.includes(pubkey))
      const { state } = answering
      return { events, answers: [{ relay: 'wss://r.test', state, why: undefined, events: events.length, tookMs: 1 }] }
    },
    publish: () => Promise.reject(new TypeError('nothing is published here')),
  }
  const newest = await openNewestMemory({ dir, log: silentLog })
  const lookup = await openNameLookup({ relays, urls: ['wss://r.test'], newest, dir, clock, log: silentLog })
  return { answering, lookup }
}

export { makeNamingKey }
