// Authentication of a peer over HTTP with its libp2p key (the scheme `libp2p-PeerID` of libp2p/specs http/peer-id-auth.md):
// what is signed, how headers are written and read, and both sides of both handshakes. Beware: the challenge of the other
// side is signed as the text that was sent, and a server believes nothing but its own sealed challenge and a signature.
import { publicKeyFromProtobuf, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'
import * as v from 'valibot'
import type { PeerId, PrivateKey, PublicKey } from '@libp2p/interface'

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

/** Between the two legs lies one round trip; Go's server gives as long. */
export const CHALLENGE_TTL_MS = 5 * 60_000

/** How long a bearer token is good; the public broker gives as long. */
export const BEARER_TTL_MS = 3_600_000

/** A seal is an HMAC-SHA-256. */
const SEAL_BYTES = 32

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

// ---- the client's side

/** The first leg of a client. */
export interface ClientFirstLeg {
  /** The `Authorization` header of the first request. */
  readonly authorization: string
  /**
   * Answers the server's `WWW-Authenticate`. A server that has signed our challenge is verified here; one that has not gets a
   * new challenge, and is verified by `finish` (the server-initiated handshake).
   *
   * @throws MalformedAuthHeaderError, AuthSignatureError
   */
  answer(wwwAuthenticate: string): Promise<ClientSecondLeg>
}

/** The second leg of a client. */
export interface ClientSecondLeg {
  /** The `Authorization` header of the request that is to be authenticated. */
  readonly authorization: string
  /** Who the server says it is; proved by now in the client-initiated handshake, otherwise by `finish`. */
  readonly server: PeerId
  /** Which handshake it became. */
  readonly initiatedBy: 'client' | 'server'
  /**
   * Reads the server's `Authentication-Info`.
   *
   * @returns the `Authorization` header for further requests to this hostname
   * @throws MalformedAuthHeaderError, AuthSignatureError
   */
  finish(authenticationInfo: string): Promise<string>
}

/**
 * Begins a handshake as a client. A server's `WWW-Authenticate` that came without a first leg can be given to `answer` too.
 *
 * @param key       who we are
 * @param hostname  of the server, as `authHostname` gives it
 */
export function beginAuth(key: PrivateKey, hostname: string, challenge = newAuthChallenge()): ClientFirstLeg {
  const own = publicKeyToProtobuf(key.publicKey)
  const signatureOfServer = (signed: string) => ({ 'challenge-server': signed, 'client-public-key': own, hostname })
  return {
    authorization: formatAuthHeader([
      ['challenge-server', challenge],
      ['public-key', toBase64Url(own)],
    ]),
    async answer(wwwAuthenticate) {
      const asked = parseAuthHeader(wwwAuthenticate)
      const challengeClient = required(asked, 'challenge-client')
      const opaque = required(asked, 'opaque')
      const serverBytes = fromBase64Url(required(asked, 'public-key'))
      const server = readPublicKey(serverBytes)
      const proved = asked.get('sig')
      if (proved !== undefined) await verify(server, signatureOfServer(challenge), proved, 'the server')
      const sig = await sign(key, { 'challenge-client': challengeClient, hostname, 'server-public-key': serverBytes })
      const second = newAuthChallenge()
      return {
        server: peerIdFromPublicKey(server),
        initiatedBy: proved === undefined ? 'server' : 'client',
        authorization: formatAuthHeader([
          ...(proved === undefined
            ? ([
                ['public-key', toBase64Url(own)],
                ['challenge-server', second],
              ] as const)
            : []),
          ['opaque', opaque],
          ['sig', sig],
        ]),
        async finish(authenticationInfo) {
          const told = parseAuthHeader(authenticationInfo)
          if (proved === undefined) await verify(server, signatureOfServer(second), required(told, 'sig'), 'the server')
          return formatAuthHeader([['bearer', required(told, 'bearer')]])
        },
      }
    },
  }
}

// ---- the server's side

/** What a server makes of a request. */
export type AuthOutcome =
  /** 401 with this `WWW-Authenticate`. */
  | { readonly kind: 'challenge'; readonly wwwAuthenticate: string }
  /** 400: the request cannot be right. `reason` is for the log. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The peer is who it says; `authenticationInfo` is for the reply, after a handshake. */
  | { readonly kind: 'authenticated'; readonly peer: PeerId; readonly authenticationInfo?: string }

/** What a server needs. */
export interface AuthServerInit {
  readonly key: PrivateKey
  /** Seals challenges and tokens; 32 random bytes. Whoever knows it can be anybody. */
  readonly secret: Uint8Array<ArrayBuffer>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /**
   * Whether a challenge is answered for the first time; the protocol itself would take an answer again for five minutes.
   *
   * @param expiresMs  when the challenge may be forgotten, milliseconds since 1970
   */
  readonly firstUse: (challenge: string, expiresMs: number) => Promise<boolean>
  /** @default newAuthChallenge */
  readonly challenge?: () => string
}

/** What is inside a seal; field names are those of Go's server, so that its examples can be read. */
const Sealed = v.object({
  'is-token': v.optional(v.boolean(), false),
  'client-public-key': v.optional(v.string()),
  'peer-id': v.optional(v.string()),
  'challenge-client': v.optional(v.string()),
  hostname: v.string(),
  'created-time': v.string(),
})
type Sealed = v.InferOutput<typeof Sealed>

/**
 * Makes the server's side of both handshakes; it keeps no state but what `firstUse` keeps.
 *
 * @returns what to do with a request, given its `Authorization` and its `Host`, which the caller has found to be its own
 */
export function createAuthServer(
  init: AuthServerInit,
): (authorization: string | undefined, host: string) => Promise<AuthOutcome> {
  const { key, now, firstUse, challenge = newAuthChallenge } = init
  const own = publicKeyToProtobuf(key.publicKey)
  const hmac = crypto.subtle.importKey('raw', init.secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])

  const seal = async (content: Record<string, string | boolean>): Promise<string> => {
    const json = Buffer.from(JSON.stringify({ ...content, 'created-time': new Date(now()).toISOString() }))
    return toBase64Url(Buffer.concat([Buffer.from(await crypto.subtle.sign('HMAC', await hmac, json)), json]))
  }

  /** What a seal of ours holds, and when it ends; undefined for one that is not ours or too old. */
  const open = async (text: string): Promise<{ content: Sealed; expiresMs: number } | undefined> => {
    const bytes = Uint8Array.from(fromBase64Url(text))
    const json = bytes.slice(SEAL_BYTES)
    if (!(await crypto.subtle.verify('HMAC', await hmac, bytes.slice(0, SEAL_BYTES), json))) {
      // ours are good without their padding, too; of others the public broker cannot even read that, and says 400
      if (text.length % 4 !== 0) throw new MalformedAuthHeaderError('a value is no base64url with its padding')
      return undefined
    }
    const content = v.parse(Sealed, JSON.parse(Buffer.from(json).toString('utf8')))
    const expiresMs = Date.parse(content['created-time']) + (content['is-token'] ? BEARER_TTL_MS : CHALLENGE_TTL_MS)
    return now() < expiresMs ? { content, expiresMs } : undefined
  }

  const ask = async (host: string, client?: { readonly key: Uint8Array; readonly challenge: string }) => {
    const text = challenge()
    const opaque = await seal({
      ...(client ? { 'client-public-key': Buffer.from(client.key).toString('base64') } : {}),
      'challenge-client': text,
      hostname: host.toLowerCase(),
    })
    const sig = client && (await prove(client.challenge, client.key, host))
    return {
      kind: 'challenge',
      wwwAuthenticate: formatAuthHeader([
        ['challenge-client', text],
        ['public-key', toBase64Url(own)],
        ...(sig === undefined ? [] : [['sig', sig] as const]),
        ['opaque', opaque],
      ]),
    } as const
  }

  const prove = (text: string, client: Uint8Array, hostname: string): Promise<string> =>
    sign(key, { 'challenge-server': text, 'client-public-key': client, hostname })

  const readAnswer = async (given: AuthParameters, host: string): Promise<AuthOutcome> => {
    const opened = await open(required(given, 'opaque'))
    if (!opened) return ask(host)
    const { content, expiresMs } = opened
    const text = content['challenge-client']
    if (content['is-token'] || text === undefined) return refused('a token stands where a challenge was expected')
    if (content.hostname !== host.toLowerCase()) return refused('the challenge was made for another hostname')
    const sealedKey = content['client-public-key']
    const clientBytes =
      sealedKey === undefined
        ? fromBase64Url(required(given, 'public-key'))
        : Uint8Array.from(Buffer.from(sealedKey, 'base64'))
    const client = readPublicKey(clientBytes)
    const second = given.get('challenge-server')
    if (sealedKey === undefined) checkChallenge(second)
    const hostname = await signedHostname(client, text, required(given, 'sig'), host)
    if (!(await firstUse(text, expiresMs))) return ask(host)
    const peer = peerIdFromPublicKey(client)
    const bearer = await seal({ 'is-token': true, 'peer-id': peer.toString(), hostname: host.toLowerCase() })
    const sig = second !== undefined && sealedKey === undefined && (await prove(second, clientBytes, hostname))
    const authenticationInfo = formatAuthHeader([
      ...(sig === false ? [] : [['sig', sig] as const]),
      ['bearer', bearer] as const,
    ])
    return { kind: 'authenticated', peer, authenticationInfo }
  }

  /** In which form the client has signed our name. @throws AuthSignatureError in none */
  const signedHostname = async (client: PublicKey, text: string, sig: string, host: string): Promise<string> => {
    for (const hostname of authHostnames(host)) {
      const signed = { 'challenge-client': text, hostname, 'server-public-key': own }
      if (await isSignedBy(client, signed, sig)) return hostname
    }
    throw new AuthSignatureError('the client has not signed our challenge, key and name')
  }

  const readBearer = async (bearer: string, host: string): Promise<AuthOutcome> => {
    const opened = await open(bearer)
    if (!opened) return ask(host)
    const { 'is-token': isToken, 'peer-id': peer, hostname } = opened.content
    if (!isToken || peer === undefined) return refused('a challenge stands where a token was expected')
    if (hostname !== host.toLowerCase()) return refused('the token was made for another hostname')
    return { kind: 'authenticated', peer: peerIdFromString(peer) }
  }

  return async (authorization, host) => {
    if (authorization === undefined || authorization === '') return ask(host)
    try {
      const given = parseAuthHeader(authorization)
      if (given.has('sig') && given.has('opaque')) return await readAnswer(given, host)
      const bearer = given.get('bearer')
      if (bearer !== undefined) return await readBearer(bearer, host)
      const text = checkChallenge(required(given, 'challenge-server'))
      const client = fromBase64Url(required(given, 'public-key'))
      readPublicKey(client)
      return await ask(host, { key: client, challenge: text })
    } catch (error) {
      if (error instanceof MalformedAuthHeaderError || error instanceof AuthSignatureError)
        return refused(error.message)
      throw error
    }
  }
}

function refused(reason: string): AuthOutcome {
  return { kind: 'refused', reason }
}

function required(parameters: AuthParameters, name: string): string {
  const value = parameters.get(name)
  if (value === undefined || value === '') throw new MalformedAuthHeaderError(`the header lacks ${name}`)
  return value
}

function checkChallenge(text: string | undefined): string {
  const length = text?.length ?? 0
  if (text === undefined || length < MIN_CHALLENGE_CHARACTERS || length > MAX_CHALLENGE_CHARACTERS)
    throw new MalformedAuthHeaderError(`challenge-server has ${length} characters, expected 32 to 512`)
  return text
}

function readPublicKey(bytes: Uint8Array): PublicKey {
  try {
    const key = publicKeyFromProtobuf(bytes)
    // not every key that can sign makes a peer id: the library has none for ECDSA
    peerIdFromPublicKey(key)
    return key
  } catch (error) {
    throw new MalformedAuthHeaderError('public-key is no public key of a peer', { cause: error })
  }
}

async function sign(key: PrivateKey, parameters: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
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

async function verify(
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
