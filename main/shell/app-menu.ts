// The application menu as data. macOS shows it and takes the keys for copying and pasting from it; elsewhere the window has
// none, and Chromium knows those keys by itself.
import type { ShellText } from '../../proto/text/shell.ts'

/** Roles of Electron that we use; each brings its own action and its usual key. */
export type MenuRole = (typeof ROLES)[number]
export const ROLES = [
  ...([
    'hide',
    'hideOthers',
    'unhide',
    'undo',
    'redo',
    'cut',
    'copy',
    'paste',
    'selectAll',
    'minimize',
    'close',
  ] as const),
] as const

export type MenuItem =
  | { readonly kind: 'role'; readonly role: MenuRole; readonly label: string }
  | { readonly kind: 'command'; readonly id: 'settings' | 'quit'; readonly label: string; readonly key: string }
  | { readonly kind: 'line' }
  | { readonly kind: 'menu'; readonly label: string; readonly items: readonly MenuItem[] }

/** Empty where the platform shows no menu for a small window. */
export function appMenu(platform: NodeJS.Platform, text: ShellText): readonly MenuItem[] {
  if (platform !== 'darwin') return []
  const role = (name: MenuRole): MenuItem => ({ kind: 'role', role: name, label: text(`menu.${name}`) })
  const line: MenuItem = { kind: 'line' }
  return [
    {
      ...{ kind: 'menu', label: 'Nodetrust' },
      items: [
        { kind: 'command', id: 'settings', label: text('command.settings'), key: 'Command+,' },
        ...[line, role('hide'), role('hideOthers'), role('unhide'), line],
        { kind: 'command', id: 'quit', label: text('command.quit'), key: 'Command+Q' },
      ],
    },
    {
      ...{ kind: 'menu', label: text('menu.edit') },
      items: [role('undo'), role('redo'), line, role('cut'), role('copy'), role('paste'), role('selectAll')],
    },
    { kind: 'menu', label: text('menu.window'), items: [role('minimize'), role('close')] },
  ]
}
