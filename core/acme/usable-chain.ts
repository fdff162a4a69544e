// Which of the chains that a CA offers is used: the one that came with the certificate, or one of those beside it.
import { CertificateError } from '../x509/certificate-error.ts'
import { type ChainCheck, readChain, usableChain, type UsableChain } from '../x509/chain.ts'
import { trustJudge } from '../x509/platform-roots.ts'
import { AcmeProblem, AcmeTransportError } from './errors.ts'
import type { AcmeSession } from './session.ts'

/** What a CA gives: the certificate with its chain, and where other chains of it are. */
export type Downloaded = Awaited<ReturnType<AcmeSession['chainWithOthers']>>

/** A CA between two roots offers a chain or two for each; more are not worth the requests. */
const MAX_OTHER_CHAINS = 4

/**
 * The first chain that can be used: the one that came, or one of those that the CA offers beside it (RFC 8555 section 7.4.2).
 *
 * @throws CertificateError of the one that came, where none can
 */
export async function firstUsable(
  { session, signal }: { readonly session: AcmeSession; readonly signal: AbortSignal | undefined },
  { pem, others }: Downloaded,
  check: Omit<ChainCheck, 'chainPem'>,
): Promise<UsableChain> {
  const isTrusted = trustJudge()
  const usable = (chainPem: string): UsableChain => {
    const found = usableChain({ ...check, chainPem })
    if (check.trustAnchorPem !== undefined || readChain(found.chainPem).length > 1 || isTrusted(found.chainPem))
      return found
    const message = `the certificate came alone: the one of its issuer (${found.facts.issuer}) is missing, without which nobody trusts it`
    throw new CertificateError('broken-chain', message)
  }
  try {
    return usable(pem)
  } catch (error) {
    if (!(error instanceof CertificateError) || !MENDED_BY_OTHERS.has(error.code)) throw error
    for (const url of others.slice(0, MAX_OTHER_CHAINS)) {
      try {
        return usable(await session.chain(url, signal))
      } catch (reason) {
        signal?.throwIfAborted()
        const isKnown = [CertificateError, AcmeProblem, AcmeTransportError].some((kind) => reason instanceof kind)
        if (!isKnown) throw reason
      }
    }
    throw error
  }
}

/** Faults of the issuers; the certificate itself is the same in every chain. */
const MENDED_BY_OTHERS: ReadonlySet<string> = new Set(['broken-chain', 'expired', 'test-issuer'])
