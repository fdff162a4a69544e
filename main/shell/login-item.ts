// Starting with the desktop. macOS and Windows have a call for it; Linux desktops look into a folder for `.desktop` files
// (XDG autostart), whose Exec line has quoting rules of its own: the strings of a desktop file first, then those of Exec.
import { join } from 'node:path'
import { HIDDEN_FLAG } from './deep-link.ts'

/** What makes the app start at login. */
export type LoginItem =
  | { readonly kind: 'system'; readonly openAtLogin: boolean; readonly args: readonly string[] }
  | { readonly kind: 'file'; readonly path: string; readonly content: string | undefined }

/** Where and what. */
export interface LoginItemInit {
  readonly platform: NodeJS.Platform
  readonly wanted: boolean
  /** Path of the program; an AppImage's own path, not that of the folder it is mounted at. */
  readonly program: string
  /** Arguments before ours, such as the app's folder where it is not packaged. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

export const AUTOSTART_FILE = 'org.nodetrust.app.desktop'

/** Decides what must be there; `content` undefined means that the file must not be there. */
export function loginItem(init: LoginItemInit): LoginItem {
  const args = [...init.args, HIDDEN_FLAG]
  if (init.platform === 'darwin' || init.platform === 'win32') {
    return { kind: 'system', openAtLogin: init.wanted, args }
  }
  const config = init.env['XDG_CONFIG_HOME'] || join(init.home, '.config')
  const path = join(config, 'autostart', AUTOSTART_FILE)
  return { kind: 'file', path, content: init.wanted ? autostartEntry([init.program, ...args]) : undefined }
}

/** The program that a login should start: inside an AppImage, the image. */
export function programPath(execPath: string, env: Readonly<Record<string, string | undefined>>): string {
  const image = env['APPIMAGE']
  return image !== undefined && image.startsWith('/') ? image : execPath
}

/** Text of the desktop file (Desktop Entry Specification 1.5, Autostart Specification 0.5). */
export function autostartEntry(words: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    // the entry uses nothing newer, and older checkers refuse what they do not know
    'Version=1.0',
    'Name=Nodetrust',
    `Exec=${execLine(words)}`,
    // desktops pass the entry over where the program has gone; the line has no quotes, only the escapes of a string
    ...(words[0] === undefined ? [] : [`TryExec=${words[0].replaceAll('\\', String.raw`\\`)}`]),
    'Icon=nodetrust',
    'Terminal=false',
    'NoDisplay=true',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
}

/**
 * The value of an Exec key.
 *
 * @throws RangeError for a word with a line break or NUL, which no desktop file can hold
 */
export function execLine(words: readonly string[]): string {
  return words.map((word) => quoteExec(word)).join(' ')
}

/** Characters that need quotes (section "The Exec key"). */
const RESERVED = /[\s"'\\><~|&;$*?#()`]/

function quoteExec(word: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(word)) throw new RangeError('a path with control characters cannot start at login')
  const percent = word.replaceAll('%', '%%')
  if (word !== '' && !RESERVED.test(word)) return percent
  const quoted = `"${percent.replaceAll(/["`$\\]/g, String.raw`\$&`)}"`
  // the whole value is a string of the desktop file, where a backslash is written twice
  return quoted.replaceAll('\\', '\\\\')
}
