// What `nodetrust invite` gives to programs and to cameras, made from the lines that people read.
import * as v from 'valibot'
import { INVITATION_SCHEME, parseInvitation } from '../../proto/invitation.ts'
import { qrLines } from './qr.ts'

/** `invite --json`. Whoever has a link with a token in it is invited. */
export const InvitedSchema = v.object({
  links: v.array(
    v.object({
      /** Whose it is: the issue server's, or the broker's. */
      to: v.picklist(['issue', 'broker']),
      zone: v.string(),
      link: v.string(),
      /** The same as an https link to a page of yours; null where there is none. */
      page: v.nullable(v.pipe(v.string(), v.url())),
      /** Whether it is for one person alone. */
      personal: v.boolean(),
    }),
  ),
  /** What else there is to know, as sentences. */
  notes: v.array(v.string()),
})
export type Invited = v.InferOutput<typeof InvitedSchema>

const isPage = (line: string | undefined) => line !== undefined && /^https:\/\/\S+#join\/\S+$/.test(line)

export function invitedOf(lines: readonly string[]): Invited {
  const links = lines.flatMap((line, index): Invited['links'] => {
    if (!line.startsWith(INVITATION_SCHEME)) return []
    const { zone, issue, token } = parseInvitation(line)
    const next = lines[index + 1]
    const page = isPage(next) ? (next ?? null) : null
    return [{ to: issue.length > 0 ? 'issue' : 'broker', zone, link: line, page, personal: token !== undefined }]
  })
  const isNote = (line: string) => !line.startsWith(INVITATION_SCHEME) && !isPage(line) && !line.endsWith(':')
  return { links, notes: lines.filter((line) => isNote(line)) }
}

/** The lines with a code below each link: of the https link where there is one, since any phone opens that. */
export function withCodes(lines: readonly string[], hasColours: boolean): readonly string[] {
  return lines.flatMap((line, index) => {
    const isLast = isPage(line) || (line.startsWith(INVITATION_SCHEME) && !isPage(lines[index + 1]))
    if (!isLast) return [line]
    return [line, '', ...(qrLines(line, hasColours) ?? ['The link is too long for a code.']), '']
  })
}
