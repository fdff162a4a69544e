// Whether somebody answered a dial who has another key than was asked for: a moved server, a mistyped address, or who would like to
// be taken for somebody. That is not silence, and waiting does not mend it.
import { errorsOf } from './error-tree.ts'

/**
 * What the handshakes say of it (@libp2p/noise and @libp2p/tls). js-libp2p throws an error of its own in their place and keeps nothing
 * but the message, which test/net/other-key.test.ts holds to the versions that we use.
 */
const OTHER_KEY = /does not match expected remote identity key|unexpected peer/i

/** Whether a dial failed because another key answered than the address names. */
export function answeredByOther(error: unknown): boolean {
  return errorsOf(error).some(
    ({ name, message }) =>
      name === 'UnexpectedPeerError' || (name === 'EncryptionFailedError' && OTHER_KEY.test(message)),
  )
}
