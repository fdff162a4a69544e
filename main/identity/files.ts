// The names of what an identity leaves in its data folder, for whoever tidies up there.

/** Whose identity it is and where the key lies; no secret. */
export const MARKER_FILE = 'identity.json'
/** The key in the clear, mode 0600. */
export const KEY_FILE = 'peer.key'
/** The key behind a passphrase. */
export const SEALED_KEY_FILE = 'peer.key.enc'
/** A folder with the keys that were in a file when another identity took their place. */
export const KEPT_FOLDER = 'kept-keys'

/** All of them. */
export const IDENTITY_FILES = [MARKER_FILE, KEY_FILE, SEALED_KEY_FILE, KEPT_FOLDER] as const
