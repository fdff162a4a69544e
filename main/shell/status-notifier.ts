// Whether this Linux desktop has a place for tray icons: somebody on the session's D-Bus owns the name of the
// StatusNotifierWatcher. Electron has no question for it, so it is asked here with the few bytes of the D-Bus protocol that it
// takes (D-Bus Specification 0.43: EXTERNAL authentication, Hello, NameHasOwner).
import { connect } from 'node:net'

const WATCHER = 'org.kde.StatusNotifierWatcher'
const BUS = 'org.freedesktop.DBus'

/** A desktop answers within a millisecond; whoever does not has no tray either. */
const TIMEOUT_MS = 1_000
const MAX_BYTES = 65_536
const ASKED_SERIAL = 2

/**
 * Asks the session's bus.
 *
 * @param address  as in DBUS_SESSION_BUS_ADDRESS
 * @param uid  the user's number, by which the bus knows us
 * @param timeoutMs  how long the bus has
 * @param name  whose owner is looked for
 * @returns false also where there is no bus, or it does not answer
 */
export async function hasTrayHost(
  address: string | undefined,
  uid: number,
  timeoutMs = TIMEOUT_MS,
  name = WATCHER,
): Promise<boolean> {
  const path = socketPath(address)
  if (path === undefined) return false
  const answer = Promise.withResolvers<boolean>()
  const socket = connect({ path })
  const timer = setTimeout(() => answer.resolve(false), timeoutMs)
  let received: Buffer = Buffer.alloc(0)
  let greeted = false
  socket.on('error', () => answer.resolve(false))
  socket.on('close', () => answer.resolve(false))
  socket.on('connect', () => socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(uid)).toString('hex')}\r\n`))
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    if (received.length > MAX_BYTES) answer.resolve(false)
    if (!greeted) {
      const end = received.indexOf('\r\n')
      if (end < 0) return
      if (!received.subarray(0, end).toString('latin1').startsWith('OK ')) answer.resolve(false)
      greeted = true
      received = received.subarray(end + 2)
      socket.write('BEGIN\r\n')
      socket.write(call(1, 'Hello', undefined))
      socket.write(call(ASKED_SERIAL, 'NameHasOwner', name))
    }
    const { found, rest } = readAnswer(received)
    received = rest
    if (found !== undefined) answer.resolve(found)
  })
  try {
    return await answer.promise
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

/** The first address that is a Unix socket; abstract ones begin with NUL. */
function socketPath(address: string | undefined): string | undefined {
  for (const one of (address ?? '').split(';')) {
    const [, kind, place] = /^unix:(?:.*,)?(path|abstract)=([^,]+)/.exec(one) ?? []
    if (place === undefined) continue
    const path = decodeURIComponent(place)
    return kind === 'abstract' ? `\0${path}` : path
  }
  return undefined
}

/** A method call to the bus itself, with one text or nothing. */
function call(serial: number, member: string, argument: string | undefined): Buffer {
  const body = argument === undefined ? Buffer.alloc(0) : text(argument)
  const fields = [
    field(1, 'o', text('/org/freedesktop/DBus')),
    field(2, 's', text(BUS)),
    field(3, 's', text(member)),
    field(6, 's', text(BUS)),
    ...(argument === undefined ? [] : [field(8, 'g', Buffer.from('\x01s\0', 'latin1'))]),
  ]
  const list = fields.reduce((all, one) => Buffer.concat([padded(all), one]), Buffer.alloc(0))
  const head = Buffer.alloc(16)
  // little endian, method call, no flags, version 1
  head.set([0x6c, 1, 0, 1])
  head.writeUInt32LE(body.length, 4)
  head.writeUInt32LE(serial, 8)
  head.writeUInt32LE(list.length, 12)
  return Buffer.concat([padded(Buffer.concat([head, list])), body])
}

function field(code: number, signature: string, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([code, 1, signature.charCodeAt(0), 0]), value])
}

function text(value: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(Buffer.byteLength(value))
  return Buffer.concat([length, Buffer.from(`${value}\0`)])
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)])
}

/** Goes through whole messages until the answer to our question; buses on this machine speak our byte order back. */
function readAnswer(bytes: Buffer): { readonly found: boolean | undefined; readonly rest: Buffer } {
  let rest = bytes
  while (rest.length >= 16) {
    if (rest[0] !== 0x6c) return { found: false, rest }
    const bodyLength = rest.readUInt32LE(4)
    const listEnd = 16 + rest.readUInt32LE(12)
    const bodyAt = listEnd + ((8 - (listEnd % 8)) % 8)
    if (bodyAt + bodyLength > MAX_BYTES) return { found: false, rest }
    if (rest.length < bodyAt + bodyLength) break
    const kind = rest[1]
    if (replySerial(rest.subarray(16, listEnd)) === ASKED_SERIAL) {
      return { found: kind === 2 && bodyLength >= 4 && rest.readUInt32LE(bodyAt) === 1, rest }
    }
    rest = rest.subarray(bodyAt + bodyLength)
  }
  return { found: undefined, rest }
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
    at += (8 - (at % 8)) % 8
  }
  return undefined
}
