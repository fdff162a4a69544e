// What came of opening an identity, as the window and the command line tell it. Only `ready` has a key; none of the
// others is a reason to make a new one.
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { parsePeerKey } from '../../core/peer-key.ts'
import { VAULT_NAMES, type VaultKind } from './vault.ts'
import type { Identity } from './identity.ts'

/** The key is here. */
export interface Ready {
  readonly state: 'ready'
  readonly identity: Identity
  readonly store: VaultKind
  /** It should lie in the keychain, but there is none that works: it lies in a file that only its owner may read. */
  readonly fellBack: boolean
  /** It was moved, but these places still have a copy; they are tidied up at the next opening. */
  readonly leftIn: readonly VaultKind[]
}

/**
 * The key is not here. `locked`: a person has to unlock the keychain. `passphrase-needed`: open again with the
 * passphrase. `missing`: the place works, but does not hold this peer's key; a backup does. `unavailable`: the
 * place does not work.
 */
export interface NotReady {
  readonly state: 'locked' | 'passphrase-needed' | 'missing' | 'unavailable'
  readonly store: VaultKind
  /** Undefined where it is not known: there is no identity yet, or the marker is damaged. */
  readonly peerId: string | undefined
  /** For a log, in English: why, and what to do. */
  readonly message: string
  /** The folder or its marker cannot be read at all, so it is not known where the key lies. */
  readonly unreadable?: boolean
}

/** What came of opening. */
export type Opened = Ready | NotReady

/**
 * The identity in a secret.
 *
 * @throws PeerKeyError
 */
export function identityOf(store: VaultKind, secret: Uint8Array): Identity {
  const key = parsePeerKey(VAULT_NAMES[store], Buffer.from(secret).toString('utf8'))
  return { key, peerId: peerIdFromPrivateKey(key) }
}
