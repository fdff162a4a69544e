// The `nodetrust` command as processes: run to their end, or served until a test stops or kills them.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { nodeFlags } from '../../core/node-flags.ts'

export const ROOT = join(import.meta.dirname, '..', '..')

/** How a process ended and what it said. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

export interface RunningCommand {
  readonly child: ChildProcess
  /** The first line of standard output that fits. */
  line(fits: (line: string) => boolean): Promise<string>
  readonly ended: Promise<Ended>
}

/** Variables of whoever runs the tests are not meant for the product. */
export function cleanEnv(extra: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODETRUST_'))),
    ...extra,
  }
}

/** Starts `nodetrust …` on this Node. */
export function startCommand(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCommand {
  const began = performance.now()
  const words = [...nodeFlags(), join(ROOT, 'servers', 'cli.ts'), ...args]
  const child = spawn(process.execPath, words, { cwd: ROOT, env: cleanEnv(env), stdio: ['ignore', 'pipe', 'pipe'] })
  const killChild = () => void child.kill('SIGKILL')
  process.once('exit', killChild)
  let stdout = ''
  let stderr = ''
  const waiting = new Set<(line: string) => void>()
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    stdout += `${line}\n`
    lines.push(line)
    for (const waiter of waiting) waiter(line)
  })
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      process.off('exit', killChild)
      resolve({ code, signal, stdout, stderr, ms: performance.now() - began })
    })
  })
  return {
    child,
    ended,
    line(fits) {
      const found = lines.find(fits)
      if (found !== undefined) return Promise.resolve(found)
      return new Promise((resolve, reject) => {
        const waiter = (line: string) => {
          if (!fits(line)) return
          waiting.delete(waiter)
          resolve(line)
        }
        waiting.add(waiter)
        void ended.then(() => reject(new Error(`nodetrust ${args.join(' ')} ended: ${stderr}`)))
      })
    },
  }
}

/** Runs `nodetrust …` to its end. */
export function runCommand(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return startCommand(args, env).ended
}
