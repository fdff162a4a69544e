// The packaged app around a real Electron, exactly as people get it, packed once for the state of the sources and kept for all tests:
// archive, fuses, sandbox helper, no inspector.
import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageDesktop } from '../../../scripts/package-desktop.ts'
import { demandOwnFolder } from '../../../scripts/test/cache-folder.ts'
import { testCache } from '../../../scripts/test-electron.ts'
import { waitForLock } from '../../../scripts/wait-for-lock.ts'
import { ROOT } from '../command.ts'
import type { RealElectron } from './electron.ts'

/** The app's folder, and its program. */
export interface PackedApp {
  readonly folder: string
  readonly program: string
}

/** Everything that decides what is in the package. */
const SOURCES = [
  ...['main', 'core', 'proto', 'preload', 'renderer', 'servers', 'assets', 'packaging'],
  ...['scripts/build', 'scripts/package', 'scripts/patches'],
]
const FILES = [
  ...['package.json', 'package-lock.json', 'electron-builder.yml', 'electron-builder.test.yml', 'vite.config.ts'],
  ...['scripts/build.ts', 'scripts/package-desktop.ts'],
]
/** Packages of older sources that are kept: other clones may be at work. */
const KEPT = 3
const LOCK_PATIENCE_MS = 180_000

/**
 * Packs it where that was not done yet; takes 15 seconds then.
 *
 * @param test  the build that a driver may steer
 */
export async function packedApp(electron: RealElectron, { test = false } = {}): Promise<PackedApp> {
  const cache = join(testCache(), 'packed')
  await mkdir(cache, { recursive: true })
  await demandOwnFolder(cache)
  const folder = join(cache, `${test ? 'test' : 'release'}-${(await hashOfSources(electron)).slice(0, 20)}`)
  const place = { folder, program: join(folder, 'nodetrust') }
  const lock = await waitForLock(join(cache, '.packing'), LOCK_PATIENCE_MS)
  try {
    if ((await readFile(join(folder, 'packed'), 'utf8').catch(() => '')) === 'whole') return place
    await rm(folder, { recursive: true, force: true })
    const work = `${folder}.new`
    await rm(work, { recursive: true, force: true })
    const init = { dist: work, build: join(work, 'build'), electronDist: electron.dist, test }
    const { output } = await packageDesktop({ ...init, args: ['--linux', '--dir'] })
    await rename(join(output, 'linux-unpacked'), folder)
    await rm(work, { recursive: true })
    // as the installed package has it
    if (process.getuid?.() === 0) await chmod(join(folder, 'chrome-sandbox'), 0o4755)
    await writeFile(join(folder, 'packed'), 'whole')
    await forgetOld(cache)
    return place
  } finally {
    await lock.release()
  }
}

async function forgetOld(cache: string): Promise<void> {
  const names = (await readdir(cache)).filter((name) => /^(release|test)-/.test(name))
  const ages = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(cache, name)).catch(() => undefined))?.mtimeMs ?? 0 })),
  )
  for (const { name } of ages.sort((a, b) => b.at - a.at).slice(KEPT * 2))
    await rm(join(cache, name), { recursive: true, force: true })
}

async function hashOfSources(electron: RealElectron): Promise<string> {
  const hash = createHash('sha256').update(electron.dist)
  const files: string[] = [...FILES]
  for (const source of SOURCES) {
    const entries = await readdir(join(ROOT, source), { recursive: true, withFileTypes: true })
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isFile() && !path.includes('node_modules')) files.push(path.slice(ROOT.length + 1))
    }
  }
  for (const file of files.sort()) hash.update(`${file}\n`).update(await readFile(join(ROOT, file)))
  return hash.digest('hex')
}
