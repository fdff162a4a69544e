// What travels between a page and the node, whatever carries it: calls and answers with a number, pushes without one. The
// bridge sends these frames as JSON over its WebSocket; Electron's IPC carries the same bodies.
import * as v from 'valibot'
import { ProblemSchema } from './errors.ts'
import { ReunionKey } from './reunion.ts'
import { PushSchema } from './state.ts'

/** The version of the whole contract: a page of another one asks to be loaded again. Raised with every change. */
export const API_VERSION = 1

/** A page's call. Method and input are checked by `dispatch`, so that a wrong one gets its own answer. */
export const CallFrame = v.strictObject({
  id: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  method: v.pipe(v.string(), v.maxLength(64)),
  input: v.unknown(),
})
export type CallFrame = v.InferOutput<typeof CallFrame>

export const AnswerFrame = v.union([
  v.strictObject({ id: v.number(), ok: v.literal(true), output: v.unknown() }),
  v.strictObject({ id: v.number(), ok: v.literal(false), problem: ProblemSchema }),
])
export type AnswerFrame = v.InferOutput<typeof AnswerFrame>

export const HelloFrame = v.strictObject({
  hello: v.strictObject({
    api: v.number(),
    role: v.picklist(['viewer', 'owner']),
    /** For pages alone: how they know the node again after it was started anew. */
    reunion: v.optional(ReunionKey),
  }),
})
export const PushFrame = v.strictObject({ push: PushSchema })

/** Whatever a node sends to a page. */
export const NodeFrame = v.union([HelloFrame, PushFrame, AnswerFrame])
export type NodeFrame = v.InferOutput<typeof NodeFrame>

/** The one object that the preload script puts into the page's world, as `nodetrust`. */
export interface PreloadApi {
  readonly platform: string
  /** @returns an answer without its number; it never rejects */
  call(
    method: string,
    input: unknown,
  ): Promise<{ readonly ok: true; readonly output: unknown } | { readonly ok: false; readonly problem: unknown }>
  /** @returns a function that ends it */
  subscribe(listener: (push: unknown) => void): () => void
}

/** Electron's channels; nothing else passes. */
export const IPC_CALL = 'nodetrust:call'
export const IPC_PUSH = 'nodetrust:push'

/** The bridge's WebSocket: its path, and the first of its two subprotocols; the second is `bearer.` and the token. */
export const BRIDGE_PATH = '/api'
export const BRIDGE_PROTOCOL = 'nodetrust.v1'
export const BRIDGE_BEARER = 'bearer.'
/** POST the one-time code as {"code"} here; a SessionAnswer comes back, or 401 for a code that was used or is too old. */
export const BRIDGE_SESSION_PATH = '/session'
export const SessionAnswer = v.strictObject({
  token: v.string(),
  role: v.picklist(['viewer', 'owner']),
  api: v.number(),
})
export type SessionAnswer = v.InferOutput<typeof SessionAnswer>

/**
 * Why the node closes a WebSocket. A page cannot see the answer to an upgrade that is refused, so a token that is not known
 * (any more: the node was started anew) is told by a close code too.
 */
export const BRIDGE_CLOSE = {
  /** The node stops; it may come back with other tokens. */
  stopping: 1001,
  /** A frame of more than 64 KiB. */
  tooLarge: 1009,
  /** A frame that is none of ours. */
  badFrame: 4400,
  /** The token is not known: the page has to be opened again from the tray or with `nodetrust open`. */
  unauthorized: 4401,
  /** The page does not read what it is sent. */
  tooSlow: 4408,
  /** Too many connections with this token, 16 are the most; or too many calls in a time. */
  tooMany: 4429,
} as const
