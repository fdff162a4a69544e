// Mutants of the statements about names by key.
import type { Mutants } from './mutant.ts'

const LOOKUP = 'main/naming/lookup.ts'
const RESOLVER = 'main/naming/resolver/resolver.ts'
const ANSWERS = 'main/naming/resolver/answers.ts'
const VERIFY = 'main/naming/verify.ts'

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
}
