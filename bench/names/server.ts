// The process that the bench of names measures: our resolver with names in memory. Prints its port, then the names it knows.
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { signEvent } from '../../core/nostr/event.ts'
import { makeNamingKey } from '../../core/nostr/keys.ts'
import { openNewestMemory } from '../../core/nostr/newest.ts'
import { openNameLookup } from '../../main/naming/lookup.ts'
import { startNameResolver } from '../../main/naming/resolver/resolver.ts'

/** What a family asks for in a day. */
const NAMES = 50

const events = Array.from({ length: NAMES }, (_, index) => {
  const tags = [['record', 'A', '@', `9.9.9.${index + 1}`, '', '', '', '', '', '', '60']]
  return signEvent({ kind: 11_111, content: '', created_at: Math.floor(Date.now() / 1_000), tags }, makeNamingKey())
})
const lookup = await openNameLookup({
  relays: {
    query: ({ authors = [] }) =>
      Promise.resolve({
        events: events.filter(({ pubkey }) => authors.includes(pubkey)),
        answers: [{ relay: 'wss://r.test', state: 'answered', why: undefined, events: 1, tookMs: 0 }],
      }),
    publish: () => Promise.reject(new TypeError('nothing is published here')),
  },
  ...{ urls: ['wss://r.test'], dir: undefined, clock: systemClock, log: silentLog },
  newest: await openNewestMemory({ dir: undefined, log: silentLog }),
})
const npubs: string[] = []
for (const { pubkey } of events) {
  const { facts } = await lookup.look(pubkey)
  if (facts) npubs.push(facts.npub)
}
const resolver = await startNameResolver({
  ...{ port: 0, hosts: ['127.0.0.1'], lookup, allowPrivate: false, clock: systemClock, log: silentLog },
})
console.log(JSON.stringify({ port: Number(resolver.addresses[0]?.split(':')[1]), npubs }))
