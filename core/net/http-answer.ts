// The answer to a request of node:http or node:https, or an error: one of the two in every case. Node itself gives neither when
// a server switches to another protocol that nobody asked for, and none in time for a request that waits for a connection of
// its agent: its signal does nothing in these two cases.
import type { ClientRequest, IncomingMessage } from 'node:http'

/** The connection ended, or became another, before there was an answer. */
export class NoHttpAnswerError extends Error {
  override readonly name = 'NoHttpAnswerError'
  readonly code: 'UPGRADE' | 'CLOSED'

  constructor(code: 'UPGRADE' | 'CLOSED', message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Waits for the head of an answer.
 *
 * @param sent  a request that has not ended yet
 * @param signal  the one that the request was made with, which is what ends a body that does not
 * @throws NoHttpAnswerError, what the request failed with, or the signal's reason
 */
export async function answerTo(sent: ClientRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const onAbort = () => {
    sent.destroy()
    reject(signal.reason)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  const refuseUpgrade = () => {
    sent.destroy()
    reject(new NoHttpAnswerError('UPGRADE', 'it switches to another protocol (HTTP 101), which was not asked for'))
  }
  sent.once('response', (response) => {
    // 101 that names no protocol comes as an answer, whose body would never end (RFC 9110 section 15.2.2)
    if (response.statusCode === 101) refuseUpgrade()
    else resolve(response)
  })
  sent.once('upgrade', (_response, socket) => {
    socket.destroy()
    refuseUpgrade()
  })
  // stays for the life of the request: an 'error' nobody listens to would end the process
  sent.on('error', reject)
  sent.once('close', () => reject(new NoHttpAnswerError('CLOSED', 'the connection ended without an answer')))
  try {
    return await promise
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
