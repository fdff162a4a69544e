// Mutants of the statements about events of names and the relays that carry them.
import type { Mutants } from './mutant.ts'

const EVENT = 'core/nostr/event.ts'
const NAME_EVENTS = 'core/nostr/name-events.ts'
const NEWEST = 'core/nostr/newest.ts'
const LINK = 'core/nostr/relay-link.ts'
const RELAYS = 'core/nostr/relays.ts'
const PUBLISHER = 'main/naming/publisher.ts'

const LAN_RECORDS = 'main/naming/mdns/lan-records.ts'
const LAN_RATES = 'main/naming/mdns/lan-rates.ts'

export const NOSTR: Mutants = {
  N13: [
    { file: EVENT, find: 'if (eventId(event) !== event.id)', replace: "if (event.id === '')" },
    { file: EVENT, find: 'if (!isSigned(event))', replace: "if (event.sig === '')" },
  ],
  N14: [
    {
      file: NAME_EVENTS,
      find: 'if (hasWritten) return { facts: undefined, refused }',
      replace: "if (hasWritten && pubkey === '') return { facts: undefined, refused }",
    },
    {
      file: 'main/naming/lookup.ts',
      find: 'const facts = isBelow ? undefined : read.facts',
      replace: 'const { facts } = read',
    },
    {
      file: NAME_EVENTS,
      find: 'event.created_at + PIN_LIFE_S <= nowS',
      replace: 'event.created_at + PIN_LIFE_S <= 0',
    },
  ],
  N15: [
    { file: NEWEST, find: 'if (kept.has(longest)) continue', replace: "if (longest === '') continue" },
    {
      file: NEWEST,
      find: 'putNewest(places, place, seen, MAX_OF_NAME)',
      replace: 'putNewest(places, place, seen, MAX_PLACES)',
    },
  ],
  N16: [
    {
      file: LINK,
      find: 'isBinary || bytes > MAX_BYTES || frames > MAX_FRAMES',
      replace: 'bytes > MAX_BYTES * 1_000',
    },
    {
      file: LINK,
      find: "const judged = named ? createDialGuard(['public'])",
      replace: "const judged = named && url === '' ? createDialGuard(['public'])",
    },
  ],
  N17: [
    {
      file: RELAYS,
      find: 'accepted.length >= needed && accepted.some((answer) => answer.readBack)',
      replace: 'accepted.length >= needed',
    },
    { file: PUBLISHER, find: 'if (!force && isForeign(seen))', replace: 'if (!force && isForeign(undefined))' },
  ],
  N18: [
    {
      file: LAN_RECORDS,
      find: "Buffer.from(pubkey, 'hex')) ? pin : undefined",
      replace: "Buffer.from(pubkey, 'hex')) ? pin : pin",
    },
    { file: LAN_RATES, find: 'now - before < AGAIN_MS', replace: 'now - before < 0' },
    { file: LAN_RATES, find: 'bucket.hasRoom(1, now) && all', replace: 'all' },
  ],
}
