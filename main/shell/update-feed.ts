// What a newer version is announced with: a small JSON document whose bytes are signed (Ed25519) with a key that is built into
// the app, so that whoever holds the web server cannot announce anything.
import { createPublicKey, verify } from 'node:crypto'
import * as v from 'valibot'

/** Where announcements come from and who signs them. */
export interface UpdateSource {
  /** https */
  readonly url: string
  /** PEM, SubjectPublicKeyInfo, Ed25519. */
  readonly publicKey: string
}

/** A newer version. */
export interface Announcement {
  readonly version: string
  /** Wall clock, milliseconds. */
  readonly releasedAt: number
}

/** An announcement that is not believed, and why. */
export class UpdateFeedError extends Error {
  override readonly name = 'UpdateFeedError'
}

/** A whole document has a few hundred bytes. */
export const MAX_FEED_BYTES = 16_384

/** Stands before the signed bytes, so that no signature for something else fits. */
const DOMAIN = 'nodetrust-update-feed\n'

const Base64 = v.pipe(v.string(), v.base64(), v.maxLength(MAX_FEED_BYTES))
const FeedSchema = v.object({ payload: Base64, signature: Base64 })
const Version = v.pipe(v.string(), v.regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/))
/** Signed, so keys of later versions are passed over. */
const PayloadSchema = v.object({
  product: v.literal('nodetrust'),
  version: Version,
  releasedAt: v.number(),
  /** An old document shown again could hide a newer version; after this it is none. */
  expiresAt: v.number(),
})

/**
 * Reads an announcement.
 *
 * @throws UpdateFeedError for a wrong signature, an expired document, or no document at all
 */
export function readFeed(text: string, publicKey: string, now: number): Announcement {
  if (Buffer.byteLength(text) > MAX_FEED_BYTES) throw new UpdateFeedError('the announcement is too large')
  const feed = v.safeParse(FeedSchema, parseJson(text))
  if (!feed.success) throw new UpdateFeedError('the announcement is not in the form that this version knows')
  const payload = Buffer.from(feed.output.payload, 'base64')
  const signature = Buffer.from(feed.output.signature, 'base64')
  if (!verify(null, signedBytes(payload), createPublicKey(publicKey), signature)) {
    throw new UpdateFeedError('the announcement is not signed by who publishes Nodetrust')
  }
  const read = v.safeParse(PayloadSchema, parseJson(payload.toString('utf8')))
  if (!read.success) throw new UpdateFeedError('the announcement is signed, but not for this program')
  if (read.output.expiresAt <= now) throw new UpdateFeedError('the announcement is too old')
  return { version: read.output.version, releasedAt: read.output.releasedAt }
}

/** The bytes that a signature is made of. */
export function signedBytes(payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(DOMAIN), payload])
}

/** Whether a version is newer; a version before its release (`1.2.0-beta.1`) is older than the release. */
export function isNewer(version: string, than: string): boolean {
  const [left, right] = [parts(version), parts(than)]
  const index = left.numbers.findIndex((number, place) => number !== right.numbers[place])
  if (index < 0) return right.early && !left.early
  return (left.numbers[index] ?? 0) > (right.numbers[index] ?? 0)
}

function parts(version: string): { readonly numbers: readonly number[]; readonly early: boolean } {
  const [core = '', ...rest] = version.split('-')
  const numbers = core.split('.').map(Number)
  return { numbers: [0, 1, 2].map((place) => numbers[place] ?? 0), early: rest.length > 0 }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
