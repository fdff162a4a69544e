// What kinds of certificates the CA signs: how long each lives. The names are Let's Encrypt's.

/** One kind of certificate. */
export interface Profile {
  readonly description: string
  readonly validityMs: number
}

const DAY_MS = 24 * 3_600_000

export const DEFAULT_PROFILES: Readonly<Record<string, Profile>> = {
  classic: { description: 'for 90 days', validityMs: 90 * DAY_MS },
  shortlived: { description: 'for 6 days', validityMs: 6 * DAY_MS },
}

/** A certificate begins a little before now, for clients whose clocks are slow; an hour is what real CAs do. */
const MAX_BACKDATE_MS = 3_600_000
/** Of a very short life (tests) only a small part may be in the past. */
const BACKDATE_PART = 0.1

/** First and last moment of a certificate made now, in whole seconds. */
export function datesOf(profile: Profile, now: number): { readonly notBefore: number; readonly notAfter: number } {
  const backdate = Math.min(MAX_BACKDATE_MS, profile.validityMs * BACKDATE_PART)
  const notBefore = Math.floor((now - backdate) / 1000) * 1000
  return { notBefore, notAfter: notBefore + Math.floor(profile.validityMs / 1000) * 1000 }
}
