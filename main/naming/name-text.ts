// Names by key as people type and paste them: the key alone, a name, an address of a page.
import { type KeyName, readKeyName, readNpub, writeNpub } from '../../proto/npub.ts'
import { shown } from '../../proto/plain-text.ts'

/** A text that is no name by key; the message says what is wrong with it. */
export class NameTextError extends Error {
  override readonly name = 'NameTextError'
}

/** @throws NameTextError */
export function readName(text: string): KeyName {
  const typed = text.trim().replace(/^nostr:/i, '')
  const host = URL.canParse(typed) && /^(?:https?|wss?):/i.test(typed) ? new URL(typed).hostname : typed
  const pubkey = readNpub(host)
  if (pubkey !== undefined) return { pubkey, npub: writeNpub(pubkey), sub: '', suffix: 'nostr' }
  const name = readKeyName(host)
  if (name && name.suffix !== 'local') return name
  throw new NameTextError(`"${shown(host)}" is no name by key: ${whyNot(host)}`)
}

function whyNot(host: string): string {
  if (/^nsec1/i.test(host)) return 'this is a secret key, which nobody but you should have'
  if (/^[0-9a-f]{64}$/i.test(host)) return 'this is the key in hexadecimal digits; its name begins with npub1'
  const key = host.split('.').find((label) => /^npub1/i.test(label))
  if (key === undefined) return 'it needs a key, which begins with npub1'
  if (key.length !== 63)
    return `a key has 63 characters, this has ${key.length}: a part is missing, or something is too much`
  return readNpub(key) === undefined ? 'a letter of the key is wrong: copy it again' : 'it ends with .nostr'
}
