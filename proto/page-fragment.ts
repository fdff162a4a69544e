// What whoever opens the window's page may ask it to show, in the fragment of its address: a view, or an invitation that is
// waiting for a person's yes. The page takes the fragment off its address and never acts on it by itself.

/** The views that can be asked for. */
export const VIEWS = [
  'home',
  'certificate',
  'addresses',
  'reachability',
  'peers',
  'activity',
  'settings',
  'network',
] as const
export type View = (typeof VIEWS)[number]

/** What to show. */
export type PageTarget = { readonly view: View } | { readonly invitation: string }

const VIEW_KEY = 'view'
const INVITATION_KEY = 'join'
/** A whole invitation with every character escaped. */
const MAX_FRAGMENT_CHARS = 20_000

/** Writes a fragment, `#` and all. */
export function pageFragment(target: PageTarget): string {
  return 'view' in target
    ? `#${VIEW_KEY}=${target.view}`
    : `#${INVITATION_KEY}=${encodeURIComponent(target.invitation)}`
}

/**
 * Reads a fragment.
 *
 * @param hash  as `location.hash` gives it
 * @returns undefined for anything else, such as the bridge's one-time code
 */
export function readPageFragment(hash: string): PageTarget | undefined {
  if (hash.length > MAX_FRAGMENT_CHARS) return undefined
  const [, key, value = ''] = /^#([a-z]+)=([^&#]*)$/.exec(hash) ?? []
  if (key === VIEW_KEY) {
    const view = VIEWS.find((name) => name === value)
    return view && { view }
  }
  if (key !== INVITATION_KEY) return undefined
  try {
    return { invitation: decodeURIComponent(value) }
  } catch {
    return undefined
  }
}
