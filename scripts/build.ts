// Bundles the page, the preload script, the desktop program and the commands into `build/`: `node scripts/build.ts [target ...]
// [--out DIR]`. A target whose sources have not changed is left alone; a new one is made beside its place and moved there.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { build, mergeConfig, type InlineConfig, type Plugin } from 'vite'
import { writeFileAtomic } from '../core/files.ts'
import rendererConfig from '../vite.config.ts'
import { refuseEntryAwait } from './build/entry-await.ts'
import { smallBundle } from './build/small.ts'
import { patchPackages } from './build/patches.ts'
import { keepPaths } from './build/paths.ts'
import { checkPage, packPage } from './build/page.ts'
import { waitForLock } from './wait-for-lock.ts'

const ROOT = join(import.meta.dirname, '..')

/** Where builds go unless told otherwise; packages have a folder of the same name, so that paths in bundles stay true. */
export const BUILD_DIR = join(ROOT, 'build')

/** What can be built. `main` is the desktop program, `headless` and `servers` are the two halves of the command. */
export const TARGETS = ['renderer', 'preload', 'main', 'headless', 'servers'] as const
export type Target = (typeof TARGETS)[number]

/** What a build is told. */
export interface BuildOptions {
  /** The folder for all targets. @default build/ below the project's root */
  readonly out?: string
}

/** What is known of a finished target. */
export interface Built {
  /** The file, or the folder of the page. */
  readonly path: string
  /** False where what was there was still good. */
  readonly made: boolean
  /** Folders of the packages that are inside, relative to the project's root, in order. */
  readonly packages: readonly string[]
}

/** A target could not be built; the message says which, and the cause says why. */
export class BuildError extends Error {
  override readonly name = 'BuildError'
}

interface Plan {
  /** Relative to the project's root. */
  readonly entry: string
  /** Folders and files whose content decides whether a build is fresh. */
  readonly sources: readonly string[]
}

const COMMON = [
  'package-lock.json',
  'package.json',
  'vite.config.ts',
  'scripts/build.ts',
  'scripts/build',
  'scripts/patches',
] as const

const PLANS: Readonly<Record<Target, Plan>> = {
  renderer: { entry: 'renderer/index.html', sources: ['renderer', 'proto'] },
  preload: { entry: 'preload/index.ts', sources: ['preload', 'proto'] },
  main: { entry: 'main/index.ts', sources: ['main', 'core', 'proto'] },
  headless: { entry: 'main/headless.ts', sources: ['main', 'core', 'proto'] },
  servers: { entry: 'servers/cli.ts', sources: ['servers', 'core', 'proto'] },
}

/** Where each target is below the output folder. */
export const OUTPUTS: Readonly<Record<Target, string>> = {
  renderer: 'renderer',
  preload: 'preload.cjs',
  main: 'main.js',
  headless: 'headless.js',
  servers: 'servers/cli.js',
}

/** What each may be written in. The app's two are read by the Electron of the tests as well (scripts/test-electron.ts), so that what
 *  is tested is what is packed. */
const SYNTAX: Readonly<Record<Exclude<Target, 'renderer'>, string>> = {
  preload: 'chrome130',
  main: 'node20.18',
  headless: 'node24',
  servers: 'node24',
}

/** Native or part of Electron, so never inside a bundle; the two of `ws` are optional and never installed. */
const EXTERNAL = ['electron', '@napi-rs/keyring', 'bufferutil', 'utf-8-validate'] as const

/** Another process may be building the same; the slowest target takes a few seconds. */
const LOCK_TIMEOUT_MS = 120_000

/** Builds the window's page. @throws BuildError */
export const buildRenderer = (options: BuildOptions = {}): Promise<Built> => buildTarget('renderer', options)

/** Builds the preload script. @throws BuildError */
export const buildPreload = (options: BuildOptions = {}): Promise<Built> => buildTarget('preload', options)

/**
 * Builds a target where it is not there or its sources have changed. Several processes may ask at once: one builds, the others
 * wait for it.
 *
 * @throws BuildError
 */
export async function buildTarget(target: Target, options: BuildOptions = {}): Promise<Built> {
  const out = options.out ?? BUILD_DIR
  const hash = await hashOf(target)
  const fresh = await readBuilt(target, out, hash)
  if (fresh) return fresh
  await mkdir(out, { recursive: true })
  const lock = await waitForLock(join(out, `.${target}`), LOCK_TIMEOUT_MS)
  try {
    return (await readBuilt(target, out, hash)) ?? (await make(target, out, hash))
  } catch (error) {
    if (error instanceof BuildError) throw error
    const message = stripVTControlCharacters(error instanceof Error ? error.message : String(error))
    throw new BuildError(`cannot build "${target}" from ${PLANS[target].entry}: ${message}`, { cause: error })
  } finally {
    await lock.release()
  }
}

/** Whether a target is there and was made of the sources as they are now. */
export async function isFresh(target: Target, options: BuildOptions = {}): Promise<boolean> {
  return (await readBuilt(target, options.out ?? BUILD_DIR, await hashOf(target))) !== undefined
}

/** Whether a target's first source is there at all. */
export function hasSource(target: Target): boolean {
  const first = target === 'renderer' ? 'renderer/main.tsx' : PLANS[target].entry
  return existsSync(join(ROOT, first))
}

interface Stamp {
  readonly hash: string
  readonly packages: readonly string[]
}

const stampPath = (target: Target, out: string): string => join(out, `.${target}`, 'stamp.json')

async function readBuilt(target: Target, out: string, hash: string): Promise<Built | undefined> {
  const path = join(out, OUTPUTS[target])
  if (!existsSync(path)) return undefined
  const text = await readFile(stampPath(target, out), 'utf8').catch(() => '{}')
  const stamp = JSON.parse(text) as Partial<Stamp>
  return stamp.hash === hash && stamp.packages ? { path, made: false, packages: stamp.packages } : undefined
}

async function make(target: Target, out: string, hash: string): Promise<Built> {
  const { entry } = PLANS[target]
  const output = OUTPUTS[target]
  if (!existsSync(join(ROOT, entry))) throw new BuildError(`cannot build "${target}": there is no ${entry}`)
  const temporary = await mkdtemp(join(out, `.${target}`, 'new-'))
  try {
    // the folder ignores itself, so that no copy of it ends up in a commit
    await writeFile(join(out, '.gitignore'), '*\n')
    const packages = new Set<string>()
    await withoutTrace(() =>
      build(mergeConfig(configOf(target), { build: { outDir: temporary }, plugins: [notePackages(packages)] })),
    )
    if (target === 'renderer') {
      await checkPage(temporary)
      await packPage(temporary)
    }
    const path = join(out, output)
    await mkdir(dirname(path), { recursive: true })
    await replace(target === 'renderer' ? temporary : join(temporary, basename(output)), path)
    const stamp: Stamp = { hash, packages: [...packages].sort() }
    await writeFileAtomic(stampPath(target, out), JSON.stringify(stamp), 0o644)
    return { path, made: true, packages: stamp.packages }
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Vite says NODE_ENV=production to everything that this process starts later on; npm would leave half of the packages out. */
async function withoutTrace(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } finally {
    if (MODE_BEFORE === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = MODE_BEFORE
  }
}

const MODE_BEFORE = process.env['NODE_ENV']

function configOf(target: Target): InlineConfig {
  if (target === 'renderer') return mergeConfig(rendererConfig, { configFile: false, logLevel: 'warn' })
  const { entry } = PLANS[target]
  const output = OUTPUTS[target]
  return {
    configFile: false,
    root: ROOT,
    publicDir: false,
    logLevel: 'warn',
    plugins: [
      patchPackages(ROOT),
      keepPaths({ root: ROOT, output: join('build', output) }),
      ...(target === 'main' ? [refuseEntryAwait()] : []),
      ...(target === 'preload' ? [] : [smallBundle()]),
    ],
    // the plugin above has put the patches in (core/patched.ts)
    define: { 'globalThis.NODETRUST_PATCHED': 'true' },
    ssr: { noExternal: true, external: [...EXTERNAL], target: 'node' },
    build: {
      ssr: join(ROOT, entry),
      target: SYNTAX[target],
      // the plugin above does what is wanted of it
      minify: false,
      sourcemap: false,
      emptyOutDir: true,
      rolldownOptions: {
        // file names in comments are told from here, wherever the build was started
        cwd: ROOT,
        external: [...EXTERNAL],
        // the preload script stands between page and machine, so nothing is in it that it does not use
        ...(target === 'preload' ? { treeshake: { moduleSideEffects: false, propertyReadSideEffects: false } } : {}),
        output: {
          entryFileNames: basename(output),
          format: target === 'preload' ? 'cjs' : 'es',
          codeSplitting: false,
        },
      },
    },
  }
}

/** Tells the packages whose modules are in a bundle: their licences have to go along. */
function notePackages(packages: Set<string>): Plugin {
  return {
    name: 'nodetrust-packages',
    generateBundle(_options, bundle) {
      for (const part of Object.values(bundle)) {
        if (part.type !== 'chunk') continue
        for (const [id, { renderedLength }] of Object.entries(part.modules)) {
          const folder = packageOf(id)
          if (folder !== undefined && renderedLength > 0) packages.add(folder)
        }
      }
    },
  }
}

function packageOf(id: string): string | undefined {
  const path = relative(ROOT, id.replaceAll('\0', '').split('?')[0] ?? '').replaceAll(sep, '/')
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]
}

/** Puts a file or folder in another's place; readers find the old one or the new one. */
async function replace(from: string, to: string): Promise<void> {
  const old = `${from}-old`
  try {
    await rename(to, old)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await rename(from, to)
  await rm(old, { recursive: true, force: true })
}

/** A hash over everything a target is made of. */
async function hashOf(target: Target): Promise<string> {
  const hash = createHash('sha256').update(`${process.versions.node.split('.')[0]} ${target}\n`)
  const files = (await Promise.all([...COMMON, ...PLANS[target].sources].map((source) => filesBelow(source))))
    .flat()
    .sort()
  const contents = await Promise.all(files.map((file) => readFile(join(ROOT, file)).catch(() => Buffer.alloc(0))))
  for (const [index, file] of files.entries()) {
    const content = contents[index] ?? Buffer.alloc(0)
    hash.update(`${file} ${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

async function filesBelow(path: string): Promise<string[]> {
  try {
    const entries = await readdir(join(ROOT, path), { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return [path]
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function isTarget(word: string): word is Target {
  return TARGETS.some((target) => target === word)
}

async function main(words: readonly string[]): Promise<number> {
  const outAt = words.indexOf('--out')
  const out = outAt === -1 ? undefined : words[outAt + 1]
  const named = outAt === -1 ? words : words.toSpliced(outAt, 2)
  const wrong = named.find((word) => word !== 'all' && !isTarget(word))
  if (wrong !== undefined || (outAt !== -1 && out === undefined)) {
    console.error(`usage: build.ts [all | ${TARGETS.join(' | ')} ...] [--out DIR]`)
    return 2
  }
  const targets = named.length === 0 || named.includes('all') ? TARGETS : TARGETS.filter((one) => named.includes(one))
  for (const target of targets) {
    const began = performance.now()
    const { path, made } = await buildTarget(target, out === undefined ? {} : { out })
    const took = made ? `built in ${((performance.now() - began) / 1000).toFixed(1)} s` : 'is up to date'
    console.log(`${target.padEnd(9)} ${took}: ${relative(process.cwd(), path)}`)
  }
  return 0
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error))
    return 1
  })
}
