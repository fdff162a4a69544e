// A server that is measured in a process of its own: it answers messages, and ends when it is told or left alone.
import { type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** The server's next message; rejects where it ends instead. */
export async function answerOf(server: ChildProcess): Promise<unknown> {
  const over = new AbortController()
  const ended = once(server, 'exit', { signal: over.signal }).then(() => {
    throw new Error('the server ended')
  })
  try {
    const [message]: unknown[] = await Promise.race([once(server, 'message', { signal: over.signal }), ended])
    return message
  } finally {
    over.abort()
    ended.catch(() => undefined)
  }
}

/** Ends it. */
export async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  if (server.connected) server.disconnect()
  else server.kill()
  await ended
}
