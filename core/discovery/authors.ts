// Who has broadcast what, as far as it is needed to tell a new record from an old one, a sign of life from an echo, and a node that
// moves from one that only talks. Nothing here is an address book: the servers have none and keep this all the same.
import { LeakyBucket, type Rate } from '../leaky-bucket.ts'
import { createFairMap, type Bringer } from './fair-map.ts'

/** How often one author may be passed on. */
export interface AuthorLimits {
  /** Changes of a record. A node that starts has a handful within a minute (ports, certificate, router), later one in hours. */
  readonly changes: Rate
  /** Between two repetitions of the same record, milliseconds. Our nodes repeat theirs every five minutes. */
  readonly repeatMs: number
  /** The same once a neighbour has joined, who has heard nobody yet. */
  readonly repeatForNewcomersMs: number
  /** Authors that are remembered: ten times the network that a home node keeps a book of. */
  readonly remembered: number
}

export const AUTHOR_LIMITS: AuthorLimits = {
  changes: { burst: 6, perSecond: 1 / 60 },
  repeatMs: 20_000,
  repeatForNewcomersMs: 2_000,
  remembered: 10_000,
}

/** What a record is to us. */
export type Standing =
  /** Of an author that we do not remember. */
  | 'new'
  /** Newer than the last one of its author. */
  | 'changed'
  /** The very record we know, and the last time is long enough ago. */
  | 'repeated'
  /** An older one, or another one of the same number. */
  | 'stale'
  /** Its author has said too much lately. */
  | 'too-soon'

/** What is asked of the memory; `digest` tells records of the same number apart and may be left out to be quick. */
export interface Claim {
  readonly author: string
  readonly seq: bigint
  readonly digest?: string | undefined
}

/** The memory. */
export interface Authors {
  /** What a record would be; changes nothing. */
  standing(claim: Claim, nowMs: number): Standing
  /** Remembers a record that was checked and is passed on. */
  accept(claim: Claim & { readonly digest: string }, bringer: Bringer, nowMs: number): void
  /** Whether this very record was checked before. */
  isKnown(claim: Claim & { readonly digest: string }): boolean
  /** A neighbour has joined who has heard nobody yet. */
  joined(nowMs: number): void
  readonly size: number
}

interface Author {
  readonly seq: bigint
  readonly digest: string
  readonly passedAtMs: number
  readonly changes: LeakyBucket
}

/** Makes it. */
export function createAuthors(limits: AuthorLimits = AUTHOR_LIMITS): Authors {
  const known = createFairMap<Author>({ limit: limits.remembered })
  let joinedAtMs = -Infinity

  const repeatMs = ({ passedAtMs }: Author) =>
    joinedAtMs >= passedAtMs ? limits.repeatForNewcomersMs : limits.repeatMs

  return {
    standing({ author, seq, digest }, nowMs) {
      const before = known.get(author)
      if (!before) return 'new'
      if (seq < before.seq) return 'stale'
      if (seq > before.seq) return before.changes.hasRoom(1, nowMs) ? 'changed' : 'too-soon'
      if (digest !== undefined && digest !== before.digest) return 'stale'
      const age = nowMs - before.passedAtMs
      // a clock that was set back must not silence anybody
      return age >= 0 && age < repeatMs(before) ? 'too-soon' : 'repeated'
    },
    accept({ author, seq, digest }, bringer, nowMs) {
      const before = known.get(author)
      const changes = before?.changes ?? new LeakyBucket(limits.changes)
      if (seq !== before?.seq) changes.add(1, nowMs)
      known.put(author, { seq, digest, passedAtMs: nowMs, changes }, bringer)
    },
    isKnown({ author, seq, digest }) {
      const before = known.get(author)
      return before?.seq === seq && before.digest === digest
    },
    joined(nowMs) {
      joinedAtMs = nowMs
    },
    get size() {
      return known.size
    },
  }
}
