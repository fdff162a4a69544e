// A Nostr public key as people hand it on, and as a name in DNS: `npub1…` is bech32 (BIP 173) over the 32 bytes of the key, and with its
// 63 characters just fits into one label. A check sum tells a key that was cut off or mistyped; letters are all small or all large.
import { bech32 } from '@scure/base'

/** The endings under which a key is a name. `nostr.alt` is the one that nobody else can be given (RFC 9476). */
export const NAME_SUFFIXES = ['nostr', 'nostr.alt', 'local'] as const
export type NameSuffix = (typeof NAME_SUFFIXES)[number]

/** A name that belongs to a key. */
export interface KeyName {
  /** The key: 64 hexadecimal digits, small. */
  readonly pubkey: string
  readonly npub: string
  /** What stands before the key, without the dot: empty, `www`, `a.b`; small letters. */
  readonly sub: string
  readonly suffix: NameSuffix
}

const PREFIX = 'npub'
const KEY_BYTES = 32

/** 4 letters, the separator, 52 for the key, 6 for the check sum. */
const NPUB_CHARS = 63

/** RFC 1035 section 2.3.4, without the final dot. */
const MAX_NAME_CHARS = 253

const SUB_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/
const PUBKEY = /^[0-9a-f]{64}$/

/**
 * Reads a key's text (NIP-19). All letters may be large, as QR codes write them; mixed ones are refused as bech32 demands.
 *
 * @returns the key, 64 small hexadecimal digits; undefined where the text is none, cut off or mistyped
 */
export function readNpub(text: string): string | undefined {
  if (text.length !== NPUB_CHARS) return undefined
  const decoded = bech32.decodeUnsafe(text, NPUB_CHARS)
  if (decoded === undefined || decoded.prefix !== PREFIX) return undefined
  const bytes = bech32.fromWordsUnsafe(decoded.words)
  // padding of other than zero bits was refused by then
  if (!bytes || bytes.length !== KEY_BYTES) return undefined
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * Writes one.
 *
 * @param pubkey  64 hexadecimal digits
 * @throws RangeError where they are not
 */
export function writeNpub(pubkey: string): string {
  if (!PUBKEY.test(pubkey))
    throw new RangeError(`a Nostr key has 64 small hexadecimal digits, this has "${pubkey.slice(0, 80)}"`)
  const bytes = Uint8Array.from({ length: KEY_BYTES }, (_, at) => Number.parseInt(pubkey.slice(at * 2, at * 2 + 2), 16))
  return bech32.encode(PREFIX, bech32.toWords(bytes), NPUB_CHARS)
}

/**
 * Reads a name in DNS, in any case of letters, since resolvers vary it (0x20) and browsers make it small.
 *
 * @param host  with or without the final dot
 * @returns undefined where it is no name of a key
 */
export function readKeyName(host: string): KeyName | undefined {
  const name = host.toLowerCase().replace(/\.$/, '')
  if (name.length > MAX_NAME_CHARS) return undefined
  const suffix = NAME_SUFFIXES.find((ending) => name.endsWith(`.${ending}`))
  if (suffix === undefined) return undefined
  const labels = name.slice(0, -suffix.length - 1).split('.')
  const npub = labels.pop() ?? ''
  const pubkey = readNpub(npub)
  if (pubkey === undefined || !labels.every((label) => SUB_LABEL.test(label))) return undefined
  return { pubkey, npub, sub: labels.join('.'), suffix }
}

/** Writes what {@link readKeyName} reads, without the final dot. */
export function writeKeyName({ npub, sub, suffix }: Pick<KeyName, 'npub' | 'sub' | 'suffix'>): string {
  return `${sub === '' ? '' : `${sub}.`}${npub}.${suffix}`
}
