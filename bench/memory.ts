// What a node that has nothing to do costs in memory, beside js-libp2p and nothing else. Several of each run at the same time and are
// looked at after a while of silence, when V8 has given back what the start needed. The node is measured as people get it, the file of
// the package with the package's flags; the other as anybody starts such a program, and once more bundled and flagged like ours.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { systemClock } from '../core/clock.ts'
import { createLog } from '../core/log.ts'
import { nodeFlags } from '../core/node-flags.ts'
import { startSandboxNetwork } from '../servers/sandbox/network.ts'
import { buildTarget } from '../scripts/build.ts'
import { writeNodeConfig } from '../servers/sandbox/node-config.ts'
import { type Summary, summarize } from './summary.ts'

/** Memory of one kind of process, MiB. */
export interface Footprint {
  /** All pages in memory, those of the shared program file in full. */
  readonly rss: Summary
  /** Shared pages counted in part; undefined where the kernel does not tell. */
  readonly pss: Summary | undefined
  /** Pages of this process alone: what a second one costs. Undefined where the kernel does not tell. */
  readonly own: Summary | undefined
}

/** What is measured: the headless node serving WSS with its certificate, and js-libp2p alone. */
export const MEMORY_KINDS = [
  ['node', 'headless node with its certificate, as packaged'],
  ['bare', 'bare libp2p, same transports, plain Node'],
  ['nodeSource', 'headless node from the clone'],
  ['bareSmall', 'bare libp2p, bundled, with our flags'],
] as const

export type MemoryKind = (typeof MEMORY_KINDS)[number][0]

export interface MemoryResult {
  readonly processes: number
  readonly idleSeconds: number
  readonly footprints: Readonly<Record<MemoryKind, Footprint>>
}

export interface MemoryOptions {
  /** Of each kind. @default 2 */
  readonly processes?: number
  /** @default 20 */
  readonly idleSeconds?: number
  readonly signal?: AbortSignal
}

/** Memory can be read here only on Linux. */
export class NoMemoryFiguresError extends Error {
  override readonly name = 'NoMemoryFiguresError'
}

/** The interval a node has by itself; the sandbox's is far shorter. */
const BROADCAST_INTERVAL_MS = 5 * 60_000
const READY_TIMEOUT_MS = 30_000
const KIB_PER_MIB = 1024

/**
 * Measures.
 *
 * @throws NoMemoryFiguresError where there is no /proc
 */
export async function benchMemory(options: MemoryOptions = {}): Promise<MemoryResult> {
  const { processes = 2, idleSeconds = 20, signal } = options
  if (process.platform !== 'linux') throw new NoMemoryFiguresError('memory is read from /proc, which only Linux has')
  const network = await startSandboxNetwork({ log: createLog('silent') })
  const running: ChildProcess[] = []
  const own = (child: ChildProcess): ChildProcess => {
    running.push(child)
    return child
  }
  try {
    const programs: Record<MemoryKind, readonly string[]> = {
      node: [...nodeFlags([]), (await buildTarget('headless')).path],
      bare: [await transpiled(BARE)],
      nodeSource: [...nodeFlags(), HEADLESS],
      bareSmall: [...nodeFlags([]), await bundle(BARE, join(network.dir, 'bare.mjs'))],
    }
    const children: Record<MemoryKind, ChildProcess[]> = { node: [], bare: [], nodeSource: [], bareSmall: [] }
    // two at a time: all at once would take longer than any of them may
    for (let index = 0; index < processes; index++) {
      for (const [node, bare] of PAIRS) {
        signal?.throwIfAborted()
        const config = await writeNodeConfig(network, `${node}-${index}`, {
          connect: 'none',
          broadcastIntervalMs: BROADCAST_INTERVAL_MS,
        })
        const pair = [
          own(start([...programs[node], 'node', '--config', config, '--events'])),
          own(start([...programs[bare], network.issue])),
        ] as const
        children[node].push(pair[0])
        children[bare].push(pair[1])
        await Promise.all([ready(pair[0], 'wss'), ready(pair[1], 'ready')])
      }
    }
    await systemClock.sleep(idleSeconds * 1000, signal)
    const footprints = {
      node: await footprint(children.node),
      bare: await footprint(children.bare),
      nodeSource: await footprint(children.nodeSource),
      bareSmall: await footprint(children.bareSmall),
    }
    return { processes, idleSeconds, footprints }
  } finally {
    await Promise.all(running.map((one) => end(one)))
    await rm(TRANSPILED, { force: true })
    await network.stop()
  }
}

const ROOT = join(import.meta.dirname, '..')
const HEADLESS = join(ROOT, 'main', 'headless.ts')
const BARE = join(ROOT, 'bench', 'bare-node.ts')
const PAIRS = [
  ['node', 'bare'],
  ['nodeSource', 'bareSmall'],
] as const

/** Below the project's root, so that it finds the packages. */
const TRANSPILED = join(ROOT, 'build', 'bare-node.mjs')

/** Some packages are CommonJS and want a `require`. */
const BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"

async function bundle(entry: string, outfile: string): Promise<string> {
  const options = { platform: 'node', format: 'esm', banner: { js: BANNER }, logLevel: 'error' } as const
  await build({ ...options, entryPoints: [entry], bundle: true, minifyWhitespace: true, outfile })
  return outfile
}

/** Without types: to take them away, Node loads a compiler, which stays. */
async function transpiled(entry: string): Promise<string> {
  await build({ entryPoints: [entry], format: 'esm', logLevel: 'error', outfile: TRANSPILED })
  return TRANSPILED
}

function start(args: readonly string[]): ChildProcess {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODETRUST_')))
  return spawn(process.execPath, [...args], {
    // as the package's command has it
    ...{ cwd: ROOT, env: { ...env, MALLOC_ARENA_MAX: '1' }, stdio: ['ignore', 'pipe', 'inherit'] },
  })
}

/** Waits for the line that tells of this event. */
async function ready(child: ChildProcess, event: string): Promise<void> {
  if (!child.stdout) return
  const lines = createInterface({ input: child.stdout, signal: AbortSignal.timeout(READY_TIMEOUT_MS) })
  for await (const line of lines) {
    if (!line.includes(`"event":"${event}"`)) continue
    lines.close()
    // nobody reads on, and a full pipe would stop the node
    child.stdout.resume()
    return
  }
  throw new Error(`a process of the memory bench ended, or was not ready in ${READY_TIMEOUT_MS / 1000} s`)
}

export async function footprint(children: readonly ChildProcess[]): Promise<Footprint> {
  const read = await Promise.all(children.map(({ pid }) => readMemory(pid ?? 0)))
  const column = (name: 'rss' | 'pss' | 'own') => read.flatMap((one) => one[name] ?? [])
  const optional = (values: readonly number[]) => (values.length === read.length ? summarize(values) : undefined)
  return { rss: summarize(column('rss')), pss: optional(column('pss')), own: optional(column('own')) }
}

interface Memory {
  readonly rss: number
  readonly pss: number | undefined
  readonly own: number | undefined
}

/** MiB, from /proc (proc_pid_smaps(5)). */
async function readMemory(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  const clean = field(rollup, 'Private_Clean')
  const dirty = field(rollup, 'Private_Dirty')
  return {
    rss: field(status, 'VmRSS') ?? 0,
    pss: field(rollup, 'Pss'),
    own: clean === undefined || dirty === undefined ? undefined : clean + dirty,
  }
}

function field(text: string, name: string): number | undefined {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]
  return kib === undefined ? undefined : Number(kib) / KIB_PER_MIB
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
