// The door of everything that listens for strangers: a connection gets one of the places (places.ts) before anything else is
// made for it, or is cut off; and whoever has a place loses it where nothing comes, or where it is not known in time who they are.
// What then counts as known is the listener's own matter: a request that is complete, a peer that has proved its key.
import { canonicalIp, networkOfText } from './network.ts'
import type { Server, Socket } from 'node:net'
import type { Guest, Places } from './places.ts'

/** Whoever connects speaks first in every protocol that we serve; a round trip around the world takes a third of a second. */
export const FIRST_BYTE_MS = 2_000

/** TCP, TLS, the upgrade and the handshake of noise take eight round trips at most: five seconds are enough for a slow line. */
export const PENDING_MS = 5_000

/** Networks that are counted in one second; a machine takes a tenth as many connections. */
const MAX_COUNTED = 65_536

/** What a door is made of. */
export interface DoorInit {
  /** May be shared by several listeners. */
  readonly places: Places
  /** How long somebody may say nothing, milliseconds. @default FIRST_BYTE_MS */
  readonly firstByteMs?: number | undefined
  /** How long it may take until they are known, in all, milliseconds. @default PENDING_MS */
  readonly pendingMs?: number | undefined
  /** Most connections a second from one network. @default any number */
  readonly perSecond?: number | undefined
  /** Whose times are no matter of the door: a reverse proxy of the operator's; by its canonical address. @default nobody */
  readonly isTrusted?: ((address: string) => boolean) | undefined
}

/** A door. */
export interface Door {
  /** Who came from there and is still here. @param port  the client's */
  guest(address: string | undefined, port: number | undefined): Visit | undefined
  /** Cuts everybody off, also those of whom nobody knows yet; for the end. */
  cutAll(): void
  /** How much is remembered: of those who are here, and of the networks of this second. */
  sizes(): { readonly inside: number; readonly sockets: number; readonly networks: number }
}

/** Somebody who is here. */
export interface Visit extends Pick<Guest, 'rest' | 'touch' | 'keep'> {
  /** It is known who they are: from now on time is no matter of the door. */
  settle(): void
}

/**
 * Puts a door before a server: none of its listeners for connections hears of one that has no place. Call it when they are all
 * there, and before it listens.
 */
export function putDoor(server: Server, init: DoorInit): Door {
  const { places, firstByteMs = FIRST_BYTE_MS, pendingMs = PENDING_MS } = init
  const perSecond = perSecondLimit(init.perSecond)
  const inside = new Map<string, Visit>()
  const sockets = new Set<Socket>()

  const enter = (socket: Socket): boolean => {
    // an error that nobody listens for would end the process; whoever serves the socket has a listener of their own
    socket.on('error', () => undefined)
    const { remoteAddress, remotePort } = socket
    const isTrusted = remoteAddress !== undefined && init.isTrusted?.(canonicalIp(remoteAddress)) === true
    const guest =
      isTrusted || perSecond.mayCome(remoteAddress) ? places.enter(remoteAddress, () => cutOff(socket)) : undefined
    if (!guest) {
      cutOff(socket)
      return false
    }
    const looks = isTrusted
      ? []
      : [
          setTimeout(() => socket.bytesRead === 0 && cutOff(socket), firstByteMs).unref(),
          setTimeout(() => cutOff(socket), pendingMs).unref(),
        ]
    const forgetTimes = () => looks.forEach((timer) => clearTimeout(timer))
    const key = keyOf(remoteAddress, remotePort)
    const visit: Visit = {
      settle() {
        forgetTimes()
        guest.settle()
      },
      rest: () => guest.rest(),
      touch: () => guest.touch(),
      keep: () => guest.keep(),
    }
    inside.set(key, visit)
    sockets.add(socket)
    socket.once('close', () => {
      forgetTimes()
      guest.leave()
      sockets.delete(socket)
      if (inside.get(key) === visit) inside.delete(key)
    })
    return true
  }

  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket) => {
    if (enter(socket)) for (const listener of listeners) Reflect.apply(listener, server, [socket])
  })
  return {
    guest: (address, port) => inside.get(keyOf(address, port)),
    cutAll() {
      for (const socket of sockets) socket.destroy()
    },
    sizes: () => ({ inside: inside.size, sockets: sockets.size, networks: perSecond.size() }),
  }
}

/**
 * Ends a connection so that nothing more is read, kept or sent for it: no farewell of TLS or WebSockets, which would wait for the other
 * side's, but a reset, which also leaves the system nothing to remember.
 */
export function cutOff(socket: Socket): void {
  // libuv cannot reset what it is shutting down already
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

/** An address is written in more than one way, also by Node. */
function keyOf(address: string | undefined, port: number | undefined): string {
  return `${canonicalIp(address)} ${port ?? ''}`
}

/** Counts by whole seconds: nothing is kept of an earlier one. */
function perSecondLimit(most = Infinity) {
  let second = 0
  const counts = new Map<string, number>()
  const mayCome = (address: string | undefined): boolean => {
    if (most === Infinity) return true
    const now = Math.floor(performance.now() / 1_000)
    if (now !== second) counts.clear()
    second = now
    const network = networkOfText(address)
    const count = (counts.get(network) ?? 0) + 1
    // whoever fills this in a second comes from as many networks: what one of them may do is no matter then
    if (counts.size < MAX_COUNTED || counts.has(network)) counts.set(network, count)
    return count <= most
  }
  return { mayCome, size: () => counts.size }
}
