// Which page of the window is shown: it stands in the address behind `#`, so that the way back and loading again work. Two
// more things can stand there and are taken out at once: the one-time code of a link, and an invitation that was followed.

/** The pages of the window. */
export const VIEWS = [
  'home',
  'certificate',
  'addresses',
  'peers',
  'activity',
  'settings',
  'reachability',
  'name',
  'network',
  'doctor',
  'practice',
] as const
export type View = (typeof VIEWS)[number]

/** The five that stand in the navigation, in the order of Ctrl+1 to Ctrl+5 in the desktop app. */
export const MAIN_VIEWS = ['home', 'certificate', 'addresses', 'peers', 'activity'] as const

/** Pages below another one: where their way back leads. */
export const PARENTS: Partial<Record<View, View>> = {
  reachability: 'addresses',
  name: 'addresses',
  network: 'settings',
  doctor: 'settings',
  practice: 'home',
}

/** What an address says. */
export type Way =
  | { readonly to: 'view'; readonly view: View }
  | { readonly to: 'code'; readonly code: string }
  | { readonly to: 'invitation'; readonly invitation: string }

/** Reads what stands behind `#`; anything else is Home. */
export function readWay(hash: string): Way {
  const text = hash.replace(/^#/, '')
  if (text.startsWith('t=')) return { to: 'code', code: text.slice(2) }
  if (text.startsWith('join=')) return { to: 'invitation', invitation: decode(text.slice(5)) }
  const view = VIEWS.find((name) => name === text)
  return { to: 'view', view: view ?? 'home' }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
