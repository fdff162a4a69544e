// The secret from which pages that stay open are known again (reunion.ts): one for each data folder, for its owner alone. Whoever removes
// the file sends all open pages away at the next start.
import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { PRIVATE_MODE, readFileIfThere, writeFileAtomic } from '../../core/files.ts'

const SECRET_BYTES = 32
const SecretSchema = v.object({ secret: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)) })

/** More than this is not ours. */
const MAX_BYTES = 256

/** Reads it, or makes it. Never rejects: one that cannot be kept holds until this node ends. */
export async function pageSecret(dir: string): Promise<Uint8Array> {
  const path = join(dir, 'bridge-secret.json')
  const kept = await read(path).catch(() => undefined)
  if (kept) return kept
  const secret = randomBytes(SECRET_BYTES)
  await writeFileAtomic(path, `${JSON.stringify({ secret: secret.toString('base64url') })}\n`).catch(() => undefined)
  return secret
}

/** @returns undefined where none is there, and for one that others could read */
async function read(path: string): Promise<Uint8Array | undefined> {
  const bytes = await readFileIfThere(path)
  if (!bytes || bytes.length > MAX_BYTES) return undefined
  if (process.platform !== 'win32' && ((await stat(path)).mode & 0o777 & ~PRIVATE_MODE) !== 0) return undefined
  return Buffer.from(v.parse(SecretSchema, JSON.parse(bytes.toString('utf8'))).secret, 'base64url')
}
