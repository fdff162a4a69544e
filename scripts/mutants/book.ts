// Mutants of the statements about the book of addresses and our own record.
import type { Mutants } from './mutant.ts'

const ENTRY = 'main/peers/book/entry.ts'

export const BOOK: Mutants = {
  P29: [
    {
      file: ENTRY,
      find: "if (record.seq < entry.seq) return { kind: 'stale'",
      replace: "if (record.seq < 0n) return { kind: 'stale'",
    },
    {
      file: 'main/peers/book/sqlite-store.ts',
      find: 'else forget({ id, seq, bringer })',
      replace: 'else remove(id)',
    },
    {
      file: 'main/peers/book/peer-store-writer.ts',
      find: 'if (peer.equals(self)) return data\n',
      replace: 'return data\n',
    },
  ],
  P30: [
    {
      file: ENTRY,
      find: 'const wanted = unique(places).slice(0, most)',
      replace: 'const wanted = unique(places)',
    },
    {
      file: 'main/peers/book/at-hand.ts',
      find: 'createFairMap<string>({ limit: MAX_AT_HAND,',
      replace: 'createFairMap<string>({ limit: 100 * MAX_AT_HAND,',
    },
    { file: 'main/peers/book/at-hand.ts', find: ' || isConnected(one.peer)', replace: '' },
    { file: 'main/peers/book/at-hand.ts', find: 'isOver, isKept })', replace: 'isOver })' },
  ],
  P31: [
    {
      file: 'main/peers/book/book.ts',
      find: 'const here = ({ network }: Held) => network === undefined || networks.isHere(network)',
      replace: "const here = ({ network }: Held) => network !== ''",
    },
    {
      file: 'main/peers/book/book.ts',
      find: ".filter(({ sources }) => sources.some(({ provenance }) => provenance !== 'user'))",
      replace: '.filter(({ sources }) => sources.length > 0)',
    },
  ],
  P32: [
    {
      file: 'main/peers/seq-clock.ts',
      find: 'return { last: last + 1n, aheadSinceMs: sinceMs }',
      replace: 'return { last: now, aheadSinceMs: sinceMs }',
    },
    {
      file: 'main/peers/own-record.ts',
      find: 'await init.seq.learn(seq)\n',
      replace: '',
    },
    {
      file: 'main/peers/own-record.ts',
      find: 'const told = fittingAddresses(bestFirst(',
      replace: 'const told = Array.from(bestFirst(',
    },
    {
      file: 'main/peers/seq-clock.ts',
      find: 'if (isBelievableSeq(last, nowMs)) return',
      replace: 'if (last <= now + 86_400_000n) return',
    },
  ],
  P33: [
    { file: 'main/peers/book/sqlite-store.ts', find: "fair('peers', 'kept = 0')", replace: "fair('peers', 'TRUE')" },
    {
      file: 'main/peers/book/book.ts',
      find: 'if (!row || (isWorthWriting(row.entry) && !putAside(id, entry, bringer))) return false',
      replace: 'hand.rememberSeq(id, entry.seq, bringer)\n        return false',
    },
    {
      file: 'main/peers/book/rows.ts',
      find: 'entry: identifyUntil(entry, untilMs), bringer',
      replace: 'entry: untilMs > 0 ? entry : identifyUntil(entry, untilMs), bringer',
    },
    { file: 'main/peers/book/sqlite-store.ts', find: ", fair('peers', `kept = ${MET}`)]", replace: ']' },
    {
      file: 'main/peers/book/trusted.ts',
      find: 'return saysSo(id, entry) ? entry : uncertified(entry)',
      replace: 'return entry',
    },
  ],
}
