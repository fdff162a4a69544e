// The page and the API on 127.0.0.1: for a browser on this machine, and for the command line. There is no way to have it
// listen anywhere else.
import { FileError } from '../../core/files.ts'
import { ListenError } from '../../core/host.ts'
import { createHttpServer } from '../../core/net/http-server.ts'
import { createPage } from './page-files.ts'
import { pageSecret } from './page-secret.ts'
import { readLastPort, writeLastPort } from './port-memory.ts'
import { BRIDGE_HOST } from './request-checks.ts'
import { createRequests } from './requests.ts'
import { createReunion } from './reunion.ts'
import { removeRuntime, writeRuntime } from './runtime-file.ts'
import { createSockets } from './sockets.ts'
import { createTokens } from './tokens.ts'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Role } from '../../proto/api/index.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { Api } from '../api/api.ts'

/** Whoever is on this machine sends its headers at once. */
const HEADERS_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 10_000
const MAX_HEADER_BYTES = 8_192
export const MAX_CONNECTIONS = 256

/** What the bridge needs. */
export interface BridgeInit {
  readonly api: Pick<Api, 'dispatch' | 'state'>
  /** The data folder; the runtime file is put there. */
  readonly dir: string
  /** 0: the one of the last time where it is free, else any. @default 0 */
  readonly port?: number
  /** Folder of the built page. @default no page */
  readonly pageDir?: string | undefined
  /** What to type for `nodetrust` where it was started. @default nodetrust */
  readonly own?: string
  readonly clock: Clock
  readonly log: Log
  /** @default HEADERS_TIMEOUT_MS */
  readonly headersTimeoutMs?: number
  /** How long a whole request may take. @default REQUEST_TIMEOUT_MS */
  readonly requestTimeoutMs?: number
}

/** A bridge. */
export interface Bridge {
  /** @throws ListenError where the port is taken */
  start(): Promise<void>
  /** Comes back within a second. */
  stop(): Promise<void>
  /** undefined where it does not run. */
  port(): number | undefined
  /** A link that opens the page in one browser, once, within a minute; undefined where the bridge does not run. */
  openLink(role: Role): { readonly url: string; readonly until: number } | undefined
}

interface Running {
  readonly port: number
  /** Tells the command line where it is: only then, since whoever reads that asks at once. */
  readonly publish: () => Promise<void>
  readonly openLink: (role: Role) => { readonly url: string; readonly until: number }
  readonly stop: () => Promise<void>
}

/** Makes a bridge; nothing happens before `start`. */
export function createBridge(init: BridgeInit): Bridge {
  let running: Running | undefined
  return {
    async start() {
      if (running) return
      running = await startBridge(init)
      await running.publish()
    },
    async stop() {
      const ending = running
      running = undefined
      await ending?.stop()
    },
    port: () => running?.port,
    openLink: (role) => running?.openLink(role),
  }
}

async function startBridge(init: BridgeInit): Promise<Running> {
  const { api, dir, clock, log } = init
  const tokens = createTokens(clock)
  const files = createPage(init.pageDir)
  await files()
  const headersTimeout = init.headersTimeoutMs ?? HEADERS_TIMEOUT_MS
  let port = 0
  const reunion = createReunion({ secret: await pageSecret(dir), host: () => `${BRIDGE_HOST}:${port}`, clock })
  const parts = { ...api, tokens, reunion, clock, log, port: () => port }
  const sockets = createSockets(parts)
  const http = createHttpServer(
    {
      connections: MAX_CONNECTIONS,
      maxHeaderBytes: MAX_HEADER_BYTES,
      headersMs: headersTimeout,
      requestMs: init.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      checkMs: Math.min(1_000, headersTimeout / 2),
      // it is refused by us, with the same words as a wrong one
      requireHostHeader: false,
      onUpgrade: (request, socket, head) => sockets.upgrade(request, socket, head),
    },
    createRequests({ ...parts, files, own: init.own ?? 'nodetrust' }),
  )
  try {
    port = await listenWhereBefore(http.server, dir, init.port ?? 0)
  } catch (error) {
    await sockets.stop()
    throw error
  }
  return {
    port,
    async publish() {
      try {
        await writeRuntime(dir, { port, token: tokens.own })
      } catch (error) {
        if (!(error instanceof FileError)) throw error
        log.warn({ error: error.message }, 'the command line will not find this node')
      }
    },
    openLink(role) {
      const { code, until } = tokens.makeCode(role)
      return { url: `http://${BRIDGE_HOST}:${port}/#t=${code}`, until }
    },
    async stop() {
      await Promise.all([removeRuntime(dir, tokens.own), sockets.stop()])
      await http.stop()
    },
  }
}

/** @param wanted  0: the port of the last time, else any free one. @throws ListenError */
async function listenWhereBefore(server: Server, dir: string, wanted: number): Promise<number> {
  if (wanted !== 0) return await listen(server, wanted)
  const last = await readLastPort(dir)
  const again = last === undefined ? undefined : await listen(server, last).catch(() => undefined)
  if (again !== undefined) return again
  const port = await listen(server, 0)
  await writeLastPort(dir, port)
  return port
}

/** @throws ListenError */
async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ host: BRIDGE_HOST, port, exclusive: true }, resolve)
  try {
    await promise
  } catch (error) {
    server.off('listening', resolve)
    throw new ListenError(`the page for browsers cannot listen on ${BRIDGE_HOST}:${port}: ${String(error)}`, {
      cause: error,
    })
  }
  server.off('error', reject)
  return (server.address() as AddressInfo).port
}
