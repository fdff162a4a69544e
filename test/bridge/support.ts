// A bridge over a program that does nothing, a page of three files, and requests written byte by byte.
import { mkdir, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { systemClock } from '../../core/clock.ts'
import { createApi, type Api } from '../../main/api/api.ts'
import { createBridge, type Bridge, type BridgeInit } from '../../main/bridge/bridge.ts'
import { readRuntime } from '../../main/bridge/runtime-file.ts'
import { keepRecentLines, type RecentLines } from '../../main/api/recent-lines.ts'
import { BRIDGE_BEARER, BRIDGE_PROTOCOL, MAX_LOG_LINES } from '../../proto/api/index.ts'
import { listeningLog } from '../api/support.ts'
import { temporaryDir } from '../main/support.ts'
import { type FakeProgram, fakeProgram } from '../support/fake-program.ts'
import type { TestContext } from 'node:test'
import type { Clock } from '../../core/clock.ts'
import type { Role } from '../../proto/api/index.ts'

/** A running bridge and what is behind it. */
export interface TestBridge {
  readonly bridge: Bridge
  readonly api: Api
  readonly program: FakeProgram
  readonly log: ReturnType<typeof listeningLog>
  /** What the node has logged of itself. */
  readonly recent: RecentLines
  readonly dir: string
  readonly port: number
  /** The command line's token. */
  readonly token: string
  readonly origin: string
}

/** A page with one script; what it does is up to the test. */
export const PAGE: Readonly<Record<string, string>> = {
  'index.html': '<!doctype html><title>bridge</title><script src="/assets/index-Abcd1234.js"></script>',
  'assets/index-Abcd1234.js': 'document.title = "ready"',
  'icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'index.js.map': '{}',
  '.env': 'SECRET=1',
  '.hidden.js': 'SECRET=1',
}

/** Starts one; it stops with the test. */
export async function startBridge(
  t: TestContext,
  init: Partial<BridgeInit> & { readonly page?: Readonly<Record<string, string>> } = {},
): Promise<TestBridge> {
  const dir = await temporaryDir(t)
  const pageDir = join(dir, 'page')
  for (const [name, content] of Object.entries(init.page ?? PAGE)) {
    await mkdir(join(pageDir, name, '..'), { recursive: true })
    await writeFile(join(pageDir, name), content)
  }
  const log = listeningLog()
  const recent = keepRecentLines(MAX_LOG_LINES, () => undefined)
  const program = fakeProgram(dir)
  const clock: Clock = init.clock ?? systemClock
  let bridge: Bridge | undefined
  const api = createApi({
    ...{ program, log, recent, clock, host: 'headless', version: '1' },
    can: { startAtLogin: false, tray: false, notify: false, openFolders: false },
    desk: { quit: () => undefined, bridgeLink: (role) => bridge?.openLink(role) },
  })
  bridge = createBridge({ api, dir, log, clock, pageDir, ...init })
  const running = bridge
  t.after(async () => {
    await running.stop()
    api.stop()
  })
  await running.start()
  const port = running.port() ?? 0
  const token = (await readRuntime(dir))?.token ?? ''
  return { bridge: running, api, program, log, recent, dir, port, token, origin: `http://127.0.0.1:${port}` }
}

/** What came back. */
export interface Raw {
  readonly status: number
  /** Lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** Sends bytes and reads until the other side closes, or an answer is whole. */
export function raw(port: number, bytes: string, host = '127.0.0.1'): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host })
    let text = ''
    const finish = () => {
      socket.destroy()
      resolve(parse(text))
    }
    socket.setTimeout(30_000, () => socket.destroy(new Error(`no answer to ${bytes.slice(0, 80)}`)))
    socket.on('error', reject)
    socket.on('connect', () => socket.write(bytes))
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const length = /content-length: (\d+)/i.exec(text)?.[1]
      const at = text.indexOf('\r\n\r\n')
      if (length !== undefined && at >= 0 && text.length - at - 4 >= Number(length)) finish()
    })
    socket.on('close', finish)
  })
}

function parse(text: string): Raw {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [line = '', ...lines] = head.split('\r\n')
  const headers = lines.map((entry): [string, string] => {
    const at = entry.indexOf(':')
    return [entry.slice(0, at).toLowerCase(), entry.slice(at + 1).trim()]
  })
  return { status: Number(line.split(' ')[1] ?? 0), headers: new Map(headers), body: rest.join('\r\n\r\n') }
}

/** A request with the headers that are given and no others. */
export function request(
  port: number,
  line: string,
  headers: readonly string[] = [`Host: 127.0.0.1:${port}`],
  body = '',
): Promise<Raw> {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  return raw(port, `${[`${line} HTTP/1.1`, ...headers, ...length].join('\r\n')}\r\n\r\n${body}`)
}

/** POST with JSON, as the command line does. */
export function post(port: number, path: string, body: unknown, headers: readonly string[] = []): Promise<Raw> {
  const all = [`Host: 127.0.0.1:${port}`, 'Content-Type: application/json', ...headers]
  return request(port, `POST ${path}`, all, typeof body === 'string' ? body : JSON.stringify(body))
}

export const bearer = (token: string): string => `Authorization: Bearer ${token}`

/** The token of a page that was opened by a link. */
export async function openPage({ bridge, port }: TestBridge, role: Role = 'owner'): Promise<string> {
  const code = bridge.openLink(role)?.url.split('#t=')[1]
  return String(JSON.parse((await post(port, '/session', { code })).body).token)
}

/** A WebSocket as a page opens it. */
export interface TestSocket {
  readonly socket: WebSocket
  /** The next frame. */
  next(): Promise<unknown>
  readonly closed: Promise<number>
}

/** @returns it opened, or what refused it */
export async function openSocket(
  { port, origin }: Pick<TestBridge, 'port' | 'origin'>,
  token: string | undefined,
  options: { readonly origin?: string | undefined; readonly protocols?: readonly string[] } = { origin },
): Promise<TestSocket | { readonly status: number }> {
  const protocols = options.protocols ?? [BRIDGE_PROTOCOL, ...(token === undefined ? [] : [`${BRIDGE_BEARER}${token}`])]
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api`, [...protocols], {
    ...(options.origin === undefined ? {} : { origin: options.origin }),
  })
  const frames: unknown[] = []
  const waiting: ((frame: unknown) => void)[] = []
  socket.on('message', (data) => {
    const frame: unknown = JSON.parse(Buffer.isBuffer(data) ? data.toString('utf8') : 'null')
    const waiter = waiting.shift()
    if (waiter) waiter(frame)
    else frames.push(frame)
  })
  socket.on('error', () => undefined)
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  const status = await new Promise<number>((resolve) => {
    socket.once('open', () => resolve(101))
    socket.once('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0)
      socket.terminate()
    })
    void closed.then(() => resolve(0))
  })
  if (status !== 101) return { status }
  return {
    ...{ socket, closed },
    next: () => {
      if (frames.length > 0) return Promise.resolve(frames.shift())
      return new Promise((resolve) => waiting.push(resolve))
    },
  }
}

/** The same where it has to open. */
export async function openedSocket(test: TestBridge, token: string): Promise<TestSocket> {
  const opened = await openSocket(test, token)
  if ('status' in opened) throw new Error(`the WebSocket was refused with ${opened.status}`)
  return opened
}
