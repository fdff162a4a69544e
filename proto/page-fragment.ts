// What whoever opens the window's page may ask it to show, in the fragment of its address: a view, or an invitation that is
// waiting for a person's yes. The page takes an invitation off its address and never acts on it by itself.

/** The views that can be asked for. */
export const VIEWS = [
  'home',
  'certificate',
  'addresses',
  'reachability',
  'name',
  'peers',
  'activity',
  'settings',
  'network',
  'practice',
] as const
export type View = (typeof VIEWS)[number]

/** The view that a page's address names; undefined where it names none. */
export function viewAt(address: string): View | undefined {
  const fragment = URL.parse(address)?.hash.slice(1)
  return VIEWS.find((view) => view === fragment)
}

/** What to show. */
export type PageTarget = { readonly view: View } | { readonly invitation: string }

/** Writes a fragment, `#` and all. */
export function pageFragment(target: PageTarget): string {
  return 'view' in target ? `#${target.view}` : `#join=${encodeURIComponent(target.invitation)}`
}
