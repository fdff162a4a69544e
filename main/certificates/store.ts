// Where a node keeps its certificate, and what it asks of a stored one before using it again: that it is whole, in its time, and
// for names of this very peer.
import { join } from 'node:path'
import { createBundleStore, type BundleStore } from '../../core/certificates/bundle-store.ts'
import { CertificateError, type CertificateBundle, verifyChain } from '../../core/x509/index.ts'
import { dns2ipName, peerToBase36Label, peerToId0Label } from '../../proto/names.ts'
import { parseIp } from '../../proto/ip.ts'
import type { Clock } from '../../core/clock.ts'
import type { PeerId } from '@libp2p/interface'

export type { BundleStore as CertificateStore } from '../../core/certificates/bundle-store.ts'

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

/**
 * Makes the store of a data folder. A stored bundle is verified: key, names, chain, dates, and without a trust anchor that no test
 * CA issued it.
 */
export function createCertificateStore(init: CertificateStoreInit): BundleStore {
  return createBundleStore({ path: join(init.dir, 'certificate.json'), verify: (bundle) => verifyBundle(bundle, init) })
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
