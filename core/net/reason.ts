// The words of whatever was thrown. js-libp2p rejects with an event where a stream or its connection closes while somebody waits for it
// to take more, and an event as text is "[object Event]", which helps nobody.

/**
 * Says in words why something failed.
 *
 * @param thrown  an error, an event of js-libp2p, or anything else
 */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message
  if (!(thrown instanceof Event)) return String(thrown)
  const cause: unknown = Reflect.get(thrown, 'error')
  if (cause instanceof Error && cause.message !== '') return cause.message
  return thrown.type === 'close' ? 'the connection was closed' : `the connection ended (${thrown.type})`
}
