// Where a node keeps its certificates, one for each network that it was in: the one in use in `certificate.json`, those of other networks
// below `certificates/`. A stored one is used again where it is whole, in its time, and for names of this very peer; each is judged by the
// root of its own network.
import { createHash } from 'node:crypto'
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createBundleStore, type StoredBundle } from '../../core/certificates/bundle-store.ts'
import { FileError, readFileIfThere } from '../../core/files.ts'
import { type BundleNetwork, type CertificateBundle, CertificateError, KeyError } from '../../core/x509/index.ts'
import { BundleError, parseBundle, verifyChain } from '../../core/x509/index.ts'
import { dns2ipName, peerToBase36Label, peerToId0Label } from '../../proto/names.ts'
import { parseIp } from '../../proto/ip.ts'
import type { Clock } from '../../core/clock.ts'
import type { PeerId } from '@libp2p/interface'

/** What is there. */
export type StoredCertificate =
  | StoredBundle
  /** A good one of another network, to be used until there is one of this network. */
  | { readonly kind: 'other-network'; readonly bundle: CertificateBundle; readonly zone: string }

/** Where the certificates are kept. */
export interface CertificateStore {
  /**
   * Reads and verifies what is stored; one of this network, where there is one, takes the place of one of another.
   *
   * @throws FileError where a file is there and cannot be read
   */
  load(): Promise<StoredCertificate>
  /** Writes one of this network; one of another that lies in its place is kept. @throws FileError */
  save(bundle: CertificateBundle): Promise<void>
}

/** What the store needs. */
export interface CertificateStoreInit {
  readonly dir: string
  readonly peer: PeerId
  readonly clock: Clock
  readonly trustAnchorPem?: string | undefined
  /** Domains below which this network's names are: none where no network is chosen, undefined where they are not known. */
  readonly zones?: readonly string[] | undefined
  /** What a certificate with these names is anchored at, where that is not `trustAnchorPem`. */
  readonly anchorOf?:
    ((names: readonly string[]) => { readonly trustAnchorPem?: string | undefined } | undefined) | undefined
}

/** Networks whose certificates are kept; somebody who tries out more than these has none left of the first. */
const MAX_KEPT = 16

/** Ten times what a chain of long names takes; what is larger is none of ours. */
const MAX_KEPT_BYTES = 262_144

/**
 * Makes the store of a data folder. A stored bundle is verified: key, names, chain, dates, and without a trust anchor that no test
 * CA issued it.
 */
export function createCertificateStore(init: CertificateStoreInit): CertificateStore {
  const path = join(init.dir, 'certificate.json')
  const kept = join(init.dir, 'certificates')
  const here = createBundleStore({
    path,
    verify(bundle) {
      // the one before the newest may be left over from another network
      if (!isOfThisNetwork(bundle, init)) throw new CertificateError('missing-name', 'it is of another network')
      verifyBundle(bundle, networkHere(bundle, init), init)
    },
  })

  /** The bundle in the place of the newest, where it is one of another network. */
  const foreign = async (): Promise<CertificateBundle | undefined> => {
    const bundle = await tryRead(path)
    return bundle && !isOfThisNetwork(bundle, init) ? bundle : undefined
  }
  const putAside = async (bundle: CertificateBundle): Promise<void> => {
    await mkdir(kept, { recursive: true, mode: 0o700 })
    await rename(path, join(kept, fileNameOf(networkOf(bundle, init.peer))))
    await forgetOldest(kept)
  }
  /** One of this network that was put aside once, and is good. */
  const own = async (): Promise<{ readonly file: string; readonly bundle: CertificateBundle } | undefined> => {
    for (const file of (await filesIn(kept)).slice(0, MAX_KEPT)) {
      const bundle = await tryRead(file).catch(unlessFile)
      if (bundle && isOfThisNetwork(bundle, init) && isGood(bundle, networkHere(bundle, init), init))
        return { file, bundle }
    }
    return undefined
  }

  return {
    async load() {
      const other = await foreign()
      if (!other) {
        const stored = await here.load()
        // a power cut after one was put aside, and before its own was in its place
        const lost = stored.kind === 'none' && init.zones?.length !== 0 ? await own() : undefined
        if (!lost) return stored
        await isDone(() => rename(lost.file, path))
        return { kind: 'good', bundle: lost.bundle }
      }
      const mine = await own()
      if (mine) {
        // on a disk that is read-only both stay where they are, and the right one is used all the same
        if (await isDone(() => putAside(other))) await isDone(() => rename(mine.file, path))
        return { kind: 'good', bundle: mine.bundle }
      }
      const network = networkOf(other, init.peer)
      return isGood(other, network, init)
        ? { kind: 'other-network', bundle: other, zone: network.zone }
        : { kind: 'none' }
    },
    async save(bundle) {
      const other = await foreign()
      // where it cannot be put aside it is kept as the one before; what the CA has given is never lost for that
      if (other) await isDone(() => putAside(other))
      await here.save({ ...bundle, network: networkHere(bundle, init) })
    },
  }
}

/** Whether a bundle is one of the network that was chosen; one that says nothing of its root is judged by its names. */
function isOfThisNetwork(bundle: CertificateBundle, init: CertificateStoreInit): boolean {
  const { zones } = init
  if (zones?.length === 0) return true
  const here = networkHere(bundle, init)
  const inZone = zones === undefined || bundle.names.every((name) => zones.some((zone) => name.endsWith(`.${zone}`)))
  return inZone && (bundle.network === undefined || bundle.network.trustAnchorPem === here.trustAnchorPem)
}

/** The network that a bundle would be of if it came from the one that was chosen. */
function networkHere({ names, network }: CertificateBundle, init: CertificateStoreInit): BundleNetwork {
  // without a network, what is in use stays in use
  if (init.zones?.length === 0 && network !== undefined) return network
  const zone = zoneOf(names, init.peer)
  const { trustAnchorPem } = init.anchorOf?.(names) ?? init
  return { zone, ...(trustAnchorPem === undefined ? {} : { trustAnchorPem }) }
}

/** The network that a bundle says it is of. */
const networkOf = ({ names, network }: CertificateBundle, peer: PeerId): BundleNetwork =>
  network ?? { zone: zoneOf(names, peer) }

/** Behind the label of the peer; empty where no name has one. */
function zoneOf(names: readonly string[], peer: PeerId): string {
  const labels = labelsOf(peer)
  const own = names
    .map((name) => withoutStar(name))
    .find((name) => labels.some((label) => name.startsWith(`${label}.`)))
  return own?.slice(own.indexOf('.') + 1) ?? ''
}

const labelsOf = (peer: PeerId): readonly string[] => [peerToId0Label(peer), peerToBase36Label(peer)]
const withoutStar = (name: string): string => (name.startsWith('*.') ? name.slice(2) : name)

/** Two practice networks have one zone, and each a root of its own. */
function fileNameOf({ zone, trustAnchorPem }: BundleNetwork): string {
  const hash = createHash('sha256').update(JSON.stringify([zone, trustAnchorPem ?? null]))
  return `${hash.digest('hex').slice(0, 16)}.json`
}

/** Paths of the files that may hold one, the newest first; whatever else lies there is left alone, and keeps nobody from going on. */
async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => [])
  const found = await Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .map(async (name) => {
        const path = join(folder, name)
        const stats = await lstat(path).catch(() => undefined)
        return stats?.isFile() && stats.size <= MAX_KEPT_BYTES ? [{ path, at: stats.mtimeMs }] : []
      }),
  )
  return found
    .flat()
    .sort((a, b) => b.at - a.at)
    .map(({ path }) => path)
}

async function forgetOldest(folder: string): Promise<void> {
  for (const path of (await filesIn(folder)).slice(MAX_KEPT)) await isDone(() => rm(path, { force: true }))
}

/** Whether it could be done; what the system refuses here costs the certificate of another network and nothing else. */
async function isDone(work: () => Promise<void>): Promise<boolean> {
  return await work().then(
    () => true,
    () => false,
  )
}

/** One that the system refuses to read. */
function unlessFile(error: unknown): undefined {
  if (!(error instanceof FileError)) throw error
}

/** What cannot be read is nobody's; `here` finds out what is wrong with it. */
async function tryRead(path: string): Promise<CertificateBundle | undefined> {
  const text = await readFileIfThere(path)
  if (!text) return undefined
  try {
    return parseBundle(text.toString('utf8'))
  } catch (error) {
    if (error instanceof BundleError) return undefined
    throw error
  }
}

function isGood(bundle: CertificateBundle, network: BundleNetwork, init: CertificateStoreInit): boolean {
  try {
    verifyBundle(bundle, network, init)
    return true
  } catch (error) {
    if (error instanceof CertificateError || error instanceof KeyError) return false
    throw error
  }
}

function verifyBundle(bundle: CertificateBundle, { trustAnchorPem }: BundleNetwork, init: CertificateStoreInit): void {
  const { chainPem, keyPem, names } = bundle
  const production = trustAnchorPem === undefined
  verifyChain({ chainPem, keyPem, names, now: init.clock.now(), trustAnchorPem, production })
  const foreign = names.find((name) => !isOurs(name, bundle.addresses, init.peer))
  if (foreign !== undefined) {
    throw new CertificateError('missing-name', `${foreign} is no name of this peer, ${init.peer.toString()}`)
  }
}

/** The name of our peer id, the wildcard below it, or that of an address the certificate was obtained for. */
function isOurs(name: string, addresses: readonly string[], peer: PeerId): boolean {
  if (labelsOf(peer).some((label) => withoutStar(name).startsWith(`${label}.`))) return true
  return addresses.some((text) => {
    const ip = parseIp(text)
    return ip !== undefined && name === dns2ipName(ip, name.split('.').slice(2).join('.'))
  })
}
