// A certificate for a name by key: signed by itself, for the key's names alone, no authority, weeks long. What makes it believable is the
// pin that the name's owner signs; the certificate only carries the key.
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { generateKeyPem, spkiOf, spkiSha256, validityOf } from '../../core/x509/index.ts'
import { importKeyPair, webCryptoAlgorithm } from '../../core/x509/keys.ts'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  webCrypto,
  X509CertificateGenerator,
} from '../../core/x509/peculiar.ts'

/** Key and certificate of a name. */
export interface NamePair {
  readonly keyPem: string
  readonly certPem: string
  /** SHA-256 over the key's SubjectPublicKeyInfo, hexadecimal: the pin. */
  readonly sha256: string
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
}

/** How long it lives, milliseconds: an owner who is away for three weeks comes back to one that still counts. */
export const NAME_LIFE_MS = 30 * 24 * 3_600_000

/** Others' clocks are behind by minutes. */
const BEFORE_MS = 3_600_000

/** The names of a key that its certificate is for. */
export function namesOf(npub: string): readonly string[] {
  return [`${npub}.nostr`, `*.${npub}.nostr`, `${npub}.nostr.alt`, `*.${npub}.nostr.alt`, `${npub}.local`]
}

/** Makes a new key and its certificate. @param nowMs  our wall clock */
export async function makeNamePair(npub: string, nowMs: number): Promise<NamePair> {
  const keyPem = await generateKeyPem('ecdsa-p256')
  const keys = await importKeyPair(createPrivateKey(keyPem))
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: serial.toString('hex'),
      // a name that people may see in a browser's window; names to connect by are in the extension alone
      subject: 'O=Name by key',
      issuer: 'O=Name by key',
      notBefore: new Date(nowMs - BEFORE_MS),
      notAfter: new Date(nowMs + NAME_LIFE_MS),
      signingAlgorithm: webCryptoAlgorithm(keys.algorithm),
      signingKey: keys.privateKey,
      publicKey: keys.publicKey,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(namesOf(npub).map((value) => ({ type: 'dns' as const, value }))),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webCrypto),
      ],
    },
    webCrypto,
  )
  return pairOf(keyPem, `${certificate.toString('pem')}\n`)
}

/**
 * Reads a pair.
 *
 * @throws where the two do not fit, or are none
 */
export function pairOf(keyPem: string, certPem: string): NamePair {
  const leaf = new X509Certificate(certPem)
  if (!leaf.checkPrivateKey(createPrivateKey(keyPem))) throw new TypeError('the key is not the one of the certificate')
  return {
    ...{ keyPem, certPem, sha256: pinOf(leaf) },
    ...validityOf(leaf),
  }
}

/** The pin of a certificate (TLSA 3 1 1, RFC 6698): SHA-256 over its SubjectPublicKeyInfo, hexadecimal. */
export function pinOf({ publicKey }: X509Certificate): string {
  return spkiSha256(spkiOf(publicKey))
}
