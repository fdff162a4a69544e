// Where is the key, and whose is it? Looks and changes nothing. With a marker the answer is the key that the marker names
// or why it cannot be had; only where no marker and no key is found anywhere does it say that there is nobody yet.
import { FileError } from '../../core/files.ts'
import { PeerKeyError } from '../../core/peer-key.ts'
import { identityOf, type NotReady } from './opened.ts'
import { VAULT_NAMES, type Vault, type VaultContent, type VaultKind } from './vault.ts'
import type { Identity } from './identity.ts'
import type { Marker } from './marker.ts'
import type { Places } from './places.ts'

/** Where a new identity is to lie: the keychain with a stopgap, or the file that only its owner may read. */
export type IdentityPolicy = 'keychain' | 'file'

/** The key was found. */
export interface Held {
  readonly state: 'held'
  readonly identity: Identity
  /** What the marker should say now. */
  readonly marker: Marker
  /** Whether it says so already. */
  readonly marked: boolean
}

/** There is no identity yet. */
export interface Nobody {
  readonly state: 'nobody'
  readonly target: 'keychain' | 'file'
  readonly account: string
  /** Why it is not the keychain, where it should be. */
  readonly instead: string | undefined
}

/** What is looked at. */
export interface LookInit {
  readonly places: Places
  readonly policy: IdentityPolicy
  readonly passphrase: string | undefined
}

/**
 * Looks for the identity of a data folder.
 *
 * @throws WrongPassphraseError; FileError where the folder cannot be made
 */
export async function look(init: LookInit): Promise<Held | NotReady | Nobody> {
  const content = await init.places.marker.read().catch((error: unknown) => {
    if (error instanceof FileError) return { kind: 'unreadable', message: error.message } as const
    throw error
  })
  if (content.kind === 'good') return await lookWhereMarked(init, content.marker)
  const unknown = { store: init.policy, peerId: undefined } as const
  if (content.kind === 'unreadable')
    return { state: 'unavailable', ...unknown, message: content.message, unreadable: true }
  if (content.kind === 'too-new') {
    const message = 'a newer version of this program keeps this identity: update, then try again'
    return { state: 'unavailable', ...unknown, message }
  }
  const found = await search(init, content.kind)
  if (content.kind === 'none' || found.state !== 'nobody') return found
  const message = 'the marker of this folder is damaged and no key is found: import a backup of the identity'
  const state = found.instead === undefined ? 'missing' : 'unavailable'
  return { state, ...unknown, message: join(message, found.instead) }
}

/** The vault of a kind, as this folder has it. */
export function vaultOf(
  places: Places,
  kind: VaultKind,
  { account, passphrase, peerId }: { account: string; passphrase: string | undefined; peerId: string },
): Vault {
  if (kind === 'keychain') return places.keychain(account)
  return kind === 'file' ? places.file : places.passphraseFile(passphrase, peerId)
}

async function lookWhereMarked({ places, policy, passphrase }: LookInit, marker: Marker): Promise<Held | NotReady> {
  const { store, peerId, next, ...rest } = marker
  const content = await vaultOf(places, store, { ...marker, passphrase }).read()
  const found = hold(content, store, (holder) => {
    if (holder !== peerId && holder !== next) return undefined
    return { marker: { ...rest, store, peerId: holder }, marked: next === undefined }
  })
  if (found?.state === 'held') return found
  const lost = content.kind === 'empty' || content.kind === 'found'
  const left = marker.leaving?.includes('file') ?? false
  if (lost || (store === 'keychain' && !left)) {
    // A person has put the file back, or the keychain has forgotten what it was given.
    const { leaving: _, ...others } = rest
    const fallback = policy === 'keychain' && store === 'keychain'
    const spare = hold(await places.file.read(), 'file', (holder) =>
      holder === peerId ? { marker: { ...others, peerId, store: 'file', fallback }, marked: false } : undefined,
    )
    if (spare?.state === 'held') return spare
  }
  if (found) return found
  return notReady(content, store, peerId)
}

/** Looks everywhere where an identity could lie whose marker is not there, or says nothing. */
async function search(
  { places, policy, passphrase }: LookInit,
  marker: 'none' | 'damaged',
): Promise<Held | NotReady | Nobody> {
  const account = await places.newAccount()
  const mark = (store: VaultKind) => (peerId: string) => ({
    marker: {
      version: 1 as const,
      peerId,
      store,
      account,
      ...(store === 'file' && { fallback: policy === 'keychain' }),
    },
    marked: false,
  })
  const file = await places.file.read()
  if (file.kind !== 'empty') return hold(file, 'file', mark('file')) ?? notReady(file, 'file', undefined)

  const peerId = await places.sealedPeerId()
  const sealed = await places.passphraseFile(passphrase, peerId ?? '').read()
  if (sealed.kind !== 'empty') {
    return hold(sealed, 'passphrase-file', mark('passphrase-file')) ?? notReady(sealed, 'passphrase-file', peerId)
  }
  // A machine without a window is not asked for its keychain, unless an identity is known to be somewhere.
  if (policy === 'file' && marker === 'none') return { state: 'nobody', target: 'file', account, instead: undefined }

  const keychain = await places.keychain(account).read()
  if (keychain.kind === 'empty') return { state: 'nobody', target: 'keychain', account, instead: undefined }
  if (keychain.kind === 'found') {
    return hold(keychain, 'keychain', mark('keychain')) ?? notReady(keychain, 'keychain', undefined)
  }
  // It may hold a key of ours: making another one meanwhile is for a person to decide.
  if (keychain.kind === 'locked') return notReady(keychain, 'keychain', undefined)
  return { state: 'nobody', target: 'file', account, instead: keychain.message }
}

/**
 * The identity in what was found.
 *
 * @param accept  what the marker should say if this peer is the right one; undefined where it is not
 * @returns undefined where nothing was found, or another peer's key
 */
function hold(
  content: VaultContent,
  store: VaultKind,
  accept: (peerId: string) => Pick<Held, 'marker' | 'marked'> | undefined,
): Held | NotReady | undefined {
  if (content.kind !== 'found') return undefined
  try {
    const identity = identityOf(store, content.secret)
    const accepted = accept(identity.peerId.toString())
    return accepted && { state: 'held', identity, ...accepted }
  } catch (error) {
    if (!(error instanceof PeerKeyError)) throw error
    return { state: 'unavailable', store, peerId: undefined, message: error.message }
  }
}

function notReady(content: VaultContent, store: VaultKind, peerId: string | undefined): NotReady {
  const name = VAULT_NAMES[store]
  const restore = 'put the key back, or import a backup of the identity'
  if (content.kind === 'found') {
    return { state: 'missing', store, peerId, message: `${name} holds the key of another peer: ${restore}` }
  }
  if (content.kind === 'empty') return { state: 'missing', store, peerId, message: `${name} holds no key: ${restore}` }
  if (content.kind === 'locked' || content.kind === 'no-collection') {
    const state = store === 'passphrase-file' ? 'passphrase-needed' : 'locked'
    return { state, store, peerId, message: join(`${name} is locked`, content.message) }
  }
  return { state: 'unavailable', store, peerId, message: join(`${name} does not work`, content.message) }
}

function join(text: string, more: string | undefined): string {
  return more === undefined ? text : `${text}: ${more}`
}
