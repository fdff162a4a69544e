// Signed requests (RFC 8555 section 6.2, RFC 7515 in flattened form): reads them and checks signatures. Which key must have
// signed, which nonce and which URL is for the caller to say.
import { createHash, createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from 'node:crypto'
import * as v from 'valibot'
import { judgeKey, spkiOf, spkiSha256 } from '../../core/x509/keys.ts'
import { CaProblem } from './problem.ts'

const Base64Url = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]*$/))

const EnvelopeSchema = v.strictObject({ protected: Base64Url, payload: Base64Url, signature: Base64Url })

const EcJwkSchema = v.object({ kty: v.literal('EC'), crv: v.picklist(['P-256', 'P-384']), x: Base64Url, y: Base64Url })
const RsaJwkSchema = v.object({ kty: v.literal('RSA'), n: Base64Url, e: Base64Url })
const JwkSchema = v.variant('kty', [EcJwkSchema, RsaJwkSchema])

type Jwk = v.InferOutput<typeof JwkSchema>

const HeaderSchema = v.object({
  alg: v.string(),
  url: v.string(),
  nonce: v.optional(v.string()),
  kid: v.optional(v.string()),
  jwk: v.optional(v.unknown()),
})

/** Signature algorithms for the keys that accounts may have. */
const ALGORITHMS: Readonly<Record<string, { readonly hash: string; readonly key: string }>> = {
  ES256: { hash: 'sha256', key: 'ecdsa-p256' },
  ES384: { hash: 'sha384', key: 'ecdsa-p384' },
  RS256: { hash: 'sha256', key: 'rsa' },
}

export interface Jws {
  readonly header: v.InferOutput<typeof HeaderSchema>
  /** Decoded; empty for POST-as-GET. */
  readonly payload: string
  readonly signed: string
  readonly signature: Buffer
}

/** A key that came in a request. */
export interface PublicKey {
  readonly key: KeyObject
  /** RFC 7638. */
  readonly thumbprint: string
  /** Hex SHA-256 of its SubjectPublicKeyInfo. */
  readonly spkiSha256: string
}

/** @throws CaProblem (malformed) */
export function parseJws(value: unknown): Jws {
  const envelope = v.safeParse(EnvelopeSchema, value)
  if (!envelope.success) throw new CaProblem(400, 'malformed', 'expected a flattened JWS with a protected header')
  const { protected: encoded, payload, signature } = envelope.output
  const header = v.safeParse(HeaderSchema, parseJson(decode(encoded), 'the protected header is no JSON'))
  if (!header.success) throw new CaProblem(400, 'malformed', 'the protected header lacks alg or url')
  return {
    header: header.output,
    payload: decode(payload),
    signed: `${encoded}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  }
}

/** @throws CaProblem (malformed) with this detail */
export function parseJson(text: string, detail: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CaProblem(400, 'malformed', detail)
  }
}

/** @throws CaProblem (badPublicKey, malformed) */
export function readJwk(value: unknown): PublicKey {
  const parsed = v.safeParse(JwkSchema, value)
  if (!parsed.success) throw new CaProblem(400, 'badPublicKey', 'expected a JWK of type RSA, P-256 or P-384')
  let key: KeyObject
  try {
    key = createPublicKey({ key: { ...parsed.output }, format: 'jwk' })
  } catch {
    throw new CaProblem(400, 'badPublicKey', 'this JWK is no key')
  }
  const judgement = judgeKey(key)
  if (!judgement.ok) throw new CaProblem(400, 'badPublicKey', judgement.why)
  return { key, thumbprint: thumbprintOf(parsed.output), spkiSha256: spkiSha256(spkiOf(key)) }
}

function thumbprintOf(jwk: Jwk): string {
  const members =
    jwk.kty === 'EC' ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y } : { e: jwk.e, kty: jwk.kty, n: jwk.n }
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}

/** @throws CaProblem (badSignatureAlgorithm, unauthorized) */
export function checkSignature(jws: Jws, key: KeyObject): void {
  const algorithm = ALGORITHMS[jws.header.alg]
  const judgement = judgeKey(key)
  if (!algorithm || !judgement.ok || !judgement.algorithm.startsWith(algorithm.key)) {
    throw new CaProblem(
      400,
      'badSignatureAlgorithm',
      `${jws.header.alg} does not fit the key; use ES256, ES384 or RS256`,
    )
  }
  const good = verify(algorithm.hash, Buffer.from(jws.signed), { key, dsaEncoding: 'ieee-p1363' }, jws.signature)
  if (!good) throw new CaProblem(403, 'unauthorized', 'the signature does not match')
}

/** Whether a JWS was signed with this secret (HS256, RFC 8555 section 7.3.4). */
export function isSignedWith(jws: Jws, secret: Uint8Array): boolean {
  if (jws.header.alg !== 'HS256') return false
  const expected = createHmac('sha256', secret).update(jws.signed).digest()
  return expected.length === jws.signature.length && timingSafeEqual(expected, jws.signature)
}

function decode(encoded: string): string {
  return Buffer.from(encoded, 'base64url').toString('utf8')
}
