// How a page that stayed open and a node that was started anew know each other again, without a link. While they talk, the node gives the
// page a key that it can make again from a secret of its data folder. Afterwards the port may belong to anybody on this computer, so the
// node proves first that it has the key, the page second, and both name the address at which they meet: what one of them says at one
// port is of no use at another. The key itself is never sent again, and the page keeps it in memory alone. Nor is a token: a browser
// sends its requests over connections that somebody may have kept from before, so both sides make the token from the key, and it first
// goes over a new connection, that of the WebSocket.
import * as v from 'valibot'

/** POST a ReunionGreeting here; a ReunionAnswer comes back. */
export const BRIDGE_GREET_PATH = '/session/greet'
/** POST a ReunionRequest here; 200 with nothing in it comes back, or 401 where the key is not known (any more) or the nonce was used. */
export const BRIDGE_RENEW_PATH = '/session/renew'

/** 32 bytes as base64url. */
const Bytes = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/))
/** What the node calls a page; it holds the page's role and age, and the key is made from it. */
const Id = v.pipe(v.string(), v.regex(/^(?:owner|viewer)\.[0-9a-z]{1,11}\.[A-Za-z0-9_-]{43}$/))

/** Told to a page with the first frame of each connection. */
export const ReunionKey = v.strictObject({ id: Id, key: Bytes })
export type ReunionKey = v.InferOutput<typeof ReunionKey>

/** The page asks who is there. */
export const ReunionGreeting = v.strictObject({ id: Id, nonce: Bytes })
export type ReunionGreeting = v.InferOutput<typeof ReunionGreeting>

/** The node shows that it is the one. */
export const ReunionAnswer = v.strictObject({ nonce: Bytes, proof: Bytes })
export type ReunionAnswer = v.InferOutput<typeof ReunionAnswer>

/** The page shows that it is the one, to a node that has shown it. */
export const ReunionRequest = v.strictObject({ id: Id, nonce: Bytes, proof: Bytes })
export type ReunionRequest = v.InferOutput<typeof ReunionRequest>

/** What a proof, or the token, is an HMAC-SHA-256 of. */
export interface ReunionClaim {
  readonly by: 'node' | 'page' | 'token'
  /** Where they meet, such as `127.0.0.1:4127`. */
  readonly host: string
  readonly id: string
  readonly pageNonce: string
  readonly nodeNonce: string
}

/** The text under a proof and under the token; no part of it can hold a line's end. */
export function reunionText({ by, host, id, pageNonce, nodeNonce }: ReunionClaim): string {
  return ['nodetrust-reunion', by, host, id, pageNonce, nodeNonce].join('\n')
}
