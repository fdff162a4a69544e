// A secret sealed with a passphrase: one JSON text with a readable head (what it is, whose, how the key is derived) and
// AES-256-GCM over the secret, with the head as additional data. The key comes from scrypt (RFC 7914). Everything here is
// in BoringSSL too, so a file made by plain Node opens in Electron and the other way round.
import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto'
import * as v from 'valibot'
import { MIN_PASSPHRASE_CHARS } from '../../proto/api/methods.ts'

/** What a sealed text is for; one kind never opens as the other. */
export type SealedKind = 'peer-key' | 'identity-backup'

/** What stands readable on a sealed text. It is believed only once the text has opened. */
export interface SealedHead {
  readonly kind: SealedKind
  readonly peerId: string
}

/** The largest sealed text that is read, bytes: an RSA key of 8192 bits takes about 10 kB. */
export const MAX_SEALED_BYTES = 16 * 1_024

/** Beyond this a passphrase is no passphrase; what the window may send at most. */
const MAX_PASSPHRASE_CHARS = 1_024

/** scrypt's N: 2^17 with r = 8 takes 128 MiB and about 0.4 s, OWASP's advice of 2024. */
export const SCRYPT_COST = 2 ** 17
/** A text that asks for more would fill the memory (2^18: 256 MiB); one that asks for less was not made by us. */
const COSTS: readonly number[] = [2 ** 14, 2 ** 15, 2 ** 16, SCRYPT_COST, 2 ** 18]
const SCRYPT_BLOCK = 8
const SCRYPT_PARALLEL = 1
const KEY_BYTES = 32
const SALT_BYTES = 16
/** 96 bits: NIST SP 800-38D section 8.2.2; the key is used for one text only, because every text has its own salt. */
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** The passphrase opens nothing: it is another one, or somebody changed the text and made its checksum fit. */
export class WrongPassphraseError extends Error {
  override readonly name = 'WrongPassphraseError'
}

/** Too short to protect a key against somebody who has the file. */
export class WeakPassphraseError extends Error {
  override readonly name = 'WeakPassphraseError'
}

/** Not a sealed text that can be opened here, whatever the passphrase. */
export class SealedTextError extends Error {
  override readonly name = 'SealedTextError'
  readonly reason: 'too-large' | 'truncated' | 'damaged' | 'other-kind' | 'too-new'

  constructor(reason: SealedTextError['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

const FORMAT = 'nodetrust-sealed'
const VERSION = 1

const base64 = (bytes: number) =>
  v.pipe(
    v.string(),
    v.base64(),
    v.check((text) => Buffer.from(text, 'base64').length === bytes),
  )

const HeadSchema = v.strictObject({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  kind: v.picklist(['peer-key', 'identity-backup']),
  peerId: v.pipe(v.string(), v.maxLength(128)),
  kdf: v.strictObject({
    name: v.literal('scrypt'),
    cost: v.picklist(COSTS),
    blockSize: v.literal(SCRYPT_BLOCK),
    parallel: v.literal(SCRYPT_PARALLEL),
    salt: base64(SALT_BYTES),
  }),
  cipher: v.strictObject({ name: v.literal('aes-256-gcm'), nonce: base64(NONCE_BYTES) }),
})
const SealedSchema = v.strictObject({
  ...HeadSchema.entries,
  sealed: v.pipe(v.string(), v.base64()),
  /** Tells a damaged file from a wrong passphrase; it proves nothing against a person. */
  checksum: v.string(),
})
type Head = v.InferOutput<typeof HeadSchema>

/**
 * Refuses a passphrase that is too short or too long. Forms that look the same count as the same (NFKC).
 *
 * @throws WeakPassphraseError
 */
export function checkPassphrase(passphrase: string): void {
  const length = Array.from(passphrase.normalize('NFKC')).length
  if (length >= MIN_PASSPHRASE_CHARS && passphrase.length <= MAX_PASSPHRASE_CHARS) return
  throw new WeakPassphraseError(
    `the passphrase has ${length} characters: ${MIN_PASSPHRASE_CHARS} to ${MAX_PASSPHRASE_CHARS} are needed`,
  )
}

/**
 * Seals a secret.
 *
 * @param cost  scrypt's N, a power of two from 2^14 to 2^18
 * @returns UTF-8 JSON, at most MAX_SEALED_BYTES
 * @throws WeakPassphraseError; RangeError where the secret is too large
 */
export async function seal(
  secret: Uint8Array,
  passphrase: string,
  { kind, peerId }: SealedHead,
  cost = SCRYPT_COST,
): Promise<Uint8Array> {
  checkPassphrase(passphrase)
  const salt = randomBytes(SALT_BYTES)
  const nonce = randomBytes(NONCE_BYTES)
  const head: Head = {
    ...{ format: FORMAT, version: VERSION, kind, peerId },
    kdf: {
      ...{ name: 'scrypt', cost, blockSize: SCRYPT_BLOCK, parallel: SCRYPT_PARALLEL },
      salt: salt.toString('base64'),
    },
    cipher: { name: 'aes-256-gcm', nonce: nonce.toString('base64') },
  }
  const cipher = createCipheriv('aes-256-gcm', await deriveKey(passphrase, salt, cost), nonce)
  cipher.setAAD(additionalData(head))
  const sealed = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]).toString('base64')
  const text = `${JSON.stringify({ ...head, sealed, checksum: checksum(head, sealed) }, undefined, 2)}\n`
  if (text.length > MAX_SEALED_BYTES) throw new RangeError(`a secret of ${secret.length} bytes is too large to seal`)
  return Buffer.from(text)
}

/**
 * Opens what `seal` made.
 *
 * @throws SealedTextError, WrongPassphraseError
 */
export async function unseal(text: Uint8Array, passphrase: string, kind: SealedKind): Promise<Uint8Array> {
  const { sealed, checksum: _, ...head } = parseSealed(text, kind)
  const bytes = Buffer.from(sealed, 'base64')
  const tag = bytes.subarray(-TAG_BYTES)
  const key = await deriveKey(passphrase, Buffer.from(head.kdf.salt, 'base64'), head.kdf.cost)
  const nonce = Buffer.from(head.cipher.nonce, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(additionalData(head))
  decipher.setAuthTag(tag)
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()])
  } catch {
    // The library's own error says less, and nothing of what it has seen belongs into a log.
    throw new WrongPassphraseError('the passphrase does not open this file: try again, capitals and spaces count')
  }
}

/**
 * Reads the head without opening anything.
 *
 * @throws SealedTextError
 */
export function readSealedHead(text: Uint8Array, kind: SealedKind): SealedHead {
  const { peerId } = parseSealed(text, kind)
  return { kind, peerId }
}

function parseSealed(text: Uint8Array, kind: SealedKind): v.InferOutput<typeof SealedSchema> {
  if (text.length > MAX_SEALED_BYTES) {
    throw new SealedTextError('too-large', `${text.length} bytes are too many: at most ${MAX_SEALED_BYTES} are read`)
  }
  const value = parseJson(text)
  const version = v.safeParse(v.object({ format: v.literal(FORMAT), version: v.number() }), value)
  if (version.success && version.output.version > VERSION) {
    throw new SealedTextError('too-new', 'a newer version of this program made this file: update, then try again')
  }
  const parsed = v.safeParse(SealedSchema, value)
  if (!parsed.success) throw damaged()
  const { sealed, checksum: told, ...head } = parsed.output
  if (checksum(head, sealed) !== told || Buffer.from(sealed, 'base64').length <= TAG_BYTES) throw damaged()
  if (head.kind !== kind) {
    throw new SealedTextError('other-kind', `this file holds a ${head.kind}, a ${kind} is needed`)
  }
  return parsed.output
}

function damaged(): SealedTextError {
  return new SealedTextError('damaged', 'this is no sealed key of ours, or it is damaged: use another copy of the file')
}

function parseJson(text: Uint8Array): unknown {
  const string = Buffer.from(text).toString('utf8')
  try {
    return JSON.parse(string)
  } catch {
    if (!string.trimStart().startsWith('{') || string.trimEnd().endsWith('}')) throw damaged()
    throw new SealedTextError('truncated', 'the end of this file is missing: copy it again')
  }
}

/** The head in an order of its own, so that the order in the file does not matter. */
function additionalData(head: Head): Buffer {
  const { format, version, kind, peerId, kdf, cipher } = head
  const parts = [format, version, kind, peerId]
  return Buffer.from(
    JSON.stringify([...parts, kdf.name, kdf.cost, kdf.blockSize, kdf.parallel, kdf.salt, cipher.name, cipher.nonce]),
  )
}

function checksum(head: Head, sealed: string): string {
  return createHash('sha256').update(additionalData(head)).update(sealed).digest('hex').slice(0, 16)
}

function deriveKey(passphrase: string, salt: Uint8Array, cost: number): Promise<Buffer> {
  // 128 * N * r is what RFC 7914 needs for its table; as much again for p and the library.
  const maxmem = 128 * cost * SCRYPT_BLOCK + 32 * 1_024 * 1_024
  return new Promise((resolve, reject) => {
    scrypt(
      passphrase.normalize('NFKC'),
      salt,
      KEY_BYTES,
      { N: cost, r: SCRYPT_BLOCK, p: SCRYPT_PARALLEL, maxmem },
      (error, key) => (error ? reject(error) : resolve(key)),
    )
  })
}
