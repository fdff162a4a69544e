// The bridge's answers over HTTP: the page's files for anybody on this machine, because there is nothing in them; the exchange
// of a link's code for a token; calls with a token. No cookie, no query, no CORS header, and GET changes nothing.
import * as v from 'valibot'
import {
  API_VERSION,
  ApiError,
  BRIDGE_GREET_PATH,
  BRIDGE_RENEW_PATH,
  BRIDGE_SESSION_PATH,
  ReunionGreeting,
  ReunionRequest,
} from '../../proto/api/index.ts'
import { CACHE_NEVER, PAGE_HEADERS } from '../page-headers.ts'
import { refusalOf, valuesOf } from './request-checks.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiErrorCode, Problem, SessionAnswer } from '../../proto/api/index.ts'
import { systemClock } from '../../core/clock.ts'
import { countedLog } from '../../core/counted-log.ts'
import type { Log } from '../../core/log.ts'
import type { Dispatch } from '../api/dispatch.ts'
import type { PageFiles } from './page-files.ts'
import type { Reunion } from './reunion.ts'
import type { Session, Tokens } from './tokens.ts'

/** The largest body and the largest frame; the largest call of the contract takes half of it. */
export const MAX_BODY_BYTES = 65_536

const CALL_PATH = '/api/'

/** What answers stand on. */
export interface RequestsInit {
  readonly port: () => number
  readonly files: () => Promise<PageFiles>
  readonly tokens: Tokens
  readonly reunion: Pick<Reunion, 'greet' | 'sessionOf'>
  readonly dispatch: Dispatch
  readonly log: Log
  /** What to type for `nodetrust` where it was started. */
  readonly own: string
}

/** Makes the listener for requests; it never throws. */
export function createRequests(init: RequestsInit): (request: IncomingMessage, response: ServerResponse) => void {
  const { files, tokens, reunion, dispatch, own } = init
  // every page in a browser of this computer can ask as often as it likes
  const log = countedLog(init.log, systemClock)

  const unauthorized = (response: ServerResponse, detail: string): void => {
    if (tokens.wrong()) {
      sendProblem(response, new ApiError('rate-limited', { retryable: true, detail: 'too many wrong tokens' }))
    } else sendProblem(response, new ApiError('unauthorized', { detail }))
  }

  const serveFile = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '/'
    const file = (await files()).get(path)
    if (file) {
      const { type, cache, content, gzipped } = file
      const packed = gzipped !== undefined && takesGzip(request)
      return send(response, 200, { type, cache, packed, body: packed ? gzipped : content, head: request.method })
    }
    if (path === '/health') return send(response, 200, { type: TEXT, body: 'ok\n', head: request.method })
    if (path === '/') return send(response, 503, { type: TEXT, body: noPage(own), head: request.method })
    send(response, 404, { type: TEXT, body: 'There is nothing here.\n', head: request.method })
  }

  const openSession = (response: ServerResponse, body: unknown): void => {
    const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined
    const made = typeof code === 'string' && code.length <= 100 ? tokens.redeem(code) : undefined
    if (!made) return unauthorized(response, 'the link was used already or is too old: open it again')
    const answer: SessionAnswer = { ...made, api: API_VERSION }
    sendJson(response, 200, answer)
  }

  /** Anybody on this computer may ask who is here: the answer is of use to a page of ours alone. */
  const greet = (response: ServerResponse, body: unknown): void => {
    const asked = v.safeParse(ReunionGreeting, body)
    if (!asked.success) return sendProblem(response, new ApiError('bad-request', { detail: 'expected a greeting' }))
    sendJson(response, 200, reunion.greet(asked.output))
  }

  /** The token is never sent: whoever kept the connection from before the node started would have it. */
  const renew = (response: ServerResponse, body: unknown): void => {
    const asked = v.safeParse(ReunionRequest, body)
    const made = asked.success ? reunion.sessionOf(asked.output) : undefined
    if (!made || !tokens.admit(made)) return unauthorized(response, 'this page is not known (any more): open it again')
    sendJson(response, 200, {})
  }

  const withoutSession = new Map([
    [BRIDGE_SESSION_PATH, openSession],
    [BRIDGE_GREET_PATH, greet],
    [BRIDGE_RENEW_PATH, renew],
  ])

  const post = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? ''
    const isCall = path.startsWith(CALL_PATH)
    const open = withoutSession.get(path)
    if (!isCall && !open) {
      return send(response, (await files()).has(path) ? 405 : 404, { type: TEXT, body: '', allow: 'GET, HEAD' })
    }
    // before the body is read: a stranger's bytes are not waited for
    const session = isCall ? sessionOf(request, tokens) : undefined
    if (isCall && !session) return unauthorized(response, 'there is no such token (any more)')
    if (!/^application\/json(?:; ?charset=utf-8)?$/i.test(request.headers['content-type'] ?? '')) {
      return sendProblem(response, new ApiError('bad-request', { detail: 'expected application/json' }), 415)
    }
    const body = await readJson(request)
    if (!session) return open?.(response, body)
    const answer = await dispatch(path.slice(CALL_PATH.length), body, session.caller)
    if (answer.ok) sendJson(response, 200, answer)
    else sendProblem(response, new ApiError(answer.problem.code, answer.problem))
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const head = { method: request.method ?? '', target: request.url ?? '', rawHeaders: request.rawHeaders }
    const refusal = refusalOf(head, init.port())
    if (refusal) {
      log.info({ status: refusal.status, why: refusal.why }, 'the bridge refused a request')
      // the sentence is constant, so whoever asks learns nothing from it, and a person learns what to do
      return send(response, refusal.status, { type: TEXT, body: refusal.status === 421 ? wrongHost(own) : '' })
    }
    if (carriesToken(request, tokens)) {
      log.warn({}, 'somebody put a token of the bridge into a query or a cookie; it was refused')
      return unauthorized(response, 'a token goes into the header Authorization, nowhere else')
    }
    if (head.target.includes('?')) return send(response, 400, { type: TEXT, body: '' })
    if (head.method === 'GET' || head.method === 'HEAD') return await serveFile(request, response)
    if (head.method === 'POST') return await post(request, response)
    send(response, 405, { type: TEXT, body: '', allow: 'GET, HEAD, POST' })
  }

  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!(error instanceof ApiError)) log.error({ error: String(error) }, 'the bridge could not answer')
      if (response.headersSent) response.destroy()
      else sendProblem(response, error instanceof ApiError ? error : new ApiError('internal'))
    })
  }
}

/** Whether the answer may be gzipped (RFC 9110, section 12.5.3). What is packed is the same for everybody, so its size tells nothing. */
export function takesGzip(request: IncomingMessage): boolean {
  const wanted = (request.headers['accept-encoding'] ?? '').toLowerCase().split(',')
  return wanted.some((one) => /^\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/.test(one))
}

/** The session of the token in the header Authorization. */
export function sessionOf(request: IncomingMessage, tokens: Tokens): Session | undefined {
  const values = valuesOf(request, 'authorization')
  const token = values.length === 1 ? /^Bearer ([A-Za-z0-9_-]{43})$/.exec(values[0] ?? '')?.[1] : undefined
  return token === undefined ? undefined : tokens.sessionOf(token)
}

/** Whether a token that is good stands where it must not: there it ends up in histories and logs, or comes with any request. */
export function carriesToken(request: IncomingMessage, tokens: Tokens): boolean {
  const text = `${request.url ?? ''} ${request.headers.cookie ?? ''}`
  return (text.match(/[A-Za-z0-9_-]{43,}/g) ?? []).some(
    (run) => tokens.sessionOf(run.slice(-43)) || tokens.sessionOf(run.slice(0, 43)),
  )
}

/** @throws ApiError for a body that is too large or no JSON */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const tooLarge = () => new ApiError('too-large', { detail: `a body has ${MAX_BODY_BYTES} bytes at most` })
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge()
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue
    bytes += part.length
    if (bytes > MAX_BODY_BYTES) throw tooLarge()
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch {
    throw new ApiError('bad-request', { detail: 'the body is no JSON' })
  }
}

interface Sent {
  readonly type: string
  readonly body: string | Buffer
  readonly cache?: string
  readonly allow?: string
  /** The body is gzipped; undefined where it comes in one form alone. */
  readonly packed?: boolean
  /** The request's method: the answer to HEAD has no body. */
  readonly head?: string | undefined
}

const TEXT = 'text/plain; charset=utf-8'

function send(response: ServerResponse, status: number, { type, body, cache, allow, packed, head }: Sent): void {
  const content = Buffer.from(body)
  response.writeHead(status, {
    ...PAGE_HEADERS,
    'cache-control': cache ?? CACHE_NEVER,
    'content-type': type,
    'content-length': content.length,
    ...(packed === undefined ? {} : { vary: 'accept-encoding' }),
    ...(packed === true ? { 'content-encoding': 'gzip' } : {}),
    ...(allow === undefined || status !== 405 ? {} : { allow }),
    // whoever is refused may have sent more than was read
    ...(status >= 400 ? { connection: 'close' } : {}),
  })
  response.end(head === 'HEAD' ? undefined : content)
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, { type: 'application/json; charset=utf-8', body: JSON.stringify(value) })
}

function sendProblem(response: ServerResponse, error: ApiError, status = STATUS[error.problem.code] ?? 409): void {
  const answer: { readonly ok: false; readonly problem: Problem } = { ok: false, problem: error.problem }
  sendJson(response, status, answer)
}

const STATUS: Partial<Record<ApiErrorCode, number>> = {
  ...{ 'bad-request': 400, unauthorized: 401, forbidden: 403, 'not-confirmed': 403, 'unknown-method': 404 },
  ...{ 'too-large': 413, 'rate-limited': 429, internal: 500, unavailable: 501, timeout: 504 },
}

const wrongHost = (own: string) => `This is Nodetrust, but not by the name that your browser used.
Open it from the tray, or run "${own} open" and use the link it prints.

Das ist Nodetrust, aber nicht unter dem Namen, den dein Browser verwendet hat.
Öffne es über das Symbol in der Leiste, oder nimm den Link, den "${own} open" ausgibt.
`

const noPage = (
  own: string,
) => `Nodetrust runs, but its page was not built: run "npm run build" once, then load this again.
The command line works without it: ${own} status
`
