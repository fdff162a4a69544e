// A program as headless.ts makes it, in the test's own process, with a folder of its own and free ports; and ways to wait for
// what it comes to. The sandbox is the real one, in a process of its own.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../core/clock.ts'
import { createLog, silentLog } from '../../core/log.ts'
import { nodeFlags } from '../../core/node-flags.ts'
import { createProgram, type ProgramInit } from '../../main/program/create.ts'
import { startSandboxProcess } from '../../main/program/sandbox-process.ts'
import { freePorts } from './free-port.ts'
import type { Program, ProgramFacts } from '../../main/program/program.ts'
import type { TestContext } from 'node:test'

const SERVERS = join(import.meta.dirname, '..', '..', 'servers', 'cli.ts')

/** A folder that goes away with the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-test-'))
  t.after(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }))
  return dir
}

/** How a test's program differs from everybody's. */
export interface TestProgramInit {
  readonly dir: string
  /** Flags of the command line; free ports where `ports` is left out. */
  readonly flags?: Readonly<Record<string, string>>
  readonly identityStore?: ProgramInit['identityStore']
  readonly asksByItself?: boolean
  readonly startSandbox?: ProgramInit['startSandbox']
  readonly ports?: ProgramInit['ports']
}

/** Makes a program; the test starts it, and it stops with the test. */
export async function testProgram(t: TestContext, init: TestProgramInit): Promise<Program> {
  const program = await createProgram({
    sources: { flags: { dir: init.dir, log: 'error', 'network.public': 'none', ...init.flags } },
    identityStore: init.identityStore ?? 'file',
    asksByItself: init.asksByItself ?? false,
    clock: systemClock,
    log: (level) => (process.env['TEST_OUTPUT'] ? createLog(level) : silentLog),
    startSandbox: init.startSandbox ?? ((dir) => startSandboxProcess(process.execPath, [...nodeFlags(), SERVERS], dir)),
    ...(init.ports ? { ports: init.ports } : {}),
  })
  t.after(() => program.stop())
  return program
}

/** Flags for two ports that nobody listens on, as a person would set them. */
export async function freePortSettings(): Promise<{ readonly tcpPort: number; readonly wssPort: number }> {
  const [tcpPort = 0, wssPort = 0] = await freePorts(2)
  return { tcpPort, wssPort }
}

/** Waits until the facts are so; at most half a minute. */
export async function until(
  program: Program,
  what: string,
  fits: (facts: ProgramFacts) => boolean,
): Promise<ProgramFacts> {
  const done = Promise.withResolvers<ProgramFacts>()
  const look = () => {
    const facts = program.facts()
    if (fits(facts)) done.resolve(facts)
  }
  const end = program.onChange(look)
  const timer = setTimeout(() => {
    const { node, ...rest } = program.facts()
    const failed = JSON.stringify(node?.failed?.failure ?? null)
    done.reject(new Error(`not in time: ${what}; the program says ${JSON.stringify(rest)} and failed with ${failed}`))
  }, 30_000)
  look()
  try {
    return await done.promise
  } finally {
    clearTimeout(timer)
    end()
  }
}
