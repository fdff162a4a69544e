// Waiting for work that may not hear a signal, or that takes too long: the work goes on, whoever waits does not.

/**
 * What the work gives, unless the signal ends first.
 *
 * @param signal  none waits for the work alone
 * @throws what the work throws; the signal's reason. A failure that comes when nobody waits any more is nobody's
 */
export async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return await work
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
    work.catch(() => undefined)
  }
}

/** Waits for the work, but no longer than this, milliseconds. @throws what the work throws in that time */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, ms)
  try {
    await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
    work.catch(() => undefined)
  }
}
