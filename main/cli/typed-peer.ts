// A peer or an address of one as it was typed behind a command: what is none is a word that cannot be understood, before any node is asked.
import { UsageError } from '../../core/commands/index.ts'
import { whyNotPeerId } from '../../proto/peer-id-text.ts'
import { shown } from '../../proto/plain-text.ts'
import { ApiError } from '../../proto/api/index.ts'
import { typedPeer } from '../program/typed-peer.ts'

/** @throws UsageError */
export function peerIdIn(word: string): string {
  const text = word.trim()
  const why = whyNotPeerId(text)
  if (why !== undefined) throw new UsageError(`"${shown(text)}" ${why}`)
  return text
}

/** @throws UsageError */
export function peerAddressIn(word: string): string {
  try {
    return typedPeer(word)
  } catch (error) {
    if (error instanceof ApiError)
      throw new UsageError(`"${shown(word)}" is no address of a peer: ${error.problem.detail}`)
    throw error
  }
}
