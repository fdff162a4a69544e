// Who may register, where the operator says so: peers by their id, and everybody who sends a token, either the operator's own
// or one that was given away as an invitation.
import { timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { FileError } from '../../core/files.ts'
import { RegistrationRefusedError } from './body.ts'
import { type InvitationList, tokenDigest } from './invitations.ts'
import type { BrokerSection } from '../config.ts'

/** Refuses those who may not. @throws RegistrationRefusedError 403 */
export type AccessCheck = (peer: string, token: string | undefined) => void

/** The same, whose rules can be exchanged while it is in use. */
export interface OpenedAccess extends AccessCheck {
  /**
   * Takes other settings, and reads the token in its file again.
   *
   * @throws FileError, and what held before still holds
   */
  reread(section: BrokerSection['access']): Promise<void>
}

/**
 * Makes the check.
 *
 * @param people  who was invited one by one; may change at any time
 * @throws FileError where the token cannot be read or there is none in its file
 */
export async function openAccess(
  section: BrokerSection['access'],
  people: Pick<InvitationList, 'current'>,
): Promise<OpenedAccess> {
  let { configured, known } = await readAccess(section)
  const check = (peer: string, token: string | undefined): void => {
    const invited = people.current()
    if (configured.length === 0 && known.size === 0 && invited === undefined) return
    if (known.has(peer)) return
    // only digests are kept and compared, all of them in the same time whatever is sent
    const given = Buffer.from(tokenDigest(token ?? ''))
    const digests = [...configured, ...(invited ?? []).map(({ digest }) => digest)]
    const matches = digests.filter((one) => timingSafeEqual(Buffer.from(one), given)).length > 0
    if (!matches) throw new RegistrationRefusedError(403, '403 Forbidden: Missing Forge-Authorization header.')
  }
  return Object.assign(check, {
    async reread(next: BrokerSection['access']) {
      ;({ configured, known } = await readAccess(next))
    },
  })
}

/** @throws FileError */
async function readAccess({ tokenFile, invitations, peers }: BrokerSection['access']) {
  const own = tokenFile === undefined ? [] : [await readToken(tokenFile)]
  return { configured: [...own, ...invitations].map((token) => tokenDigest(token)), known: new Set(peers) }
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
