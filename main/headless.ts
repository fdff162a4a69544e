// `nodetrust node`, `nodetrust app` without a window, and every command about a node on this machine. Exit codes: 0 done,
// 1 not, 2 a command or configuration that cannot be used, 3 no node runs. The node itself is loaded only where it is run.
import { createInterface } from 'node:readline/promises'
import { hideSecretWords } from '../core/command-title.ts'
import { asTyped, ownCommand, UsageError } from '../core/commands/index.ts'
import { ConfigError } from '../core/config.ts'
import { systemClock } from '../core/clock.ts'
import { demandPatches, UnpatchedError } from '../core/patched.ts'
import { preferMemory } from '../core/prefer-memory.ts'
import { guardPeerCertificates } from '../core/net/peer-certificates.ts'
import { guardOutputs } from '../core/process-life.ts'
import { keepTlsChecks } from '../core/tls-checks.ts'
import { plainLines } from '../proto/plain-text.ts'
import { ApiError } from '../proto/api/index.ts'
import { CHECK_CODES, checkLine } from './cli/check.ts'
import { NoNodeError } from './cli/client.ts'
import { isCommand, runCommand } from './cli/commands.ts'
import { problemText } from './cli/text.ts'
import type { Terminal } from './cli/terminal.ts'

/** An invitation has 6,000 characters at most. */
const MAX_INPUT_BYTES = 65_536

/** The node could not understand what was typed. */
const UNCLEAR: ReadonlySet<string> = new Set([
  ...['bad-request', 'invalid-invitation', 'cut-invitation', 'newer-invitation'],
])

/** To the top, and everything below it away (ECMA-48). */
const CLEAR = '\u001b[H\u001b[J'

hideSecretWords()
const words = process.argv.slice(2)
const own = ownCommand()
const told = (text: string) => void process.stderr.write(plainLines(asTyped(text, own)))
try {
  demandPatches('main/headless.ts')
  keepTlsChecks((text) => void process.stderr.write(text))
  process.exitCode = isCommand(words[0]) ? await runCommand(words, terminal()) : await runNode(words)
} catch (error) {
  if (isCheck(words)) {
    process.stdout.write(`${checkLine({ word: 'UNKNOWN', text: asTyped(messageOf(error), own) })}\n`)
    process.exitCode = CHECK_CODES.UNKNOWN
  } else {
    told(`nodetrust: ${messageOf(error)}\n`)
    process.exitCode = codeOf(error)
  }
}

async function runNode(given: readonly string[]): Promise<number> {
  preferMemory()
  const node = await import('./cli/run-node.ts')
  return await node.runNode(given)
}

function terminal(): Terminal {
  const left = new AbortController()
  process.once('SIGINT', () => left.abort())
  // a reader that has gone away (a closed pipe) is no failure, and no reason to leave half of the work undone; what merely waits ends
  guardPeerCertificates()
  guardOutputs(({ stream, gone, error }) => {
    if (stream === 'stderr') return
    left.abort()
    if (gone) return
    process.stderr.write(`nodetrust: the result could not be written: ${error.message}\n`)
    process.once('exit', () => (process.exitCode = 1))
  })
  return {
    env: process.env,
    clock: systemClock,
    print: (text) => void process.stdout.write(`${plainLines(asTyped(text, own))}\n`),
    write: (text) => void process.stdout.write(`${plainLines(text)}\n`),
    say: (text) => told(`${text}\n`),
    ask: process.stdin.isTTY ? ask : undefined,
    readAll: async () => Buffer.from(await readBytes()).toString('utf8'),
    readBytes,
    ...(process.stdout.isTTY ? { clear: () => void process.stdout.write(CLEAR) } : {}),
    signal: left.signal,
  }
}

/** @throws ConfigError where there is more than any command takes */
async function readBytes(): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of process.stdin) {
    const read = Buffer.from(chunk)
    bytes += read.length
    if (bytes > MAX_INPUT_BYTES) throw new ConfigError(`more than ${MAX_INPUT_BYTES} bytes on standard input`)
    chunks.push(read)
  }
  return Buffer.concat(chunks)
}

async function ask(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  // a terminal that is closed has not said yes
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
  const answer = await Promise.race([lines.question(`${question} [y/N] `), closed])
  lines.close()
  return /^y(es)?$/i.test(answer.trim())
}

/** Monitoring reads one line of standard output, whatever went wrong. */
function isCheck([command, ...rest]: readonly string[]): boolean {
  return command === 'status' && rest.includes('--check')
}

function codeOf(error: unknown): number {
  if (error instanceof NoNodeError) return 3
  if (error instanceof ApiError && UNCLEAR.has(error.problem.code)) return 2
  return error instanceof UsageError || error instanceof ConfigError || error instanceof UnpatchedError ? 2 : 1
}

function messageOf(error: unknown): string {
  if (error instanceof ApiError) return problemText(error.problem) ?? error.message
  return error instanceof Error ? error.message : String(error)
}
