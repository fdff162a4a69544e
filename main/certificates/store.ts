// The certificate of the last run: one file, written whole or not at all, verified before it is used again. What cannot be
// used is moved aside and never deleted, because a person may want to know what it was.
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
import { FileError, readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { dns2ipName, peerToId0Label } from '../../proto/names.ts'
import { parseIp } from '../../proto/ip.ts'
import type { Clock } from '../../core/clock.ts'
import type { PeerId } from '@libp2p/interface'

/** What was found. */
export type StoredBundle =
  | { readonly kind: 'none' }
  | { readonly kind: 'good'; readonly bundle: CertificateBundle }
  /** `asidePath` is where it lies now; undefined where it stays in its place (this machine's clock may be wrong). */
  | { readonly kind: 'unusable'; readonly reason: string; readonly asidePath: string | undefined }

/** What the store needs. */
export interface CertificateStoreInit {
  readonly dir: string
  readonly peer: PeerId
  readonly clock: Clock
  readonly trustAnchorPem?: string | undefined
}

/** Where the bundle is kept. */
export interface CertificateStore {
  /**
   * Reads and verifies the stored bundle: key, names, chain, dates.
   *
   * @throws FileError where the file is there but cannot be read
   */
  load(): Promise<StoredBundle>
  /**
   * Writes a bundle; the one before is kept beside it.
   *
   * @throws FileError, then the old one is still in place
   */
  save(bundle: CertificateBundle): Promise<void>
}

/** Makes the store of a data folder. */
export function createCertificateStore(init: CertificateStoreInit): CertificateStore {
  const path = join(init.dir, 'certificate.json')
  return {
    async load() {
      const text = await readFileIfThere(path)
      if (!text) return { kind: 'none' }
      try {
        const bundle = parseBundle(text.toString('utf8'))
        verifyBundle(bundle, init)
        return { kind: 'good', bundle }
      } catch (error) {
        if (!(error instanceof BundleError || error instanceof CertificateError || error instanceof KeyError))
          throw error
        const slowClock = error instanceof CertificateError && error.code === 'not-yet-valid'
        const asidePath = slowClock ? undefined : await moveAside(path)
        return { kind: 'unusable', reason: error.message, asidePath }
      }
    },
    async save(bundle) {
      const previous = await readFileIfThere(path)
      if (previous) await writeFileAtomic(join(init.dir, 'certificate.previous.json'), previous)
      await writeFileAtomic(path, serialiseBundle(bundle))
    },
  }
}

/**
 * Whether nothing has to be asked for yet: before the window in which the CA wants to renew, else before the last third
 * of the certificate's life (the last half where it lives less than ten days).
 */
export function isFresh(bundle: CertificateBundle, now: number): boolean {
  const life = bundle.notAfter - bundle.notBefore
  const ownShare = life < SHORT_LIFE_MS ? 1 / 2 : 1 / 3
  const window = bundle.renewalWindow
  return now < Math.min(window?.start ?? Infinity, bundle.notAfter - life * (window ? LAST_SHARE : ownShare))
}

/** A window that the CA named too late is not waited for. */
const LAST_SHARE = 1 / 20

const SHORT_LIFE_MS = 10 * 24 * 3_600_000

function verifyBundle(bundle: CertificateBundle, init: CertificateStoreInit): void {
  const { chainPem, keyPem, names } = bundle
  verifyChain({ chainPem, keyPem, names, now: init.clock.now(), trustAnchorPem: init.trustAnchorPem })
  const foreign = names.find((name) => !isOurs(name, bundle.addresses, init.peer))
  if (foreign !== undefined) {
    throw new CertificateError('missing-name', `${foreign} is no name of this peer, ${init.peer.toString()}`)
  }
}

/** The name of our peer id, the wildcard below it, or that of an address the certificate was obtained for. */
function isOurs(name: string, addresses: readonly string[], peer: PeerId): boolean {
  const bare = name.startsWith('*.') ? name.slice(2) : name
  if (bare.startsWith(`${peerToId0Label(peer)}.`)) return true
  return addresses.some((text) => {
    const ip = parseIp(text)
    return ip !== undefined && name === dns2ipName(ip, name.split('.').slice(2).join('.'))
  })
}

async function moveAside(path: string): Promise<string> {
  const aside = path.replace(/\.json$/, '.unusable.json')
  try {
    await rename(path, aside)
    return aside
  } catch (error) {
    throw new FileError(path, 'move aside', error)
  }
}
