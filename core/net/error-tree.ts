// Everything that an error was caused by: errors hang together by causes, and attempts at several places by lists.

/** Nobody makes more than a few. */
const MAX_ERRORS = 50

/** The error itself and what it was caused by, breadth first; the first fifty. */
export function errorsOf(error: unknown): readonly Error[] {
  const found: Error[] = []
  const queue: unknown[] = [error]
  for (let seen = 0; seen < MAX_ERRORS && queue.length > 0; seen++) {
    const one = queue.shift()
    if (!(one instanceof Error)) continue
    found.push(one)
    // an AggregateError's list is no enumerable property
    const [errors, attempts] = ['errors', 'attempts'].map((name) => listOf(Reflect.get(one, name)))
    queue.push(one.cause, ...(errors ?? []), ...(attempts ?? []).map((attempt) => fieldsOf(attempt)['error']))
  }
  return found
}

/** What an error, or anything else, carries by name. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
