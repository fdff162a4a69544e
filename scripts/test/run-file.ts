// Runs one test file in a process of its own and tells what came of it. It always ends: a file that hangs is killed, and so is what it
// leaves behind, which would otherwise hold its output open for ever.
import { randomUUID } from 'node:crypto'
import { relative } from 'node:path'
import { run } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { nodeFlags } from '../../core/node-flags.ts'
import { MARK_VARIABLE, markedProcesses, type MarkedProcess } from './processes.ts'

/** What came of a file. */
export interface FileResult {
  passed: number
  failed: number
  /** Titles with their reasons. */
  readonly skipped: { readonly title: string; readonly reason: string }[]
  /** Titles with what was thrown. */
  readonly failures: string[]
  /** Processes that were there when the file had ended, and were killed. */
  readonly leftBehind: string[]
  readonly seconds: number
  /** Of one processor, of all its processes together; 0 where the platform does not tell. */
  readonly cpu: number
}

/** How long it may take, and who hears of it. */
export interface FileRunInit {
  /** The project's root, which titles leave out. */
  readonly root: string
  /** For one test, milliseconds: the browser and the CA's deliberate delays are the slow ones. @default five minutes */
  readonly testPatienceMs?: number
  /** For all of the file. @default a quarter of an hour */
  readonly filePatienceMs?: number
  /** What the file prints. */
  readonly onOutput?: (text: string) => void
  /** A failure, as soon as it is known. */
  readonly onFailure?: (text: string) => void
}

/** How often its processes are looked at: this long a process may take to end after its parent. */
const LOOK_MS = 1_000
/** A process that is still there after so many cannot be killed. */
const LOOKS_AFTER = 10

/** What node:test tells about one test; its published types leave the nesting of causes open. */
interface Report {
  readonly name: string
  readonly skip?: string | boolean
  readonly details: { readonly type?: string; readonly error?: Error }
}

/** The marks of those that run. */
const running = new Set<string>()

/** Kills everything that belongs to a file that runs, for a run that is broken off. */
export function killAll(): void {
  for (const [mark, processes] of markedProcesses()) if (running.has(mark)) for (const { pid } of processes) kill(pid)
}

/** Runs it to its end, or to the end of our patience. */
export async function runFile(file: string, init: FileRunInit): Promise<FileResult> {
  const { root, testPatienceMs = 300_000, filePatienceMs = 900_000 } = init
  const { onOutput = () => undefined, onFailure = () => undefined } = init
  const name = relative(root, file)
  const result = { passed: 0, failed: 0, skipped: [], failures: [], leftBehind: [] } as Omit<
    FileResult,
    'seconds' | 'cpu'
  >
  const fail = (title: string, why: string): void => {
    result.failed++
    result.failures.push(`${title}\n${indent(why)}`)
    onFailure(`FAILED ${title}\n${indent(why)}`)
  }
  const began = performance.now()
  const mark = randomUUID()
  running.add(mark)
  const stream = run({
    ...{ files: [file], concurrency: 1, timeout: testPatienceMs, execArgv: nodeFlags() },
    env: { ...process.env, [MARK_VARIABLE]: mark },
  })
  stream.on('test:pass', (test: Report) => {
    const reason = test.skip
    if (reason === undefined || reason === false) {
      if (test.details.type !== 'suite') result.passed++
    } else
      result.skipped.push({
        title: `${name}: ${test.name}`,
        reason: typeof reason === 'string' && reason !== '' ? reason : 'no reason given',
      })
  })
  stream.on('test:fail', (test: Report) => {
    const cause = causeOf(test.details.error)
    if (!/subtests? failed/.test(cause)) fail(`${name}: ${test.name}`, cause)
  })
  stream.on('test:stderr', (output) => onOutput(output.message))
  stream.on('test:stdout', (output) => onOutput(output.message))
  const ended = Promise.withResolvers<'ended'>()
  stream.once('end', () => ended.resolve('ended'))
  stream.resume()

  const watched = await watch({ mark, ended: ended.promise, filePatienceMs })
  if (watched.tooLong) fail(name, `it had not ended after ${filePatienceMs / 1_000} s, and was killed`)
  running.delete(mark)
  result.leftBehind.push(...watched.leftBehind)
  return { ...result, seconds: (performance.now() - began) / 1_000, cpu: watched.cpu }
}

interface Watched {
  readonly tooLong: boolean
  readonly leftBehind: readonly string[]
  readonly cpu: number
}

/** Looks at a file's processes until all have ended, of themselves or by us. */
async function watch(file: {
  readonly mark: string
  readonly ended: Promise<'ended'>
  readonly filePatienceMs: number
}): Promise<Watched> {
  const began = performance.now()
  let cpu = 0
  let tooLong = false
  const leftBehind = new Map<number, string>()
  const look = (): readonly MarkedProcess[] => {
    const found = markedProcesses().get(file.mark) ?? []
    cpu = Math.max(
      cpu,
      found.reduce((sum, one) => sum + one.cpu, 0),
    )
    return found
  }
  let orphans: readonly MarkedProcess[] = []
  let looksAfter = 0
  for (;;) {
    const isOver = (await Promise.race([file.ended, pause(LOOK_MS)])) === 'ended'
    const found = look()
    const runs = found.some((one) => one.parent === process.pid)
    if (!isOver && performance.now() - began > file.filePatienceMs) {
      if (tooLong) return { tooLong, leftBehind: [...leftBehind.values()], cpu } // nothing more can be done about it
      tooLong = true
      for (const one of found) kill(one.pid)
    } else if (isOver || !runs) {
      // whoever was there at the last look, too, is not merely on the way out
      for (const one of found.filter(({ pid }) => orphans.some((before) => before.pid === pid))) {
        leftBehind.set(one.pid, one.command)
        kill(one.pid)
      }
      orphans = found
      if (isOver && (found.length === 0 || looksAfter++ === LOOKS_AFTER))
        return { tooLong, leftBehind: [...leftBehind.values()], cpu }
      if (isOver) await pause(LOOK_MS)
    }
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it has ended
  }
}

/** The error a test threw: node:test wraps it. */
function causeOf(error: Error | undefined): string {
  const inner = error?.cause instanceof Error ? error.cause : error
  return inner?.stack ?? inner?.message ?? 'no error given'
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
