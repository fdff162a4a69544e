// The name that ACME renewal information gives a certificate (RFC 9773 section 4.1): key identifier of the issuer, a dot,
// the serial number as the bytes of its DER integer.
import { AuthorityKeyIdentifierExtension, PeculiarCertificate } from './peculiar.ts'
import { CertificateError } from './certificate-error.ts'

/**
 * The ARI id of the first certificate of a chain.
 *
 * @throws CertificateError ('not-pem') where there is none, ('no-issuer-key') where it does not name its issuer's key
 */
export function certId(chainPem: string): string {
  let certificate: PeculiarCertificate
  try {
    certificate = new PeculiarCertificate(chainPem)
  } catch (error) {
    throw new CertificateError('not-pem', 'this is no certificate in PEM', { cause: error })
  }
  const keyId = certificate.getExtension(AuthorityKeyIdentifierExtension)?.keyId
  if (keyId === undefined) {
    throw new CertificateError('no-issuer-key', "the certificate does not name its issuer's key, so it has no ARI id")
  }
  return certIdOf(Buffer.from(keyId, 'hex'), certificate.serialNumber)
}

/**
 * The ARI id of its two parts.
 *
 * @param keyId  the authority key identifier's bytes
 * @param serial  hex, as written on certificates (no sign byte needed)
 */
export function certIdOf(keyId: Uint8Array, serial: string): string {
  const even = serial.length % 2 ? `0${serial}` : serial
  const bytes = Buffer.from(even, 'hex')
  // A DER integer is signed: a leading one bit would make it negative.
  const der = (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes
  return `${Buffer.from(keyId).toString('base64url')}.${der.toString('base64url')}`
}
