// Which names an attempt could not resolve: the sign that this machine has no network, or none that works yet. Addresses may be there
// long before a resolver answers.
import { lookup } from 'node:dns/promises'
import { unlessAborted } from '../abort.ts'

/** What getaddrinfo says of a name that nobody answered for, or that does not exist. */
const UNRESOLVED: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ESERVFAIL', 'ETIMEOUT'])

/** Errors hang together by causes, and attempts at several places by lists; nobody makes more than a few. */
const MAX_ERRORS = 50
/** An attempt asks a broker and a CA; of many forges the first few are enough to see that names resolve. */
const MAX_NAMES = 4

/** The names that could not be resolved, from everything that an error was caused by. */
export function unresolvedNames(error: unknown): readonly string[] {
  const names = new Set<string>()
  const queue: unknown[] = [error]
  for (let seen = 0; seen < MAX_ERRORS && queue.length > 0; seen++) {
    const one = queue.shift()
    if (!(one instanceof Error)) continue
    const { code, hostname, errors, attempts } = fieldsOf(one)
    if (typeof code === 'string' && UNRESOLVED.has(code) && typeof hostname === 'string') names.add(hostname)
    queue.push(one.cause, ...listOf(errors), ...listOf(attempts).map((attempt) => fieldsOf(attempt)['error']))
  }
  return [...names].slice(0, MAX_NAMES)
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A resolver that answers at all does so in a second or two. */
const RESOLVE_TIMEOUT_MS = 5_000

/** Whether all of these names resolve now, by the system's resolver; never rejects. */
export async function namesResolve(names: readonly string[], signal: AbortSignal): Promise<boolean> {
  const all = Promise.all(names.map((name) => lookup(name)))
  // getaddrinfo hears no signal
  return await unlessAborted(all, AbortSignal.any([signal, AbortSignal.timeout(RESOLVE_TIMEOUT_MS)])).then(
    () => true,
    () => false,
  )
}
