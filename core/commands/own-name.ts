// How this program is called where it was started: what it prints can be typed as it stands. A clone has `bin/nodetrust`, an
// installed one is found by its name. Texts say `nodetrust status`; whoever prints them passes them through `asTyped`.
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { FIRST_WORDS } from './table.ts'
import { fold } from './usage.ts'

/** Where we are and how programs are found; the process's own where left out. */
export interface Started {
  /** The project's or the package's folder. */
  readonly root?: string
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly platform?: NodeJS.Platform
}

const NAME = 'nodetrust'

/** A desktop package has the command line two folders below its own. */
const PLACES = [[], ['..', '..'], ['..']] as const

/** What to type for `nodetrust` here. */
export function ownCommand(started: Started = {}): string {
  const { root = join(import.meta.dirname, '..', '..'), cwd = process.cwd() } = started
  const { env = process.env, platform = process.platform } = started
  const home = realPath(root) ?? root
  const file = platform === 'win32' ? `${NAME}.cmd` : NAME
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder))
  if (folders.some((folder) => leadsTo(home, join(folder, file)))) return NAME
  // an AppImage lies in a folder that is there only while it runs
  const path = env['APPIMAGE']
    ? undefined
    : PLACES.map((up) => join(home, ...up, 'bin', file)).find((place) => existsSync(place))
  if (path === undefined) return NAME
  const short = relative(cwd, path.replace(/\.cmd$/, ''))
  const shown = short.startsWith('..') || isAbsolute(short) ? path.replace(/\.cmd$/, '') : short
  return /^[\w./\\:@+-]+$/.test(shown) ? shown : `"${shown}"`
}

const MENTIONED = new RegExp(`(^|[\\s\`"'“(|])${NAME} (?=(?:${FIRST_WORDS.join('|')}|COMMAND|--)(?![\\w-]|: ))`, 'gm')

/** A text with every command in it as it can be typed here. */
export function asTyped(text: string, own: string): string {
  if (own === NAME) return text
  return text.replace(USAGE, foldedFor(own)).replace(MENTIONED, (_, before: string) => `${before}${own} `)
}

/** A usage with its lines below it: the words of the command, then what may follow. */
const USAGE = /^([uU]sage: )nodetrust ([a-z]+(?: [a-z]+)*(?=\s|$))(.*(?:\n {8,}\S.*)*)/gm

/** The longer name moves what stands behind it, and 80 columns stay 80. */
function foldedFor(own: string) {
  return (_: string, label: string, name: string, rest: string): string => {
    const start = `${label}${own} ${name}`
    return fold(start, rest.match(/\[[^\]]*\]|\S+(?: \.\.\.)?/g) ?? [], Math.min(start.length + 1, 24))
  }
}

/** Whether a program that is found by its name is the one of this folder: it lies in `bin` or `scripts` of it or above it. */
function leadsTo(home: string, program: string): boolean {
  const real = realPath(program)
  if (real === undefined) return false
  const itsHome = dirname(dirname(real))
  return home === itsHome || (itsHome !== sep && home.startsWith(`${itsHome}${sep}resources${sep}`))
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}
