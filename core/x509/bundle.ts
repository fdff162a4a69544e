// A certificate with everything that belongs to it, as one thing: written, read and swapped together, so that key and
// chain can never come from different issuances. Times are milliseconds in memory and ISO 8601 in the file.
import * as v from 'valibot'
import { CertificateError } from './certificate-error.ts'
import { readCertificate, verifyChain } from './chain.ts'
import { judgeKey, readPrivateKey } from './keys.ts'
import type { AcceptedKeyAlgorithm } from './keys.ts'

export const BUNDLE_VERSION = 1

/** When the CA wishes the certificate to be renewed (RFC 9773 section 4.2); milliseconds since 1970. */
export interface RenewalWindow {
  readonly start: number
  readonly end: number
}

export interface CertificateBundle {
  readonly version: typeof BUNDLE_VERSION
  /** Names on the certificate. */
  readonly names: readonly string[]
  /** The IP addresses it was obtained for, as text; empty where names alone decide. */
  readonly addresses: readonly string[]
  readonly keyPem: string
  /** Leaf first. */
  readonly chainPem: string
  readonly notBefore: number
  readonly notAfter: number
  readonly issuer: string
  readonly renewalWindow?: RenewalWindow | undefined
  /** The moment that was chosen in the window, once; without a window it means nothing. */
  readonly renewAt?: number | undefined
  /** When to ask for the window again. */
  readonly askRenewalAt?: number | undefined
  readonly obtainedAt: number
  /** How many renewals in a row, the one it came of included, were made early for a window of the CA. */
  readonly early?: number | undefined
  readonly algorithm: AcceptedKeyAlgorithm
  /** Which way it came: the name of the issuer part (nodetrust, autotls) that obtained it. */
  readonly source: string
  /** Where it is at home; undefined in files of older versions. */
  readonly network?: BundleNetwork | undefined
}

/** The network that a certificate is of: enough to believe in it after another network was chosen. */
export interface BundleNetwork {
  /** The domain below which its names are. */
  readonly zone: string
  /** PEM of what it is anchored at; the platform's roots where left out. */
  readonly trustAnchorPem?: string | undefined
}

/** A stored bundle that cannot be used; the message says which part, the cause has the details. */
export class BundleError extends Error {
  override readonly name = 'BundleError'
}

const Time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => Date.parse(text)),
)

const BundleSchema = v.object({
  version: v.literal(BUNDLE_VERSION),
  names: v.array(v.string()),
  addresses: v.array(v.string()),
  keyPem: v.string(),
  chainPem: v.string(),
  notBefore: Time,
  notAfter: Time,
  issuer: v.string(),
  renewalWindow: v.optional(v.object({ start: Time, end: Time })),
  renewAt: v.optional(Time),
  askRenewalAt: v.optional(Time),
  obtainedAt: Time,
  early: v.optional(v.number()),
  algorithm: v.picklist(['ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096']),
  source: v.string(),
  network: v.optional(v.object({ zone: v.string(), trustAnchorPem: v.optional(v.string()) })),
})

/**
 * Puts a bundle together; names, dates, issuer and algorithm are taken from the certificate and the key themselves.
 *
 * @throws CertificateError where key and chain do not belong together, KeyError where the key is unreadable
 */
export function createBundle(parts: {
  readonly keyPem: string
  readonly chainPem: string
  readonly addresses: readonly string[]
  readonly renewalWindow?: RenewalWindow | undefined
  readonly obtainedAt: number
  readonly source: string
}): CertificateBundle {
  const facts = readCertificate(parts.chainPem)
  const judgement = judgeKey(readPrivateKey(parts.keyPem))
  if (!judgement.ok) throw new BundleError(`the bundle's key is not accepted: ${judgement.why}`)
  const bundle: CertificateBundle = {
    version: BUNDLE_VERSION,
    names: facts.names,
    addresses: [...parts.addresses],
    keyPem: parts.keyPem,
    chainPem: parts.chainPem,
    notBefore: facts.notBefore,
    notAfter: facts.notAfter,
    issuer: facts.issuer,
    ...(parts.renewalWindow ? { renewalWindow: parts.renewalWindow } : {}),
    obtainedAt: parts.obtainedAt,
    algorithm: judgement.algorithm,
    source: parts.source,
  }
  checkWhole(bundle)
  return bundle
}

/** The bundle as the text of a file. It holds the private key: write it readable for the owner only. */
export function serialiseBundle(bundle: CertificateBundle): string {
  const { renewalWindow: window, renewAt, askRenewalAt } = bundle
  const file = {
    ...bundle,
    notBefore: iso(bundle.notBefore),
    notAfter: iso(bundle.notAfter),
    ...(window ? { renewalWindow: { start: iso(window.start), end: iso(window.end) } } : {}),
    ...(renewAt === undefined ? {} : { renewAt: iso(renewAt) }),
    ...(askRenewalAt === undefined ? {} : { askRenewalAt: iso(askRenewalAt) }),
    obtainedAt: iso(bundle.obtainedAt),
  }
  return `${JSON.stringify(file, undefined, 2)}\n`
}

/**
 * Reads a bundle back and checks that key and chain belong together. Dates are not judged: an expired bundle is still one.
 *
 * @throws BundleError
 */
export function parseBundle(text: string): CertificateBundle {
  try {
    const bundle = v.parse(BundleSchema, JSON.parse(text))
    checkWhole(bundle)
    return bundle
  } catch (error) {
    const why = v.isValiError(error) ? `${v.getDotPath(error.issues[0]) ?? 'it'}: ${error.message}` : messageOf(error)
    throw new BundleError(`the stored certificate bundle cannot be used: ${why}`, { cause: error })
  }
}

/** Verified without the question whether it is in its time; an intermediate may be younger than a leaf that was dated back. */
function checkWhole(bundle: CertificateBundle): void {
  const { chainPem, names, keyPem } = bundle
  const facts = readCertificate(chainPem)
  if (facts.notBefore !== bundle.notBefore || facts.notAfter !== bundle.notAfter) {
    throw new CertificateError('broken-chain', 'the dates written beside the certificate are not its own')
  }
  verifyChain({ chainPem, names, keyPem, now: undefined })
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
