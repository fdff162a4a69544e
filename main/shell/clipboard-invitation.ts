// The one look into the clipboard: for an invitation that somebody has just copied. What lies there may be a password, so nothing
// of it is kept, logged or handed on but an invitation, written anew from what was read of it.
import { formatInvitation, InvitationError, parseInvitation } from '../../proto/invitation.ts'
import type { Desktop } from './ports.ts'

/** No invitation is longer, and what is longer is not looked at. */
const MAX_CLIPBOARD_CHARS = 6_000

/**
 * Looks for an invitation.
 *
 * @param clicked  a person asks for it. Without a click nothing is read on macOS, which asks the person whether the app may (as of
 *   15.4), and a question by the system at the first start looks like the app is after something
 * @returns a link; undefined where there is none
 */
export async function invitationInClipboard(
  { platform, readClipboard }: Pick<Desktop, 'platform' | 'readClipboard'>,
  clicked: boolean,
): Promise<string | undefined> {
  if (platform === 'darwin' && !clicked) return undefined
  const text = await readClipboard()
  if (text.length > MAX_CLIPBOARD_CHARS) return undefined
  try {
    return formatInvitation(parseInvitation(text))
  } catch (error) {
    if (error instanceof InvitationError) return undefined
    throw error
  }
}
