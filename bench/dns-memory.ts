// What the DNS role costs in memory where it is alone, as a host's second machine has it: the file of the package with the package's flags,
// a configuration as `init dns` writes it, looked at after a while of silence and once more after as long a while of questions.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import * as v from 'valibot'
import { parse, stringify } from 'yaml'
import { systemClock } from '../core/clock.ts'
import { splitHostPort } from '../core/net/host-port.ts'
import { nodeFlags } from '../core/node-flags.ts'
import { buildTarget } from '../scripts/build.ts'
import { initRoles } from '../servers/cli/init.ts'
import { chooseGenerator } from './dns/processes.ts'
import { mixQuestions, ZONE } from './dns/queries.ts'
import { writeQueries } from './dns/run.ts'
import { type Footprint, footprint, NoMemoryFiguresError } from './memory.ts'
import { stopServer } from './server-process.ts'

export interface DnsMemoryResult {
  readonly processes: number
  /** Of silence, and then of questions. */
  readonly seconds: number
  readonly idle: Footprint
  readonly asked: Footprint
  /** Of all questions. */
  readonly answered: number
  /** MiB. */
  readonly atMost: number
}

export interface DnsMemoryOptions {
  /** @default 2 */
  readonly processes?: number
  /** @default 20 */
  readonly seconds?: number
  readonly signal?: AbortSignal
}

/** A small rented machine has half a GiB for everything, MiB. */
const GOAL_MIB = 80
const READY_TIMEOUT_MS = 30_000

/**
 * Measures.
 *
 * @throws NoMemoryFiguresError where there is no /proc
 */
export async function benchDnsMemory(options: DnsMemoryOptions = {}): Promise<DnsMemoryResult> {
  const { processes = 2, seconds = 20, signal } = options
  if (process.platform !== 'linux') throw new NoMemoryFiguresError('memory is read from /proc, which only Linux has')
  const program = (await buildTarget('servers')).path
  const folder = await mkdtemp(join(tmpdir(), 'nodetrust-bench-'))
  const running: ChildProcess[] = []
  try {
    const ports: number[] = []
    for (let index = 0; index < processes; index++) {
      const child = await start(program, await configure(join(folder, String(index))))
      running.push(child)
      ports.push(await portOf(child))
    }
    await systemClock.sleep(seconds * 1000, signal)
    const idle = await footprint(running)
    const file = writeQueries(folder, 'mix', mixQuestions())
    const generator = chooseGenerator(folder)
    const loads = await Promise.all(ports.map((port) => generator.ask(port, file, seconds)))
    signal?.throwIfAborted()
    const answered = loads.reduce((sum, one) => sum + one.answered, 0)
    return { processes, seconds, idle, asked: await footprint(running), answered, atMost: GOAL_MIB }
  } finally {
    await Promise.all(running.map((one) => stopServer(one)))
    await rm(folder, { recursive: true, force: true })
  }
}

/** As `init dns` writes it, on ports of loopback that are free. */
async function configure(dir: string): Promise<string> {
  await initRoles({ roles: ['dns'], zone: ZONE, dir, address: '127.0.0.1' })
  const path = join(dir, 'nodetrust.yaml')
  const config: unknown = parse(await readFile(path, 'utf8'))
  const { dns, ...others } = v.parse(v.looseObject({ dns: v.looseObject({}) }), config)
  const loopback = { listen: '127.0.0.1:0', control: ['/ip4/127.0.0.1/tcp/0'] }
  await writeFile(path, stringify({ ...others, admin: '127.0.0.1:0', dns: { ...dns, ...loopback } }))
  return path
}

async function start(program: string, config: string): Promise<ChildProcess> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODETRUST_')))
  return spawn(process.execPath, [...nodeFlags([]), program, 'serve', 'dns', '--config', config], {
    // as the package's command has it
    ...{ env: { ...env, MALLOC_ARENA_MAX: '1' }, stdio: ['ignore', 'pipe', 'ignore'] },
  })
}

/** The first line that a role says tells where it answers. */
async function portOf(child: ChildProcess): Promise<number> {
  const lines = createInterface({
    input: child.stdout ?? process.stdin,
    signal: AbortSignal.timeout(READY_TIMEOUT_MS),
  })
  for await (const line of lines) {
    const facts = v.safeParse(v.object({ dns: v.string() }), JSON.parse(line))
    if (!facts.success) continue
    lines.close()
    // nobody reads on, and a full pipe would stop the server
    child.stdout?.resume()
    return splitHostPort(facts.output.dns).port
  }
  throw new Error('the DNS role ended before it answered')
}
