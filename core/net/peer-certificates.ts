// Node 24 ends with a segmentation fault where it makes the old form of a certificate (`getPeerCertificate`, `toLegacyObject`) whose key is on
// a curve without a name of NIST's, such as secp256k1. Its own TLS client asks for that form of the whole chain after every verified
// handshake, and takes into the chain whatever the other side sends with a fitting name: any server with a good certificate could
// end any client. Here such a chain is looked at in the new form first.
// Faults of libraries that this is a way around (docs/upstream.md): legacy-certificate, certificate-once.
import type { X509Certificate } from 'node:crypto'
import { TLSSocket } from 'node:tls'

/** Curves that have one; keys that are on none (RSA, Ed25519) are no matter. */
const NAMED: readonly (string | undefined)[] = ['prime192v1', 'secp224r1', 'prime256v1', 'secp384r1', 'secp521r1']

/** Longer chains are none of a CA's, and are not followed. */
const MAX_CHAIN = 16

const guarded = new WeakSet<object>()

/** Puts it before Node's own; for the beginning of every process that dials. A second call does nothing. */
export function guardPeerCertificates(): void {
  const { prototype } = TLSSocket
  if (guarded.has(prototype)) return
  guarded.add(prototype)
  const seen = new WeakMap<TLSSocket, X509Certificate>()
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its socket
  const original = prototype.getPeerX509Certificate
  /** Node's own gives it once: the second time there is none. */
  const once = (socket: TLSSocket): X509Certificate | undefined => {
    const found = seen.get(socket) ?? Reflect.apply(original, socket, [])
    if (found) seen.set(socket, found)
    return found
  }
  Reflect.set(prototype, 'getPeerX509Certificate', function (this: TLSSocket) {
    return once(this)
  })
  Reflect.set(prototype, 'getPeerCertificate', function (this: TLSSocket, detailed?: boolean) {
    const leaf = once(this)
    return leaf && isKnown(leaf) ? oldForm(leaf, detailed === true ? MAX_CHAIN : 0) : {}
  })
}

/** With as many issuers as are wanted and can be told. */
function oldForm(certificate: X509Certificate, issuers: number): object {
  const told = certificate.toLegacyObject()
  const issuer: X509Certificate | undefined = certificate.issuerCertificate
  if (issuers === 0 || issuer === undefined || !isKnown(issuer)) return told
  // a root is its own
  const isOwn = issuer.fingerprint256 === certificate.fingerprint256
  return Object.assign(told, { issuerCertificate: isOwn ? told : oldForm(issuer, issuers - 1) })
}

/** Whether Node can say what this one is in the old form. */
function isKnown(certificate: X509Certificate): boolean {
  try {
    const { publicKey } = certificate
    return publicKey.asymmetricKeyType !== 'ec' || NAMED.includes(publicKey.asymmetricKeyDetails?.namedCurve)
  } catch {
    return false // a key that nobody can read, which anybody may put into a chain
  }
}
