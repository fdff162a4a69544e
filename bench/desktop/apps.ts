// What is measured: copies of the packaged app, of an empty app around the same Electron, and of Node with the headless bundle. Each is
// a copy of its own, because the kernel divides the pages of a program among all who run the same file, and others may.
import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildTarget } from '../../scripts/build.ts'
import type { RealElectron } from '../../test/support/desktop/electron.ts'
import { packedApp } from '../../test/support/desktop/packed-app.ts'

const run = promisify(execFile)

/** Programs that one person runs. */
export interface Apps {
  /** Electron's own. */
  readonly version: string
  /** The packaged app's program. */
  readonly app: string
  /** The empty one's: one window with one word. */
  readonly empty: string
  /** Node, and the bundle it is given. */
  readonly node: readonly [program: string, bundle: string]
}

const ROOT = join(import.meta.dirname, '..', '..')

/** Window, page and sandbox as ours has them, and nothing else. */
const EMPTY_MAIN = `const { app, BrowserWindow } = require('electron')
app.enableSandbox()
app.on('window-all-closed', () => undefined)
app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 420, height: 640, show: false, webPreferences: { sandbox: true } })
  window.once('ready-to-show', () => window.show())
  window.loadFile('index.html')
})
`
const EMPTY_PAGE = `<!doctype html><meta charset="utf-8"><title>Empty app</title><p>There is nothing here but this line of text.</p>\n`

/** Packs and copies. @param folder  an empty one that everybody may read */
export async function copyApps(electron: RealElectron, folder: string): Promise<Apps> {
  const packed = await packedApp(electron)
  const headless = await buildTarget('headless')
  const app = join(folder, 'app')
  const empty = join(folder, 'empty')
  for (const copy of [app, empty]) {
    await run('cp', ['-a', packed.folder, copy])
    // Chromium's helper for machines without user namespaces, as the installed package has it
    await chmod(join(copy, 'chrome-sandbox'), 0o4755)
  }
  await rename(join(empty, 'resources'), join(folder, 'unused'))
  await packEmpty(join(folder, 'empty-source'), join(empty, 'resources'))
  const node = join(folder, 'node')
  await copyFile(process.execPath, node)
  const bundle = join(folder, 'headless', 'build', 'headless.js')
  await mkdir(join(folder, 'headless', 'build'), { recursive: true })
  await copyFile(headless.path, bundle)
  await writeFile(join(folder, 'headless', 'package.json'), '{"type":"module"}')
  const version = (await readFile(join(electron.dist, 'version'), 'utf8')).trim()
  return { version, app: join(app, 'nodetrust'), empty: join(empty, 'nodetrust'), node: [node, bundle] }
}

interface AsarPackage {
  createPackage(from: string, to: string): Promise<void>
}

async function packEmpty(source: string, resources: string): Promise<void> {
  await mkdir(source)
  await mkdir(resources)
  const about = { name: 'nodetrust-bench-empty', version: '0.0.0', main: 'main.cjs' }
  await writeFile(join(source, 'package.json'), JSON.stringify(about))
  await writeFile(join(source, 'main.cjs'), EMPTY_MAIN)
  await writeFile(join(source, 'index.html'), EMPTY_PAGE)
  // what packs ours, from its own lock file; it is there since ours was packed
  const packaging = createRequire(join(ROOT, 'packaging', 'package.json'))
  const asar = (await import(packaging.resolve('@electron/asar'))) as AsarPackage
  await asar.createPackage(source, join(resources, 'app.asar'))
}
