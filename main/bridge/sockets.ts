// The bridge's WebSockets: calls and answers with numbers, pushes of the state. A page that does not read, sends nonsense or
// opens too many is closed with a code that says so; nobody else notices.
import * as v from 'valibot'
// oxlint-disable-next-line no-restricted-imports -- it takes what core/net/http-server.ts let in, with limits on frames
import { type WebSocket, WebSocketServer } from 'ws'
import {
  API_VERSION,
  ApiError,
  BRIDGE_BEARER,
  BRIDGE_CLOSE,
  BRIDGE_PATH,
  BRIDGE_PROTOCOL,
} from '../../proto/api/index.ts'
import { CallFrame } from '../../proto/api/index.ts'
import { PAGE_HEADERS } from '../page-headers.ts'
import { refusalOf, valuesOf } from './request-checks.ts'
import { LeakyBucket } from '../../core/leaky-bucket.ts'
import { carriesToken, MAX_BODY_BYTES, sessionOf } from './requests.ts'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { NodeFrame, Push } from '../../proto/api/index.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { Dispatch } from '../api/dispatch.ts'
import type { StateHolder } from '../api/state.ts'
import type { Reunion } from './reunion.ts'
import type { Session, Tokens } from './tokens.ts'

/** A page opens one; a person has a few tabs. */
export const MAX_SOCKETS_PER_TOKEN = 16

/** Calls of one page that may be under way at once. */
const MAX_CALLS = 32

/** A page of a busy node calls a few times a second. Of who goes on beyond it nothing is read for a while, and then nothing more. */
const FRAMES = { burst: 400, perSecond: 50 }

/** What a page may leave unread; a whole state has some 100 KB. */
const MAX_UNREAD_BYTES = 4_000_000

const PING_EVERY_MS = 30_000

/** A page that was told to go and does not is cut off. */
const CLOSE_MS = 500

/** What sockets stand on. */
export interface SocketsInit {
  readonly port: () => number
  readonly tokens: Tokens
  readonly reunion: Pick<Reunion, 'introduce'>
  readonly dispatch: Dispatch
  readonly state: Pick<StateHolder, 'subscribe'>
  readonly clock: Clock
  readonly log: Log
}

/** The WebSockets of one bridge. */
export interface Sockets {
  /** Takes an upgrade of the HTTP server. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Closes all; within half a second. */
  stop(): Promise<void>
}

/** Makes the WebSockets. */
export function createSockets(init: SocketsInit): Sockets {
  const { tokens, reunion, dispatch, state, clock, log } = init
  const stopping = new AbortController()
  const counts = new Map<Session, number>()
  /** How much each has said lately; a new connection is no new beginning. */
  const frames = new WeakMap<Session, LeakyBucket>()
  const alive = new Map<WebSocket, boolean>()
  const server = new WebSocketServer({
    ...{ noServer: true, maxPayload: MAX_BODY_BYTES, perMessageDeflate: false, clientTracking: false },
    handleProtocols: () => BRIDGE_PROTOCOL,
  })

  const send = (socket: WebSocket, frame: NodeFrame): void => {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > MAX_UNREAD_BYTES) shut(socket, BRIDGE_CLOSE.tooSlow)
    else socket.send(JSON.stringify(frame))
  }

  const serve = (socket: WebSocket, session: Session): void => {
    const { caller } = session
    let lastId = 0
    let underWay = 0
    let isOver = false
    const said = frames.get(session) ?? new LeakyBucket(FRAMES)
    frames.set(session, said)
    const call = async ({ id, method, input }: CallFrame): Promise<void> => {
      const decline = ({ problem }: ApiError) => send(socket, { id, ok: false, problem })
      if (id <= lastId)
        return decline(new ApiError('bad-request', { detail: 'the number of the call was used already' }))
      lastId = id
      if (underWay >= MAX_CALLS) return decline(new ApiError('rate-limited', { retryable: true }))
      underWay += 1
      const answer = await dispatch(method, input, caller)
      underWay -= 1
      send(socket, { id, ...answer })
    }
    const slowDown = async (): Promise<void> => {
      socket.pause()
      const overMs = ((said.level(clock.now()) - FRAMES.burst) / FRAMES.perSecond) * 1_000
      await clock.sleep(Math.ceil(overMs), stopping.signal).catch(() => undefined)
      socket.resume()
    }
    socket.on('message', (data, isBinary) => {
      // what was read with it
      if (isOver) return
      const spent = said.add(1, clock.now())
      isOver = spent === 'gross'
      if (isOver) return shut(socket, BRIDGE_CLOSE.tooMany)
      if (spent === 'over' && !socket.isPaused) void slowDown()
      const frame = isBinary ? undefined : parseFrame(data)
      if (frame) void call(frame)
      else socket.close(BRIDGE_CLOSE.badFrame)
    })
    const end = state.subscribe((push: Push) => send(socket, { push }))
    socket.once('close', end)
    const { role } = caller
    const key = caller.kind === 'bridge' ? { reunion: reunion.introduce(role) } : {}
    send(socket, { hello: { api: API_VERSION, role, ...key } })
  }

  const accept = (socket: WebSocket, session: Session | undefined): void => {
    alive.set(socket, true)
    socket.on('pong', () => alive.set(socket, true))
    socket.on('error', (error) => log.debug({ error: error.message }, 'a WebSocket of the bridge failed'))
    socket.once('close', () => alive.delete(socket))
    if (!session) return shut(socket, BRIDGE_CLOSE.unauthorized)
    const count = counts.get(session) ?? 0
    if (count >= MAX_SOCKETS_PER_TOKEN) return shut(socket, BRIDGE_CLOSE.tooMany)
    counts.set(session, count + 1)
    socket.once('close', () => {
      const left = (counts.get(session) ?? 1) - 1
      if (left > 0) counts.set(session, left)
      else counts.delete(session)
    })
    serve(socket, session)
  }

  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.sleep(PING_EVERY_MS, stopping.signal).catch(() => undefined)
      for (const [socket, answered] of alive) {
        if (!answered) socket.terminate()
        else if (!stopping.signal.aborted) {
          alive.set(socket, false)
          socket.ping()
        }
      }
    }
  }
  void watch()

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy())
      const told = { method: request.method ?? '', target: request.url ?? '', rawHeaders: request.rawHeaders }
      const refusal = refusalOf(told, init.port())
      if (refusal) return refuse(socket, refusal.status)
      if (carriesToken(request, tokens)) return refuse(socket, 401)
      if (told.target !== BRIDGE_PATH) return refuse(socket, 404)
      const protocols = valuesOf(request, 'sec-websocket-protocol')
        .flatMap((text) => text.split(','))
        .map((text) => text.trim())
      if (!protocols.includes(BRIDGE_PROTOCOL)) return refuse(socket, 400)
      const bearer = protocols.find((text) => text.startsWith(BRIDGE_BEARER))?.slice(BRIDGE_BEARER.length)
      const session = bearer === undefined ? sessionOf(request, tokens) : tokens.sessionOf(bearer)
      const fromPage = valuesOf(request, 'origin').length > 0
      // the command line is told by the answer; a page cannot see that, so it is let in and told by the close code
      if (!session && (tokens.wrong() || !fromPage)) return refuse(socket, fromPage ? 429 : 401)
      server.handleUpgrade(request, socket, head, (opened) => accept(opened, session))
    },
    async stop() {
      stopping.abort()
      const closed = [...alive.keys()].map((socket) => new Promise<void>((resolve) => socket.once('close', resolve)))
      for (const socket of alive.keys()) socket.close(BRIDGE_CLOSE.stopping)
      const late = setTimeout(() => [...alive.keys()].forEach((socket) => socket.terminate()), CLOSE_MS)
      await Promise.all(closed)
      clearTimeout(late)
    },
  }
}

/** Tells why, and cuts off who does not go. */
function shut(socket: WebSocket, code: number): void {
  socket.close(code)
  setTimeout(() => socket.terminate(), CLOSE_MS).unref()
}

const REASONS: Readonly<Record<number, string>> = {
  ...{ 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 421: 'Misdirected Request' },
  429: 'Too Many Requests',
}

/** Before the upgrade there is no response object, so the answer is written out. */
function refuse(socket: Duplex, status: number): void {
  const headers = { ...PAGE_HEADERS, 'cache-control': 'no-store', 'content-length': '0', connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${REASONS[status] ?? 'Refused'}\r\n${lines.join('')}\r\n`)
}

function parseFrame(data: WebSocket.RawData): CallFrame | undefined {
  try {
    const result = v.safeParse(CallFrame, JSON.parse(Buffer.isBuffer(data) ? data.toString('utf8') : ''))
    return result.success ? result.output : undefined
  } catch {
    return undefined
  }
}
