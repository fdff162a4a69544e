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
 * Makes a judge of chains.
 *
 * @param roots  PEM of each root, asked for once, when the first chain is judged. @default those of Node and of the system
 */
export function trustJudge(roots: () => readonly string[] = platformRoots): TrustJudge {
  let bySubject: ReadonlyMap<string, readonly X509Certificate[]> | undefined
  const judged = new Map<string, boolean>()
  return (chainPem) => {
    const known = judged.get(chainPem)
    if (known !== undefined) return known
    bySubject ??= group(roots())
    const trusted = leadsTo(bySubject, chainPem)
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

function group(roots: readonly string[]): ReadonlyMap<string, readonly X509Certificate[]> {
  const bySubject = new Map<string, X509Certificate[]>()
  for (const pem of new Set(roots)) {
    const root = readRoot(pem)
    if (root) bySubject.set(root.subject, [...(bySubject.get(root.subject) ?? []), root])
  }
  return bySubject
}

/** A root store may hold what OpenSSL does not read. */
function readRoot(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

function leadsTo(roots: ReadonlyMap<string, readonly X509Certificate[]>, chainPem: string): boolean {
  const [leaf, ...others] = certificatesOf(chainPem)
  let link = leaf
  for (let links = 0; link && links < MAX_LINKS; links++) {
    const child = link
    if ((roots.get(child.issuer) ?? []).some((root) => signed(root, child))) return true
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
