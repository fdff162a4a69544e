// The `nodetrust` command at a real terminal: a pty by util-linux's `script`, which a test types into and reads from. The line discipline
// is the kernel's, so Ctrl-C, the end of input and lines without an end are what they are for a person.
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { nodeFlags } from '../../core/node-flags.ts'
import { cleanEnv, ROOT } from './command.ts'

/** A command and its terminal. */
export interface AtTerminal {
  /** Types, and waits until the terminal has taken it. */
  type(text: string | Buffer): Promise<void>
  /** What was seen so far, without colours. */
  screen(): string
  /** Waits until something new is on the screen, and goes on after it. */
  sees(pattern: RegExp): Promise<void>
  /** Settles with the command's exit code. */
  readonly ended: Promise<number | null>
}

const PATIENCE_MS = 20_000

/** Control characters as a keyboard sends them. */
export const CTRL_C = '\u0003'
export const CTRL_D = '\u0004'

/** @returns undefined where a terminal can be made */
export function whyNoPty(): string | undefined {
  const { stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' })
  return /util-linux/.test(stdout ?? '') ? undefined : 'there is no `script` of util-linux (Debian package bsdutils)'
}

/** Starts `nodetrust …` at a terminal of its own. */
export function startAtTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}): AtTerminal {
  const words = [process.execPath, ...nodeFlags(), join(ROOT, 'servers', 'cli.ts'), ...args]
  const command = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')
  const child = spawn('script', ['--quiet', '--return', '--command', `exec ${command}`, '/dev/null'], {
    ...{ cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'], env: cleanEnv({ TERM: 'xterm', SHELL: '/bin/sh', ...env }) },
  })
  const killChild = () => void child.kill('SIGKILL')
  process.once('exit', killChild)
  let seen = ''
  let from = 0
  const waiting = new Set<() => void>()
  child.stdout.on('data', (chunk: Buffer) => {
    seen += stripVTControlCharacters(chunk.toString('utf8'))
    for (const look of waiting) look()
  })
  child.stdin.on('error', () => undefined)
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      process.off('exit', killChild)
      resolve(code)
    })
  })
  return {
    ended,
    screen: () => seen,
    type: (text) =>
      new Promise((resolve) => {
        child.stdin.write(text, () => resolve())
      }),
    async sees(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const look = () => {
        const match = pattern.exec(seen.slice(from))
        if (!match) return
        from += match.index + match[0].length
        resolve()
      }
      waiting.add(look)
      const timer = setTimeout(() => reject(new Error(`not seen: ${pattern} in\n${seen.slice(-4_000)}`)), PATIENCE_MS)
      void ended.then(() => reject(new Error(`it ended before ${pattern} was seen:\n${seen.slice(-4_000)}`)))
      look()
      try {
        await promise
      } finally {
        clearTimeout(timer)
        waiting.delete(look)
      }
    },
  }
}
