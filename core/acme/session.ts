// An account at a CA, and what it can ask for: orders, authorizations, certificates, renewal times, revocation. One method
// is one request (RFC 8555 section 7); the order of things is issuance.ts.
import type { Clock } from '../clock.ts'
import { systemClock } from '../clock.ts'
import { CertificateError } from '../x509/certificate-error.ts'
import { readPrivateKey, spkiOf, spkiSha256 } from '../x509/keys.ts'
import { readChain } from '../x509/chain.ts'
import {
  type Account,
  accountFate,
  type AccountOptions,
  openAccount,
  registerAgain,
  replaceAccount,
} from './account.ts'
import type { ReplacementOptions } from './account.ts'
import type { RequestBudget } from './budget.ts'
import { connect, headerOf, locationOf } from './connection.ts'
import { directoryUrl } from './directories.ts'
import { type AccountFate, AcmeProblem, AcmeTransportError } from './errors.ts'
import { linksOf } from './links.ts'
import { type Authorization, type Directory, type Order, readAuthorization, readOrder } from './objects.ts'
import { parseRetryAfter } from './retry-after.ts'
import { singleFlight } from './single-flight.ts'
import type { Answer, AnswerNote } from './transport.ts'

export interface SessionOptions extends AccountOptions, ReplacementOptions {
  /** `letsencrypt` (where left out), `staging`, or the https address of a directory. */
  readonly directory?: string | undefined
  /** The product's version, told to the CA. */
  readonly version: string
  readonly clock?: Clock | undefined
  /** Trusted instead of the system's roots, for this session only. */
  readonly trustAnchorPem?: string | undefined
  /** For one request; 30 s where left out. */
  readonly timeoutMs?: number | undefined
  readonly onAnswer?: ((answer: AnswerNote) => void) | undefined
}

export interface OrderRequest {
  readonly names: readonly string[]
  /** One of the directory's `meta.profiles`. */
  readonly profile?: string | undefined
  /** ARI id of the certificate that this one replaces (RFC 9773 section 5); left out at a CA without ARI. */
  readonly replaces?: string | undefined
}

/** Answers of the CA to one account. Every method throws AcmeProblem, AcmeTransportError or the signal's reason. */
export interface AcmeSession {
  readonly directoryUrl: string
  directory(signal?: AbortSignal): Promise<Directory>
  /** The account, registered when it is first needed. */
  account(signal?: AbortSignal): Promise<Account>
  /**
   * Makes an order; an account that the CA has lost is registered again, once.
   *
   * @throws AcmeAccountGoneError where the CA does not serve our account any more and no other may be made by itself
   */
  newOrder(request: OrderRequest, signal?: AbortSignal): Promise<Order>
  order(url: string, signal?: AbortSignal): Promise<Order>
  authorization(url: string, signal?: AbortSignal): Promise<Authorization>
  /** Tells the CA that a challenge may be looked at. */
  tellChallenge(url: string, signal?: AbortSignal): Promise<void>
  /** The TXT value that answers a DNS-01 challenge. */
  challengeValue(token: string): Promise<string>
  /** Never sent twice: after a lost answer ask the order. */
  finalize(order: Order, csr: Uint8Array, signal?: AbortSignal): Promise<Order>
  /** The chain, PEM: certificates that can be read, otherwise unchecked. */
  chain(url: string, signal?: AbortSignal): Promise<string>
  /** The same, with the addresses of other chains for the same certificate (RFC 8555 section 7.4.2). */
  chainWithOthers(
    url: string,
    signal?: AbortSignal,
  ): Promise<{ readonly pem: string; readonly others: readonly string[] }>
  /** Any resource that needs no signature. */
  get(url: string, signal?: AbortSignal): Promise<Answer>
  /** Gives up a valid authorization, so that it cannot be used again. */
  deactivateAuthorization(url: string, signal?: AbortSignal): Promise<void>
  /**
   * Revokes the first certificate of a chain.
   *
   * @param options.reason  RFC 5280 section 5.3.1; 0 where left out
   * @param options.keyPem  the certificate's own key, where the account that ordered it is gone
   */
  revoke(
    chainPem: string,
    options?: { readonly reason?: number; readonly keyPem?: string },
    signal?: AbortSignal,
  ): Promise<void>
  /** Gives the account a new key (RFC 8555 section 7.3.5); the store has it when this returns. */
  changeKey(newKeyPem: string, signal?: AbortSignal): Promise<void>
  /** Ends the account for ever. */
  deactivateAccount(signal?: AbortSignal): Promise<void>
  /** What the quickest answer to a signed request took, milliseconds; undefined before the first. */
  quickestMs(): number | undefined
  /** The same session; requests of the one given out count together, and end with its budget. */
  within(budget: RequestBudget): AcmeSession
  /** Ends requests under way and closes connections. */
  close(): void
}

/**
 * Opens a session; the CA is not asked before the first method is called.
 *
 * @throws AcmeLibraryError, DirectoryError
 */
export async function createAcmeSession(options: SessionOptions): Promise<AcmeSession> {
  const clock = options.clock ?? systemClock
  const connection = await connect(directoryUrl(options.directory), {
    trustAnchorPem: options.trustAnchorPem,
    timeoutMs: options.timeoutMs,
    userAgent: `nodetrust/${options.version}`,
    clock,
    onAnswer: options.onAnswer,
  })
  let known: Account | undefined
  const open = singleFlight(async () => {
    known ??= await openAccount(connection, options, clock.now())
    return known
  })
  const renew = singleFlight(async () => {
    const { keyPem } = await open()
    known = await registerAgain(connection, options, keyPem)
    return known
  })
  let gone: { readonly fate: AccountFate; readonly cause: unknown } | undefined
  const replace = singleFlight(async () => {
    const old = await open()
    if (gone) known = await replaceAccount(connection, options, { account: old, ...gone, now: clock.now() })
    gone = undefined
    return known ?? old
  })
  const account = (signal?: AbortSignal) => (known ? Promise.resolve(known) : open(signal))

  let quickest: number | undefined
  const orderOf = (answer: Answer, url: string, base = url) => {
    const retryAfterMs = parseRetryAfter(headerOf(answer, 'retry-after'), clock.now())
    return readOrder(answer.data, { url, base, retryAfterMs })
  }

  const sessionOf = (budget: RequestBudget | undefined): AcmeSession => {
    async function post(url: string, payload: unknown, signal?: AbortSignal, once = false): Promise<Answer> {
      const { keyPem, url: accountUrl } = await account(signal)
      const began = performance.now()
      const answer = await connection.post({ keyPem, accountUrl }, url, payload, { signal, once, budget })
      quickest = Math.min(quickest ?? Infinity, performance.now() - began)
      return answer
    }

    async function orderOnce({ names, profile, replaces }: OrderRequest, signal?: AbortSignal): Promise<Order> {
      const { newOrder, renewalInfo } = await connection.directory(signal)
      const identifiers = names.map((value) => ({ type: 'dns', value }))
      // a CA without renewal information does not know the member (RFC 9773 section 5), and some refuse what they do not know
      const renews = renewalInfo === undefined || replaces === undefined ? {} : { replaces }
      const payload = { identifiers, ...(profile === undefined ? {} : { profile }), ...renews }
      const answer = await post(newOrder, payload, signal)
      const url = locationOf(answer, newOrder)
      if (url === undefined) throw new AcmeTransportError('NOT_ACME', 'the order has no address (Location)', newOrder)
      try {
        return orderOf(answer, url, newOrder)
      } catch (error) {
        if (!(error instanceof AcmeTransportError)) throw error
        // the order is made, and its address came: another one would count as well
        return orderOf(await post(url, undefined, signal), url)
      }
    }

    async function chainWithOthers(url: string, signal?: AbortSignal) {
      const { data, headers } = await post(url, undefined, signal)
      try {
        if (typeof data !== 'string') throw new CertificateError('not-pem', 'expected text')
        readChain(data)
        return { pem: data, others: linksOf(headers, 'alternate', url) }
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        throw new AcmeTransportError('NOT_ACME', `the answer is no certificate: ${why}`, url, { cause: error })
      }
    }

    return {
      directoryUrl: connection.directoryUrl,
      directory: (signal) => connection.directory(signal),
      account,
      async newOrder(request, signal) {
        const before = await account(signal)
        try {
          return await orderOnce(request, signal)
        } catch (error) {
          if (!(error instanceof AcmeProblem)) throw error
          if (error.type === 'accountDoesNotExist') {
            // Of several orders under way only the first to notice registers again.
            if (known?.url === before.url) await renew(signal)
            return orderOnce(request, signal)
          }
          // a CA says this of much; whether it is our account tells the CA
          const fate = error.type === 'unauthorized' ? await accountFate(connection, before.keyPem) : undefined
          if (fate === undefined) throw error
          if (known?.url === before.url) {
            gone = { fate, cause: error }
            await replace(signal)
          }
          return orderOnce(request, signal)
        }
      },
      order: async (url, signal) => orderOf(await post(url, undefined, signal), url),
      authorization: async (url, signal) => readAuthorization((await post(url, undefined, signal)).data, url),
      async tellChallenge(url, signal) {
        await post(url, {}, signal)
      },
      async challengeValue(token) {
        const { keyPem } = await account()
        return connection.createSigner(keyPem, NO_OUTLET).challengeValue(token)
      },
      async finalize({ url, finalize }, csr, signal) {
        if (finalize === undefined)
          throw new AcmeTransportError(
            'NOT_ACME',
            'the order is ready and does not say where its CSR goes (finalize)',
            url,
          )
        const payload = { csr: Buffer.from(csr).toString('base64url') }
        return orderOf(await post(finalize, payload, signal, true), url, finalize)
      },
      chain: async (url, signal) => (await chainWithOthers(url, signal)).pem,
      chainWithOthers,
      get: (url, signal) => connection.get(url, signal),
      async deactivateAuthorization(url, signal) {
        await post(url, { status: 'deactivated' }, signal)
      },
      async revoke(chainPem, { reason, keyPem } = {}, signal) {
        const url = offered((await connection.directory(signal)).revokeCert, 'revokeCert', connection.directoryUrl)
        const certificate = readChain(chainPem)[0].raw.toString('base64url')
        const payload = { certificate, ...(reason === undefined ? {} : { reason }) }
        if (keyPem === undefined) await post(url, payload, signal)
        else await connection.post({ keyPem }, url, payload, { signal })
      },
      async changeKey(newKeyPem, signal) {
        const url = offered((await connection.directory(signal)).keyChange, 'keyChange', connection.directoryUrl)
        const current = await account(signal)
        const oldKey = connection.createSigner(current.keyPem, NO_OUTLET).publicJwk()
        const inner = connection.createSigner(newKeyPem, NO_OUTLET).innerJws(url, { account: current.url, oldKey })
        await post(url, inner, signal)
        await options.store.save({ directoryUrl: connection.directoryUrl, keyPem: newKeyPem, url: current.url })
        known = { url: current.url, keyPem: newKeyPem, spkiSha256: spkiSha256(spkiOf(readPrivateKey(newKeyPem))) }
      },
      async deactivateAccount(signal) {
        await post((await account(signal)).url, { status: 'deactivated' }, signal)
      },
      quickestMs: () => quickest,
      within: sessionOf,
      close: () => connection.close(),
    }
  }
  return sessionOf(undefined)
}

/** For signing what is not sent by itself. */
const NO_OUTLET = {
  send: () => Promise.reject(new Error('nothing is sent here')),
  nonce: () => Promise.reject(new Error('nothing is sent here')),
}

function offered(url: string | undefined, resource: string, directory: string): string {
  if (url !== undefined) return url
  throw new AcmeTransportError('NOT_ACME', `the CA offers no ${resource}`, directory)
}
