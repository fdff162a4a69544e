// js-libp2p's listeners behind a door (door.ts). The library counts connections only once they speak, refuses newcomers where it
// is full, and lets a WebSocket live on that it has given up; here whoever connects has a place first, has a small budget of bytes and
// time until their key is proved, and is cut off where anything fails.
// Faults of libraries that this is a way around (docs/upstream.md): listener-close.
import { getNetConfig, isNetworkAddress } from '@libp2p/utils'
import { Duplex } from 'node:stream'
// oxlint-disable-next-line no-restricted-imports -- to know the library's by its class, and limit it
import { WebSocket, WebSocketServer } from 'ws'
import { type Door, type DoorInit, putDoor, type Visit } from './door.ts'
import { drainPromptly } from './prompt-drain.ts'
import { TransportChangedError } from './transport-changed.ts'
import type { Listener, MultiaddrConnection, Transport, Upgrader } from '@libp2p/interface'
import type { Server } from 'node:net'

/** Whom the listeners of a host let in. */
export interface GuardInit extends DoorInit {
  /** Called with a connection whose key is proved: whether it is one of ours, which strangers do not drive out. */
  readonly keeps: (connection: MultiaddrConnection) => Promise<boolean>
}

/**
 * What is read before the key is proved: a handshake has less than two kilobytes. More is left in the system's buffer, since a peer
 * may begin to use the connection before we know that it may. Node reads up to 64 KiB at once, which comes on top.
 */
const PENDING_READ_BYTES = 16_384

/** Bytes that come one by one cost some three hundred each. */
const PENDING_READS = 128

/** The largest WebSocket frame before the key is proved. */
const PENDING_FRAME_BYTES = 65_536

/**
 * The largest WebSocket message, whether dialled or served: noise has frames of 64 KiB, js-libp2p and go-libp2p send each by itself,
 * rust-libp2p puts up to three into one message.
 */
export const MAX_FRAME_BYTES = 256 * 1024

/**
 * What the `ws` library keeps for one message at most, for both sides: a message of 256 KiB comes in some two hundred pieces as networks
 * cut it, and nobody fragments noise.
 */
export const FRAME_LIMITS = {
  perMessageDeflate: false,
  maxFragments: 64,
  maxBufferedChunks: 1_024,
  /** Answers to pings that are not sent yet; none of the implementations sends any. */
  maxPendingAutoPongs: 8,
  /** Whoever does not answer a farewell is cut off, milliseconds. */
  closeTimeout: 1_000,
} as const

/**
 * Puts the doors before all listeners that a transport makes from now on.
 *
 * @throws TransportChangedError when a listener is made whose server is somewhere else
 */
export function guardTransport(transport: Transport, init: GuardInit): Transport {
  const createListener = transport.createListener.bind(transport)
  transport.createListener = (options) => {
    const upgrader = guardUpgrader(options.upgrader, (connection) => visitOf(door, connection), init)
    const listener = createListener({ ...options, upgrader })
    const door = putDoor(serverOf(listener), init)
    limitFrames(listener)
    const close = listener.close.bind(listener)
    listener.close = async () => {
      const closed = close()
      door.cutAll()
      await closed
    }
    return listener
  }
  return transport
}

function serverOf(listener: Listener): Server {
  const server: unknown = Reflect.get(listener, 'server')
  if (!isServer(server)) throw changed('a listener has no server')
  return server
}

function isServer(value: unknown): value is Server {
  return typeof value === 'object' && value !== null && 'listeners' in value && 'listen' in value
}

function changed(what: string): TransportChangedError {
  return new TransportChangedError(`${what}: this version of js-libp2p or ws was not tested, pin the one before`)
}

function visitOf(door: Door, { remoteAddr }: MultiaddrConnection): Visit | undefined {
  if (!isNetworkAddress(remoteAddr)) return undefined
  const { host, port } = getNetConfig(remoteAddr)
  return door.guest(host, port)
}

/** The library makes its WebSocketServer without options; it looks at them at every upgrade. */
function limitFrames(listener: Listener): void {
  const server: unknown = Reflect.get(listener, 'wsServer')
  if (server === undefined) return
  if (!(server instanceof WebSocketServer)) throw changed('a listener has another WebSocketServer')
  Object.assign(server.options, { ...FRAME_LIMITS, maxPayload: PENDING_FRAME_BYTES })
}

function guardUpgrader(
  upgrader: Upgrader,
  visit: (connection: MultiaddrConnection) => Visit | undefined,
  { keeps }: GuardInit,
): Upgrader {
  const upgradeInbound: Upgrader['upgradeInbound'] = async (connection, options) => {
    const budget = giveBudget(connection)
    try {
      await upgrader.upgradeInbound(connection, options)
    } catch (error) {
      connection.abort(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
    const guest = visit(connection)
    guest?.settle()
    budget.lift()
    if (await keeps(connection)) guest?.keep()
  }
  return Object.assign(Object.create(upgrader) as Upgrader, { upgradeInbound })
}

/** Reads little until it is lifted. */
function giveBudget(connection: MultiaddrConnection): { lift(): void } {
  const websocket: unknown = Reflect.get(connection, 'websocket')
  if (websocket instanceof WebSocket) {
    resetting(websocket)
    drainPromptly(connection)
    const raw: unknown = Reflect.get(websocket, '_socket')
    if (!(raw instanceof Duplex)) throw changed('a WebSocket has no socket')
    const reads = countReads(raw, () => websocket.pause())
    return {
      lift() {
        const receiver: unknown = Reflect.get(websocket, '_receiver')
        if (typeof receiver !== 'object' || receiver === null || !('_maxPayload' in receiver))
          throw changed('a WebSocket has no receiver with a limit')
        receiver._maxPayload = MAX_FRAME_BYTES
        if (reads.end()) websocket.resume()
      },
    }
  }
  const socket: unknown = Reflect.get(connection, 'socket')
  if (!(socket instanceof Duplex)) throw changed('a connection has no socket')
  const reads = countReads(socket, () => socket.pause())
  return {
    lift() {
      if (reads.end()) socket.resume()
    },
  }
}

/** @returns `end`, which says whether the limit was reached */
function countReads(socket: Duplex, onLimit: () => void): { end(): boolean } {
  let bytes = 0
  let reads = 0
  let isReached = false
  const count = (chunk: Buffer) => {
    bytes += chunk.length
    reads += 1
    if (bytes < PENDING_READ_BYTES && reads < PENDING_READS) return
    isReached = true
    onLimit()
  }
  socket.on('data', count)
  return {
    end() {
      socket.off('data', count)
      return isReached
    },
  }
}

/**
 * Makes a WebSocket end at once where it is reset or has failed. libp2p resets one by close(1006), which `ws` throws for, so that
 * it would stay open; and `ws` itself meets a bad frame with a farewell that reads on until the other side answers.
 */
export function resetting(socket: WebSocket): WebSocket {
  const close = socket.close.bind(socket)
  socket.close = (code, reason) => (code === 1006 ? socket.terminate() : close(code, reason))
  socket.on('error', () => socket.terminate())
  return socket
}
