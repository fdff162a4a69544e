// Who may use the bridge: one token for the command line, one for each page that was opened by a link. A link carries a code
// that works once and for a minute. All of it is random, in memory, and gone when the node stops.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { putNewest } from '../../core/bounded.ts'
import type { Role } from '../../proto/api/index.ts'
import type { Clock } from '../../core/clock.ts'
import type { Caller } from '../api/dispatch.ts'

/** A person clicks a link at once. */
export const CODE_LIFE_MS = 60_000

/** Opened pages that may be in use at the same time; the oldest one has to be opened again. */
const MAX_SESSIONS = 64
const MAX_CODES = 20

/** 256 bits cannot be guessed; the limit is against noise. */
const TOKEN_BYTES = 32

/** Wrong tokens: so many at once, then one each second. All callers count as one: on loopback all addresses are the same. */
const WRONG_AT_ONCE = 10
const WRONG_EVERY_MS = 1_000

/** What a token allows; the same object for the same token. */
export interface Session {
  readonly caller: Caller
}

/** The tokens of one bridge. */
export interface Tokens {
  /** For the command line. */
  readonly own: string
  /** A code for one link. @returns it with the time it ends, wall clock milliseconds */
  makeCode(role: Role): { readonly code: string; readonly until: number }
  /** Uses a code up. @returns the token of a new session; undefined for a wrong code */
  redeem(code: string): { readonly token: string; readonly role: Role } | undefined
  /** Begins the session of a page that was known again. @returns false where that token has one */
  admit(made: { readonly token: string; readonly role: Role }): boolean
  sessionOf(token: string): Session | undefined
  /** Notes a wrong token or code. @returns whether there were too many lately */
  wrong(): boolean
}

/** Makes tokens. */
export function createTokens(clock: Clock): Tokens {
  const own = newToken()
  const sessions = new Map<string, Session>()
  const codes = new Map<string, { readonly role: Role; readonly until: number }>()
  const ownSession: Session = { caller: { kind: 'cli', role: 'owner' } }
  const begin = (role: Role, token: string) => {
    putNewest(sessions, hash(token), { caller: { kind: 'bridge', role } }, MAX_SESSIONS)
    return { token, role }
  }
  let wrongLeft = WRONG_AT_ONCE
  let wrongAt = clock.now()
  return {
    own,
    makeCode(role) {
      const code = newToken()
      const until = clock.now() + CODE_LIFE_MS
      putNewest(codes, hash(code), { role, until }, MAX_CODES)
      return { code, until }
    },
    redeem(code) {
      const found = codes.get(hash(code))
      codes.delete(hash(code))
      const left = found ? found.until - clock.now() : 0
      if (!found || left <= 0 || left > CODE_LIFE_MS) return undefined
      return begin(found.role, newToken())
    },
    admit({ token, role }) {
      if (sessions.has(hash(token))) return false
      begin(role, token)
      return true
    },
    sessionOf(token) {
      if (isSame(token, own)) return ownSession
      // looked up by hash, so that the time it takes says nothing of the token
      return sessions.get(hash(token))
    },
    wrong() {
      const now = clock.now()
      wrongLeft = Math.min(WRONG_AT_ONCE, wrongLeft + Math.max(0, now - wrongAt) / WRONG_EVERY_MS)
      wrongAt = now
      if (wrongLeft < 1) return true
      wrongLeft -= 1
      return false
    },
  }
}

function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest())
}
