// HTTP as a node speaks it to a broker: one request, one answer, limits on size and time, one trust anchor, a resolver of
// one's own, and no redirect followed. What an answer means is broker.ts.
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { answerTo } from '../../../core/net/http-answer.ts'
import type { LookupFunction } from 'node:net'

/** A broker's answers are empty or a sentence; whoever sends more is none. */
const MAX_BODY_BYTES = 65_536

/** Node's own limit, said here because a stranger's headers are read. */
const MAX_HEADER_BYTES = 16_384

/** Unused connections are closed before a server would do it under the next request. */
const IDLE_CONNECTION_MS = 4_000

/** There was no answer that can be used; `code` is Node's, or TIMEOUT, TOO_LARGE, UPGRADE or CLOSED. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** What is sent. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** For the whole exchange, milliseconds. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Of the addresses that a name leads to, only those of this family. @default both */
  readonly family?: 4 | 6 | undefined
}

/** What came back, whatever its status. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** Sends requests over connections of its own. */
export interface HttpClient {
  /** @throws HttpError, or the signal's reason */
  send(request: HttpRequest): Promise<HttpAnswer>
  /** Closes them. */
  close(): void
}

/** What a client is made of. */
export interface HttpClientInit {
  /** PEM; trusted instead of the system's roots. */
  readonly trustAnchorPem?: string | undefined
  /** Resolves names instead of the system. */
  readonly lookup?: LookupFunction | undefined
}

/** Makes a client. */
export function createHttpClient({ trustAnchorPem, lookup }: HttpClientInit): HttpClient {
  const options = { keepAlive: true, maxSockets: 2, timeout: IDLE_CONNECTION_MS, ...(lookup ? { lookup } : {}) }
  const agents = {
    plain: new HttpAgent(options),
    // said here, so that no variable of the environment takes it away
    secure: new HttpsAgent({
      ...options,
      rejectUnauthorized: true,
      ...(trustAnchorPem === undefined ? {} : { ca: trustAnchorPem }),
    }),
  }
  return {
    async send(request) {
      const { signal, timeoutMs } = request
      signal.throwIfAborted()
      const late = AbortSignal.timeout(timeoutMs)
      try {
        return await exchange(request, agents, AbortSignal.any([signal, late]))
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof HttpError) throw error
        if (late.aborted) throw new HttpError('TIMEOUT', `no answer within ${timeoutMs} ms`, { cause: error })
        throw new HttpError(codeOf(error), error instanceof Error ? error.message : String(error), { cause: error })
      }
    },
    close() {
      agents.plain.destroy()
      agents.secure.destroy()
    },
  }
}

async function exchange(
  { method, url, headers, body, family }: HttpRequest,
  agents: { readonly plain: HttpAgent; readonly secure: HttpsAgent },
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const length = method === 'POST' ? { 'content-length': String(Buffer.byteLength(body ?? '')) } : {}
  const options = { method, signal, headers: { ...headers, ...length }, maxHeaderSize: MAX_HEADER_BYTES, family }
  const sent =
    url.protocol === 'https:'
      ? httpsRequest(url, { ...options, agent: agents.secure })
      : httpRequest(url, { ...options, agent: agents.plain })
  const answered = answerTo(sent, signal)
  sent.end(body)
  const response = await answered
  return { status: response.statusCode ?? 0, headers: response.headers, text: await readBody(response) }
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) {
      response.destroy()
      throw new HttpError('TOO_LARGE', `the answer is larger than ${MAX_BODY_BYTES} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'UNKNOWN'
}
