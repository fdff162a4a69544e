// The built page with a node behind it that only plays one: the state is whatever a test puts there, calls are written down and
// answered as the test likes. States and answers are checked against the contract, so that the double cannot drift from it.
import { createServer } from 'node:http'
import { readFile, readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import * as v from 'valibot'
import { WebSocketServer, type WebSocket } from 'ws'
import {
  API_VERSION,
  ApiError,
  BRIDGE_BEARER,
  BRIDGE_PATH,
  BRIDGE_PROTOCOL,
  BRIDGE_SESSION_PATH,
  CallFrame,
  METHODS,
  StateSchema,
  type Input,
  type MethodName,
  type Output,
  type Role,
  type SliceName,
  type State,
} from '../../../proto/api/index.ts'
import { NAME_WRONG } from './names.ts'
import { PAGE_HEADERS } from '../../../main/page-headers.ts'
import type { AddressInfo } from 'node:net'

/** What a test answers to one method; it may throw an ApiError, or wait. */
export type Answers = { [Name in MethodName]?: (input: Input<Name>) => Output<Name> | Promise<Output<Name>> }

/** A call as it came. */
export interface Call {
  readonly method: string
  readonly input: unknown
}

/** The node that only plays one. */
export interface PageHost {
  readonly origin: string
  /** Calls in the order they came, without `state.get`. */
  readonly calls: readonly Call[]
  /** A link with a fresh code. */
  link(way?: string): string
  /** Replaces everything. */
  show(state: State): void
  /** Pushes slices that changed. */
  push(slices: Partial<State>): void
  /** Pushes with a gap in the revisions, as if one push had been lost. */
  skip(slices: Partial<State>): void
  answer(answers: Answers): void
  /** Ends all connections; tokens stay good. */
  drop(): void
  /** Like a node that was started anew: connections end, tokens are not known any more. */
  restart(): void
  /** Refuses connections until told otherwise. */
  pause(paused: boolean): void
  stop(): Promise<void>
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** What calls give that the test says nothing about. */
const USUAL: Partial<Record<MethodName, unknown>> = {
  'certificate.get': { attempt: '1' },
  'certificate.export': { chainPem: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' },
  'settings.set': { problems: [] },
  'network.join': { silent: false },
  'network.public': { silent: false },
  'peers.dial': {
    ...{
      peerId: '12D3KooWJ9ZT6Wgz5vNcW7mWfYzVKrGqVtxXgWmLdHft9HyQ6X',
      policy: 'default',
      address: null,
      reused: false,
    },
    detail: 'nobody answered',
    attempts: [
      {
        ...{ address: '/ip4/198.51.100.1/tcp/4431', stage: 1, why: 'signed by the peer', startedMs: 0, endedMs: 5_000 },
        ...{ result: 'no-answer', detail: 'nobody answered', latencyMs: null },
      },
    ],
    leftOut: [{ address: '/ip4/192.168.178.31/tcp/4431', why: 'not of the policy' }],
  },
  'network.invitation': {
    invitation: 'nodetrust://join/sonnenhof.example?issue=/dns4/issue.sonnenhof.example',
    personal: false,
  },
  'name.verify': NAME_WRONG,
  'name.open': { url: 'https://npub1.nostr/', pac: 'http://127.0.0.1:5355/names.pac' },
  'name.trust': { certPem: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n', places: [] },
  'bridge.link': { url: 'http://127.0.0.1:4701/#t=code', until: 1_795_000_000_000 },
  'identity.export': { fileName: 'identity-2026-11-20.nodetrust', folder: 'exports' },
  'confirmation.request': { code: null, until: 1_795_000_000_000 },
  'diagnostics.export': { fileName: 'diagnostics-2026-11-20.json', folder: 'exports', content: '{}' },
}

/** How the double is set up. */
export interface PageHostInit {
  /** The built page. */
  readonly pageDir: string
  readonly state: State
  /** @default owner */
  readonly role?: Role
  /** What it says it speaks. @default API_VERSION */
  readonly api?: number
}

/** Starts the double on a free port of loopback. */
export async function startPageHost(init: PageHostInit): Promise<PageHost> {
  const names = (await readdir(init.pageDir, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  )
  const files = new Map<string, { type: string; body: Buffer }>()
  for (const entry of names) {
    const path = join(entry.parentPath, entry.name)
    const type = TYPES[extname(path)]
    if (type !== undefined) {
      files.set(path.slice(init.pageDir.length).replaceAll('\\', '/'), { type, body: await readFile(path) })
    }
  }
  let state = checked(init.state)
  let rev = 1
  let answers: Answers = {}
  let generation = 1
  let paused = false
  const calls: Call[] = []
  const sockets = new Set<WebSocket>()
  const token = () => `token-${generation}`

  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    if (request.method === 'POST' && path === BRIDGE_SESSION_PATH) {
      const body = JSON.stringify({ token: token(), role: init.role ?? 'owner', api: API_VERSION })
      let text = ''
      request.on('data', (chunk) => (text += String(chunk)))
      request.on('end', () => {
        const good = !text.includes('used')
        response.writeHead(good ? 200 : 401, { ...PAGE_HEADERS, 'content-type': 'application/json' })
        response.end(good ? body : '')
      })
      return
    }
    const file = files.get(path === '/' ? '/index.html' : path)
    if (file === undefined) {
      response.writeHead(404, PAGE_HEADERS)
      response.end()
      return
    }
    response.writeHead(200, { ...PAGE_HEADERS, 'content-type': file.type, 'cache-control': 'no-store' })
    response.end(request.method === 'HEAD' ? undefined : file.body)
  })

  const upgrades = new WebSocketServer({ noServer: true, handleProtocols: () => BRIDGE_PROTOCOL })
  server.on('upgrade', (request, socket, head) => {
    const offered = request.headers['sec-websocket-protocol'] ?? ''
    const known =
      offered === `${BRIDGE_PROTOCOL}, ${BRIDGE_BEARER}${token()}` || offered.endsWith(BRIDGE_BEARER + token())
    if (paused || !request.url?.startsWith(BRIDGE_PATH)) {
      socket.destroy()
      return
    }
    upgrades.handleUpgrade(request, socket, head, (opened) => {
      if (!known) {
        opened.close(4401)
        return
      }
      sockets.add(opened)
      opened.on('close', () => sockets.delete(opened))
      opened.on('message', (data) => void answer(opened, Buffer.from(data as Buffer).toString()))
      opened.send(JSON.stringify({ hello: { api: init.api ?? API_VERSION, role: init.role ?? 'owner' } }))
    })
  })

  const answer = async (socket: WebSocket, text: string): Promise<void> => {
    const call = v.parse(CallFrame, JSON.parse(text))
    const reply = (rest: object) => socket.send(JSON.stringify({ id: call.id, ...rest }))
    if (call.method === 'state.get') {
      reply({ ok: true, output: { rev, state } })
      return
    }
    calls.push({ method: call.method, input: call.input })
    try {
      reply({ ok: true, output: await outputOf(call.method, call.input) })
    } catch (error) {
      const { problem } = error instanceof ApiError ? error : new ApiError('internal', { detail: String(error) })
      reply({ ok: false, problem })
    }
  }

  const outputOf = async (name: string, input: unknown): Promise<unknown> => {
    if (!isMethod(name)) throw new ApiError('unknown-method')
    const method = METHODS[name]
    const given = v.safeParse(method.input, input)
    if (!given.success) throw new ApiError('bad-request', { detail: v.flatten(given.issues).root?.join(' ') ?? name })
    const told = answers[name] as ((input: unknown) => unknown) | undefined
    return v.parse(method.output, told === undefined ? (USUAL[name] ?? {}) : await told(given.output))
  }

  const send = (slices: Partial<State>) => {
    const frame = JSON.stringify({ push: { rev, slices } })
    for (const socket of sockets) socket.send(frame)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const drop = () => {
    for (const socket of sockets) socket.terminate()
  }
  return {
    origin,
    calls,
    link: (way = '') => `${origin}/#t=code-${generation}${way}`,
    show(next) {
      state = checked(next)
      rev += 1
      send(state)
    },
    push(slices) {
      state = checked({ ...state, ...slices })
      rev += 1
      send(slices)
    },
    skip(slices) {
      state = checked({ ...state, ...slices })
      rev += 5
      send({})
    },
    answer(given) {
      answers = { ...answers, ...given }
    },
    drop,
    restart() {
      generation += 1
      rev = 1
      drop()
    },
    pause(value) {
      paused = value
      if (value) drop()
    },
    async stop() {
      drop()
      upgrades.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function checked(state: State): State {
  return v.parse(StateSchema, state)
}

function isMethod(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name)
}

/** The slices of a state by name, for changing one. */
export type SliceOf<Name extends SliceName> = State[Name]
