// Makes the desktop packages: `node scripts/package-desktop.ts [--linux|--mac|--win] [--dir] [--test] [target ...]`. Everything that
// belongs into them is put into one folder first, and electron-builder sees that folder only. Linux's .deb and .tar.gz are made of the
// folder that it packs (scripts/package/linux.ts). ELECTRON_DIST names an unpacked Electron, for machines that cannot fetch one.
import { execFile } from 'node:child_process'
import { copyFile, cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { buildTarget, OUTPUTS, type Built } from './build.ts'
import { readManifest, writeCommand } from './package/command.ts'
import { thirdPartyLicences } from './package/licences.ts'
import { deb, linuxWish, tarGz } from './package/linux.ts'
import { sourceDate } from './package/source-date.ts'
import { installTools, toolPath } from './package/tools.ts'

const ROOT = join(import.meta.dirname, '..')

const run = promisify(execFile)

/** The keychain's package with whatever native part npm has installed for this machine. */
const NATIVE = 'node_modules/@napi-rs'

/** electron-builder's name for the folder of this machine's architecture. */
const UNPACKED = process.arch === 'arm64' ? 'linux-arm64-unpacked' : 'linux-unpacked'

/** The one of the app's icons that a window asks for. */
const WINDOW_ICON = '512x512.png'

/** electron-builder failed; the message has its last words. */
export class PackError extends Error {
  override readonly name = 'PackError'
}

/** What is packed where. */
export interface DesktopInit {
  /** Folder for everything that is made. @default dist/ below the project's root */
  readonly dist?: string | undefined
  /** Where the bundles are built. @default build/ below the project's root */
  readonly build?: string | undefined
  /** The build that a driver may steer. @default false */
  readonly test?: boolean | undefined
  /** A folder with an unpacked Electron; electron-builder fetches one where left out. */
  readonly electronDist?: string | undefined
  /** Systems and forms, such as `--linux deb`; the rest is for electron-builder. */
  readonly args: readonly string[]
  /** Time of the files in Linux's packages, seconds since 1970. @default 1980-01-01 */
  readonly mtime?: number
}

/** The finished packages. */
export interface DesktopPackages {
  /** The folder they are in. */
  readonly output: string
  /** What electron-builder said. */
  readonly said: string
  /** The Linux packages that were made of its folder. */
  readonly files: readonly string[]
}

/** @throws BuildError, LicenceError, ToolsError, PackError, LinuxPackageError, DebError */
export async function packageDesktop(init: DesktopInit): Promise<DesktopPackages> {
  const wish = linuxWish(init.args)
  const dist = init.dist ?? join(ROOT, 'dist')
  const stage = join(dist, 'stage')
  const output = join(dist, 'desktop')
  await installTools()
  await stageDesktop(stage, init.build)
  const words = [
    toolPath('electron-builder', 'cli.js'),
    ...['--projectDir', stage, '--config', init.test ? 'electron-builder.test.yml' : 'electron-builder.yml'],
    ...['--publish', 'never', `-c.directories.output=${output}`, `-c.electronVersion=${await electronVersion()}`],
    ...(init.electronDist === undefined ? [] : [`-c.electronDist=${init.electronDist}`]),
  ]
  if (wish === undefined) return { output, said: await electronBuilder(stage, [...words, ...init.args]), files: [] }
  let said = await electronBuilder(stage, [...words, '--linux', '--dir', ...wish.flags])
  if (wish.dirOnly) return { output, said, files: [] }
  const form = { app: join(output, UNPACKED), output, mtime: init.mtime ?? sourceDate({}) }
  const files: string[] = []
  if (wish.formats.includes('deb')) files.push(await deb(form))
  if (wish.formats.includes('tar.gz')) files.push(await tarGz(form))
  if (wish.formats.includes('AppImage'))
    said += await electronBuilder(stage, [...words, '--linux', 'AppImage', '--prepackaged', form.app, ...wish.flags])
  return { output, said, files }
}

async function electronBuilder(stage: string, words: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await run(process.execPath, words, { cwd: stage, maxBuffer: 64 * 1024 * 1024 })
    return stdout + stderr
  } catch (error) {
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    throw new PackError(`electron-builder failed: ${said.slice(-4_000) || String(error)}`, { cause: error })
  }
}

/**
 * Puts everything that is packed into one folder.
 *
 * @param stage  the folder; what was there goes away
 * @param out  where the bundles are built
 * @throws BuildError, LicenceError
 */
export async function stageDesktop(stage: string, out?: string): Promise<void> {
  await rm(stage, { recursive: true, force: true })
  const app = join(stage, 'app')
  await mkdir(join(app, 'build'), { recursive: true })
  const built: Built[] = []
  // the servers are in here as well as among the resources: what the app itself starts is protected like the app
  for (const target of ['main', 'preload', 'renderer', 'servers'] as const) {
    const one = await buildTarget(target, out === undefined ? {} : { out })
    await cp(one.path, join(app, 'build', OUTPUTS[target]), { recursive: true })
    built.push(one)
  }
  await copyFile(join(ROOT, 'packaging', 'start.js'), join(app, 'build', 'start.js'))
  await copyIcons(stage, app)
  await cp(join(ROOT, NATIVE), join(app, NATIVE), { recursive: true })
  const native = (await readdir(join(ROOT, NATIVE))).map((name) => `${NATIVE}/${name}`)
  await writeCommand({ dir: join(stage, 'command'), out, page: false })
  const packages = [...built.flatMap((one) => one.packages), ...native]
  await writeFile(join(stage, 'THIRD-PARTY-LICENSES.txt'), await thirdPartyLicences(ROOT, packages))
  for (const file of ['LICENSE', 'electron-builder.yml', 'electron-builder.test.yml'])
    await copyFile(join(ROOT, file), join(stage, file))
  for (const folder of ['linux', 'mac', 'win'])
    await cp(join(ROOT, 'packaging', folder), join(stage, folder), { recursive: true })
  const manifest = await appManifest()
  await writeFile(join(app, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await writeFile(join(stage, 'package.json'), `${JSON.stringify({ ...manifest, private: true }, null, 2)}\n`)
}

async function copyIcons(stage: string, app: string): Promise<void> {
  const icons = join(ROOT, 'assets', 'icons')
  const filter = (path: string) => !path.endsWith('.svg')
  await cp(join(icons, 'tray'), join(app, 'assets', 'icons', 'tray'), { recursive: true, filter })
  await cp(join(icons, 'app'), join(stage, 'icons'), { recursive: true, filter })
  await mkdir(join(app, 'assets', 'icons', 'app'))
  await copyFile(join(icons, 'app', WINDOW_ICON), join(app, 'assets', 'icons', 'app', WINDOW_ICON))
}

/** What Electron and electron-builder read; nothing of how the project is developed. */
async function appManifest(): Promise<Record<string, unknown>> {
  const { version, license, description } = await readManifest()
  return {
    name: 'nodetrust',
    productName: 'Nodetrust',
    ...{ version, description, license, homepage: 'https://nodetrust.org/' },
    author: { name: 'The Nodetrust authors', email: 'hello@nodetrust.org' },
    type: 'module',
    main: 'build/start.js',
    // by this name Linux desktops connect windows with the launcher
    desktopName: 'org.nodetrust.app.desktop',
    dependencies: { '@napi-rs/keyring': await versionOf('@napi-rs/keyring') },
  }
}

const electronVersion = (): Promise<string> => versionOf('electron')

async function versionOf(name: string): Promise<string> {
  const text = await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')
  return v.parse(v.object({ version: v.string() }), JSON.parse(text)).version
}

if (process.argv[1] === import.meta.filename) {
  const words = process.argv.slice(2)
  try {
    const { output, said, files } = await packageDesktop({
      args: words.filter((word) => word !== '--test'),
      test: words.includes('--test'),
      electronDist: process.env['ELECTRON_DIST'],
      mtime: sourceDate(),
    })
    console.log([said.trim(), ...files, output].join('\n'))
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}
