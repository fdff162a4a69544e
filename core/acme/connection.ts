// One CA as seen from here: its directory, a stock of nonces and signed requests. It knows nothing of accounts and orders;
// every request says whose key signs it.
import type { RequestBudget } from './budget.ts'
import { AcmeProblem, AcmeTransportError, type ProblemDocument, readProblem } from './errors.ts'
import { createGate } from './gate.ts'
import { pageForPerson } from './links.ts'
import { createNoncePool } from './nonces.ts'
import { type Directory, httpsUrl, readDirectory } from './objects.ts'
import { type CreateSigner, type ExternalAccount, loadSigner, type Outlet } from './signing.ts'
import { singleFlight } from './single-flight.ts'
import { type Answer, createTransport, type TransportOptions } from './transport.ts'

/** A CA may move its resources; an hour is short against that and long against an issuance. */
const DIRECTORY_MAX_AGE_MS = 3_600_000

/** Half of the new nonces that Let's Encrypt gives an address in a second. */
const REQUESTS_AT_ONCE = 10

/** How a connection breaks when the request may or may not have arrived. */
const BROKEN_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED'])

type Method = 'GET' | 'HEAD' | 'POST'

/** Whose key signs a request. */
export interface Identity {
  readonly keyPem: string
  /** Left out where the key itself speaks: a new account, a revocation by the certificate's key. */
  readonly accountUrl?: string | undefined
  /** Added to the request (a new account). */
  readonly externalAccount?: ExternalAccount | undefined
}

export interface Connection {
  readonly directoryUrl: string
  /** For what is signed and not sent by itself. */
  readonly createSigner: CreateSigner
  /** Fetched once an hour at most. */
  directory(signal?: AbortSignal): Promise<Directory>
  get(url: string, signal?: AbortSignal): Promise<Answer>
  /**
   * Sends a signed request; one that is lost on the way is sent once more, freshly signed.
   *
   * @param payload  undefined asks for the resource (POST-as-GET)
   * @param options.budget  of all requests that belong together
   * @param options.once  never sends it twice, for requests whose repetition would hide the first one's outcome
   * @throws AcmeProblem, AcmeTransportError, the signal's reason
   */
  post(
    identity: Identity,
    url: string,
    payload: unknown,
    options?: {
      readonly signal?: AbortSignal | undefined
      readonly once?: boolean
      readonly budget?: RequestBudget | undefined
    },
  ): Promise<Answer>
  /** Ends requests under way and closes idle connections. */
  close(): void
}

/**
 * Opens a connection; nothing is sent yet.
 *
 * @throws AcmeLibraryError
 */
export async function connect(directoryUrl: string, options: TransportOptions): Promise<Connection> {
  const createSigner = await loadSigner()
  const transport = createTransport(options)
  const nonces = createNoncePool()
  const gate = createGate(REQUESTS_AT_ONCE)
  const closing = new AbortController()
  const whole = (signal: AbortSignal | undefined) =>
    signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
  let known: { readonly directory: Directory; readonly at: number } | undefined

  async function send(method: Method, url: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
    const answer = await transport.send(method, url, body, whole(signal))
    // The nonce of a refusal is used by the retry that follows at once.
    if (answer.status < 400) nonces.add(headerOf(answer, 'replay-nonce'))
    return answer
  }

  const fetchDirectory = singleFlight(async () => {
    const answer = await send('GET', directoryUrl)
    const fetched = readDirectory(answer.data, directoryUrl)
    known = { directory: fetched, at: options.clock.now() }
    return fetched
  })

  async function directory(signal?: AbortSignal): Promise<Directory> {
    const age = known ? options.clock.now() - known.at : Infinity
    return known && age >= 0 && age < DIRECTORY_MAX_AGE_MS ? known.directory : fetchDirectory(signal)
  }

  async function nonce(signal: AbortSignal | undefined, budget: RequestBudget | undefined): Promise<string> {
    const kept = nonces.take()
    if (kept !== undefined) return kept
    const url = (await directory(signal)).newNonce
    budget?.spend(url)
    // Past the pool: nobody else may take this one.
    const answer = await transport.send('HEAD', url, undefined, whole(signal))
    const fresh = headerOf(answer, 'replay-nonce')
    if (fresh !== undefined) return fresh
    throw new AcmeTransportError('NOT_ACME', `no Replay-Nonce in the answer (HTTP ${answer.status})`, url)
  }

  /** Terms to agree to without their page are those of the directory (RFC 8555 section 7.1.1). */
  const withTerms = (error: unknown): unknown => {
    const terms = known?.directory.meta?.termsOfService
    const isBare = error instanceof AcmeProblem && error.type === 'userActionRequired' && error.page === undefined
    if (!isBare || terms === undefined) return error
    const page = pageForPerson({ ...problemOf(error), instance: terms }, {}, directoryUrl)
    return new AcmeProblem(problemOf(error), error.url, error.retryAfterMs, page)
  }

  async function postOnce(
    identity: Identity,
    url: string,
    payload: unknown,
    { signal, budget }: { readonly signal?: AbortSignal | undefined; readonly budget?: RequestBudget | undefined },
  ): Promise<Answer> {
    const outlet: Outlet = {
      async send(method, to, body) {
        budget?.spend(to)
        const answer = await send(method, to, body, signal)
        // whatever else is refused was thrown
        if (answer.status >= 400) budget?.refused(to)
        return answer
      },
      nonce: () => nonce(signal, budget),
    }
    const signer = createSigner(identity.keyPem, outlet, identity.externalAccount)
    const answer = await signer.post(url, payload, identity.accountUrl, identity.externalAccount !== undefined)
    // All retries of a refused nonce are used up.
    if (answer.status >= 400) throw new AcmeProblem(readProblem(answer.data, answer.status), url)
    return answer
  }

  return {
    directoryUrl,
    createSigner,
    directory,
    get: (url, signal) => send('GET', url, undefined, signal),
    async post(identity, url, payload, { signal, budget, once = false } = {}) {
      const work = () => postOnce(identity, url, payload, { signal, budget })
      try {
        return await gate.pass(work, whole(signal)).catch((error: unknown) => {
          if (once || !isBroken(error)) throw error
          return gate.pass(work, whole(signal))
        })
      } catch (error) {
        throw withTerms(error)
      }
    },
    close() {
      closing.abort(new AcmeTransportError('CLOSED', 'the session was closed', directoryUrl))
      transport.close()
    },
  }
}

function problemOf({ type, detail, status, subproblems }: AcmeProblem): ProblemDocument {
  return { type, detail, status, subproblems }
}

function isBroken(error: unknown): boolean {
  return error instanceof AcmeTransportError && BROKEN_CODES.has(error.code)
}

/**
 * The address in a Location header, absolute (RFC 9110 section 10.2.2).
 *
 * @param url  of the request
 * @returns undefined where there is none, or none of https
 */
export function locationOf(answer: Answer, url: string): string | undefined {
  return httpsUrl(headerOf(answer, 'location'), url)
}

/** One header of an answer, the first where there are several. */
export function headerOf(answer: Answer, name: string): string | undefined {
  const value = answer.headers[name]
  return Array.isArray(value) ? value[0] : value
}
