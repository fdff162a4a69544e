// A look at what somebody shows in a TLS handshake, whatever it is: nothing is refused because of the certificate, since that is what is
// looked at. The connection ends with the look.
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'

/** Where to look, how long, and what at. */
export interface TlsLook<Seen> {
  readonly where: Omit<ConnectionOptions, 'rejectUnauthorized'> & { readonly host: string; readonly port: number }
  readonly withinMs: number
  readonly signal: AbortSignal
  /** Reads it from the connection, once the handshake is done. */
  readonly read: (socket: TLSSocket) => Seen
}

/**
 * Looks.
 *
 * @throws the signal's reason; or why there was no handshake
 */
export async function lookByTls<Seen>({ where, withinMs, signal, read }: TlsLook<Seen>): Promise<Seen> {
  signal.throwIfAborted()
  const done = Promise.withResolvers<void>()
  const socket = connect({ ...where, rejectUnauthorized: false })
  const late = AbortSignal.any([signal, AbortSignal.timeout(withinMs)])
  const onLate = () => done.reject(signal.aborted ? signal.reason : new Error('no handshake in time'))
  late.addEventListener('abort', onLate, { once: true })
  socket.once('secureConnect', done.resolve)
  socket.on('error', done.reject)
  socket.once('close', () => done.reject(new Error('it closed the connection')))
  try {
    await done.promise
    return read(socket)
  } finally {
    late.removeEventListener('abort', onLate)
    socket.destroy()
  }
}
