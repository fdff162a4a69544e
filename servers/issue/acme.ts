// How a role gets certificates from its CA: one session for all orders, the account in a file of the role's folder, one file
// for each CA so that a change of CA and back finds the old account again.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  AcmeAccountGoneError,
  AcmeProblem,
  type AcmeSession,
  createAcmeSession,
  directoryUrl,
  fallbackRenewalWindow,
  fetchRenewalInfo,
  fileAccountStore,
  issueCertificate,
  type IssuanceStep,
  type RenewalInfo,
} from '../../core/acme/index.ts'
import { caaIdentities } from '../dns/ca-identity.ts'
import { certId, CertificateError, readCertificate, type RenewalWindow } from '../../core/x509/index.ts'
import { FileError } from '../../core/files.ts'
import { VERSION } from '../../core/version.ts'
import { ORDERED_ANEW } from './heard.ts'
import type { Issued, RunOrder } from './orders.ts'
import type { IssueSection } from '../config.ts'
import type { StoredWindow } from '../store/store.ts'
import type { Clock } from '../../core/clock.ts'
import { countedLog } from '../../core/counted-log.ts'
import type { Log } from '../../core/log.ts'

/** What an order gives. */
export type Ordered = Pick<Issued, 'chainPem' | 'certId' | 'account' | 'notBefore' | 'notAfter'>

/** The CA as a role sees it. */
export interface CertificateAuthority {
  readonly directoryUrl: string
  /** Runs an order, and asks when to renew what came of it; the usual rule where the CA does not say. */
  readonly run: RunOrder
  /** Runs an order. @throws what issueCertificate throws */
  order(order: Parameters<RunOrder>[0]): Promise<Ordered>
  /**
   * What the CA itself says of a certificate's renewal (RFC 9773); undefined where it does not say.
   *
   * @throws AcmeProblem, AcmeTransportError, CertificateError, the signal's reason
   */
  renewalInfo(chainPem: string, signal: AbortSignal): Promise<RenewalInfo | undefined>
  /** The CA's profiles; empty where it has none or does not answer in time. */
  profiles(): Promise<ReadonlyMap<string, string>>
  /** When it would like to see a certificate renewed; the usual rule where it does not say or does not answer. */
  renewal(chainPem: string): Promise<StoredWindow>
  /**
   * What the CA is called in CAA records, and our account there as far as there is one already; from what is known here, else from
   * its directory where that answers in time.
   */
  issuer(): Promise<{ readonly identities: readonly string[]; readonly account: string | undefined }>
  close(): void
}

/** A client that asks for information is not kept waiting for a CA that is down. */
const SHORT_TIMEOUT_MS = 3_000

/** A CA without renewal information gets it one day perhaps. */
const NO_RENEWAL_INFO_MS = 24 * 3_600_000

/** A CA that did not answer is asked again soon: it may have something urgent to say. */
const CA_SILENT_MS = 10 * 60_000

/** An order that takes longer than this is given up; the CA's own checks take seconds, a slow one a minute or two. */
const ORDER_TIMEOUT_MS = 5 * 60_000

/**
 * Opens the CA; it is asked for the first time when somebody needs it.
 *
 * @throws FileError where the trust anchor or the EAB key cannot be read
 */
export async function openCertificateAuthority(init: {
  readonly section: IssueSection['acme']
  readonly dir: string
  /** Told of the CA's names in CAA records and of our account there, before each order; it may wait for that. */
  readonly onIssuer?:
    ((identities: readonly string[], account: string, signal: AbortSignal) => Promise<void>) | undefined
  readonly clock: Clock
  readonly log: Log
}): Promise<CertificateAuthority> {
  const { section, clock } = init
  // every order and every question for a renewal may say the same again
  const log = countedLog(init.log, clock)
  const url = directoryUrl(section.directory)
  const trustAnchorPem = section.trustAnchor === undefined ? undefined : await readText(section.trustAnchor)
  const store = fileAccountStore(accountPath(init.dir, url))
  const session = await createAcmeSession({
    directory: section.directory,
    store,
    termsOfServiceAgreed: true, // the operator agrees by configuring this CA; the README says so
    contact: section.email === undefined ? [] : [`mailto:${section.email}`],
    externalAccount: await readExternalAccount(section.externalAccount),
    version: VERSION,
    timeoutMs: section.timeoutMs,
    clock,
    trustAnchorPem,
  })
  const identitiesOf = async (signal: AbortSignal): Promise<readonly string[]> => {
    const configured = section.caaIdentities
    const known = caaIdentities(section.directory, { configured })
    if (known.length > 0) return known
    const { meta } = await session.directory(signal)
    return caaIdentities(section.directory, { configured, meta: meta?.caaIdentities ?? [] })
  }
  const run = async (order: Parameters<RunOrder>[0]): Promise<Ordered> => {
    const signal = AbortSignal.any([order.signal, AbortSignal.timeout(ORDER_TIMEOUT_MS)])
    const account = await session.account(signal)
    await init.onIssuer?.(await identitiesOf(signal), account.url, signal)
    const { replaces } = order
    const issued = await issueCertificate({
      session,
      names: order.names,
      csr: order.csr,
      dns01: {
        ...order.dns01,
        async set(name, value, ends = signal) {
          // an account that the CA had lost was made anew meanwhile, and the records must name that one
          await init.onIssuer?.(await identitiesOf(ends), (await session.account(ends)).url, ends)
          await order.dns01.set(name, value, ends)
        },
      },
      profile: order.profile ?? section.profile,
      replaces: replaces?.account === account.url ? replaces.certId : undefined,
      onStep(step) {
        if (step.step === 'order' && step.replacesRefused)
          log.info({ names: order.names, reason: step.replacesRefused.message }, 'the CA took it for no renewal')
        order.onStep(step.step, describeStep(step))
      },
      orderStore: { save: order.onOrderUrl, clear: async () => undefined },
      resume: order.resume === undefined ? undefined : { orderUrl: order.resume },
      signal,
      clock,
      poll: section.pollFirstMs === undefined ? {} : { firstMs: section.pollFirstMs },
    })
    const { chainPem, facts } = issued
    return {
      ...{ chainPem, certId: certIdOrNone(chainPem), account: account.url },
      ...{ notBefore: facts.notBefore, notAfter: facts.notAfter },
    }
  }
  /** What clients cannot mend stands in the log as a whole: they hear that it is the operator's. */
  const order = async (wanted: Parameters<RunOrder>[0]): Promise<Ordered> => {
    try {
      return await run(wanted)
    } catch (error) {
      if (error instanceof AcmeAccountGoneError)
        log.error({ error: error.message }, 'the CA does not serve our account')
      if (error instanceof AcmeProblem && error.type === 'userActionRequired')
        log.error({ error: error.message, page: error.page }, 'the CA wants a person to agree to its terms')
      throw error
    }
  }
  return {
    directoryUrl: session.directoryUrl,
    order,
    async run(wanted) {
      const ordered = await order(wanted)
      return { ...ordered, ...(await askRenewal(session, ordered.chainPem, clock, log)) }
    },
    renewalInfo: (chainPem, signal) => fetchRenewalInfo(session, chainPem, clock.now(), signal),
    renewal: (chainPem) => askRenewal(session, chainPem, clock, log),
    async profiles() {
      try {
        const { meta } = await session.directory(AbortSignal.timeout(SHORT_TIMEOUT_MS))
        return new Map(Object.entries(meta?.profiles ?? {}))
      } catch (error) {
        log.info({ error: String(error) }, 'the CA was not asked for its profiles')
        return new Map()
      }
    },
    async issuer() {
      const account = await store.load().catch(() => undefined)
      const identities = await identitiesOf(AbortSignal.timeout(SHORT_TIMEOUT_MS)).catch((error: unknown) => {
        log.info({ error: String(error) }, 'the CA was not asked what it is called in CAA records')
        return []
      })
      return { identities, account: account?.url }
    },
    close: () => session.close(),
  }
}

/** What the CA says of a certificate's renewal, or the usual rule where it does not say. */
async function askRenewal(session: AcmeSession, chainPem: string, clock: Clock, log: Log): Promise<StoredWindow> {
  const { notBefore, notAfter } = readCertificate(chainPem)
  const now = clock.now()
  const store = (window: RenewalWindow, askAgainMs: number, explanationUrl?: string): StoredWindow => ({
    ...{ renewFrom: Math.round(window.start), renewUntil: Math.round(window.end) },
    ...{ askAgainAt: now + askAgainMs, explanationUrl },
  })
  try {
    const info = await fetchRenewalInfo(session, chainPem, now, AbortSignal.timeout(SHORT_TIMEOUT_MS))
    if (info) return store(info.window, info.askAgainMs, info.explanationUrl)
    return store(fallbackRenewalWindow(notBefore, notAfter), NO_RENEWAL_INFO_MS)
  } catch (error) {
    log.info({ error: String(error) }, 'the CA did not say when to renew')
    return store(fallbackRenewalWindow(notBefore, notAfter), CA_SILENT_MS)
  }
}

function certIdOrNone(chainPem: string): string | undefined {
  try {
    return certId(chainPem)
  } catch (error) {
    if (error instanceof CertificateError) return undefined
    throw error
  }
}

function describeStep(step: IssuanceStep): string {
  if (step.step === 'order') {
    if (step.resumed) return 'resumed'
    return step.replacesRefused ? ORDERED_ANEW : 'new'
  }
  return step.step === 'verified' ? step.facts.issuer : ''
}

/** One account for each directory, told apart by a hash of its address. */
/** Where the account at a CA is kept. */
export function accountPath(dir: string, url: string): string {
  return join(dir, `acme-account-${createHash('sha256').update(url).digest('hex').slice(0, 12)}.json`)
}

async function readExternalAccount(
  given: IssueSection['acme']['externalAccount'],
): Promise<{ readonly kid: string; readonly hmacKey: string } | undefined> {
  return given && { kid: given.keyId, hmacKey: (await readText(given.keyFile)).trim() }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new FileError(path, 'read', error)
  }
}
