// What a person calls other computers: a name for a peer id, theirs alone and told to nobody.
import { ApiError, MAX_PEER_NAME_CHARS } from '../../proto/api/index.ts'
import { whyNotPeerId } from '../../proto/peer-id-text.ts'
import { plainText } from '../../proto/plain-text.ts'

/** Names by peer ids. */
export type PeerNames = Readonly<Record<string, string>>

/** Nobody names more by hand; the file stays small. */
export const MAX_PEER_NAMES = 200

/**
 * The names with one given, changed or taken away.
 *
 * @param name  empty takes it away
 * @throws ApiError `bad-request`, `too-large`
 */
export function withName(names: PeerNames, peerId: string, name: string): PeerNames {
  const why = whyNotPeerId(peerId)
  if (why !== undefined) throw new ApiError('bad-request', { detail: `the peer id ${why}` })
  const text = plainText(name).replaceAll(/\s+/g, ' ').slice(0, MAX_PEER_NAME_CHARS)
  const { [peerId]: _before, ...others } = names
  if (text === '') return others
  if (Object.keys(others).length >= MAX_PEER_NAMES) {
    throw new ApiError('too-large', { detail: `${MAX_PEER_NAMES} peers have names already: take one away first` })
  }
  return { ...others, [peerId]: text }
}
