// What both sides of the scheme `libp2p-PeerID` have in common (libp2p/specs http/peer-id-auth.md): how headers are written and
// read, and what is signed. Beware: the challenge of the other side is signed as the text that was sent.
import { publicKeyFromProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import type { PrivateKey, PublicKey } from '@libp2p/interface'

/** The name of the scheme in headers, and what everything signed begins with. */
export const PEER_ID_AUTH_SCHEME = 'libp2p-PeerID'

/** Go's server refuses longer headers; an RSA key of 4096 bits in a sealed challenge still fits. */
const MAX_HEADER_CHARACTERS = 2_048

/** A header has four parameters at most; room for ones of later versions. */
const MAX_PARAMETERS = 12

/** Random bytes in a challenge; Go and JavaScript use as many. */
const CHALLENGE_BYTES = 32

/** A challenge for the server that is shorter may be guessed (Go's server refuses it as well), a longer one is of no use. */
const MIN_CHALLENGE_CHARACTERS = 32
const MAX_CHALLENGE_CHARACTERS = 512

/** A header that cannot be read, or lacks a part; the message names it. */
export class MalformedAuthHeaderError extends Error {
  override readonly name = 'MalformedAuthHeaderError'
}

/** The other side signed something else, or with another key. */
export class AuthSignatureError extends Error {
  override readonly name = 'AuthSignatureError'
}

/** Parameters of a header by their names. */
export type AuthParameters = ReadonlyMap<string, string>

/**
 * Writes a header value; the order stays, because some clients read it by position.
 *
 * @param parameters  names and values; a value has no quotes
 */
export function formatAuthHeader(parameters: readonly (readonly [name: string, value: string])[]): string {
  return `${PEER_ID_AUTH_SCHEME} ${parameters.map(([name, value]) => `${name}="${value}"`).join(', ')}`
}

/**
 * Reads a header value (`Authorization`, `WWW-Authenticate` or `Authentication-Info`); other schemes may stand beside ours.
 *
 * @throws MalformedAuthHeaderError where it is too long, of another scheme, or has a parameter twice or without quotes
 */
export function parseAuthHeader(header: string): AuthParameters {
  if (header.length > MAX_HEADER_CHARACTERS)
    throw new MalformedAuthHeaderError(`the header has ${header.length} characters, expected at most 2048`)
  const scheme = /(?:^|[\s,])libp2p-PeerID(?=\s|$)/i.exec(header)
  if (!scheme) throw new MalformedAuthHeaderError(`the header is not of the scheme ${PEER_ID_AUTH_SCHEME}`)
  const parameter = /[\s,]*([A-Za-z][A-Za-z0-9-]*)=("([^"\\]*)"(?=[\s,]|$))?/y
  parameter.lastIndex = scheme.index + scheme[0].length
  const found = new Map<string, string>()
  for (let match = parameter.exec(header); match; match = parameter.exec(header)) {
    const [, name = '', quoted, value = ''] = match
    if (quoted === undefined) throw new MalformedAuthHeaderError(`the value of ${name} is not in quotes`)
    if (found.has(name)) throw new MalformedAuthHeaderError(`the header has ${name} twice`)
    if (found.size === MAX_PARAMETERS) throw new MalformedAuthHeaderError('the header has too many parameters')
    found.set(name, value)
  }
  return found
}

/** Writes bytes as base64url with padding, without which Go's decoder takes nothing. */
export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

/**
 * Reads base64url, padded or not.
 *
 * @throws MalformedAuthHeaderError
 */
export function fromBase64Url(text: string): Uint8Array {
  const digits = text.replace(/={1,2}$/, '')
  const padded = digits.length < text.length
  if (!/^[A-Za-z0-9_-]*$/.test(digits) || digits.length % 4 === 1 || (padded && text.length % 4 !== 0))
    throw new MalformedAuthHeaderError('a value is not base64url')
  return Uint8Array.from(Buffer.from(digits, 'base64url'))
}

/**
 * The bytes that are signed: the scheme, then each parameter by name as `uvarint(length) name=value`.
 *
 * @param parameters  text as it was sent, keys as their protobuf
 */
export function authSignedData(parameters: Readonly<Record<string, string | Uint8Array>>): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from(PEER_ID_AUTH_SCHEME)]
  for (const [name, value] of Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = Buffer.concat([Buffer.from(`${name}=`), Buffer.from(value)])
    parts.push(uvarint(bytes.length), bytes)
  }
  return Uint8Array.from(Buffer.concat(parts))
}

/** A challenge nobody can guess: 44 characters. */
export function newAuthChallenge(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(CHALLENGE_BYTES)))
}

/** What is signed as `hostname` for requests to an address: the port only where it is not the scheme's own. */
export function authHostname(url: URL): string {
  return url.host
}

/**
 * The forms of a `Host` header that clients sign: as it was sent (Go, JavaScript), and without its port (nim).
 *
 * @param host  `example.com`, `example.com:8443` or `[::1]:8443`
 */
export function authHostnames(host: string): readonly string[] {
  const bare = host.replace(/:[0-9]{1,5}$/, '')
  return bare === host || /:[^\]]*$/.test(bare) ? [host] : [host, bare]
}

/** The value of a parameter. @throws MalformedAuthHeaderError where it is not there */
export function required(parameters: AuthParameters, name: string): string {
  const value = parameters.get(name)
  if (value === undefined || value === '') throw new MalformedAuthHeaderError(`the header lacks ${name}`)
  return value
}

/** A challenge of the other side, where nobody could guess it. @throws MalformedAuthHeaderError */
export function checkChallenge(text: string | undefined): string {
  const length = text?.length ?? 0
  if (text === undefined || length < MIN_CHALLENGE_CHARACTERS || length > MAX_CHALLENGE_CHARACTERS)
    throw new MalformedAuthHeaderError(`challenge-server has ${length} characters, expected 32 to 512`)
  return text
}

/** The key of a peer. @throws MalformedAuthHeaderError */
export function readPublicKey(bytes: Uint8Array): PublicKey {
  try {
    const key = publicKeyFromProtobuf(bytes)
    // not every key that can sign makes a peer id: the library has none for ECDSA
    peerIdFromPublicKey(key)
    return key
  } catch (error) {
    throw new MalformedAuthHeaderError('public-key is no public key of a peer', { cause: error })
  }
}

/** Signs parameters; base64url. */
export async function sign(
  key: PrivateKey,
  parameters: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  return toBase64Url(await key.sign(authSignedData(parameters)))
}

/**
 * Whether a key has signed parameters.
 *
 * @param sig  base64url
 * @throws MalformedAuthHeaderError where the signature is no base64url
 */
export async function isSignedBy(
  key: PublicKey,
  parameters: Readonly<Record<string, string | Uint8Array>>,
  sig: string,
): Promise<boolean> {
  const bytes = fromBase64Url(sig)
  try {
    return await key.verify(authSignedData(parameters), bytes)
  } catch {
    return false
  }
}

/** @throws AuthSignatureError where a key has not signed parameters, MalformedAuthHeaderError */
export async function verify(
  key: PublicKey,
  parameters: Readonly<Record<string, string | Uint8Array>>,
  sig: string,
  who: string,
): Promise<void> {
  if (!(await isSignedBy(key, parameters, sig)))
    throw new AuthSignatureError(`${who} has not signed our challenge, key and name`)
}

function uvarint(value: number): Uint8Array {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7) {
    if (rest < 0x80) return Uint8Array.from([...bytes, rest])
    bytes.push((rest & 0x7f) | 0x80)
  }
}
