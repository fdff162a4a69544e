// One connection to one relay, for one question or one event, with limits on all that the other side may send and take. What comes is
// verified by whoever asked; here only its size and form count.
import { WebSocket } from 'ws'
import { multiaddr } from '@multiformats/multiaddr'
import { isIP, type LookupFunction } from 'node:net'
import { createDialGuard } from '../net/dial-guard.ts'
import { plainText } from '../../proto/plain-text.ts'

/** A frame of a relay that counts; others are passed over. */
export type RelayFrame =
  | { readonly type: 'EVENT'; readonly event: unknown }
  | { readonly type: 'EOSE' }
  | { readonly type: 'CLOSED' | 'NOTICE'; readonly message: string }
  | { readonly type: 'OK'; readonly id: string; readonly accepted: boolean; readonly message: string }

/** Why a relay was no use. */
export type RelayTrouble = 'unreachable' | 'silent' | 'misbehaved' | 'refused'

/** A relay that cannot be used now; the message names it and the reason. */
export class RelayError extends Error {
  override readonly name = 'RelayError'
  readonly trouble: RelayTrouble

  constructor(trouble: RelayTrouble, message: string, cause?: unknown) {
    super(message, { cause })
    this.trouble = trouble
  }
}

/** How relays are reached. */
export interface RelayDial {
  /** PEM certificates to trust instead of the platform's list. */
  readonly trustAnchorPem?: string | undefined
  /** Resolves names instead of the system. */
  readonly lookup?: LookupFunction | undefined
  /** Whether somebody else named the relay: then it must be a public address. */
  readonly named?: boolean
}

/** The longest frame: an event at its largest, and its wrapping. */
const MAX_FRAME_BYTES = 128 * 1024

/** All frames of one connection. */
const MAX_BYTES = 1024 * 1024
const MAX_FRAMES = 600

const MAX_MESSAGE_CHARS = 200

/**
 * Talks to a relay.
 *
 * @param url  `wss://` or `ws://`
 * @param first  the frame to begin with
 * @param take  is given each frame, and says whether that was all
 * @param signal  ends it; its reason should be a RelayError where time was over
 * @throws RelayError, the signal's reason
 */
export async function talkToRelay(
  url: string,
  dial: RelayDial,
  first: readonly unknown[],
  take: (frame: RelayFrame) => boolean,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  const socket = open(url, dial)
  const done = Promise.withResolvers<void>()
  let bytes = 0
  let frames = 0
  const onAbort = () => done.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  socket.on('open', () => socket.send(JSON.stringify(first)))
  socket.on('error', (error) => {
    const isLong = 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
    done.reject(new RelayError(isLong ? 'misbehaved' : 'unreachable', `${url}: ${plainText(error.message)}`, error))
  })
  socket.on('close', () => done.reject(new RelayError('unreachable', `${url} closed the connection`)))
  socket.on('message', (data: Buffer, isBinary) => {
    bytes += data.length
    frames += 1
    if (isBinary || bytes > MAX_BYTES || frames > MAX_FRAMES) {
      return done.reject(new RelayError('misbehaved', `${url} sends too much, or what is no text`))
    }
    const frame = readFrame(data.toString('utf8'))
    try {
      if (frame && take(frame)) done.resolve()
    } catch (error) {
      done.reject(error)
    }
  })
  try {
    await done.promise
  } finally {
    signal.removeEventListener('abort', onAbort)
    // a farewell that nobody answers would be waited for
    socket.terminate()
  }
}

function open(url: string, { trustAnchorPem, lookup, named = false }: RelayDial): WebSocket {
  const { hostname, port, protocol } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const family = isIP(host)
  const place = family === 0 ? `/dns/${host}` : `/ip${family}/${host}`
  const address = multiaddr(`${place}/tcp/${port === '' ? (protocol === 'wss:' ? 443 : 80) : port}`)
  try {
    const judged = named ? createDialGuard(['public']).lookupFor(address, host, lookup) : lookup
    const socket = new WebSocket(url, {
      ...{
        maxPayload: MAX_FRAME_BYTES,
        perMessageDeflate: false,
        followRedirects: false,
        handshakeTimeout: 5_000,
        rejectUnauthorized: true,
      },
      ...(judged && { lookup: judged }),
      ...(trustAnchorPem !== undefined && { ca: trustAnchorPem }),
    })
    // one that is ended while it is opened says so
    socket.on('error', () => undefined)
    return socket
  } catch (error) {
    throw new RelayError('refused', `${url}: ${error instanceof Error ? error.message : String(error)}`, error)
  }
}

function readFrame(text: string): RelayFrame | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(value)) return undefined
  const [type, second, third, fourth] = value as unknown[]
  const words = (given: unknown) => (typeof given === 'string' ? plainText(given.slice(0, MAX_MESSAGE_CHARS)) : '')
  switch (type) {
    case 'EVENT':
      return { type, event: third }
    case 'EOSE':
      return { type }
    case 'CLOSED':
      return { type, message: words(third) }
    case 'NOTICE':
      return { type, message: words(second) }
    case 'OK':
      return typeof second === 'string'
        ? { type, id: second, accepted: third === true, message: words(fourth) }
        : undefined
    default:
      return undefined
  }
}
