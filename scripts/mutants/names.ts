// Mutants of the statements about names by key.
import type { Mutants } from './mutant.ts'

const LOOKUP = 'main/naming/lookup.ts'
const RESOLVER = 'main/naming/resolver/resolver.ts'
const ANSWERS = 'main/naming/resolver/answers.ts'
const VERIFY = 'main/naming/verify.ts'
const FAR_SIDE = 'main/naming/proxy/far-side.ts'
const PROXY = 'main/naming/proxy/proxy.ts'
const AUTHORITY = 'main/naming/browser-trust/authority.ts'
const NSS = 'main/naming/browser-trust/nss.ts'
const RELAY_STORE = 'servers/nostr-relay/store.ts'
const RELAY_TALK = 'servers/nostr-relay/talk.ts'
const RELAY_WORK = 'servers/nostr-relay/work.ts'
const OFFLINE = 'main/naming/offline/chain.ts'

export const NAMES: Mutants = {
  N1: [
    {
      file: LOOKUP,
      find: 'const usable = events.filter((event) => !newest.isOlder(event))',
      replace: 'const usable = events',
    },
    {
      file: LOOKUP,
      find: 'const before = await lastKnown(pubkey)',
      replace: 'const before = isAnswered ? undefined : await lastKnown(pubkey)',
    },
  ],
  N2: [
    {
      file: LOOKUP,
      find: 'if (!spent.take(1, clock.now()))',
      replace: 'if (spent.take(1, clock.now()) === undefined)',
    },
    {
      file: LOOKUP,
      find: 'return lastKnown(pubkey).then((have) => have ?? { ...BUSY, at: clock.now() })',
      replace: 'return Promise.resolve({ ...BUSY, at: clock.now() })',
    },
    {
      file: LOOKUP,
      find: 'putNewest(known, pubkey, { result, events }, MAX_KNOWN)',
      replace: 'known.set(pubkey, { result, events })',
    },
  ],
  N3: [
    { file: RESOLVER, find: 'if (beyond !== undefined)', replace: 'if (beyond === "")' },
    {
      file: RESOLVER,
      find: 'if (zone === undefined) return REFUSED',
      replace: "if (zone === undefined) return noSuchName('nostr', clock.now())",
    },
  ],
  N4: [
    {
      file: ANSWERS,
      find: "return kind === 'public' || (allowPrivate",
      replace: 'return kind.length > 0 || (allowPrivate',
    },
    { file: ANSWERS, find: '|| !isNameAtHome(record.target)', replace: '|| !record.target.includes("//")' },
  ],
  N5: [
    {
      file: VERIFY,
      find: "if (!pins.includes(pinOf(certificate))) return 'other-key'",
      replace: "if (pins.includes('')) return 'other-key'",
    },
    { file: VERIFY, find: "say('names', isNamed ? 'good' : 'bad'", replace: "say('names', 'good'" },
    {
      file: VERIFY,
      find: "if (certificate.ca) say('authority'",
      replace: "if (certificate.ca && name.sub === '-') say('authority'",
    },
    {
      file: VERIFY,
      find: "if (Date.parse(certificate.validTo) <= nowMs) return 'over'",
      replace: "if (Date.parse(certificate.validTo) === nowMs) return 'over'",
    },
  ],
  N6: [
    { file: FAR_SIDE, find: "return why === 'future' ? 'over' : why", replace: 'return undefined' },
    {
      file: FAR_SIDE,
      find: "return certificate.checkHost(host) === undefined ? 'other-name' : undefined",
      replace: 'return undefined',
    },
    {
      file: FAR_SIDE,
      find: "if (certificate.ca) return 'authority'",
      replace: "if (certificate.ca && host === '') return 'authority'",
    },
  ],
  N7: [
    {
      file: PROXY,
      find: "if (!name) return refuse(socket, '403 Forbidden')",
      replace: "if (!name) return refuse(socket, '200 OK')",
    },
    { file: PROXY, find: "socket.once('end', () => left.abort())", replace: "socket.once('close', () => undefined)" },
    { file: PROXY, find: '!hosts().includes(', replace: 'hosts().includes(' },
    { file: FAR_SIDE, find: 'port === HTTPS_PORT ? portOf(facts) : port', replace: 'port > 0 ? portOf(facts) : port' },
    { file: FAR_SIDE, find: 'placesOf(facts, allowPrivate)', replace: 'placesOf(facts, allowPrivate || port > 0)' },
  ],
  N8: [
    {
      file: AUTHORITY,
      find: 'nameConstraints(CONSTRAINED_TO)),',
      replace: "nameConstraints([...CONSTRAINED_TO, 'localhost'])),",
    },
    { file: NSS, find: "await certutil(['-D', '-d',", replace: "await certutil(['-K', '-d'," },
  ],
  N9: [
    {
      file: OFFLINE,
      find: "if (leaf.checkHost(host) === undefined) return no('names')",
      replace: "if (host === '') return no('names')",
    },
    { file: OFFLINE, find: 'if (until <= nowMs ||', replace: 'if (until === nowMs ||' },
    {
      file: OFFLINE,
      find: "if (leaf.ca) return no('authority')",
      replace: "if (leaf.ca && host === '') return no('authority')",
    },
  ],
  N10: [
    {
      file: RELAY_STORE,
      find: "this.#trim('events', 'network', this.network, this.#limits.eventsPerPrefix)",
      replace: "this.#trim('events', 'network', this.network, this.#limits.events)",
    },
    { file: RELAY_STORE, find: '> this.#limits.bytesPerPrefix && this', replace: '< 0 && this' },
    { file: RELAY_STORE, find: "this.#dropOldest(this.#largest('count(*)'))", replace: "this.#dropOldest('quiet')" },
    { file: RELAY_STORE, find: '(size > MAX_FOUND_BYTES && found.length > 0)', replace: 'size < 0' },
    {
      file: RELAY_STORE,
      find: 'SELECT network FROM deleted GROUP BY network ORDER BY count(*) DESC',
      replace: 'SELECT network FROM deleted GROUP BY network ORDER BY count(*)',
    },
    { file: RELAY_TALK, find: 'if (authors && !authors.has(event.pubkey))', replace: 'if (authors?.size === 0)' },
    { file: RELAY_TALK, find: 'if (!kinds.includes(event.kind))', replace: 'if (kinds.length === 0)' },
    { file: RELAY_TALK, find: '/ 1_000 + MAX_AHEAD_S)', replace: '+ MAX_AHEAD_S)' },
  ],
  N11: [
    { file: RELAY_WORK, find: 'takeInTime(frames(network), 1 +', replace: "takeInTime(frames(''), 0 *" },
    { file: RELAY_WORK, find: 'takeInTime(allEvents, 1,', replace: 'takeInTime(allEvents, 0,' },
    {
      file: RELAY_WORK,
      find: 'searches(network).add(ms, clock.now())',
      replace: 'searches(network).add(0, clock.now())',
    },
    { file: RELAY_WORK, find: 'own > UNREAD_OF_NETWORK || ', replace: '' },
    { file: RELAY_TALK, find: 'socket.terminate()\n      else', replace: 'socket.send(data)\n      else' },
  ],
  N12: [
    {
      file: RELAY_STORE,
      find: 'this.#insert(event, place)\n',
      replace: 'if (event.kind === 5) this.#insert(event, place)\n',
    },
  ],
}
