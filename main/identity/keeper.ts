// The one that keeps the identity of a data folder: opens it, makes it where there is none, moves it between places,
// exports and imports it. What is there is never given up before its successor has been read back, and every change ends
// with one write of the marker, so that a crash leaves the old state or the new one.
import { unlessAborted } from '../../core/abort.ts'
import { oneAtATime } from '../../core/lanes.ts'
import { FileError } from '../../core/files.ts'
import { generatePeerKey, parsePeerKey, PeerKeyError, serialisePeerKey } from '../../core/peer-key.ts'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { type Log, silentLog } from '../../core/log.ts'
import { makeExport, openExport } from './exported.ts'
import { IdentityNotReadyError, OtherIdentityError } from './errors.ts'
import { type Held, type IdentityPolicy, look, type Nobody, vaultOf } from './look.ts'
import { createPlaces, type Places } from './places.ts'
import { createPutting } from './put.ts'
import { checkPassphrase } from './sealed.ts'
import { type Vault, VaultError, type VaultKind } from './vault.ts'
import type { Clock } from '../../core/clock.ts'
import type { KeyringModule } from './keychain.ts'
import type { Marker } from './marker.ts'
import type { NotReady, Opened, Ready } from './opened.ts'
import type { Identity } from './identity.ts'

/** What the keeper needs. */
export interface IdentityKeeperInit {
  readonly dir: string
  readonly policy: IdentityPolicy
  readonly clock: Clock
  /** @default says nothing */
  readonly log?: Log
  /** systemd's `$CREDENTIALS_DIRECTORY`; counts with the policy `file` only. @default none */
  readonly credentialsDir?: string | undefined
  /** @default the library of the OS keychain */
  readonly loadKeyring?: () => Promise<KeyringModule>
  /** scrypt's N. @default SCRYPT_COST */
  readonly scryptCost?: number
  /** @default the marker and the vaults of `dir` */
  readonly places?: Places
}

/** Keeps an identity. One thing is done at a time; what is asked meanwhile waits. */
export interface IdentityKeeper {
  /**
   * Opens the identity, or makes one where the folder has no marker and no key is found. A key that lies in a file only
   * for want of a keychain is moved there once there is one. What is ready stays ready.
   *
   * @param signal  ends the waiting, not the work: a question of the keychain may wait for a person for two minutes, and
   *   whoever opens again meanwhile joins
   * @throws WrongPassphraseError; FileError, VaultError where a new identity cannot be written; the signal's reason
   */
  open(signal?: AbortSignal, passphrase?: string): Promise<Opened>
  /**
   * Moves the key: writes it there, reads it back, changes the marker, and only then removes it where it was. Where there
   * is no identity yet, it is made there. The passphrase file's passphrase is changed by moving it to where it is.
   *
   * @throws IdentityNotReadyError, VaultError, FileError, WeakPassphraseError; the key is where it was then
   */
  moveTo(kind: VaultKind, passphrase?: string): Promise<Ready>
  /**
   * The identity as one encrypted file for a safe place.
   *
   * @throws IdentityNotReadyError, WeakPassphraseError
   */
  exportIdentity(passphrase: string): Promise<Uint8Array>
  /**
   * Takes the identity of an exported file. It is put where the present one lies, or where a new one would; in a
   * passphrase file it has the export's passphrase. A present one is kept aside under another name. The
   * node has to be started again.
   *
   * @throws SealedTextError, WrongPassphraseError, OtherIdentityError, VaultError, FileError
   */
  importIdentity(file: Uint8Array, passphrase: string, options?: { readonly replace?: boolean }): Promise<Ready>
  /**
   * Removes the key, readable or not, from everywhere but exports and what was kept aside; the next opening makes a new
   * identity.
   *
   * @throws VaultError where the keychain is there but does not let go of it, FileError
   */
  forget(): Promise<void>
}

/** Keeps the identity of a data folder; nothing happens before the first call. */
export function createIdentityKeeper(init: IdentityKeeperInit): IdentityKeeper {
  const { policy, clock, log = silentLog } = init
  const places =
    init.places ?? createPlaces({ ...init, credentialsDir: policy === 'file' ? init.credentialsDir : undefined })
  const { put, putOrFallBack } = createPutting({ places, clock, log })
  const serial = oneAtATime()
  let current: Held | undefined
  let opening: { readonly passphrase: string | undefined; readonly result: Promise<Opened> } | undefined

  const make = async (nobody: Nobody, target: VaultKind, passphrase: string | undefined): Promise<Held> => {
    const { account, instead } = nobody
    const key = await generatePeerKey()
    const identity: Identity = { key, peerId: peerIdFromPrivateKey(key) }
    const peerId = identity.peerId.toString()
    const where = await putOrFallBack(target, secretOf(identity), { account, passphrase, peerId })
    const fallback = where.fallback === true || (target === 'file' && instead !== undefined)
    const marker: Marker = { version: 1, peerId, account, ...where, ...(fallback && { fallback }) }
    await places.marker.write(marker)
    log.info({ peer: peerId, store: marker.store, fellBack: fallback }, 'a new identity')
    return { state: 'held', identity, marker, marked: true }
  }

  const move = async (held: Held, kind: VaultKind, passphrase: string | undefined): Promise<Held> => {
    const { fallback: _, leaving = [], ...rest } = held.marker
    const { peerId, store } = rest
    await put(vaultOf(places, kind, { ...rest, passphrase }), secretOf(held.identity), peerId)
    const left = [...new Set([...leaving, store])].filter((other) => other !== kind)
    const marker: Marker = { ...rest, store: kind, ...(left.length > 0 && { leaving: left }) }
    await places.marker.write(marker)
    log.info({ peer: peerId, from: store, to: kind }, 'the key moved')
    return await finishLeaving({ ...held, marker, marked: true })
  }

  /** Removes the copies in places that the key has left; what cannot be removed now stays noted. */
  const finishLeaving = async (held: Held): Promise<Held> => {
    const { leaving = [], ...rest } = held.marker
    if (leaving.length === 0) return held
    const left: VaultKind[] = []
    for (const kind of leaving) {
      if (!(await leave(kind, held))) left.push(kind)
    }
    const marker: Marker = { ...rest, ...(left.length > 0 && { leaving: left }) }
    return await remember({ ...held, marker, marked: left.length === leaving.length })
  }

  /** @returns whether nothing of this peer is left there */
  const leave = async (kind: VaultKind, { marker }: Held): Promise<boolean> => {
    const vault = vaultOf(places, kind, { ...marker, passphrase: undefined })
    try {
      if (kind === 'passphrase-file') {
        if ((await places.sealedPeerId()) === marker.peerId) await vault.remove()
        return true
      }
      const content = await vault.read()
      if (content.kind === 'empty') return true
      if (content.kind !== 'found') return false
      if (peerIdOf(content.secret) === marker.peerId) await vault.remove()
      return true
    } catch (error) {
      if (!(error instanceof VaultError)) throw error
      log.warn({ peer: marker.peerId, store: kind, reason: error.message }, 'a copy of the key is left behind')
      return false
    }
  }

  /** Writes the marker where it differs. A disk that is full or read-only keeps nobody from using the key. */
  const remember = async (held: Held): Promise<Held> => {
    if (held.marked) return held
    try {
      await places.marker.write(held.marker)
      return { ...held, marked: true }
    } catch (error) {
      if (!(error instanceof FileError)) throw error
      log.warn({ peer: held.marker.peerId, reason: error.message }, 'the marker of the identity is not written')
      return held
    }
  }

  /** Once there is a keychain, a key that lay in the file for want of one goes there. */
  const leaveStopgap = async (held: Held): Promise<Held> => {
    const { fallback, store, account, peerId } = held.marker
    if (policy !== 'keychain' || fallback !== true || store !== 'file') return held
    const content = await places.keychain(account).read()
    const fits = content.kind === 'empty' || (content.kind === 'found' && peerIdOf(content.secret) === peerId)
    if (!fits) return held
    try {
      return await move(held, 'keychain', undefined)
    } catch (error) {
      if (!(error instanceof VaultError || error instanceof FileError)) throw error
      log.warn({ peer: peerId, reason: error.message }, 'the key stays in its file')
      return held
    }
  }

  const openNow = async (passphrase: string | undefined): Promise<Opened> => {
    if (current) return readyOf(current)
    const found = await look({ places, policy, passphrase })
    if (found.state === 'held') current = await leaveStopgap(await finishLeaving(await remember(found)))
    else if (found.state !== 'nobody') return found
    else {
      try {
        current = await make(found, found.target, undefined)
      } catch (error) {
        if (!(error instanceof VaultError) || error.failure.kind !== 'locked') throw error
        return { state: 'locked', store: error.vault, peerId: undefined, message: error.message }
      }
    }
    return readyOf(current)
  }

  /** @throws IdentityNotReadyError */
  const hold = async (): Promise<Held> => {
    const opened = await openNow(undefined)
    if (current) return current
    if (opened.state === 'ready') throw new TypeError('an identity is ready, but not held')
    throw new IdentityNotReadyError(opened)
  }

  /** Makes one where a person wants it: there is none, or the keychain is locked and may hold one that nobody marked. */
  const makeAt = async (kind: VaultKind, passphrase: string | undefined): Promise<Held | undefined> => {
    if ((await places.marker.read()).kind !== 'none') return undefined
    const found = await look({ places, policy, passphrase: undefined })
    if (found.state !== 'nobody' && found.state !== 'locked') return undefined
    const account = found.state === 'nobody' ? found.account : await places.newAccount()
    return await make({ state: 'nobody', target: 'file', account, instead: undefined }, kind, passphrase)
  }

  return {
    async open(signal, passphrase) {
      if (!opening || opening.passphrase !== passphrase) {
        const mine = { passphrase, result: serial(() => openNow(passphrase)) }
        opening = mine
        const forget = () => {
          if (opening === mine) opening = undefined
        }
        mine.result.then(forget, forget)
      }
      return await unlessAborted(opening.result, signal)
    },
    moveTo: (kind, passphrase) =>
      serial(async () => {
        if (kind === 'passphrase-file') checkPassphrase(passphrase ?? '')
        const made = current ? undefined : await makeAt(kind, passphrase)
        if (made) {
          current = made
          return readyOf(made)
        }
        const held = await hold()
        const stays = held.marker.store === kind && kind !== 'passphrase-file'
        current = stays ? await confirmChoice(held) : await move(held, kind, passphrase)
        return readyOf(current)
      }),
    exportIdentity: (passphrase) =>
      serial(async () => {
        checkPassphrase(passphrase)
        return await makeExport((await hold()).identity, passphrase, init.scryptCost)
      }),
    importIdentity: (file, passphrase, { replace = false } = {}) =>
      serial(async () => {
        const identity = await openExport(file, passphrase)
        const peerId = identity.peerId.toString()
        const found = current ?? (await look({ places, policy, passphrase: undefined }))
        const present = found.state === 'held' ? found.marker.peerId : found.state === 'nobody' ? peerId : found.peerId
        if (present !== peerId && !replace) throw new OtherIdentityError(present, peerId)
        const marked = await places.marker.read()
        if (marked.kind === 'too-new' && found.state === 'unavailable') throw new IdentityNotReadyError(found)
        if (marked.kind === 'good') await places.marker.write({ ...marked.marker, next: peerId })
        const account = marked.kind === 'good' ? marked.marker.account : await places.newAccount()
        const { store: wanted, fallback } = targetOf(found)
        const where = await putOrFallBack(wanted, secretOf(identity), { account, passphrase, peerId })
        const marker: Marker = { version: 1, peerId, account, ...(fallback && { fallback }), ...where }
        await places.marker.write(marker)
        current = { state: 'held', identity, marker, marked: true }
        log.info({ peer: peerId, store: marker.store, instead: present }, 'an identity was imported')
        return readyOf(current)
      }),
    forget: () =>
      serial(async () => {
        const marked = await places.marker.read()
        const marker = marked.kind === 'good' ? marked.marker : undefined
        const kinds: readonly VaultKind[] = marker
          ? [...(marker.leaving ?? []), marker.store]
          : [...(policy === 'keychain' ? ['keychain' as const] : []), 'passphrase-file', 'file']
        const account = marker?.account ?? (await places.newAccount())
        for (const kind of kinds) {
          await empty(vaultOf(places, kind, { account, passphrase: undefined, peerId: marker?.peerId ?? '' }))
        }
        await places.marker.remove()
        current = undefined
        log.info({ peer: marker?.peerId }, 'the identity is forgotten')
      }),
  }

  /** A person wants it where it lies: it is no stopgap any more. */
  async function confirmChoice(held: Held): Promise<Held> {
    const { fallback, ...marker } = held.marker
    if (fallback !== true) return held
    await places.marker.write(marker)
    return { ...held, marker, marked: true }
  }
}

/** Where an imported identity goes: where the present one lies, or where a new one would. */
function targetOf(found: Held | NotReady | Nobody): Pick<Marker, 'store' | 'fallback'> {
  if (found.state === 'held') return found.marker
  if (found.state === 'nobody') return { store: found.target, fallback: found.instead !== undefined }
  return { store: found.store }
}

function readyOf({ identity, marker }: Held): Ready {
  const { store, fallback = false, leaving = [] } = marker
  return { state: 'ready', identity, store, fellBack: fallback, leftIn: leaving }
}

function secretOf({ key }: Identity): Uint8Array {
  return Buffer.from(serialisePeerKey(key))
}

function peerIdOf(secret: Uint8Array): string | undefined {
  try {
    return peerIdFromPrivateKey(parsePeerKey('it', Buffer.from(secret).toString('utf8'))).toString()
  } catch (error) {
    if (error instanceof PeerKeyError) return undefined
    throw error
  }
}

/** Where there is no keychain, nothing can be taken out of it. */
async function empty(vault: Vault): Promise<void> {
  try {
    await vault.remove()
  } catch (error) {
    if (!(error instanceof VaultError) || !['absent', 'no-collection'].includes(error.failure.kind)) throw error
  }
}

/**
 * The identity of a folder whose key lies in a file, made where there is none.
 *
 * @throws IdentityNotReadyError where the key lies elsewhere, or its file is damaged; FileError
 */
export async function openFileIdentity(init: Omit<IdentityKeeperInit, 'policy'>): Promise<Identity> {
  const opened = await createIdentityKeeper({ ...init, policy: 'file' }).open()
  if (opened.state !== 'ready') throw new IdentityNotReadyError(opened)
  return opened.identity
}
