// How the issue server gets a certificate from its CA: one session for all orders, the account in a file of the role's
// folder, one file for each CA so that a change of CA and back finds the old account again.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type AcmeSession,
  createAcmeSession,
  directoryUrl,
  fallbackRenewalWindow,
  fetchRenewalInfo,
  fileAccountStore,
  issueCertificate,
  type IssuanceStep,
} from '../../core/acme/index.ts'
import { FileError } from '../../core/files.ts'
import { VERSION } from '../../core/version.ts'
import type { RunOrder } from './orders.ts'
import type { IssueSection } from '../config.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

/** The CA as the issue server sees it. */
export interface CertificateAuthority {
  readonly run: RunOrder
  /** The CA's profiles; empty where it has none or does not answer in time. */
  profiles(): Promise<ReadonlyMap<string, string>>
  close(): void
}

/** A client that asks for information is not kept waiting for a CA that is down. */
const PROFILES_TIMEOUT_MS = 3_000

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
  readonly clock: Clock
  readonly log: Log
}): Promise<CertificateAuthority> {
  const { section, clock, log } = init
  const url = directoryUrl(section.directory)
  const trustAnchorPem = section.trustAnchor === undefined ? undefined : await readText(section.trustAnchor)
  const session = await createAcmeSession({
    directory: section.directory,
    store: fileAccountStore(accountPath(init.dir, url)),
    termsOfServiceAgreed: true, // the operator agrees by configuring this CA; the README says so
    contact: section.email === undefined ? [] : [`mailto:${section.email}`],
    externalAccount: await readExternalAccount(section.externalAccount),
    version: VERSION,
    timeoutMs: section.timeoutMs,
    clock,
    trustAnchorPem,
  })
  return {
    run: async (order) => {
      const signal = AbortSignal.any([order.signal, AbortSignal.timeout(ORDER_TIMEOUT_MS)])
      const issued = await issueCertificate({
        session,
        names: order.names,
        csr: order.csr,
        dns01: order.dns01,
        profile: order.profile ?? section.profile,
        onStep: (step) => order.onStep(step.step, describeStep(step)),
        orderStore: { save: order.onOrderUrl, clear: async () => undefined },
        resume: order.resume === undefined ? undefined : { orderUrl: order.resume },
        signal,
        clock,
        poll: { firstMs: section.pollFirstMs },
      })
      const window = await renewalWindow(session, issued.chainPem, issued.facts, clock, log)
      return {
        chainPem: issued.chainPem,
        notAfter: issued.facts.notAfter,
        renewFrom: window.start,
        renewUntil: window.end,
      }
    },
    async profiles() {
      try {
        const { meta } = await session.directory(AbortSignal.timeout(PROFILES_TIMEOUT_MS))
        return new Map(Object.entries(meta?.profiles ?? {}))
      } catch (error) {
        log.info({ error: String(error) }, 'the CA was not asked for its profiles')
        return new Map()
      }
    },
    close: () => session.close(),
  }
}

async function renewalWindow(
  session: AcmeSession,
  chainPem: string,
  facts: { readonly notBefore: number; readonly notAfter: number },
  clock: Clock,
  log: Log,
): Promise<{ readonly start: number; readonly end: number }> {
  try {
    const info = await fetchRenewalInfo(session, chainPem, clock.now(), AbortSignal.timeout(PROFILES_TIMEOUT_MS))
    if (info) return info.window
  } catch (error) {
    log.info({ error: String(error) }, 'the CA did not say when to renew; a third of the life is left then')
  }
  return fallbackRenewalWindow(facts.notBefore, facts.notAfter)
}

function describeStep(step: IssuanceStep): string {
  if (step.step === 'order') return step.resumed ? 'resumed' : 'new'
  return step.step === 'verified' ? step.facts.issuer : ''
}

/** One account for each directory, told apart by a hash of its address. */
function accountPath(dir: string, url: string): string {
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
