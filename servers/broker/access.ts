// Who may register, where the operator says so: peers by their id, and everybody who sends a token, either the operator's own
// or one that was given away as an invitation.
import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { FileError } from '../../core/files.ts'
import { RegistrationRefusedError } from './body.ts'
import type { BrokerSection } from '../config.ts'

/** Refuses those who may not. @throws RegistrationRefusedError 403 */
export type AccessCheck = (peer: string, token: string | undefined) => void

/**
 * Makes the check.
 *
 * @throws FileError where the token cannot be read or there is none in its file
 */
export async function openAccess({ tokenFile, invitations, peers }: BrokerSection['access']): Promise<AccessCheck> {
  const own = tokenFile === undefined ? [] : [await readToken(tokenFile)]
  // only digests are kept and compared, in the same time whatever is sent
  const tokens = [...own, ...invitations].map(digest)
  const invited = new Set(peers)
  return (peer, token) => {
    if (tokens.length === 0 && invited.size === 0) return
    if (invited.has(peer)) return
    const given = digest(token ?? '')
    const known = tokens.filter((one) => timingSafeEqual(one, given)).length > 0
    if (!known) throw new RegistrationRefusedError(403, '403 Forbidden: Missing Forge-Authorization header.')
  }
}

async function readToken(path: string): Promise<string> {
  try {
    const token = (await readFile(path, 'utf8')).trim()
    if (token === '') throw new RangeError('the file is empty; put the token there, in one line')
    return token
  } catch (error) {
    throw new FileError(path, 'read', error)
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
