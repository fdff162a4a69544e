// How requests get to a CA: https only, one trust anchor per transport, a time-out and a size limit on every answer, typed
// errors, and nothing ever retried. It replaces the HTTP half of acme-client, which has none of this.
import { Agent, request } from 'node:https'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { answerTo, NoHttpAnswerError } from '../net/http-answer.ts'
import { AcmeProblem, AcmeTransportError, isAcmeProblem, isRecord, readProblem, saidInstead } from './errors.ts'
import { pageForPerson } from './links.ts'
import { gatewayWait, refusalWait } from './retry-after.ts'
import type { Clock } from '../clock.ts'

/** A CA answers in seconds; Let's Encrypt's own limit is below a minute. */
const DEFAULT_TIMEOUT_MS = 30_000
/** Far above the longest chain or directory. */
const MAX_BODY_BYTES = 1024 * 1024
/**
 * An unused connection is closed after this, well before any server would: a request on a connection that the server is
 * just closing would look like a lost answer.
 */
const IDLE_CONNECTION_MS = 2000

export interface TransportOptions {
  /** The root that the CA's own web server is checked against, instead of the system's roots. */
  readonly trustAnchorPem?: string | undefined
  /** For one request; 30 s where left out. */
  readonly timeoutMs?: number | undefined
  /** The product and its version, sent as User-Agent (some CAs refuse requests without). */
  readonly userAgent: string
  readonly clock: Clock
  /** Told about every answer: for counting requests and measuring the clock's skew. */
  readonly onAnswer?: ((answer: AnswerNote) => void) | undefined
}

export interface AnswerNote {
  readonly method: string
  readonly url: string
  readonly status: number
  /** The server's clock, milliseconds since 1970, where it said. */
  readonly date: number | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Parsed where it is JSON, whatever its type says, else text. */
  readonly data: unknown
}

export interface Transport {
  /**
   * Sends one request.
   *
   * @param body  of a POST, sent as application/jose+json
   * @throws AcmeProblem for the CA's own refusals, except badNonce (400), which is given back so that it can be signed anew
   * @throws AcmeTransportError where no usable answer came; an error that is no problem document of ACME is none either
   * @throws the signal's reason when it is aborted
   */
  send(method: 'GET' | 'HEAD' | 'POST', url: string, body?: unknown, signal?: AbortSignal): Promise<Answer>
  /** Closes idle connections. */
  close(): void
}

/** Makes a transport with its own connections. */
export function createTransport(options: TransportOptions): Transport {
  const agent = new Agent({
    keepAlive: true,
    timeout: IDLE_CONNECTION_MS,
    // said here, so that no variable of the environment takes it away
    rejectUnauthorized: true,
    ...(options.trustAnchorPem === undefined ? {} : { ca: options.trustAnchorPem }),
  })
  return {
    async send(method, url, body, signal) {
      signal?.throwIfAborted()
      if (!url.startsWith('https:')) throw new AcmeTransportError('NOT_HTTPS', `only https is used, not ${url}`, url)
      const deadline = new AbortController()
      const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
      const timer = setTimeout(() => deadline.abort(), timeoutMs)
      try {
        const combined = signal ? AbortSignal.any([deadline.signal, signal]) : deadline.signal
        const raw = await exchange(method, url, body, { agent, signal: combined, userAgent: options.userAgent })
        options.onAnswer?.({ method, url, status: raw.status, date: dateOf(raw.headers) })
        return judge(raw, url, options.clock.now())
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof AcmeProblem || error instanceof AcmeTransportError) throw error
        if (deadline.signal.aborted) {
          throw new AcmeTransportError('TIMEOUT', `no answer within ${timeoutMs} ms`, url, { cause: error })
        }
        throw new AcmeTransportError(codeOf(error), messageOf(error), url, { cause: error })
      } finally {
        clearTimeout(timer)
      }
    },
    close: () => agent.destroy(),
  }
}

interface RawAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

async function exchange(
  method: string,
  url: string,
  body: unknown,
  options: { readonly agent: Agent; readonly signal: AbortSignal; readonly userAgent: string },
): Promise<RawAnswer> {
  const content = body === undefined ? undefined : JSON.stringify(body)
  const headers = {
    'user-agent': options.userAgent,
    ...(content === undefined
      ? {}
      : { 'content-type': 'application/jose+json', 'content-length': Buffer.byteLength(content) }),
  }
  const sent = request(url, { method, agent: options.agent, signal: options.signal, headers })
  const answered = answerTo(sent, options.signal)
  sent.end(content)
  const response = await answered
  const { statusCode: status = 0, headers: told } = response
  try {
    return { status, headers: told, text: await readBody(response, url) }
  } catch (error) {
    // asked once more, the CA would make another
    if (!isMade(status, told) || options.signal.aborted) throw error
    return { status, headers: told, text: '' }
  }
}

/** Something was made, and where it is has arrived: it can be read there, whatever came of the body. */
function isMade(status: number, headers: IncomingHttpHeaders): boolean {
  return status === 201 && headers.location !== undefined
}

async function readBody(response: IncomingMessage, url: string): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) {
      response.destroy()
      throw new AcmeTransportError('TOO_LARGE', `the answer is larger than ${MAX_BODY_BYTES} bytes`, url)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Turns an answer into data or an error; the one place that knows which is which. */
function judge(raw: RawAnswer, url: string, now: number): Answer {
  const { status, headers } = raw
  if (status >= 300 && status < 400) {
    throw new AcmeTransportError('REDIRECT', `it redirects to ${headers.location}, which is not followed`, url, {
      status,
    })
  }
  const data = dataOf(raw)
  if (status >= 200 && status < 300) {
    if (data === undefined && isMade(status, headers)) return { status, headers, data: '' }
    if (data === undefined) throw new AcmeTransportError('BAD_JSON', 'the answer says it is JSON and is not', url)
    return { status, headers, data }
  }
  // acme-client signs anew what is refused with 400, whatever the CA's status was
  if (isBadNonce(data)) return { status: 400, headers, data }
  if (isAcmeProblem(data)) {
    const problem = readProblem(data, status)
    const wait = refusalWait(headers['retry-after'], problem.type === 'rateLimited' ? problem.detail : undefined, now)
    throw new AcmeProblem(problem, url, wait, pageForPerson(problem, headers, url))
  }
  const retryAfterMs = gatewayWait(headers['retry-after'], now)
  throw new AcmeTransportError(`HTTP_${status}`, saidInstead(data ?? raw.text, status), url, { status, retryAfterMs })
}

/**
 * The body as JSON where it is some: types are wrong often enough that only a body which looks like none is taken for text.
 *
 * @returns undefined where it should be JSON and is not
 */
function dataOf({ headers, text: body }: RawAnswer): unknown {
  // RFC 8259 section 8.1: nobody may send a byte order mark, and who reads may pass over it
  const text = body.replace(/^\uFEFF/, '')
  const claimed = /\bjson\b/i.test(headers['content-type'] ?? '')
  const begin = text.trimStart()
  const looks = begin.startsWith('{') || begin.startsWith('[')
  if (begin === '' || (!looks && (!claimed || begin.startsWith(PEM_BEGIN)))) return text
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What a certificate begins with; some send it as JSON. */
const PEM_BEGIN = '-----BEGIN '

/** RFC 8555 section 6.5 says 400; some say it with 403 or 409. */
function isBadNonce(data: unknown): boolean {
  return isRecord(data) && data['type'] === 'urn:ietf:params:acme:error:badNonce'
}

function dateOf(headers: IncomingHttpHeaders): number | undefined {
  const date = Date.parse(headers.date ?? '')
  return Number.isNaN(date) ? undefined : date
}

function codeOf(error: unknown): string {
  // CLOSED is what a session says that was closed here; this was the other side, as with a connection that is cut
  if (error instanceof NoHttpAnswerError && error.code === 'CLOSED') return 'ECONNRESET'
  const code = isRecord(error) || error instanceof Error ? (error as { code?: unknown }).code : undefined
  return typeof code === 'string' ? code : 'UNKNOWN'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
