// One certificate from a CA, from the order to the checked chain, as steps that can be watched (RFC 8555 section 7.4, DNS-01
// of section 8.4). After a crash or an abort it goes on where the CA stands: the order's address is all that is needed.
import type { Clock } from '../clock.ts'
import { systemClock } from '../clock.ts'
import type { CertificateFacts } from '../x509/chain.ts'
import { checkCsrFor, readCsr } from '../x509/csr.ts'
import { sameNames } from '../x509/names.ts'
import { createRequestBudget } from './budget.ts'
import { isProduction } from './directories.ts'
import { AcmeProblem, AcmeTransportError } from './errors.ts'
import { isDone, isWhole, type Order, withEarlier } from './objects.ts'
import { endsOrder, isFinalProblem } from './order-end.ts'
import { DEFAULT_POLL, firstLookMs, isPassing, poll, type PollOptions } from './polling.ts'
import type { AcmeSession } from './session.ts'
import { type Downloaded, firstUsable } from './usable-chain.ts'
import { type Dns01, failureOf, type UnremovedRecord, validateNames } from './validation.ts'

/** What has happened, in this order; `ms` since the beginning. */
export type IssuanceStep = { readonly ms: number; readonly names: readonly string[] } & (
  | { readonly step: 'account'; readonly url: string }
  | {
      readonly step: 'order'
      readonly url: string
      readonly resumed: boolean
      /** Why the CA did not accept this as a renewal; the order was made without it. */
      readonly replacesRefused?: AcmeProblem | AcmeTransportError
    }
  /** Every TXT value is set and seen. */
  | { readonly step: 'challenge-set' }
  | { readonly step: 'challenge-told' }
  | { readonly step: 'validated' }
  /** Our TXT values are gone, except those listed. */
  | { readonly step: 'challenge-removed'; readonly left: readonly UnremovedRecord[] }
  | { readonly step: 'finalized' }
  | { readonly step: 'downloaded' }
  /** Authorizations were given up; those listed could not be. */
  | { readonly step: 'released'; readonly left: readonly string[] }
  | { readonly step: 'verified'; readonly facts: CertificateFacts }
)

/** One step without what all have. */
type Happening = IssuanceStep extends infer Step
  ? Step extends IssuanceStep
    ? Omit<Step, 'ms' | 'names'> & Partial<Pick<Step, 'names'>>
    : never
  : never

/** Keeps the address of the order under way, so that a crash does not cost an order. */
export interface OrderStore {
  save(orderUrl: string): Promise<void>
  /** The order has come to its end, good or bad. */
  clear(): Promise<void>
}

export interface IssuanceOptions {
  readonly session: AcmeSession
  readonly names: readonly string[]
  /** DER, for exactly these names; its key is what the certificate is checked against. */
  readonly csr: Uint8Array
  readonly dns01: Dns01
  /** One of the CA's profiles; its default where left out. */
  readonly profile?: string | undefined
  /** ARI id of the certificate that is renewed; where the CA refuses it, the order is made without. */
  readonly replaces?: string | undefined
  readonly onStep?: ((step: IssuanceStep) => void) | undefined
  readonly orderStore?: OrderStore | undefined
  /** An order to go on with; a new one is made where it is gone, has failed or is for other names. */
  readonly resume?: { readonly orderUrl: string } | undefined
  readonly signal?: AbortSignal | undefined
  readonly clock?: Clock | undefined
  readonly poll?: Partial<PollOptions> | undefined
  /**
   * Gives the names' authorizations up once the certificate is there; false where left out. For names that somebody else
   * may hold tomorrow (IP addresses): as long as a CA remembers an authorization, the account gets certificates unasked.
   */
  readonly releaseAuthorizations?: boolean | undefined
  /** The root the new chain must end at. */
  readonly trustAnchorPem?: string | undefined
  /** Refuses test CAs' certificates; where left out, true for Let's Encrypt's production directory. */
  readonly production?: boolean | undefined
}

export interface IssuedCertificate {
  /** Leaf first. */
  readonly chainPem: string
  readonly facts: CertificateFacts
  readonly orderUrl: string
}

/** Everything that one issuance needs, with defaults filled in. */
interface Run {
  readonly options: IssuanceOptions
  readonly session: AcmeSession
  readonly signal: AbortSignal | undefined
  readonly clock: Clock
  /** The waits, which follow how quickly the CA answers. */
  readonly limits: () => PollOptions
  readonly note: (happening: Happening) => void
}

/**
 * Obtains one certificate.
 *
 * @returns the chain, checked against the CSR's key, the names and the time
 * @throws CsrError before anything is sent; AcmeProblem (look at `type` and `retryAfterMs`); AcmeTransportError;
 *   AcmeTimeoutError (resume later); ChallengeFailedError; CertificateError; what `dns01` throws; the signal's reason. In every
 *   case our TXT values are removed.
 */
export async function issueCertificate(options: IssuanceOptions): Promise<IssuedCertificate> {
  const run = begin(options)
  const { session, signal } = run
  const csr = await readCsr(options.csr, { form: 'any' })
  checkCsrFor(csr, { names: options.names })
  const account = await session.account(signal)
  checkCsrFor(csr, { names: options.names, notSpki: [account.spkiSha256] })
  run.note({ step: 'account', url: account.url })
  try {
    const { done, downloaded } = await fulfil(run).catch((error: unknown) => {
      if (options.replaces === undefined || !isReplaced(error)) throw error
      return fulfil(run, error)
    })
    if (options.releaseAuthorizations) await release(run, done)
    const { facts, chainPem } = await firstUsable(run, downloaded, {
      names: options.names,
      spki: csr.publicKeySpki,
      now: run.clock.now(),
      trustAnchorPem: options.trustAnchorPem,
      production: options.production ?? isProduction(session.directoryUrl),
    })
    run.note({ step: 'verified', facts })
    await options.orderStore?.clear()
    return { chainPem, facts, orderUrl: done.url }
  } catch (error) {
    if (endsOrder(error)) await options.orderStore?.clear()
    throw error
  }
}

/** An order from its beginning to the chain. @param replacesRefused  why an order before it was none */
async function fulfil(run: Run, replacesRefused?: AcmeProblem): Promise<{ done: Order; downloaded: Downloaded }> {
  const opened = await (replacesRefused ? orderAnew(run, replacesRefused) : openOrder(run))
  await run.options.orderStore?.save(opened.url)
  const ready = await validate(run, opened)
  const done = await finalize(run, ready)
  return { done, downloaded: await download(run, done) }
}

/** A CA may take an order and look only with the CSR whether it replaces what was replaced before; that order is over. */
function isReplaced(error: unknown): error is AcmeProblem {
  return error instanceof AcmeProblem && error.type === 'alreadyReplaced'
}

function begin(options: IssuanceOptions): Run {
  const clock = options.clock ?? systemClock
  const started = clock.now()
  return {
    options,
    session: ofOneOrder(options.session, options.names),
    signal: options.signal,
    clock,
    limits: () => ({ ...DEFAULT_POLL, firstMs: firstLookMs(options.session.quickestMs()), ...options.poll }),
    note: (happening) => options.onStep?.({ names: options.names, ...happening, ms: clock.now() - started }),
  }
}

/**
 * The session as one order may use it: all requests count together, and a CA asks no more questions than there are names. One that
 * is past its questions may list what it likes, since what is signed is fetched; no more of it is looked at.
 */
function ofOneOrder(whole: AcmeSession, names: readonly string[]): AcmeSession {
  const most = new Set(names.map((name) => name.toLowerCase())).size
  const session = whole.within(createRequestBudget(most))
  const checked = async (answer: Promise<Order>): Promise<Order> => {
    const order = await answer
    const { authorizations, status, url } = order
    if (authorizations.length <= most) return order
    if (status !== 'pending') return { ...order, authorizations: authorizations.slice(0, most) }
    throw new AcmeTransportError('NOT_ACME', `the CA asks ${authorizations.length} questions about ${most} names`, url)
  }
  return {
    ...session,
    newOrder: (request, signal) => checked(session.newOrder(request, signal)),
    order: (url, signal) => checked(session.order(url, signal)),
    finalize: (order, csr, signal) => checked(session.finalize(order, csr, signal)),
  }
}

async function openOrder(run: Run): Promise<Order> {
  const resumed = await findOrder(run)
  if (resumed) {
    run.note({ step: 'order', url: resumed.url, resumed: true })
    return resumed
  }
  const { names, profile, replaces } = run.options
  try {
    const order = await run.session.newOrder({ names, profile, replaces }, run.signal)
    run.note({ step: 'order', url: order.url, resumed: false })
    return order
  } catch (error) {
    if (replaces === undefined || !isReplacesRefusal(error)) throw error
    return orderAnew(run, error)
  }
}

/** An order that replaces nothing. */
async function orderAnew(run: Run, replacesRefused: AcmeProblem | AcmeTransportError): Promise<Order> {
  const { names, profile } = run.options
  const order = await run.session.newOrder({ names, profile }, run.signal)
  run.note({ step: 'order', url: order.url, resumed: false, replacesRefused })
  return order
}

/** The order to go on with, where the CA still has it and it can still succeed. */
async function findOrder({ options, session, signal }: Run): Promise<Order | undefined> {
  if (!options.resume) return undefined
  try {
    const order = await session.order(options.resume.orderUrl, signal)
    // one that does not repeat its names is ours by its address, and the certificate is checked in any case
    const isOurs = order.names.length === 0 || sameNames(order.names, options.names)
    return order.status !== 'invalid' && isOurs ? order : undefined
  } catch (error) {
    // Expired, or of an account that the CA has lost.
    if (isFinalProblem(error)) return undefined
    throw error
  }
}

/** Answers that are neither an order nor a refusal; a gateway may not bear the member, or the CA breaks at it. */
const NO_ORDER: ReadonlySet<string> = new Set(['NOT_ACME', 'BAD_JSON', 'REDIRECT'])

/**
 * Whether the order may have been refused for its `replaces`: CAs say so with 400, 403, 404, 409, 422, some break (500). A renewal
 * must not fail for a hint, so any answer counts that is no limit.
 */
function isReplacesRefusal(error: unknown): error is AcmeProblem | AcmeTransportError {
  if (error instanceof AcmeProblem) return error.type !== 'rateLimited' && error.status !== 429
  if (!(error instanceof AcmeTransportError)) return false
  const { code, retryAfterMs, status = 0 } = error
  if (NO_ORDER.has(code)) return true
  return status >= 400 && status !== 429 && (status !== 503 || retryAfterMs === undefined)
}

async function validate(run: Run, opened: Order): Promise<Order> {
  const order = isWhole(opened) ? opened : await waitForOrder(run, opened, isWhole, opened.retryAfterMs)
  if (order.status !== 'pending') {
    // the CA remembers the names from an order before
    if (order.status === 'ready') run.note({ step: 'validated' })
    return order
  }
  const { session, signal } = run
  return validateNames({
    session,
    order,
    names: run.options.names,
    dns01: run.options.dns01,
    signal,
    onSet: () => run.note({ step: 'challenge-set' }),
    onTold: () => run.note({ step: 'challenge-told' }),
    onRemoved: (left) => run.note({ step: 'challenge-removed', left }),
    async settled() {
      const after = await waitForOrder(run, order, (now) => now.status !== 'pending', undefined)
      if (after.status === 'invalid') throw await failureOf(session, after, run.clock.now(), signal)
      run.note({ step: 'validated' })
      return after
    },
  })
}

/** Sends the CSR; a lost answer is no failure, because the order says what became of it. */
async function finalize(run: Run, order: Order): Promise<Order> {
  let current = order
  // The second time is for a request that never arrived: the order is still `ready`.
  for (let attempt = 1; attempt <= 2 && current.status === 'ready'; attempt++) {
    try {
      current = withEarlier(await run.session.finalize(current, run.options.csr, run.signal), current)
    } catch (error) {
      if (!mayHaveArrived(error)) throw error
      current = await waitForOrder(run, current, () => true, undefined)
      if (current.status === 'ready' && (attempt === 2 || isFinalProblem(error))) throw error
    }
  }
  if (!isDone(current)) current = await waitForOrder(run, current, isDone, current.retryAfterMs)
  if (current.status === 'invalid') throw await failureOf(run.session, current, run.clock.now(), run.signal)
  run.note({ step: 'finalized' })
  return current
}

/** Refusals that are about the CSR or about us; any other may be said of a CSR that was sent twice. */
const ABOUT_CSR: ReadonlySet<string> = new Set([
  ...['badCSR', 'badPublicKey', 'badSignatureAlgorithm', 'rejectedIdentifier', 'unsupportedIdentifier', 'caa'],
  ...['rateLimited', 'userActionRequired', 'accountDoesNotExist'],
])

function mayHaveArrived(error: unknown): boolean {
  if (error instanceof AcmeTransportError) return error.code !== 'NOT_HTTPS' && error.code !== 'CLOSED'
  return error instanceof AcmeProblem && !ABOUT_CSR.has(error.type)
}

/** The certificate is signed: whatever comes instead of it is no reason to order a second one. */
async function download(run: Run, order: Order): Promise<Downloaded> {
  const { certificate } = order
  if (certificate === undefined) throw new AcmeTransportError('NOT_ACME', 'the order has no certificate', order.url)
  const read = async () => ({
    url: certificate,
    retryAfterMs: undefined,
    chain: await run.session.chainWithOthers(certificate, run.signal).catch((error: unknown) => {
      if (isFinalProblem(error)) throw notGivenOut(error, certificate)
      throw error
    }),
  })
  const { chain } = await read().catch((error: unknown) => {
    if (!isPassing(error)) throw error
    return poll({ ...run, limits: run.limits(), read, done: () => true, what: 'the download', url: certificate })
  })
  run.note({ step: 'downloaded' })
  return chain
}

/** Replicas of a CA know of a certificate at different times, so that even a plain no may be another answer in a minute. */
function notGivenOut(error: AcmeProblem, url: string): AcmeTransportError {
  const message = `the certificate is signed and not given out: ${error.message}`
  const { status, retryAfterMs } = error
  return new AcmeTransportError(`HTTP_${status}`, message, url, { cause: error, status, retryAfterMs })
}

/** The certificate is there, so nothing that goes wrong here may cost it. */
async function release(run: Run, order: Order): Promise<void> {
  const left: string[] = []
  for (const url of order.authorizations) {
    await run.session.deactivateAuthorization(url, run.signal).catch(() => left.push(url))
  }
  run.note({ step: 'released', left })
}

function waitForOrder(
  run: Run,
  order: Order,
  done: (order: Order) => boolean,
  firstRetryAfterMs: number | undefined,
): Promise<Order> {
  const { url } = order
  const read = async () => withEarlier(await run.session.order(url, run.signal), order)
  return poll({ ...run, limits: run.limits(), read, done, what: 'the order', url, firstRetryAfterMs })
}
