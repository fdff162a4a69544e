// The certificate of the last run: one file, written whole or not at all, verified before it is used again, and the one
// before it for the case that it cannot be used. What cannot be used is moved aside and never deleted, because a person may
// want to know what it was.
import { rename } from 'node:fs/promises'
import {
  BundleError,
  CertificateError,
  type CertificateBundle,
  KeyError,
  parseBundle,
  serialiseBundle,
} from '../x509/index.ts'
import { readFileIfThere, writeFileAtomic } from '../files.ts'

/** What was found. */
export type StoredBundle =
  | { readonly kind: 'none' }
  /** `fellBack` where the newest could not be used and this is the one before. */
  | { readonly kind: 'good'; readonly bundle: CertificateBundle; readonly fellBack?: Unusable }
  | ({ readonly kind: 'unusable' } & Unusable)

/** Why a stored bundle is not used. */
export interface Unusable {
  readonly reason: string
  /** Where it lies now; undefined where it stays in its place (this machine's clock may be wrong). */
  readonly asidePath: string | undefined
}

/** What the store needs. */
export interface BundleStoreInit {
  /** Ends in .json. */
  readonly path: string
  /**
   * Says whether a bundle may be used now.
   *
   * @throws CertificateError, KeyError where it may not
   */
  readonly verify: (bundle: CertificateBundle) => void
}

/** Where the bundle is kept. */
export interface BundleStore {
  /**
   * Reads and verifies the stored bundle; where it cannot be used, the one before is tried.
   *
   * @throws FileError where the file is there but cannot be read
   */
  load(): Promise<StoredBundle>
  /**
   * Writes a bundle; the one before is kept beside it, unless it is the same certificate with other dates.
   *
   * @throws FileError, then the old one is still in place
   */
  save(bundle: CertificateBundle): Promise<void>
}

/** Makes the store; the bundle before lies beside the newest, and so does what could not be used. */
export function createBundleStore({ path, verify }: BundleStoreInit): BundleStore {
  const previousPath = path.replace(/\.json$/, '.previous.json')

  /** @throws FileError */
  const judge = async (file: string): Promise<Judged> => {
    const text = await readFileIfThere(file)
    if (!text) return { kind: 'none' }
    try {
      const bundle = parseBundle(text.toString('utf8'))
      verify(bundle)
      return { kind: 'good', bundle }
    } catch (error) {
      if (!(error instanceof BundleError || error instanceof CertificateError || error instanceof KeyError)) throw error
      const slowClock = error instanceof CertificateError && error.code === 'not-yet-valid'
      return { kind: 'unusable', reason: error.message, stays: slowClock }
    }
  }

  return {
    async load() {
      const newest = await judge(path)
      if (newest.kind === 'good') return newest
      const asidePath = newest.kind === 'unusable' && !newest.stays ? await moveAside(path) : undefined
      const reason = newest.kind === 'unusable' ? newest.reason : `${path} is not there`
      const previous = await judge(previousPath)
      if (previous.kind === 'good') return { ...previous, fellBack: { reason, asidePath } }
      return newest.kind === 'none' ? newest : { kind: 'unusable', reason, asidePath }
    },
    async save(bundle) {
      const text = await readFileIfThere(path)
      const previous = text && tryParse(text.toString('utf8'))
      if (text && previous && previous.chainPem !== bundle.chainPem) await writeFileAtomic(previousPath, text)
      await writeFileAtomic(path, serialiseBundle(bundle))
    },
  }
}

type Judged =
  | Exclude<StoredBundle, { readonly kind: 'unusable' }>
  /** `stays` where it may be good once this machine's clock is right. */
  | { readonly kind: 'unusable'; readonly reason: string; readonly stays: boolean }

/** A torn bundle is not worth keeping; one that has expired is. */
function tryParse(text: string): CertificateBundle | undefined {
  try {
    return parseBundle(text)
  } catch {
    return undefined
  }
}

/** Where it lies then; undefined where it cannot be moved, on a disk that is read-only for example. */
async function moveAside(path: string): Promise<string | undefined> {
  const aside = path.replace(/\.json$/, '.unusable.json')
  return await rename(path, aside).then(
    () => aside,
    () => undefined,
  )
}
