// When the system shows a message: rarely. A pure function decides from the state before and after, and from what was told
// already; a person who looks at the window needs no message.
import type { State } from '../../proto/api/index.ts'
import { expiryOf } from './expiry.ts'

/** What a message is about. */
export type NoteKind = 'first' | 'first-test' | 'renewal-failing' | 'expiry-near' | 'expired' | 'key-locked'

/** A message to show. */
export interface Note {
  readonly kind: NoteKind
  /** `attention` wants a person to do something. */
  readonly severity: 'info' | 'attention'
  /** Days that are left, for the sentence; at least 1. */
  readonly days: number
}

/** What was told; `keys` of certificates survive a restart. */
export interface NoteMemory {
  readonly keys: readonly string[]
  /** Wall clock, milliseconds; of the last message. */
  readonly at: number
}

/** What the decision depends on. */
export interface NoteFacts {
  readonly before: State | undefined
  readonly after: State
  readonly memory: NoteMemory
  readonly now: number
  /** Somebody can see the window, which says it all. */
  readonly visible: boolean
}

export const NO_MEMORY: NoteMemory = { keys: [], at: -Infinity }

/** Two messages at once are one too many. */
export const NOTE_PAUSE_MS = 60_000
/** Three for each of the last certificates. */
const MAX_KEYS = 12
/** Told again after the next lock, and after a restart. */
const LOCKED_KEY = 'key-locked'
const DAY_MS = 86_400_000

/** Decides on one message at most, and what is remembered. */
export function decideNote(facts: NoteFacts): { readonly note: Note | undefined; readonly memory: NoteMemory } {
  const { after, now, visible } = facts
  const locked = after.certificate.life.state === 'key-locked'
  const keys = facts.memory.keys.filter((key) => locked || key !== LOCKED_KEY)
  const memory = { ...facts.memory, keys }
  const candidate = candidateOf(facts)
  if (!candidate || keys.includes(candidate.key)) return { note: undefined, memory }
  // what a person saw in the window, or did not want to be told, need not be told later
  const told = { keys: [...keys, candidate.key].slice(-MAX_KEYS), at: now }
  if (visible || !after.settings.values.notifications) return { note: undefined, memory: { ...told, at: memory.at } }
  // a clock that was set back must not silence everything
  if (now - memory.at < NOTE_PAUSE_MS && now >= memory.at) return { note: undefined, memory }
  return { note: candidate.note, memory: told }
}

/** The keys that a restart should remember. */
export function lastingKeys({ keys }: NoteMemory): string[] {
  return keys.filter((key) => key !== LOCKED_KEY)
}

/** The most important thing to tell; once for each certificate, told by its fingerprint. */
function candidateOf({ before, after, now }: NoteFacts): { readonly key: string; readonly note: Note } | undefined {
  const { life, current, attempt } = after.certificate
  const make = (kind: NoteKind, severity: Note['severity'], key: string) => {
    const left = current === null ? 0 : (current.notAfter - now) / DAY_MS
    // "8 days are left" when they are whole; "within 9 days" when the ninth has begun
    const days = Math.max(1, kind === 'renewal-failing' ? Math.floor(left) : Math.ceil(left))
    return { key, note: { kind, severity, days } }
  }
  if (life.state === 'key-locked') return make('key-locked', 'attention', LOCKED_KEY)
  if (current === null) return undefined
  const wasWorking = before?.certificate.life.state === 'working' && before.certificate.current === null
  if (wasWorking && life.state === 'serving' && attempt?.kind === 'first') {
    return make(current.test ? 'first-test' : 'first', 'info', `first:${current.fingerprint}`)
  }
  const expiry = expiryOf(current, now)
  // being renewed just now, it may be well in a minute
  if (expiry === 'far' || life.state === 'renewing' || life.state === 'working') return undefined
  if (expiry === 'over') return make('expired', 'attention', `expired:${current.fingerprint}`)
  if (expiry === 'near') return make('expiry-near', 'attention', `expiry-near:${current.fingerprint}`)
  if (life.state !== 'renewal-failed') return undefined
  return make('renewal-failing', 'attention', `renewal-failing:${current.fingerprint}`)
}
