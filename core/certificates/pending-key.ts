// The key of a certificate that is being asked for. It is on the disk before the CSR leaves, so that after a crash or a lost
// answer the next attempt sends the same key, and gets the certificate that exists already instead of a second one.
import { rm } from 'node:fs/promises'
import * as v from 'valibot'
import { FileError, readFileIfThere, writeFileAtomic } from '../files.ts'
import { readPrivateKey, sameNames } from '../x509/index.ts'
import type { Clock } from '../clock.ts'

/** After a day the CA has forgotten the order, and an old key on a disk is of no use to anybody honest. */
const MAX_AGE_MS = 24 * 3_600_000

/** What a key was made for. */
export interface KeyPurpose {
  readonly names: readonly string[]
  readonly algorithm: string
}

/** Keeps one key at most. */
export interface PendingKey {
  /** The kept key, where it was made for the same names and algorithm and is not too old; PEM. */
  keyFor(purpose: KeyPurpose): Promise<string | undefined>
  /** @throws FileError, then the key must not be used: nobody would know it after a crash */
  keep(keyPem: string, purpose: KeyPurpose): Promise<void>
  /**
   * Forgets the kept key where it is this one.
   *
   * @throws FileError
   */
  forget(keyPem: string): Promise<void>
  /**
   * Forgets the kept key: its certificate is stored, or it was refused.
   *
   * @throws FileError
   */
  clear(): Promise<void>
}

const PendingSchema = v.object({
  keyPem: v.string(),
  names: v.array(v.string()),
  algorithm: v.string(),
  madeAt: v.number(),
})

/** Makes the place of the pending key: one file, which only its owner may read. */
export function createPendingKey({ path, clock }: { readonly path: string; readonly clock: Clock }): PendingKey {
  const clear = async () => {
    await rm(path, { force: true }).catch((error: unknown) => {
      throw new FileError(path, 'remove', error)
    })
  }
  const read = async () => {
    const text = await readFileIfThere(path)
    return text && { kept: parsePending(text.toString('utf8')) }
  }
  return {
    clear,
    async forget(keyPem) {
      if ((await read())?.kept?.keyPem === keyPem) await clear()
    },
    async keyFor({ names, algorithm }) {
      const found = await read()
      if (!found) return undefined
      const { kept } = found
      const age = kept ? Math.abs(clock.now() - kept.madeAt) : Infinity
      if (kept && age < MAX_AGE_MS && kept.algorithm === algorithm && sameNames(kept.names, names)) return kept.keyPem
      await clear()
      return undefined
    },
    async keep(keyPem, { names, algorithm }) {
      const content = { keyPem, names: [...names], algorithm, madeAt: clock.now() }
      await writeFileAtomic(path, `${JSON.stringify(content)}\n`)
    },
  }
}

function parsePending(text: string): v.InferOutput<typeof PendingSchema> | undefined {
  try {
    const kept = v.parse(PendingSchema, JSON.parse(text))
    readPrivateKey(kept.keyPem)
    return kept
  } catch {
    return undefined
  }
}
