// Whether a browser would trust a chain without having been told to: it ends at a root that this platform trusts. What a window
// or a page says of browsers depends on this alone, and not on what somebody called a network.
import { X509Certificate } from 'node:crypto'
// oxlint-disable-next-line no-restricted-imports -- it serves nothing
import * as tls from 'node:tls'
import { readChain } from './chain.ts'

/** Says whether a chain, PEM, leaf first, leads to a root. Dates are not looked at. */
export type TrustJudge = (chainPem: string) => boolean

/** More links than any public CA's chain has. */
const MAX_LINKS = 10

/** A node has one or two chains at a time, and asks of them again and again. */
const REMEMBERED_CHAINS = 8

/**
 * Makes a judge of chains. It keeps what it said and no root: three hundred of them, read, take some MiB for as long as they are held,
 * and a new chain comes every few weeks.
 *
 * @param roots  PEM of each root, asked for at each chain that was not judged before. @default those of Node and of the system
 */
export function trustJudge(roots: () => readonly string[] = platformRoots): TrustJudge {
  const judged = new Map<string, boolean>()
  return (chainPem) => {
    const known = judged.get(chainPem)
    if (known !== undefined) return known
    const trusted = leadsTo(roots, certificatesOf(chainPem))
    if (judged.size >= REMEMBERED_CHAINS) judged.clear()
    judged.set(chainPem, trusted)
    return trusted
  }
}

/** PEM of each root that this platform trusts. */
export function platformRoots(): readonly string[] {
  // Node 22.15 and later; where it is missing Node's own list is nearly that of the browsers
  const get: unknown = Reflect.get(tls, 'getCACertificates')
  if (typeof get !== 'function') return tls.rootCertificates
  return (['default', 'system'] as const).flatMap((kind) => {
    try {
      const roots: unknown = Reflect.apply(get, tls, [kind])
      return Array.isArray(roots) ? roots.filter((pem) => typeof pem === 'string') : []
    } catch {
      return []
    }
  })
}

/** Those of the roots that may have signed one of these, by the name of the issuer. */
function issuersOf(chain: readonly X509Certificate[], roots: readonly string[]): readonly X509Certificate[] {
  const names = new Set(chain.map(({ issuer }) => issuer))
  return [...new Set(roots)].flatMap((pem) => {
    const root = readRoot(pem)
    return root && names.has(root.subject) ? [root] : []
  })
}

/** A root store may hold what OpenSSL does not read. */
function readRoot(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

function leadsTo(roots: () => readonly string[], chain: readonly X509Certificate[]): boolean {
  const [leaf, ...others] = chain
  if (!leaf) return false
  const issuers = issuersOf(chain, roots())
  let link: X509Certificate | undefined = leaf
  for (let links = 0; link && links < MAX_LINKS; links++) {
    const child: X509Certificate = link
    if (issuers.some((root) => root.subject === child.issuer && signed(root, child))) return true
    link = others.find((other) => other.fingerprint256 !== child.fingerprint256 && signed(other, child))
  }
  return false
}

function certificatesOf(chainPem: string): readonly X509Certificate[] {
  try {
    return readChain(chainPem)
  } catch {
    return []
  }
}

function signed(issuer: X509Certificate, child: X509Certificate): boolean {
  try {
    return issuer.ca && child.checkIssued(issuer) && child.verify(issuer.publicKey)
  } catch {
    return false
  }
}
