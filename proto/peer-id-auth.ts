// Authentication of a peer over HTTP with its libp2p key (the scheme `libp2p-PeerID` of libp2p/specs http/peer-id-auth.md): the
// client's side of both handshakes, and the face of the whole. The server's side stands in peer-id-auth-server.ts.
import { publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import {
  formatAuthHeader,
  fromBase64Url,
  newAuthChallenge,
  parseAuthHeader,
  readPublicKey,
  required,
  sign,
  toBase64Url,
  verify,
} from './peer-id-auth-signed.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'

export {
  authHostname,
  authHostnames,
  type AuthParameters,
  authSignedData,
  AuthSignatureError,
  formatAuthHeader,
  fromBase64Url,
  isSignedBy,
  MalformedAuthHeaderError,
  newAuthChallenge,
  parseAuthHeader,
  PEER_ID_AUTH_SCHEME,
  toBase64Url,
} from './peer-id-auth-signed.ts'
export {
  type AuthOutcome,
  type AuthServerInit,
  BEARER_TTL_MS,
  CHALLENGE_TTL_MS,
  createAuthServer,
} from './peer-id-auth-server.ts'

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
