// Work that many wait for and that is done once: registering an account, reading a directory. One waiter's abort ends that
// waiter's wait only; the work itself belongs to whoever made it.

/**
 * Makes a function that joins the run under way, or begins one.
 *
 * @param work  started at most once at a time; must end by itself
 */
export function singleFlight<T>(work: () => Promise<T>): (signal?: AbortSignal) => Promise<T> {
  let running: Promise<T> | undefined
  return (signal) => {
    running ??= work().finally(() => {
      running = undefined
    })
    return untilAborted(running, signal)
  }
}

/** The result of a promise, or the signal's reason as soon as it is aborted. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
