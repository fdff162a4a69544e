// How a role answers a protocol: every stream gets limits on size, silence and number, a refusal is sent as a message, and
// whatever goes wrong with one stream stays with that stream.
import { type ErrorCode, errorCodeName, ErrorCode as Codes, ProblemError } from '../proto/problem.ts'
import { type WireStream, wireStream } from '../proto/wire/codec.ts'
import { systemClock, type Clock } from '../core/clock.ts'
import { countedLog } from '../core/counted-log.ts'
import type { Host } from '../core/host.ts'
import type { Log } from '../core/log.ts'
import type { Connection, Stream } from '@libp2p/interface'

/** Most streams of one protocol that one connection may have open where nothing else is said: an honest client has one. */
const MAX_STREAMS_PER_CONNECTION = 8

/** A conversation that came in. */
export interface Conversation {
  readonly stream: WireStream
  readonly connection: Connection
  /** Ends when the client goes away or the role stops. */
  readonly signal: AbortSignal
}

/** How a protocol is answered. */
export interface ProtocolInit {
  readonly host: Host
  readonly protocol: string
  /** The largest message a client may send, in bytes. */
  readonly maxBytes: number
  readonly idleMs?: number | undefined
  /** Streams that one connection may have open at once. @default 8 */
  readonly maxStreams?: number | undefined
  readonly log: Log
  /** @default the system's */
  readonly clock?: Clock
  /** Ends all conversations. */
  readonly signal: AbortSignal
  /** Holds the conversation; a ProblemError that it throws is sent by `refuse`. */
  readonly handle: (conversation: Conversation) => Promise<void>
  /** Sends a refusal. */
  readonly refuse: (stream: WireStream, problem: ProblemError) => Promise<void>
}

/** Answers a protocol until the signal is aborted. */
export async function serveProtocol(init: ProtocolInit): Promise<void> {
  const { host, protocol, signal } = init
  const log = countedLog(init.log.child({ protocol }), init.clock ?? systemClock)
  await host.handle(protocol, (stream, connection) => void converse(init, stream, connection, log), {
    maxInboundStreams: init.maxStreams ?? MAX_STREAMS_PER_CONNECTION,
    runOnLimitedConnection: true, // a relayed client gets a refusal it can understand instead of a closed door
  })
  signal.addEventListener('abort', () => void host.unhandle(protocol).catch(() => undefined), { once: true })
}

/** Never rejects: the stream belongs to nobody else. */
async function converse(init: ProtocolInit, stream: Stream, connection: Connection, log: Log): Promise<void> {
  const gone = new AbortController()
  stream.addEventListener('close', () => gone.abort(new Error('the client went away')), { once: true })
  const signal = AbortSignal.any([init.signal, gone.signal])
  const wire = wireStream(stream, { maxBytes: init.maxBytes, idleMs: init.idleMs, signal: init.signal })
  const who = { peer: connection.remotePeer.toString(), address: hostOf(connection) }
  try {
    await init.handle({ stream: wire, connection, signal })
    await wire.close()
  } catch (error) {
    if (!(error instanceof ProblemError)) {
      log.warn({ ...who, error: String(error) }, 'conversation ended by an error')
      wire.abort(error instanceof Error ? error : new Error(String(error)))
      return
    }
    log.info({ ...who, code: errorCodeName(error.code), reason: error.message }, 'refused')
    await init.refuse(wire, error).catch(() => undefined)
    await wire.close()
  }
}

/** The IP address, or the relay's; a text for people and for counting networks. */
function hostOf({ remoteAddr }: Connection): string {
  return remoteAddr.getComponents()[0]?.value ?? ''
}

/** A refusal, for brevity where many are decided. */
export function problem(code: keyof typeof Codes, message: string, retryAfterMs?: number): ProblemError {
  const number: ErrorCode = Codes[code]
  return new ProblemError(number, message, { retryAfterMs })
}
