// An invitation in the fragment of a web page, as the page reads it: by the app's own words (invited-words.ts), and with the same check at its
// end. Keys and certificates in it are decoded by the app, which shows everything once more before anybody says yes.
import {
  CHECK_KEY,
  checkedText,
  checkOfHash,
  InvitationError,
  nameFor,
  pairsOf,
  readWords,
  readZone,
} from './invited-words.ts'
import { SERVER_ORIGIN, serverUrl, whyNotWhole, type InvitationFault } from './invited-words.ts'

/** What a page can say of an invitation. */
export type Glance =
  | {
      readonly kind: 'whole'
      /** For the app. */
      readonly link: string
      /** Of the network. */
      readonly name: string
      readonly zone: string
      /** The host that the app will ask. */
      readonly server: string
      /** Whether it is for one person alone. */
      readonly isPersonal: boolean
    }
  | { readonly kind: 'none' | InvitationFault }

/** More is no invitation (invitation.ts). */
const MAX_CHARS = 6_000

/** What `nodetrust invite` writes links with; a link with anything else was made by somebody else. */
const WRITTEN_WITH = /^[A-Za-z0-9._~:/?&=+%*-]+$/

const VERB = 'join/'

/**
 * Reads a fragment.
 *
 * @param fragment  with its `#`
 * @param sha256    hex
 */
export async function glanceAt(fragment: string, sha256: (text: string) => Promise<string>): Promise<Glance> {
  const text = fragment.replace(/^#(?:nodetrust:\/\/|\/)?/, '')
  if (text === '') return { kind: 'none' }
  const verb = text.slice(0, VERB.length).toLowerCase()
  if (VERB.startsWith(text.toLowerCase())) return { kind: 'cut' }
  if (text.length > MAX_CHARS || verb !== VERB || !WRITTEN_WITH.test(text)) return { kind: 'other' }
  const body = text.slice(VERB.length)
  if (!body.includes('?')) return { kind: 'cut' }
  try {
    const { zone, words } = readZone(body)
    const check = checkOfHash(await sha256(checkedText(zone, pairsOf(words))))
    const { query } = readWords(body, () => check)
    if (whyNotWhole(query.get(CHECK_KEY), check) !== undefined) return { kind: 'cut' }
    const server = hostOf(query)
    if (server === undefined) return { kind: 'other' }
    const name = nameFor(zone, query.get('name'))
    return { kind: 'whole', link: `nodetrust://${text}`, name, zone, server, isPersonal: query.has('token') }
  } catch (error) {
    if (!(error instanceof InvitationError)) throw error
    return { kind: error.fault }
  }
}

/** Of a broker's URL, or of an address such as /dns4/example.org/tcp/… */
function hostOf(query: URLSearchParams): string | undefined {
  const broker = serverUrl(query.get('broker'), SERVER_ORIGIN)
  if (broker !== undefined) return new URL(broker).host
  return /^\/(?:ip4|ip6|dns|dns4|dns6|dnsaddr)\/([^/]+)\//.exec(query.get('issue') ?? '')?.[1]
}
