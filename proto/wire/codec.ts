// Messages on a libp2p stream: each preceded by its length as an unsigned varint, with a limit on size and on silence. A
// stream that breaks a limit is reset, and the reader gets a typed error that says which limit and what came.
import { byteStream } from '@libp2p/utils'
import { STREAM_IDLE_MS } from '../protocols.ts'
import type { Stream } from '@libp2p/interface'

/** What the generated code of a message offers. */
export interface WireMessage<Read, Write> {
  encode(message: Write): { finish(): Uint8Array }
  decode(bytes: Uint8Array): Read
}

/** The other side announced a message that is larger than this protocol allows. */
export class MessageTooLargeError extends Error {
  override readonly name = 'MessageTooLargeError'
}

/** The other side sent nothing, or not a whole message, in time. */
export class StreamIdleError extends Error {
  override readonly name = 'StreamIdleError'
}

/** The stream ended where a message was expected. */
export class StreamEndedError extends Error {
  override readonly name = 'StreamEndedError'
}

/** The bytes are not a message of the expected type. */
export class MalformedMessageError extends Error {
  override readonly name = 'MalformedMessageError'
}

/** One end of a conversation. */
export interface WireStream {
  /**
   * Reads the next message; on any failure the stream is reset.
   *
   * @throws MessageTooLargeError, StreamIdleError, StreamEndedError, MalformedMessageError, or the signal's reason
   */
  read<Read>(type: WireMessage<Read, never>): Promise<Read>
  /** Sends one message. */
  write<Write>(type: WireMessage<unknown, Write>, message: Write): Promise<void>
  /** Ends our side after all is sent; resets the stream if the other side does not end its own in time. */
  close(): Promise<void>
  /** Ends both sides at once. */
  abort(error: Error): void
}

/** How a conversation is limited. */
export interface WireStreamInit {
  /** The largest message that is read, in bytes. */
  readonly maxBytes: number
  /**
   * How long one whole message may take, in milliseconds.
   * @default STREAM_IDLE_MS
   */
  readonly idleMs?: number | undefined
  /** Ends the conversation from outside. */
  readonly signal?: AbortSignal | undefined
}

/** A length below 2 MiB fits three bytes; no protocol here has larger messages. */
const MAX_LENGTH_BYTES = 3

/** Messages that may wait unread: progress that arrives while the reader computes a key. */
const MAX_WAITING_MESSAGES = 8

/** Puts messages on a stream. */
export function wireStream(stream: Stream, init: WireStreamInit): WireStream {
  const { maxBytes, idleMs = STREAM_IDLE_MS } = init
  const bytes = byteStream(stream, { maxBufferSize: MAX_WAITING_MESSAGES * (maxBytes + MAX_LENGTH_BYTES) })

  const deadline = (): { readonly late: AbortSignal; readonly signal: AbortSignal } => {
    const late = AbortSignal.timeout(idleMs)
    return { late, signal: init.signal ? AbortSignal.any([late, init.signal]) : late }
  }

  const take = async (count: number, signal: AbortSignal): Promise<Uint8Array> => {
    if (count === 0) return new Uint8Array()
    return (await bytes.read({ bytes: count, signal })).subarray()
  }

  const readLength = async (signal: AbortSignal): Promise<number> => {
    let length = 0
    for (let index = 0; index < MAX_LENGTH_BYTES; index++) {
      const byte = (await take(1, signal))[0] ?? 0
      length |= (byte & 0x7f) << (7 * index)
      if (byte < 0x80) {
        if (length <= maxBytes) return length
        break
      }
    }
    throw new MessageTooLargeError(`${stream.protocol}: a message longer than ${maxBytes} bytes was announced`)
  }

  return {
    async read(type) {
      const { late, signal } = deadline()
      try {
        const message = await take(await readLength(signal), signal)
        return decode(type, message, stream.protocol)
      } catch (error) {
        const typed = explain(error, late, stream.protocol, idleMs)
        stream.abort(typed)
        throw typed
      }
    },
    async write(type, message) {
      const { late, signal } = deadline()
      const body = type.encode(message).finish()
      try {
        await bytes.write(Uint8Array.from([...lengthPrefix(body.length), ...body]), { signal })
      } catch (error) {
        const typed = explain(error, late, stream.protocol, idleMs)
        stream.abort(typed)
        throw typed
      }
    },
    async close() {
      const timer = setTimeout(
        () => stream.abort(new StreamIdleError(`${stream.protocol}: the other side did not end the stream`)),
        idleMs,
      )
      timer.unref?.()
      stream.addEventListener('close', () => clearTimeout(timer), { once: true })
      await stream.close({ signal: AbortSignal.timeout(idleMs) }).catch((error: unknown) => {
        stream.abort(error instanceof Error ? error : new Error(String(error)))
      })
    },
    abort(error) {
      stream.abort(error)
    },
  }
}

function decode<Read>(type: WireMessage<Read, never>, bytes: Uint8Array, protocol: string): Read {
  try {
    return type.decode(bytes)
  } catch (error) {
    throw new MalformedMessageError(`${protocol}: ${bytes.length} bytes are not a message of this protocol`, {
      cause: error,
    })
  }
}

function lengthPrefix(length: number): number[] {
  const prefix: number[] = []
  let rest = length
  for (; rest >= 0x80; rest >>>= 7) prefix.push((rest & 0x7f) | 0x80)
  return [...prefix, rest]
}

const OWN_ERRORS = [MessageTooLargeError, MalformedMessageError]

function explain(error: unknown, late: AbortSignal, protocol: string, idleMs: number): Error {
  if (OWN_ERRORS.some((kind) => error instanceof kind)) return error as Error
  if (late.aborted) return new StreamIdleError(`${protocol}: no whole message within ${idleMs} ms`, { cause: error })
  const name = error instanceof Error ? error.name : ''
  if (name === 'AbortError' || name === 'TimeoutError') return error as Error
  return new StreamEndedError(`${protocol}: the stream ended where a message was expected`, { cause: error })
}
