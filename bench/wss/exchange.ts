// What client and server of the WSS bench say to each other. A connection begins with eight bytes: how many bytes the client is going to
// send, and how many it wants. The server sends one byte when the last one has come, or what was wanted, in messages of 64 KiB.
import type { MessageStream } from '@libp2p/interface'
import type { WebSocket } from 'ws'

/** Of the whole stream. */
export const BYTES_PROTOCOL = '/nodetrust/bench/bytes/1.0.0'

export const MESSAGE_BYTES = 65_536

/** What is sent and not gone yet makes a sender wait; ours has the same (core/net/secure-websockets.ts). */
const MAX_BUFFERED_BYTES = 1_048_576

const HEAD_BYTES = 8

/** The beginning of a connection. */
export function wish(bytes: { readonly up: number; readonly down: number }): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(bytes.up, 0)
  head.writeUInt32BE(bytes.down, 4)
  return head
}

/** Takes what comes in; says once how many bytes are to be sent. */
function reader(answer: (bytes: number) => void): (chunk: Uint8Array) => void {
  let missing: number | undefined
  return (chunk) => {
    let { length } = chunk
    if (missing === undefined) {
      const head = Buffer.from(chunk.buffer, chunk.byteOffset, HEAD_BYTES)
      missing = head.readUInt32BE(0)
      length -= HEAD_BYTES
      const down = head.readUInt32BE(4)
      if (down > 0) answer(down)
    }
    if (missing === 0) return
    missing -= length
    if (missing === 0) answer(1)
  }
}

const CHUNK = new Uint8Array(MESSAGE_BYTES)

function* messages(bytes: number): Generator<Uint8Array> {
  for (let left = bytes; left > 0; left -= MESSAGE_BYTES) yield left < MESSAGE_BYTES ? CHUNK.subarray(0, left) : CHUNK
}

/** Serves a connection of `ws`. */
export function serveWebSocket(socket: WebSocket): void {
  const read = reader((bytes) => void sendByWebSocket(socket, bytes))
  socket.on('message', (data: Buffer) => read(data))
  socket.on('error', () => socket.terminate())
}

/** Sends as fast as it goes, and keeps little. */
export async function sendByWebSocket(socket: WebSocket, bytes: number): Promise<void> {
  for (const message of messages(bytes)) {
    const sent = new Promise<void>((resolve) => socket.send(message, () => resolve()))
    if (socket.bufferedAmount >= MAX_BUFFERED_BYTES) await sent
  }
}

/** Serves a stream, or a connection, of libp2p. */
export function serveStream(stream: MessageStream): void {
  // whoever has everything goes, and does not wait until we may send more
  const read = reader((bytes) => void sendByStream(stream, bytes).catch(() => undefined))
  stream.addEventListener('message', ({ data }) => {
    for (const part of data instanceof Uint8Array ? [data] : data) read(part)
  })
}

/** Sends as fast as it goes, and keeps little. */
export async function sendByStream(stream: MessageStream, bytes: number): Promise<void> {
  for (const message of messages(bytes)) if (!stream.send(message)) await stream.onDrain()
}
