// The certificate of the last run: one file, written whole or not at all, verified before it is used again, and the one
// before it for the case that it cannot be used. What cannot be used is moved aside and never deleted, because a person may
// want to know what it was.
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import {
  BundleError,
  CertificateError,
  type CertificateBundle,
  KeyError,
  parseBundle,
  serialiseBundle,
  verifyChain,
} from '../../core/x509/index.ts'
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { dns2ipName, peerToBase36Label, peerToId0Label } from '../../proto/names.ts'
import { parseIp } from '../../proto/ip.ts'
import type { Clock } from '../../core/clock.ts'
import type { PeerId } from '@libp2p/interface'

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
export interface CertificateStoreInit {
  readonly dir: string
  readonly peer: PeerId
  readonly clock: Clock
  readonly trustAnchorPem?: string | undefined
  /** What a certificate with these names is anchored at, where that is not `trustAnchorPem`. */
  readonly anchorOf?:
    ((names: readonly string[]) => { readonly trustAnchorPem?: string | undefined } | undefined) | undefined
}

/** Where the bundle is kept. */
export interface CertificateStore {
  /**
   * Reads and verifies the stored bundle: key, names, chain, dates, and without a trust anchor that no test CA issued it.
   * Where it cannot be used, the one before is tried.
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

/** Makes the store of a data folder. */
export function createCertificateStore(init: CertificateStoreInit): CertificateStore {
  const path = join(init.dir, 'certificate.json')
  const previousPath = join(init.dir, 'certificate.previous.json')

  /** @throws FileError */
  const judge = async (file: string): Promise<Judged> => {
    const text = await readFileIfThere(file)
    if (!text) return { kind: 'none' }
    try {
      const bundle = parseBundle(text.toString('utf8'))
      verifyBundle(bundle, init)
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

function verifyBundle(bundle: CertificateBundle, init: CertificateStoreInit): void {
  const { chainPem, keyPem, names } = bundle
  const { clock } = init
  const { trustAnchorPem } = init.anchorOf?.(names) ?? init
  const production = trustAnchorPem === undefined
  verifyChain({ chainPem, keyPem, names, now: clock.now(), trustAnchorPem, production })
  const foreign = names.find((name) => !isOurs(name, bundle.addresses, init.peer))
  if (foreign !== undefined) {
    throw new CertificateError('missing-name', `${foreign} is no name of this peer, ${init.peer.toString()}`)
  }
}

/** The name of our peer id, the wildcard below it, or that of an address the certificate was obtained for. */
function isOurs(name: string, addresses: readonly string[], peer: PeerId): boolean {
  const bare = name.startsWith('*.') ? name.slice(2) : name
  if ([peerToId0Label(peer), peerToBase36Label(peer)].some((label) => bare.startsWith(`${label}.`))) return true
  return addresses.some((text) => {
    const ip = parseIp(text)
    return ip !== undefined && name === dns2ipName(ip, name.split('.').slice(2).join('.'))
  })
}

/** Where it lies then; undefined where it cannot be moved, on a disk that is read-only for example. */
async function moveAside(path: string): Promise<string | undefined> {
  const aside = path.replace(/\.json$/, '.unusable.json')
  return await rename(path, aside).then(
    () => aside,
    () => undefined,
  )
}
