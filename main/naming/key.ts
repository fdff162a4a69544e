// The key that this machine's name belongs to. It follows from the peer's key, so it lies where that lies (keychain, passphrase, file), is in
// every backup of it, locks and goes with it, and nothing more has to be kept. A person may take a key of their own instead
// (`nsec1…`); that one lies sealed with a key that follows from the peer's, and is in no backup, since its owner has it elsewhere.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { FileError, readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { namingKeyFromNsec, type NamingKey, namingKeyOf, NamingKeyError } from '../../core/nostr/keys.ts'
import type { PrivateKey } from '@libp2p/interface'

/** The naming key, and whether it is a person's own. */
export interface OpenedNamingKey {
  readonly key: NamingKey
  readonly imported: boolean
}

/** The file of a key that was taken over; it is no use without the peer's key. */
export const IMPORTED_KEY_FILE = 'name-key.json'

const MADE = 'nodetrust naming key v1'
const AT_REST = 'nodetrust naming key at rest v1'
const KEY_BYTES = 32
/** 96 bits: NIST SP 800-38D section 8.2.2. */
const NONCE_BYTES = 12
const TAG_BYTES = 16
const MAX_FILE_BYTES = 2_048

const FileSchema = v.strictObject({
  version: v.literal(1),
  nonce: v.pipe(v.string(), v.base64()),
  sealed: v.pipe(v.string(), v.base64()),
})

/**
 * The key of this machine.
 *
 * @throws FileError, NamingKeyError where a key was taken over and cannot be opened: another one must not take its place unseen
 */
export async function openNamingKey({
  dir,
  key,
}: {
  readonly dir: string
  readonly key: PrivateKey
}): Promise<OpenedNamingKey> {
  const path = join(dir, IMPORTED_KEY_FILE)
  const bytes = await readFileIfThere(path)
  if (bytes === undefined) return { key: madeFrom(key), imported: false }
  try {
    if (bytes.length > MAX_FILE_BYTES) throw new RangeError('it is too long')
    const { nonce, sealed } = v.parse(FileSchema, JSON.parse(bytes.toString('utf8')))
    return {
      key: namingKeyOf(unseal(key, Buffer.from(nonce, 'base64'), Buffer.from(sealed, 'base64'))),
      imported: true,
    }
  } catch (cause) {
    throw new NamingKeyError(
      `the naming key in ${path} cannot be opened with this peer's key: import it again, or remove the file for a name of this machine's own`,
      { cause },
    )
  }
}

/**
 * Takes a person's own key from now on.
 *
 * @throws NamingKeyError where it is none, FileError
 */
export async function importNamingKey(
  { dir, key }: { readonly dir: string; readonly key: PrivateKey },
  nsec: string,
): Promise<OpenedNamingKey> {
  const imported = namingKeyFromNsec(nsec)
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keyAtRest(key), nonce)
  const sealed = Buffer.concat([cipher.update(imported.secret), cipher.final(), cipher.getAuthTag()])
  const text = JSON.stringify({ version: 1, nonce: nonce.toString('base64'), sealed: sealed.toString('base64') })
  await writeFileAtomic(join(dir, IMPORTED_KEY_FILE), text)
  return { key: imported, imported: true }
}

/** Goes back to the machine's own key. @throws FileError */
export async function dropImportedKey(dir: string): Promise<void> {
  const path = join(dir, IMPORTED_KEY_FILE)
  try {
    await rm(path, { force: true })
  } catch (error) {
    throw new FileError(path, 'write', error)
  }
}

/** HKDF (RFC 5869) over the peer's secret; a result that is no key of the curve (one in 2^128) is made again. */
function madeFrom(key: PrivateKey): NamingKey {
  for (let attempt = 0; ; attempt++) {
    try {
      return namingKeyOf(derived(key, attempt === 0 ? MADE : `${MADE} ${attempt}`))
    } catch (error) {
      if (!(error instanceof NamingKeyError) || attempt > 3) throw error
    }
  }
}

function keyAtRest(key: PrivateKey): Buffer {
  return Buffer.from(derived(key, AT_REST))
}

function derived({ raw, type }: PrivateKey, info: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', raw, type, info, KEY_BYTES))
}

function unseal(key: PrivateKey, nonce: Buffer, sealed: Buffer): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', keyAtRest(key), nonce, { authTagLength: TAG_BYTES })
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()])
}
