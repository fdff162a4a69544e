// The few bytes of D-Bus (D-Bus Specification 0.43) that it takes to ask other programs of the session something and to hear signals. Every
// one of them may send us what it likes: what is not for us is passed over, and nobody is waited for.
import { connect } from 'node:net'

const BUS = 'org.freedesktop.DBus'
const BUS_PATH = '/org/freedesktop/DBus'

/** Nobody whom we ask has more to say; what other programs send us is passed over. */
const MAX_BYTES = 65_536
/** No bus hands on a larger message (section "Message Format"). */
const MAX_MESSAGE_BYTES = 134_217_728

const METHOD_CALL = 1
export const METHOD_RETURN = 2
const ERROR = 3
export const SIGNAL = 4
const NO_AUTO_START = 2

const LITTLE_ENDIAN = 0x6c
const BIG_ENDIAN = 0x42

/** A method call whose arguments are texts. */
export interface Call {
  readonly destination: string
  readonly path: string
  readonly interface: string
  readonly member: string
  readonly words: readonly string[]
  /** Whether the program that is asked may be started for it. @default false */
  readonly starts?: boolean
}

/** The bus, once it knows us. */
export interface Bus {
  /** @returns the number by which an answer names the call */
  send(call: Call): number
  /** Asks the bus itself. */
  sendToBus(member: string, words: readonly string[]): void
}

/** What is needed to speak to it. */
export interface BusInit {
  /** As in DBUS_SESSION_BUS_ADDRESS. */
  readonly address: string | undefined
  /** The user's number, by which the bus knows us. */
  readonly uid: number
  readonly onGreeted: (bus: Bus) => void
  readonly onMessage: (message: Message) => void
  /** There is no bus, or none any more; may be called more than once. */
  readonly onEnd: () => void
  /** Ends the connection. */
  readonly signal: AbortSignal
}

/** Where the session's bus is: what the environment says, or its place in a session of systemd. */
export function sessionBusAddress(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtime } = env
  return address || (runtime ? `unix:path=${encodeURIComponent(`${runtime}/bus`)}` : undefined)
}

/** Whether this file can speak to such a bus. */
export function canBeAsked(address: string | undefined): boolean {
  return socketPath(address) !== undefined
}

/** Connects, until the signal. */
export function openBus({ address, uid, onGreeted, onMessage, onEnd, signal }: BusInit): void {
  const path = socketPath(address)
  if (path === undefined) return onEnd()
  const socket = connect({ path })
  let received: Buffer = Buffer.alloc(0)
  let greeted = false
  /** Bytes to come of a message that is too large to be for us. */
  let passOver = 0
  let serial = 0

  const send = (message: Call): number => {
    serial += 1
    socket.write(encode(message, serial))
    return serial
  }
  const sendToBus = (member: string, words: readonly string[]): void =>
    void send({ destination: BUS, path: BUS_PATH, interface: BUS, member, words })
  const end = (): void => {
    onEnd()
    socket.destroy()
  }

  signal.addEventListener('abort', () => socket.destroy(), { once: true })
  socket.on('error', end)
  socket.on('close', end)
  socket.on('connect', () => socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(uid)).toString('hex')}\r\n`))
  socket.on('data', (chunk: Buffer) => {
    const wanted = chunk.subarray(passOver)
    passOver -= chunk.length - wanted.length
    received = Buffer.concat([received, wanted])
    if (!greeted) {
      const line = received.indexOf('\r\n')
      if (line < 0 && received.length <= MAX_BYTES) return
      if (!received.subarray(0, Math.max(0, line)).toString('latin1').startsWith('OK ')) return end()
      greeted = true
      received = received.subarray(line + 2)
      socket.write('BEGIN\r\n')
      sendToBus('Hello', [])
      onGreeted({ send, sendToBus })
    }
    const read = readMessages(received)
    if (read === undefined) return end()
    received = read.rest
    passOver += read.passOver
    for (const message of read.messages) onMessage(message)
  })
}

/** The first address that is a Unix socket; abstract ones begin with NUL. */
function socketPath(address: string | undefined): string | undefined {
  for (const one of (address ?? '').split(';')) {
    const [, kind, place] = /^unix:(?:.*,)?(path|abstract)=([^,]+)/.exec(one) ?? []
    if (place === undefined) continue
    try {
      const path = decodeURIComponent(place)
      return kind === 'abstract' ? `\0${path}` : path
    } catch {
      // half an escape; perhaps the next one can be read
    }
  }
  return undefined
}

function encode({ destination, path, member, words, starts, ...rest }: Call, serial: number): Buffer {
  const body = joined(
    words.map((word) => text(word)),
    4,
  )
  const signature = 's'.repeat(words.length)
  const fields = [
    field(1, 'o', text(path)),
    field(2, 's', text(rest.interface)),
    field(3, 's', text(member)),
    field(6, 's', text(destination)),
    ...(words.length === 0 ? [] : [field(8, 'g', Buffer.from(`${String.fromCharCode(words.length)}${signature}\0`))]),
  ]
  const list = joined(fields, 8)
  const head = Buffer.alloc(16)
  // little endian, version 1
  head.set([LITTLE_ENDIAN, METHOD_CALL, starts === true ? 0 : NO_AUTO_START, 1])
  head.writeUInt32LE(body.length, 4)
  head.writeUInt32LE(serial, 8)
  head.writeUInt32LE(list.length, 12)
  return Buffer.concat([padded(Buffer.concat([head, list]), 8), body])
}

function field(code: number, signature: string, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([code, 1, signature.charCodeAt(0), 0]), value])
}

function text(value: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(Buffer.byteLength(value))
  return Buffer.concat([length, Buffer.from(`${value}\0`)])
}

/** Parts that each begin at a multiple of so many bytes. */
function joined(parts: readonly Buffer[], align: number): Buffer {
  return parts.reduce((all, one) => Buffer.concat([padded(all, align), one]), Buffer.alloc(0))
}

function padded(bytes: Buffer, align: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(after(bytes.length, align) - bytes.length)])
}

const after = (at: number, align: number): number => Math.ceil(at / align) * align

/** A message as far as it matters here. */
export interface Message {
  readonly kind: number
  /** Serial of the call that it answers. */
  readonly answers: number | undefined
  readonly body: Buffer
}

interface ReadMessages {
  readonly messages: readonly Message[]
  readonly rest: Buffer
  /** So many bytes of what comes next belong to a message that is of no use. */
  readonly passOver: number
}

/**
 * Takes whole messages from the front. Every program of the session may send us some, so that one that is too large, or in an order of
 * bytes that nobody speaks whom we ask, is passed over: it must not end the watch.
 *
 * @returns undefined where it is no D-Bus
 */
function readMessages(bytes: Buffer): ReadMessages | undefined {
  const messages: Message[] = []
  let rest = bytes
  while (rest.length >= 16) {
    const isLittle = rest[0] === LITTLE_ENDIAN
    if (!isLittle && rest[0] !== BIG_ENDIAN) return undefined
    const length = (at: number): number => (isLittle ? rest.readUInt32LE(at) : rest.readUInt32BE(at))
    const listEnd = 16 + length(12)
    const bodyAt = after(listEnd, 8)
    const end = bodyAt + length(4)
    if (end > MAX_MESSAGE_BYTES) return undefined
    if (end > MAX_BYTES && rest.length < end) return { messages, rest: Buffer.alloc(0), passOver: end - rest.length }
    if (rest.length < end) break
    if (isLittle && end <= MAX_BYTES) messages.push(messageOf(rest, listEnd, rest.subarray(bodyAt, end)))
    rest = rest.subarray(end)
  }
  return { messages, rest, passOver: 0 }
}

function messageOf(bytes: Buffer, listEnd: number, body: Buffer): Message {
  const kind = bytes[1] ?? 0
  const answers = kind === METHOD_RETURN || kind === ERROR ? replySerial(bytes.subarray(16, listEnd)) : undefined
  return { kind, answers, body }
}

/** Field 5 of a header, which says what a message answers. */
function replySerial(list: Buffer): number | undefined {
  let at = 0
  while (at + 4 <= list.length) {
    const code = list[at]
    const signature = String.fromCharCode(list[at + 2] ?? 0)
    at += 4
    if (signature === 'u') {
      if (code === 5 && at + 4 <= list.length) return list.readUInt32LE(at)
      at += 4
    } else if (signature === 'g') {
      at += (list[at] ?? 0) + 2
    } else {
      if (at + 4 > list.length) return undefined
      at += list.readUInt32LE(at) + 5
    }
    at = after(at, 8)
  }
  return undefined
}
