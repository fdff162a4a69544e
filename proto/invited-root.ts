// The root certificates that an invitation carries: base64url of their DER in the link, PEM for everybody else. They are read as
// X.509 at once, since a node that was joined with garbage would fail at its first certificate, days later. Not for the page:
// it needs Node's crypto.
import { X509Certificate } from 'node:crypto'

/** A private CA's root has 500 to 2,000 bytes; two of them have to fit into a link that mail programs carry. */
const MAX_ROOT_BYTES = 3_000

const BLOCK = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g

/** The certificates of a PEM file as they stand in a link. */
export function rootsToText(pem: string): string[] {
  return [...pem.matchAll(BLOCK)].map(([, body = '']) =>
    body.replaceAll(/\s/g, '').replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
  )
}

/**
 * Reads the roots of a link.
 *
 * @returns PEM, or why it cannot be used as the end of a sentence
 */
export function rootsFromText(texts: readonly string[]): { readonly pem: string } | { readonly why: string } {
  if (!texts.every((text) => /^[A-Za-z0-9_-]+$/.test(text))) return { why: 'the root certificate in it cannot be read' }
  if (texts.join('').length > (MAX_ROOT_BYTES * 4) / 3)
    return { why: `the root certificate in it has more than ${MAX_ROOT_BYTES} bytes` }
  for (const text of texts) {
    const root = certificateOf(text)
    if (!root) return { why: 'the root certificate in it cannot be read: it was cut off, or is no certificate' }
    if (!root.ca) return { why: 'the root certificate in it is the certificate of a server, not of a CA' }
  }
  return { pem: texts.map((text) => pemOf(text)).join('') }
}

/** SHA-256 of each certificate of a PEM file, hex with colons, as browsers show it. */
export function rootFingerprints(pem: string): string[] {
  return rootsToText(pem).flatMap((text) => certificateOf(text)?.fingerprint256 ?? [])
}

function certificateOf(text: string): X509Certificate | undefined {
  const der = Buffer.from(text, 'base64url')
  try {
    const certificate = new X509Certificate(der)
    // what stands behind the certificate would be lost on the way through PEM
    return certificate.raw.equals(der) ? certificate : undefined
  } catch {
    return undefined
  }
}

function pemOf(text: string): string {
  const lines =
    Buffer.from(text, 'base64url')
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
