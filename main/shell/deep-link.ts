// Links that start the app: `nodetrust://join/…`. They come from web pages and chats, so they are parsed strictly, know one
// verb, and only make the window show what they say; a person decides.
import { INVITATION_SCHEME, InvitationError, parseInvitation } from '../../proto/invitation.ts'

/** What a link asks for. */
export type DeepLink =
  { readonly kind: 'join'; readonly invitation: string } | { readonly kind: 'wrong'; readonly why: string }

/** The longest that a link may be before anything looks into it. */
const MAX_LINK_CHARS = 6_000

/**
 * Reads a link.
 *
 * @returns the invitation as it was written, once it is known to be one
 */
export function parseDeepLink(text: string): DeepLink {
  if (text.length > MAX_LINK_CHARS) return { kind: 'wrong', why: `it has ${text.length} characters` }
  try {
    parseInvitation(text)
    return { kind: 'join', invitation: text.trim() }
  } catch (error) {
    return { kind: 'wrong', why: error instanceof InvitationError ? error.message : 'it cannot be read' }
  }
}

/**
 * Finds the link in a command line, of the first start or of a second one; every other word is ignored.
 *
 * @returns undefined where there is none; several at once are none of ours either
 */
export function deepLinkOf(argv: readonly string[]): DeepLink | undefined {
  const links = argv.filter((word) => word.toLowerCase().startsWith(INVITATION_SCHEME))
  const [link] = links
  if (link === undefined) return undefined
  return links.length === 1 ? parseDeepLink(link) : { kind: 'wrong', why: 'there are several links at once' }
}

/** The flag that starts the app without its window, as the login item does. */
export const HIDDEN_FLAG = '--hidden'

/** Whether a start asks for no window. A link always shows it. */
export function startsHidden(argv: readonly string[], startMinimised: boolean): boolean {
  return deepLinkOf(argv) === undefined && (startMinimised || argv.includes(HIDDEN_FLAG))
}
