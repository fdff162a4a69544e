// The server's side of the scheme `libp2p-PeerID` (libp2p/specs http/peer-id-auth.md), both handshakes. A server believes nothing
// but its own sealed challenge and a signature.
import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'
import * as v from 'valibot'
import {
  authHostnames,
  type AuthParameters,
  AuthSignatureError,
  checkChallenge,
  formatAuthHeader,
  fromBase64Url,
  isSignedBy,
  MalformedAuthHeaderError,
  newAuthChallenge,
  parseAuthHeader,
  readPublicKey,
  required,
  sign,
  toBase64Url,
} from './peer-id-auth-signed.ts'
import type { PeerId, PrivateKey, PublicKey } from '@libp2p/interface'

/** Between the two legs lies one round trip; Go's server gives as long. */
export const CHALLENGE_TTL_MS = 5 * 60_000

/** How long a bearer token is good; the public broker gives as long. */
export const BEARER_TTL_MS = 3_600_000

/** A seal is an HMAC-SHA-256. */
const SEAL_BYTES = 32

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
