// Runs the operator's program after a certificate has changed: without a shell, as the node's own user, with names of files in its
// environment and nothing secret, for a limited time. It is a group of processes, and what is left of it is ended as one.
import { spawn } from 'node:child_process'
import { setTimeout as systemPause } from 'node:timers/promises'
import type { Log } from '../../../core/log.ts'
import type { CertificateBundle } from '../../../core/x509/index.ts'
import type { Exported } from './export-folder.ts'

/** The program could not be started, failed, or took too long; the message has the end of what it said. */
export class HookError extends Error {
  override readonly name = 'HookError'
}

/** What is run, and about what. */
export interface HookInit {
  /** Absolute. */
  readonly program: string
  /** Milliseconds. */
  readonly timeoutMs: number
  readonly bundle: CertificateBundle
  readonly paths: Exported['paths']
  readonly log: Log
  readonly signal: AbortSignal
  /** Where PATH, HOME and the locale come from. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** As much of its output as a log line and a person need; the rest is counted. */
const MAX_OUTPUT_BYTES = 8_192
const MAX_TOLD_CHARS = 300

/** After it was asked to end; then it is ended. */
const END_PAUSE_MS = 2_000

/** Its last words may still be on their way; a server that it started may hold its output for ever. */
const LAST_WORDS_MS = 500

/** A hook gets these of ours and nothing else: what is in our environment may be secret. */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SystemRoot', 'XDG_RUNTIME_DIR']

/**
 * Runs it to its end.
 *
 * @throws HookError
 */
export async function runHook(init: HookInit): Promise<void> {
  const { program, log, signal } = init
  const timeout = AbortSignal.timeout(init.timeoutMs)
  const child = spawn(program, [], {
    env: environmentOf(init),
    cwd: '/',
    detached: true,
    shell: false,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = keepOutput()
  child.stdout.on('data', (chunk: Buffer) => output.take(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.take(chunk))
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => resolve(`cannot be started: ${whyNotStarted(error)}`))
    child.once('exit', (code, killedBy) => {
      if (timeout.aborted) resolve(`took longer than ${init.timeoutMs / 1_000} s and was ended`)
      else resolve(code === 0 ? undefined : `ended with ${code === null ? killedBy : `exit code ${code}`}`)
    })
  })
  const closed = new Promise((resolve) => child.once('close', resolve))
  const end = () => endGroup(child.pid)
  const either = AbortSignal.any([timeout, signal])
  either.addEventListener('abort', end, { once: true })
  if (either.aborted) end()
  const fault = await ended
  either.removeEventListener('abort', end)
  // what it left running in its group is not meant to go on: a server that it starts makes a group of its own
  killGroup(child.pid, 'SIGKILL')
  await Promise.race([closed, systemPause(LAST_WORDS_MS)])
  child.stdout.destroy()
  child.stderr.destroy()
  log.debug({ program, output: output.text(), leftOutBytes: output.leftOut() }, 'the hook has ended')
  if (signal.aborted) throw signal.reason
  if (fault !== undefined) {
    const said = output.text().trim().slice(-MAX_TOLD_CHARS)
    throw new HookError(`the hook ${program} ${fault}${said === '' ? '' : `; it said: ${said}`}`)
  }
}

/** The system says ENOENT of a script whose interpreter is missing as well. */
function whyNotStarted({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such file, or its first line names a program that is not there (ENOENT)'
  if (code === 'EACCES') return 'the node’s user may not run it; chmod +x, and all of its folders open (EACCES)'
  return message
}

function environmentOf({ bundle, paths, env = process.env }: HookInit): Record<string, string> {
  const passed = PASSED_ON.flatMap((name) => {
    const value = env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...Object.fromEntries(passed),
    NODETRUST_CERTIFICATE_FULLCHAIN: paths.fullchain,
    NODETRUST_CERTIFICATE_PRIVKEY: paths.privkey,
    NODETRUST_CERTIFICATE_CERT: paths.cert,
    NODETRUST_CERTIFICATE_CHAIN: paths.chain,
    NODETRUST_CERTIFICATE_COMBINED: paths.combined,
    NODETRUST_CERTIFICATE_NAMES: bundle.names.join(' '),
    NODETRUST_CERTIFICATE_NOT_BEFORE: new Date(bundle.notBefore).toISOString(),
    NODETRUST_CERTIFICATE_NOT_AFTER: new Date(bundle.notAfter).toISOString(),
    NODETRUST_CERTIFICATE_ISSUER: bundle.issuer,
  }
}

function keepOutput() {
  const kept: Buffer[] = []
  let keptBytes = 0
  let allBytes = 0
  return {
    take(chunk: Buffer) {
      allBytes += chunk.length
      kept.push(chunk)
      keptBytes += chunk.length
      // the end says what went wrong
      while (keptBytes - (kept[0]?.length ?? 0) >= MAX_OUTPUT_BYTES) keptBytes -= kept.shift()?.length ?? 0
    },
    text: () => printable(Buffer.concat(kept).subarray(-MAX_OUTPUT_BYTES).toString('utf8')),
    leftOut: () => Math.max(0, allBytes - MAX_OUTPUT_BYTES),
  }
}

/** Its words end in a terminal and a window, so nothing in them may steer one. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
}

function endGroup(pid: number | undefined): void {
  killGroup(pid, 'SIGTERM')
  setTimeout(() => killGroup(pid, 'SIGKILL'), END_PAUSE_MS).unref()
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // nobody of it is left
  }
}
