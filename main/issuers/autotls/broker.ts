// A broker of an AutoTLS forge over HTTP: whether it is well, and the registration of one DNS-01 value under our peer id,
// authenticated by our key (libp2p/specs http/peer-id-auth.md) while the broker dials us back. One call is one registration;
// when to make one is flow.ts.
import { parseRetryAfter } from '../../../core/acme/index.ts'
import { addressClass } from '../../../core/net/address-class.ts'
import { parseIpv4 } from '../../../proto/ip.ts'
import { plainText } from '../../../proto/plain-text.ts'
import { VERSION } from '../../../core/version.ts'
import { AuthSignatureError, authHostname, beginAuth, MalformedAuthHeaderError } from '../../../proto/peer-id-auth.ts'
import { createCookieJar } from './cookies.ts'
import { BadBrokerError, BrokerLimitError, BrokerRefusedError, BrokerUnavailableError } from './errors.ts'
import { ForgeTokenError, NotDialledError } from './errors.ts'
import { createHttpClient, type HttpAnswer, HttpError, type HttpRequest } from './http.ts'
import type { Clock } from '../../../core/clock.ts'
import type { PrivateKey } from '@libp2p/interface'
import type { LookupFunction } from 'node:net'

/** What a broker's client needs. */
export interface BrokerInit {
  /** Where it is; a path in it is kept. */
  readonly url: URL
  /** Who we are. */
  readonly key: PrivateKey
  /** What the broker's operator gave us, where they ask for it. */
  readonly token?: string | undefined
  /** PEM; the root that the broker's web server is checked against instead of the system's. */
  readonly trustAnchorPem?: string | undefined
  readonly lookup?: LookupFunction | undefined
  /** Called after each request: whether the broker itself answered, whatever it said. */
  readonly onQuestion?: ((answered: boolean) => void) | undefined
  readonly clock: Clock
}

/** What is registered. */
export interface Registration {
  /** The TXT value, 43 characters. */
  readonly value: string
  /** Multiaddrs to dial us at. */
  readonly addresses: readonly string[]
  /** The ACME account that the value is for: a broker can have the DNS say that no other one counts (RFC 8657). */
  readonly accountUri?: string | undefined
}

/** How a registration went. */
export interface Registered {
  /** Who the broker is. */
  readonly server: string
  /** Which of the two handshakes it was. */
  readonly initiatedBy: 'client' | 'server'
}

/** A broker. */
export interface Broker {
  /** Host and port as people read them. */
  readonly host: string
  /**
   * @throws BrokerUnavailableError, with a time to wait where the broker itself says that it is not well; or the signal's
   *   reason
   */
  health(signal: AbortSignal): Promise<void>
  /**
   * Our public IPv4 address as the broker sees it, where it says so; ours does, the public one does not. Never rejects but with
   * the signal's reason.
   */
  seenAs(signal: AbortSignal): Promise<string | undefined>
  /**
   * Registers a value: the broker dials us back before it answers.
   *
   * @throws BrokerUnavailableError, BrokerLimitError, BrokerRefusedError, ForgeTokenError, NotDialledError, BadBrokerError,
   *   or the signal's reason
   */
  register(registration: Registration, signal: AbortSignal): Promise<Registered>
  close(): void
}

/** What Go's client waits for the health of a broker. */
export const HEALTH_TIMEOUT_MS = 15_000

/** Asking who we are costs a broker nothing. */
const FIRST_LEG_TIMEOUT_MS = 15_000

/** A broker dials while we wait: several addresses, 15 seconds each with the libraries' own limits. */
const SECOND_LEG_TIMEOUT_MS = 90_000

/** A broker that is not well is asked again after an hour at the earliest and a day at the latest, as Go's client does. */
const MIN_HEALTH_WAIT_MS = 3_600_000
const MAX_HEALTH_WAIT_MS = 24 * 3_600_000

/** Of a limit without a time: an hour offends nobody and is over today. */
const DEFAULT_LIMIT_MS = 3_600_000

/**
 * How often the handshake is begun anew. A broker that was restarted between the halves, or another machine behind the same
 * name, asks again who we are; the pauses grow to eight seconds, in which a service is started again.
 */
const MAX_ROUNDS = 5
const FIRST_PAUSE_MS = 500

/** A broker with all dial-backs taken asks for ten seconds; who asks for more is left alone, or for another. */
const MAX_ASKED_MS = 15_000

/** Of what a broker says, so much is worth showing. */
const MAX_SAID = 300

/**
 * How long a broker that is not well is left alone (p2p-forge's client does the same).
 *
 * @param toldMs  its Retry-After
 */
export function healthWait(toldMs: number | undefined): number {
  return Math.min(Math.max(toldMs ?? 0, MIN_HEALTH_WAIT_MS), MAX_HEALTH_WAIT_MS)
}

/** Makes a client; nothing is sent yet. */
export function createBroker(init: BrokerInit): Broker {
  const { url, key, token, clock } = init
  const http = createHttpClient(init)
  const { host } = url
  const at = (path: string) => new URL(`${url.href.replace(/[?#].*$/, '').replace(/\/+$/, '')}${path}`)
  const healthRequest = { method: 'GET', url: at('/v1/health'), timeoutMs: HEALTH_TIMEOUT_MS } as const
  const agent = { 'user-agent': `nodetrust/${VERSION}` }

  const send = async (request: Omit<HttpRequest, 'headers'> & { headers?: Record<string, string> }) => {
    try {
      const answer = await http.send({ ...request, headers: { ...agent, ...request.headers } })
      init.onQuestion?.(!isInstead(answer))
      return answer
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      init.onQuestion?.(false)
      throw new BrokerUnavailableError(`${host} does not answer (${error.code}): ${error.message}`, undefined, {
        cause: error,
      })
    }
  }

  /** One handshake; undefined where the broker asks again who we are. */
  const registerOnce = async (
    body: string,
    accountUri: string | undefined,
    signal: AbortSignal,
  ): Promise<Registered | undefined> => {
    const cookies = createCookieJar()
    const target = at('/v1/_acme-challenge')
    const post = async (headers: Record<string, string>, timeoutMs: number, content?: string) => {
      const cookie = cookies.header()
      const all = { ...headers, ...(cookie === undefined ? {} : { cookie }) }
      const answer = await send({ method: 'POST', url: target, headers: all, body: content, timeoutMs, signal })
      cookies.keep(answer.headers['set-cookie'])
      return answer
    }
    const first = beginAuth(key, authHostname(url))
    const asked = await post({ authorization: first.authorization }, FIRST_LEG_TIMEOUT_MS)
    if (asked.status !== 401) throw refusalOf(host, asked, clock.now())
    const second = await first.answer(asked.headers['www-authenticate'] ?? '')
    const headers = {
      authorization: second.authorization,
      'content-type': 'application/json',
      ...(token === undefined ? {} : { 'forge-authorization': token }),
      ...(accountUri === undefined ? {} : { 'forge-account-uri': accountUri }),
    }
    const answer = await post(headers, SECOND_LEG_TIMEOUT_MS, body)
    if (answer.status === 401) return undefined
    if (answer.status < 200 || answer.status > 299) throw refusalOf(host, answer, clock.now())
    await second.finish(headerText(answer.headers['authentication-info']))
    return { server: second.server.toString(), initiatedBy: second.initiatedBy }
  }

  return {
    host,
    async health(signal) {
      const answer = await send({ ...healthRequest, signal })
      if (answer.status === 204) return
      const header = answer.headers['retry-after']
      const told = parseRetryAfter(header, clock.now())
      const message = `${host} is not well: it answered ${answer.status}, not 204`
      // what stands before a broker, or answers in its place, says nothing of how it is
      const isItself = header !== undefined || !isInstead(answer)
      throw new BrokerUnavailableError(message, isItself ? healthWait(told) : told, { status: answer.status })
    },
    async seenAs(signal) {
      try {
        // an IPv6 address is on one of our interfaces anyway
        const { headers } = await send({ ...healthRequest, family: 4, signal })
        const ip = parseIpv4(headerText(headers['forge-client-address']))
        return ip && addressClass(ip) === 'public' ? ip.text : undefined
      } catch {
        signal.throwIfAborted()
        return undefined
      }
    },
    async register({ value, addresses, accountUri }, signal) {
      const body = JSON.stringify({ value, addresses })
      let last: Error | undefined
      let asked = 0
      for (let round = 0; round < MAX_ROUNDS; round++) {
        if (round > 0) await clock.sleep(Math.max(asked, FIRST_PAUSE_MS * 2 ** (round - 1)), signal)
        try {
          const registered = await registerOnce(body, accountUri, signal)
          if (registered) return registered
          last = new BrokerUnavailableError(`${host} asks again and again who we are: its machines do not agree`)
        } catch (error) {
          if (error instanceof MalformedAuthHeaderError || error instanceof AuthSignatureError)
            throw new BadBrokerError(`${host} cannot prove who it is: ${error.message}`, { cause: error })
          if (!(error instanceof BrokerUnavailableError) || !mayPass(error)) throw error
          last = error
          asked = error.retryAfterMs ?? 0
        }
      }
      throw last ?? new BrokerUnavailableError(`${host} did not register us`)
    },
    close: () => http.close(),
  }
}

/** Whether it may go a moment later: nobody answered, or whoever answered is busy and does not ask for a long wait. */
function mayPass({ status, retryAfterMs = 0 }: BrokerUnavailableError): boolean {
  return (status === undefined || (status >= 502 && status <= 504)) && retryAfterMs <= MAX_ASKED_MS
}

/** Said of a connection or a moment, not of a request: too slow, the wrong machine, too early. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 421, 425])

/**
 * Whether somebody who stands before a broker answered: a page to log in or to prove that one is no robot, a proxy that does not reach
 * it (Cloudflare's statuses begin with 52). Brokers write plain text, and no page for people.
 */
function isInstead({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>): boolean {
  if (/\bx?html\b/i.test(headers['content-type'] ?? '') || PASSING_STATUSES.has(status)) return true
  return (status >= 300 && status < 400) || status === 502 || status === 504 || (status >= 520 && status < 600)
}

/** What a refusal means (bodies as the public broker writes them). */
function refusalOf(host: string, { status, headers, text }: HttpAnswer, now: number): Error {
  const said = quote(text)
  const told = parseRetryAfter(headers['retry-after'], now)
  if (status === 429) return new BrokerLimitError(`${host} has registered enough${said}`, told ?? DEFAULT_LIMIT_MS)
  if (status >= 500 || (status >= 400 && isInstead({ status, headers })))
    return new BrokerUnavailableError(`${host} cannot register us now (HTTP ${status})${said}`, told, { status })
  if (status === 403 && /forge-authorization|token/i.test(text))
    return new ForgeTokenError(`${host} wants another token than it got (\`token\` of the forge)${said}`)
  if (status === 400 && /^error testing addresses/i.test(text))
    return new NotDialledError(`${host} could not connect to any of our addresses${said}`)
  if (status >= 400) return new BrokerRefusedError(`${host} refuses (HTTP ${status})${said}`)
  return new BadBrokerError(`${host} did not ask who we are (HTTP ${status}): this is no broker${said}`)
}

/** A stranger's sentence, in one line. */
function quote(text: string): string {
  const line = plainText(text).slice(0, MAX_SAID)
  return line === '' ? '' : `: ${line}`
}

function headerText(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}
