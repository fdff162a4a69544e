// Orders and their authorizations, from `pending` to `valid` (RFC 8555 section 7.1.6). Validating and signing happen in the
// background, as at a real CA, so that a client sees `processing`. Objects are given to their own account only.
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import { checkCsrFor, CsrError, type CsrFacts, readCsr } from '../../core/x509/csr.ts'
import type { CaAccount } from './accounts.ts'
import { type CaaResolver, whyCaaForbids } from './caa.ts'
import { findHttpAnswer, type HttpValidation } from './http-validation.ts'
import type { Authority } from './authority.ts'
import { type CertificateRecord, type Certificates, setOf } from './certificates.ts'
import type { Limits } from './limits.ts'
import { CaProblem, documentOf, type ProblemDocument } from './problem.ts'
import { datesOf, type Profile } from './profiles.ts'
import { findChallengeValue, type TxtResolver } from './validation.ts'

/** How long an order and its authorizations stay open. */
const ORDER_LIFE_MS = 7 * 24 * 3_600_000

export interface CaAuthorization {
  readonly id: string
  readonly account: string
  /** Without `*.`. */
  readonly name: string
  readonly wildcard: boolean
  readonly token: string
  readonly expires: number
  status: 'pending' | 'valid' | 'invalid' | 'deactivated' | 'expired'
  challengeStatus: 'pending' | 'processing' | 'valid' | 'invalid'
  validated: number | undefined
  problem: ProblemDocument | undefined
  /** What of these was answered last; the other one is left. */
  method: Method
}

/** Ways to prove a name. */
export type Method = 'dns-01' | 'http-01'

export type OrderStatus = 'pending' | 'ready' | 'processing' | 'valid' | 'invalid'

export interface CaOrder {
  readonly id: string
  readonly account: string
  readonly names: readonly string[]
  readonly profile: string
  readonly replaces: string | undefined
  readonly authorizations: readonly CaAuthorization[]
  readonly expires: number
  status: OrderStatus
  certificate: CertificateRecord | undefined
  problem: ProblemDocument | undefined
}

/** What a new order asks for; names are checked and lower case. */
export interface OrderRequest {
  readonly names: readonly string[]
  readonly profile: string
  readonly replaces: string | undefined
}

export interface Orders {
  /** @throws CaProblem (rateLimited; 404, 409, 403 or 400 for `replaces`) */
  create(account: CaAccount, request: OrderRequest): CaOrder
  /** @throws CaProblem (404) for what is not there or another account's */
  order(account: CaAccount, id: string): CaOrder
  authorization(account: CaAccount, id: string): CaAuthorization
  /** Begins to validate; returns at once. */
  validate(account: CaAccount, authorization: CaAuthorization, method: Method): void
  /** Gives an authorization up. */
  deactivate(authorization: CaAuthorization): void
  /**
   * Checks the CSR and begins to sign; the order is `processing` then.
   *
   * @throws CaProblem (orderNotReady, badCSR, badPublicKey)
   */
  finalize(account: CaAccount, order: CaOrder, csr: Uint8Array): Promise<void>
  /** How many orders are in which state. */
  byStatus(): Readonly<Record<OrderStatus, number>>
}

export interface OrdersInit {
  readonly authority: Authority
  readonly certificates: Certificates
  readonly limits: Limits
  readonly resolver: TxtResolver
  /** Asked whether this CA may issue; nobody where left out. */
  readonly caa: CaaResolver | undefined
  /** How names are proved by HTTP; they cannot be where left out. */
  readonly http: HttpValidation | undefined
  /** The address of an account. */
  readonly accountUrl: (account: CaAccount) => string
  readonly profiles: Readonly<Record<string, Profile>>
  readonly registeredDomain: (name: string) => string
  readonly clock: Clock
  readonly log: Log
  /** Aborted when the CA stops. */
  readonly stopping: AbortSignal
}

export function createOrders(init: OrdersInit): Orders {
  const { certificates, limits, clock } = init
  const orders = new Map<string, CaOrder>()
  const authorizations = new Map<string, CaAuthorization>()

  function refresh(order: CaOrder): void {
    for (const authorization of order.authorizations) {
      if (authorization.status === 'pending' && authorization.expires <= clock.now()) authorization.status = 'expired'
    }
    if ((order.status === 'pending' || order.status === 'ready') && order.expires <= clock.now()) {
      fail(order, documentOf(new CaProblem(403, 'malformed', 'the order has expired')))
    }
    if (order.status !== 'pending') return
    const bad = order.authorizations.find(({ status }) => status !== 'valid' && status !== 'pending')
    if (bad) fail(order, bad.problem ?? documentOf(new CaProblem(403, 'unauthorized', `${bad.name} is ${bad.status}`)))
    else if (order.authorizations.every(({ status }) => status === 'valid')) order.status = 'ready'
  }

  /** Orders are kept in the order of their making, so the first one alive ends the search. */
  function forgetOld(): void {
    for (const order of orders.values()) {
      if (order.expires + ORDER_LIFE_MS > clock.now()) return
      orders.delete(order.id)
      for (const { id } of order.authorizations) authorizations.delete(id)
    }
  }

  function checkLimits(account: CaAccount, request: OrderRequest): void {
    for (const name of request.names) limits.check('failedValidations', failureKey(account.id, baseOf(name)))
    // A renewal that the CA was told of is free of limits (RFC 9773 section 5 leaves this to the CA; Let's Encrypt's rule).
    if (request.replaces !== undefined) return
    limits.check('certificatesPerExactSet', setOf(request.names))
    if (certificates.isRenewal(request.names)) return
    for (const domain of domainsOf(request.names)) limits.check('newCertificatesPerDomain', domain)
    limits.check('ordersPerAccount', account.id)
    limits.spend('ordersPerAccount', account.id)
  }

  function domainsOf(names: readonly string[]): string[] {
    return [...new Set(names.map((name) => init.registeredDomain(baseOf(name))))]
  }

  async function proved(
    { method }: CaAuthorization,
    { name, token, thumbprint }: { readonly name: string; readonly token: string; readonly thumbprint: string },
  ): Promise<ProblemDocument | undefined> {
    if (method === 'dns-01') return findChallengeValue(init.resolver, { name, token, thumbprint }, init.stopping)
    if (!init.http) return documentOf(new CaProblem(400, 'malformed', 'this CA does not validate by HTTP'))
    return findHttpAnswer(init.http, { name, token, expected: `${token}.${thumbprint}` }, init.stopping)
  }

  async function forbidden(
    account: CaAccount,
    { name, wildcard, method }: CaAuthorization,
  ): Promise<ProblemDocument | undefined> {
    if (!init.caa) return undefined
    const accountUrl = init.accountUrl(account)
    return whyCaaForbids(init.caa, { name, wildcard, method, accountUrl }, init.stopping)
  }

  async function lookUp(
    account: CaAccount,
    authorization: CaAuthorization,
    challenge: { readonly name: string; readonly token: string; readonly thumbprint: string },
  ): Promise<void> {
    const problem = (await proved(authorization, challenge)) ?? (await forbidden(account, authorization))
    authorization.challengeStatus = problem ? 'invalid' : 'valid'
    authorization.validated = clock.now()
    authorization.problem = problem
    if (authorization.status === 'pending') authorization.status = authorization.challengeStatus
    if (problem) limits.spend('failedValidations', failureKey(account.id, challenge.name))
    init.log.debug({ name: challenge.name, status: authorization.status, problem }, 'validated')
  }

  async function sign(order: CaOrder, csr: CsrFacts, profile: Profile): Promise<void> {
    const dates = datesOf(profile, clock.now())
    const leaf = await init.authority.sign({ names: order.names, publicKeySpki: csr.publicKeySpki, ...dates })
    const { account, names } = order
    if (!certificates.isRenewal(names)) {
      for (const domain of domainsOf(names)) limits.spend('newCertificatesPerDomain', domain)
    }
    limits.spend('certificatesPerExactSet', setOf(names))
    const { spkiSha256 } = csr
    const fresh = { revoked: undefined, replacedBy: undefined }
    order.certificate = { ...leaf, ...dates, names, account, profile: order.profile, spkiSha256, ...fresh }
    certificates.add(order.certificate)
    order.status = 'valid'
  }

  return {
    create(account, request) {
      forgetOld()
      const old = request.replaces === undefined ? undefined : replaced(request, account)
      checkLimits(account, request)
      const expires = clock.now() + ORDER_LIFE_MS
      const order: CaOrder = {
        id: newId(),
        account: account.id,
        names: request.names,
        profile: request.profile,
        replaces: request.replaces,
        authorizations: request.names.map((name) => newAuthorization(account.id, name, expires)),
        expires,
        status: 'pending',
        certificate: undefined,
        problem: undefined,
      }
      orders.set(order.id, order)
      for (const authorization of order.authorizations) authorizations.set(authorization.id, authorization)
      if (old) old.replacedBy = order.id
      return order
    },
    order(account, id) {
      const order = ownOf(orders, account, id)
      refresh(order)
      return order
    },
    authorization(account, id) {
      const authorization = ownOf(authorizations, account, id)
      if (authorization.status === 'pending' && authorization.expires <= clock.now()) authorization.status = 'expired'
      return authorization
    },
    validate(account, authorization, method) {
      if (authorization.status !== 'pending' || authorization.challengeStatus !== 'pending') return
      authorization.challengeStatus = 'processing'
      authorization.method = method
      const { name, token } = authorization
      const { thumbprint } = account.key
      lookUp(account, authorization, { name, token, thumbprint }).catch((error: unknown) => {
        // Only stopping ends here; the order dies with the CA.
        init.log.debug({ name, error }, 'validation ended')
      })
    },
    deactivate(authorization) {
      if (authorization.status === 'pending' || authorization.status === 'valid') authorization.status = 'deactivated'
    },
    async finalize(account, order, csr) {
      const profile = init.profiles[order.profile]
      if (order.status !== 'ready' || !profile) {
        throw new CaProblem(403, 'orderNotReady', `the order is ${order.status}, not ready`)
      }
      // At once, because another request for the same order may come while the CSR is read.
      order.status = 'processing'
      const facts = await readRequest(csr, order, account).catch((error: unknown) => {
        order.status = 'ready'
        throw error
      })
      sign(order, facts, profile).catch((error: unknown) => {
        init.log.error({ order: order.id, error }, 'signing failed')
        fail(order, documentOf(new CaProblem(500, 'serverInternal', 'signing failed')))
      })
    },
    byStatus() {
      const counts = { pending: 0, ready: 0, processing: 0, valid: 0, invalid: 0 }
      for (const order of orders.values()) {
        refresh(order)
        counts[order.status] += 1
      }
      return counts
    },
  }

  /** The certificate that an order says it replaces (RFC 9773 section 5). */
  function replaced(request: OrderRequest, account: CaAccount): CertificateRecord {
    const old = certificates.byCertId(request.replaces ?? '')
    if (!old || old.notAfter <= clock.now()) {
      throw new CaProblem(404, 'malformed', 'no current certificate has the id in `replaces`')
    }
    if (old.account !== account.id)
      throw new CaProblem(403, 'unauthorized', "`replaces` names another account's certificate")
    if (!request.names.some((name) => old.names.includes(name))) {
      throw new CaProblem(400, 'malformed', 'the certificate in `replaces` has no name in common with the order')
    }
    const other = old.replacedBy === undefined ? undefined : orders.get(old.replacedBy)
    // An order that came to nothing has replaced nothing.
    if (other) refresh(other)
    if (other && other.status !== 'invalid') {
      throw new CaProblem(409, 'alreadyReplaced', 'the certificate in `replaces` has been replaced already')
    }
    return old
  }

  function newAuthorization(account: string, name: string, expires: number): CaAuthorization {
    return {
      id: newId(),
      account,
      name: baseOf(name),
      wildcard: name.startsWith('*.'),
      token: randomBytes(32).toString('base64url'),
      expires,
      status: 'pending',
      challengeStatus: 'pending',
      validated: undefined,
      problem: undefined,
      method: 'dns-01',
    }
  }
}

function fail(order: CaOrder, problem: ProblemDocument): void {
  order.status = 'invalid'
  order.problem = problem
}

/** Reads a CSR and compares it with its order; what is wrong with it becomes a problem of ACME. */
async function readRequest(csr: Uint8Array, order: CaOrder, account: CaAccount): Promise<CsrFacts> {
  try {
    const facts = await readCsr(csr, { form: 'any' })
    checkCsrFor(facts, { names: order.names, notSpki: [account.key.spkiSha256] })
    return facts
  } catch (error) {
    if (!(error instanceof CsrError)) throw error
    const type = error.code === 'weak-key' || error.code === 'key-reused' ? 'badPublicKey' : 'badCSR'
    throw new CaProblem(400, type, error.message)
  }
}

function ownOf<T extends { readonly account: string }>(objects: Map<string, T>, account: CaAccount, id: string): T {
  const object = objects.get(id)
  if (object?.account !== account.id) throw new CaProblem(404, 'malformed', 'there is no such object')
  return object
}

function baseOf(name: string): string {
  return name.startsWith('*.') ? name.slice(2) : name
}

function failureKey(account: string, name: string): string {
  return `${account} ${name}`
}

function newId(): string {
  return randomBytes(12).toString('base64url')
}
