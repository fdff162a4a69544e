// Which names an attempt could not resolve: the sign that this machine has no network, or none that works yet. Addresses may be there
// long before a resolver answers.
import { lookup } from 'node:dns/promises'
import { unlessAborted } from '../abort.ts'
import { errorsOf, fieldsOf } from './error-tree.ts'

/** What getaddrinfo says of a name that nobody answered for, or that does not exist. */
const UNRESOLVED: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ESERVFAIL', 'ETIMEOUT'])

/** An attempt asks a broker and a CA; of many forges the first few are enough to see that names resolve. */
const MAX_NAMES = 4

/** The names that could not be resolved, from everything that an error was caused by. */
export function unresolvedNames(error: unknown): readonly string[] {
  const names = errorsOf(error).flatMap((one) => {
    const { code, hostname } = fieldsOf(one)
    return typeof code === 'string' && UNRESOLVED.has(code) && typeof hostname === 'string' ? [hostname] : []
  })
  return [...new Set(names)].slice(0, MAX_NAMES)
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
