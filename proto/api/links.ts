// The pages outside that a person can be led to. The page sends a link's id, never a URL, so nothing that a stranger wrote
// can be opened (Electron's shell.openExternal would run it).

/** Where each link leads: https only, constant. */
export const LINKS = {
  home: 'https://nodetrust.org/',
  help: 'https://nodetrust.org/help/',
  'help-router': 'https://nodetrust.org/help/router/',
  'help-firewall': 'https://nodetrust.org/help/firewall/',
  'help-carrier-nat': 'https://nodetrust.org/help/carrier-nat/',
  download: 'https://nodetrust.org/download/',
} as const
export type LinkId = keyof typeof LINKS | 'test-page'
export const LINK_IDS = [
  ...(Object.keys(LINKS) as (keyof typeof LINKS)[]),
  'test-page',
] as const satisfies readonly LinkId[]

/** Folders that can be shown in the system's file window, by name. */
export const FOLDERS = ['data', 'exports'] as const
