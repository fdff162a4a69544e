// Relays that lie, fail and flood, each in one way; on loopback at a free port.
import { once } from 'node:events'
import { type WebSocket, WebSocketServer } from 'ws'
import type { AddressInfo } from 'node:net'

/** What one does with each frame of a client. */
export type Behaviour = (
  frame: readonly unknown[],
  say: (...answer: readonly unknown[]) => void,
  socket: WebSocket,
) => void

/** A relay that behaves badly. */
export interface BadRelay {
  readonly url: string
  /** Frames that it was sent. */
  readonly heard: readonly (readonly unknown[])[]
  stop(): Promise<void>
}

/** Starts one. */
export async function startBadRelay(behave: Behaviour): Promise<BadRelay> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const heard: (readonly unknown[])[] = []
  server.on('connection', (socket) => {
    socket.on('error', () => undefined)
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString('utf8')) as readonly unknown[]
      heard.push(frame)
      behave(frame, (...answer) => socket.send(JSON.stringify(answer)), socket)
    })
  })
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    async stop() {
      for (const socket of server.clients) socket.terminate()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

/** Says nothing, ever. */
export const silent: Behaviour = () => undefined

/** Takes everything and keeps nothing. */
export const forgetful: Behaviour = ([type, second], say) => {
  if (type === 'EVENT') say('OK', (second as { id: string }).id, true, '')
  else say('EOSE', second)
}

/** Gives these events to whoever asks, whatever for. */
export const giving =
  (events: readonly unknown[]): Behaviour =>
  ([type, id], say) => {
    if (type !== 'REQ') return
    for (const event of events) say('EVENT', id, event)
    say('EOSE', id)
  }

/** Refuses every event, and every question. */
export const refusing: Behaviour = ([type, second], say) => {
  if (type === 'EVENT') say('OK', (second as { id: string }).id, false, 'blocked: kind not on white-list')
  else say('CLOSED', second, 'auth-required: who are you?')
}

/** Answers with one frame of ten million characters. */
export const huge: Behaviour = ([, id], say) => say('EVENT', id, { content: 'x'.repeat(10_000_000) })

/** Sends the same event without an end. */
export const endless =
  (event: unknown): Behaviour =>
  ([, id], say, socket) => {
    const more = () => {
      if (socket.readyState !== socket.OPEN) return
      for (let i = 0; i < 50; i++) say('EVENT', id, event)
      setImmediate(more)
    }
    more()
  }

/** Sends what is no protocol at all. */
export const babbling: Behaviour = (_frame, _say, socket) => {
  socket.send('hello')
  socket.send('{"a":1}')
  socket.send('[]')
  socket.send('["EVENT"]')
  socket.send('["OK",5]')
  socket.send(Buffer.from([1, 2, 3]))
}
