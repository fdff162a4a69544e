// What js-libp2p leaves behind when it is stopped: timers that keep a process for two more seconds, and sockets that said
// nothing yet, which keep a WebSocket listener closing for ever. Both reach into the library, so each is harmless where a
// later version has other insides: stopping is only slower then.
import type { Listener, Startable } from '@libp2p/interface'
import type { AddressManager } from '@libp2p/interface-internal'
import type { Server, Socket } from 'node:net'

/** The parts of a host that have timers of their own, by the names the library gives them. */
export interface TimerOwners {
  readonly addressManager: AddressManager
  /** Absent where the host was made without. */
  readonly identifyPush?: unknown
  readonly pubsub?: unknown
}

/**
 * A service that ends timers once everything else has stopped. The last `transport:close` makes the address manager wait a
 * second to write down that there are no addresses, which makes identify push wait another one to tell nobody.
 */
export function quickStop(components: TimerOwners): Startable {
  let heartbeat: unknown
  return {
    start: () => undefined,
    beforeStop() {
      // gossipsub forgets its timer while it stops, so it is looked up before
      heartbeat = inside(inside(part(components, 'pubsub'), 'status'), 'heartbeatTimeout')
    },
    stop: () => undefined,
    afterStop() {
      stopDebounced(components.addressManager, '_updatePeerStoreAddresses')
      stopDebounced(part(components, 'identifyPush'), '_push')
      if (isTimeout(heartbeat)) clearTimeout(heartbeat)
    },
  }
}

/** A client that connects and says nothing for so long is let go; browsers open sockets ahead, and use them sooner. */
const FIRST_BYTE_TIMEOUT_MS = 10_000

/**
 * Makes a listener look after the sockets that say nothing: js-libp2p counts a socket only from its first byte, so nobody
 * else ends them. They are destroyed after a while, and when the listener closes.
 *
 * @param firstByteMs  how long a socket may be silent
 */
export function endingSilentSockets(listener: Listener, firstByteMs = FIRST_BYTE_TIMEOUT_MS): Listener {
  const server = inside(listener, 'server')
  if (!isServer(server)) return listener
  const sockets = new Set<Socket>()
  server.prependListener('connection', (socket: Socket) => {
    sockets.add(socket)
    const timer = setTimeout(() => {
      if (socket.bytesRead === 0) socket.destroy()
    }, firstByteMs).unref()
    socket.once('close', () => {
      clearTimeout(timer)
      sockets.delete(socket)
    })
  })
  const close = listener.close.bind(listener)
  listener.close = async () => {
    const closed = close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return listener
}

/** The components throw for a service that is not there. */
function part(components: TimerOwners, name: 'identifyPush' | 'pubsub'): unknown {
  try {
    return components[name]
  } catch {
    return undefined
  }
}

function inside(owner: unknown, name: string): unknown {
  return typeof owner === 'object' && owner !== null ? Reflect.get(owner, name) : undefined
}

/** A function made by `debounce` of @libp2p/utils has a `stop`. */
function stopDebounced(owner: unknown, name: string): void {
  const debounced = inside(owner, name)
  const stop: unknown = typeof debounced === 'function' ? Reflect.get(debounced, 'stop') : undefined
  if (typeof stop === 'function') stop.call(debounced)
}

function isTimeout(value: unknown): value is NodeJS.Timeout {
  return typeof inside(value, 'refresh') === 'function'
}

function isServer(value: unknown): value is Server {
  return typeof inside(value, 'prependListener') === 'function'
}
