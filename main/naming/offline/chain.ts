// The key-signed experiment: a certificate that can be verified from the name alone, without any relay. (a) The naming key as an authority
// of its own that may sign for its own names only, over an ordinary P-256 leaf: Node and OpenSSL verify it, browsers and GnuTLS do
// not know the curve. (b) The naming key as the TLS key itself, as the proof of concept tried it: TLS 1.2, plain Node and
// OpenSSL, and only where the client names the curve; the key has to lie in the web server, so it is for trying out.
import { createPrivateKey, randomBytes, type X509Certificate } from 'node:crypto'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { DerError, derValue, derValues } from '../../../core/x509/der.ts'
import { bitString, certificatePem, der, explicit, integer, oid, sequence, TAG } from '../../../core/x509/der-write.ts'
import { generateKeyPem, spkiOf } from '../../../core/x509/index.ts'
import { NAME_CONSTRAINTS_OID, nameConstraints } from '../../../core/x509/name-constraints.ts'
import { namesOf } from '../name-pair.ts'
import type { NamingKey } from '../../../core/nostr/keys.ts'

/** A leaf and who signed it, PEM. */
export interface OfflineChain {
  readonly keyPem: string
  /** Leaf first, then the authority where there is one. */
  readonly chainPem: string
}

const DAY_MS = 24 * 3_600_000
const LEAF_LIFE_MS = 30 * DAY_MS
const AUTHORITY_LIFE_MS = 365 * DAY_MS

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'))
const EC_PUBLIC_KEY = '1.2.840.10045.2.1'
const SECP256K1 = '1.3.132.0.10'
const OID = {
  subjectKey: '2.5.29.14',
  authorityKey: '2.5.29.35',
  keyUsage: '2.5.29.15',
  san: '2.5.29.17',
  basic: '2.5.29.19',
  eku: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const

/** (a) The naming key signs for a P-256 leaf. @param nowMs  our wall clock */
export async function makeKeySignedChain(key: NamingKey, nowMs: number): Promise<OfflineChain> {
  const keyPem = await generateKeyPem('ecdsa-p256')
  const authority = certificateOf(key, {
    ...{ subject: key.npub.slice(0, 64), spki: spkiOfNamingKey(key), isAuthority: true },
    ...{ notBefore: nowMs - DAY_MS, notAfter: nowMs + AUTHORITY_LIFE_MS },
  })
  const leaf = certificateOf(key, {
    ...{ subject: undefined, spki: spkiOf(createPrivateKey(keyPem)), isAuthority: false },
    ...{ notBefore: nowMs - DAY_MS, notAfter: nowMs + LEAF_LIFE_MS },
  })
  return { keyPem, chainPem: certificatePem(leaf) + certificatePem(authority) }
}

/** (b) The naming key is the TLS key. Plain Node only: Electron's library does not know the curve. */
export function makeKeyAsTlsKey(key: NamingKey, nowMs: number): OfflineChain {
  const leaf = certificateOf(key, {
    ...{ subject: key.npub.slice(0, 64), spki: spkiOfNamingKey(key), isAuthority: false },
    ...{ notBefore: nowMs - DAY_MS, notAfter: nowMs + LEAF_LIFE_MS },
  })
  return { keyPem: sec1Pem(key), chainPem: certificatePem(leaf) }
}

/** Why a chain does not prove a name. */
export type OfflineFault = 'form' | 'other-key' | 'signature' | 'authority' | 'names' | 'over'

/** What a chain proves. */
export interface OfflineVerification {
  readonly ok: boolean
  readonly fault: OfflineFault | undefined
  /** `authority`: the name's key signed the certificate; `itself`: the certificate holds the name's key. */
  readonly how: 'authority' | 'itself' | undefined
  readonly until: number | undefined
}

/**
 * Verifies a chain from the name's key alone. In our own arithmetic, so that it works in Electron too.
 *
 * @param chain  leaf first
 * @param pubkey  64 hexadecimal digits
 * @param host  the name that is meant
 */
export function verifyOffline(
  chain: readonly X509Certificate[],
  { pubkey, host, nowMs }: { readonly pubkey: string; readonly host: string; readonly nowMs: number },
): OfflineVerification {
  const no = (fault: OfflineFault): OfflineVerification => ({ ok: false, fault, how: undefined, until: undefined })
  const [leaf] = chain
  if (!leaf) return no('form')
  try {
    const parts = takeApart(leaf.raw)
    const own = isNamingKey(parts.spki, pubkey)
    if (leaf.ca) return no('authority')
    // signed by the key itself in both ways: the authority's own certificate adds nothing that the name does not say
    if (!isSignedBy(leaf.raw, pubkey))
      return no(chain.some((one) => isNamingKey(takeApart(one.raw).spki, pubkey)) ? 'signature' : 'other-key')
    if (leaf.checkHost(host) === undefined) return no('names')
    const until = Date.parse(leaf.validTo)
    if (until <= nowMs || Date.parse(leaf.validFrom) > nowMs) return no('over')
    return { ok: true, fault: undefined, how: own ? 'itself' : 'authority', until }
  } catch {
    return no('form')
  }
}

interface Content {
  readonly subject: string | undefined
  readonly spki: Uint8Array
  readonly isAuthority: boolean
  readonly notBefore: number
  readonly notAfter: number
}

/** Signed by the naming key with ECDSA (the curve is the same, only the way of signing differs from Nostr's). */
function certificateOf(key: NamingKey, { subject, spki, isAuthority, notBefore, notAfter }: Content): Buffer {
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  const names = namesOf(key.npub)
  const extension = (id: string, critical: boolean, content: Buffer) =>
    sequence(oid(id), ...(critical ? [der(TAG.boolean, Buffer.of(0xff))] : []), der(TAG.octetString, content))
  const own = keyId(spki)
  const extensions = isAuthority
    ? [
        extension(OID.basic, true, sequence(der(TAG.boolean, Buffer.of(0xff)), integer(Buffer.of(0)))),
        extension(OID.keyUsage, true, der(TAG.bitString, Buffer.of(2, 0x04))),
        extension(OID.subjectKey, false, der(TAG.octetString, own)),
        extension(NAME_CONSTRAINTS_OID, true, nameConstraints(names.filter((name) => !name.startsWith('*.')))),
      ]
    : [
        extension(OID.basic, true, sequence()),
        extension(OID.keyUsage, true, der(TAG.bitString, Buffer.of(7, 0x80))),
        extension(OID.authorityKey, false, sequence(der(0x80, keyId(spkiOfNamingKey(key))))),
        extension(OID.eku, false, sequence(oid(OID.serverAuth))),
        extension(
          OID.san,
          subject === undefined,
          sequence(...names.map((name) => der(0x82, Buffer.from(name, 'latin1')))),
        ),
      ]
  const tbs = sequence(
    explicit(0, integer(Buffer.of(2))),
    integer(serial),
    ECDSA_SHA256,
    distinguished(key.npub.slice(0, 64)),
    sequence(time(notBefore), time(notAfter)),
    subject === undefined ? sequence() : distinguished(subject),
    spki,
    explicit(3, sequence(...extensions)),
  )
  const signature = secp256k1.sign(sha256(tbs), key.secret, { prehash: false, lowS: true, format: 'der' })
  return sequence(tbs, ECDSA_SHA256, bitString(signature))
}

/** RFC 7093 section 2: the first 160 bits of SHA-256, here over the whole key. */
function keyId(spki: Uint8Array): Uint8Array {
  return sha256(spki).subarray(0, 20)
}

function distinguished(commonName: string): Buffer {
  return sequence(der(TAG.set, sequence(oid('2.5.4.3'), der(TAG.utf8, Buffer.from(commonName)))))
}

function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  // until 2049 in two digits (RFC 5280 section 4.1.2.5)
  return text < '2050' ? der(0x17, Buffer.from(text.slice(2))) : der(TAG.generalizedTime, Buffer.from(text))
}

function spkiOfNamingKey({ secret }: NamingKey): Buffer {
  return spkiOfPoint(secp256k1.getPublicKey(secret, false))
}

function sec1Pem({ secret }: NamingKey): string {
  const point = secp256k1.getPublicKey(secret, false)
  const body = sequence(
    integer(Buffer.of(1)),
    der(TAG.octetString, secret),
    explicit(0, oid(SECP256K1)),
    explicit(1, bitString(point)),
  )
  const lines = body.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN EC PRIVATE KEY-----\n${lines.join('\n')}\n-----END EC PRIVATE KEY-----\n`
}

interface Parts {
  readonly tbs: Uint8Array
  readonly algorithm: Uint8Array
  readonly signature: Uint8Array
  readonly spki: Uint8Array
}

/** @throws DerError */
function takeApart(raw: Uint8Array): Parts {
  const [tbs, algorithm, signature] = derValues(derValue(raw).content)
  const spki = tbs && derValues(tbs.content)[6]
  if (!tbs || !algorithm || !signature || !spki) throw new DerError('a part of the certificate is missing')
  return { tbs: tbs.whole, algorithm: algorithm.whole, signature: signature.content.subarray(1), spki: spki.whole }
}

/** Of the key's two points, which differ in their sign, a name knows none in particular. */
function pointsOf(pubkey: string): readonly Uint8Array[] {
  return ['02', '03'].map((sign) => Buffer.from(sign + pubkey, 'hex'))
}

function isSignedBy(raw: Uint8Array, pubkey: string): boolean {
  const { tbs, algorithm, signature } = takeApart(raw)
  if (Buffer.compare(algorithm, ECDSA_SHA256) !== 0) return false
  const digest = sha256(tbs)
  return pointsOf(pubkey).some((point) => {
    try {
      return secp256k1.verify(signature, digest, point, { prehash: false, lowS: false, format: 'der' })
    } catch {
      return false
    }
  })
}

function isNamingKey(spki: Uint8Array, pubkey: string): boolean {
  return pointsOf(pubkey).some((compressed) => {
    try {
      const point = secp256k1.Point.fromBytes(compressed).toBytes(false)
      return Buffer.compare(spki, spkiOfPoint(point)) === 0
    } catch {
      return false
    }
  })
}

function spkiOfPoint(point: Uint8Array): Buffer {
  return sequence(sequence(oid(EC_PUBLIC_KEY), oid(SECP256K1)), bitString(point))
}
