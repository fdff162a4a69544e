// Where Electron's program is, if it is on this machine. The package's own `require('electron')` would begin a download, so
// nobody asks it; `npx install-electron` puts the program where the third of these places is.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Names of the program below a distribution's folder. */
const NAMES: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
}

/**
 * Looks for it: ELECTRON_EXE, ELECTRON_OVERRIDE_DIST_PATH, then the installed package.
 *
 * @param root  the project's folder
 * @returns a path that exists; undefined where there is none
 */
export function findElectron(
  root: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const name = NAMES[platform] ?? 'electron'
  const packageFolder = join(root, 'node_modules', 'electron')
  const dist = env['ELECTRON_OVERRIDE_DIST_PATH']
  const places = [
    env['ELECTRON_EXE'],
    dist && join(dist, name),
    join(packageFolder, 'dist', installedName(packageFolder) ?? name),
  ]
  return places.find((path) => path !== undefined && path !== '' && existsSync(path))
}

/** The package notes the name of what it has unpacked. */
function installedName(packageFolder: string): string | undefined {
  try {
    return readFileSync(join(packageFolder, 'path.txt'), 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}
