// The sandbox as a child process: the app and the servers never import each other, so the app starts the servers as anybody
// would, and knows them by the two invitations they print, one for each way to a certificate. The child ends when our end of its standard input closes, also when we
// are killed.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import * as v from 'valibot'
import { parseInvitation } from '../../proto/invitation.ts'

/** A running sandbox network. */
export interface SandboxProcess {
  /** To its issue server. */
  readonly invitation: string
  /** To its forge. */
  readonly forgeInvitation: string
  /** Settles when it has ended, for whatever reason. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** The sandbox did not start; the message has its own last words. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
}

/** It takes a second; on a machine that is busy starting everything else, a few. */
const START_TIMEOUT_MS = 45_000
const STOP_TIMEOUT_MS = 4_000

/**
 * Starts the sandbox.
 *
 * @param program  the Node to run it with
 * @param args  path of the servers' command line, before our own words
 * @param dir  where it keeps its keys and its root
 * @throws SandboxError
 */
export async function startSandboxProcess(
  program: string,
  args: readonly string[],
  dir: string,
): Promise<SandboxProcess> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NODETRUST_')))
  const child = spawn(program, [...args, 'sandbox', '--serve', '--dir', dir], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const started = Promise.withResolvers<SandboxInvitations>()
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint = `${complaint}${chunk.toString('utf8')}`.slice(-1_000)))
  child.once('error', (error) => started.reject(new SandboxError(`${program} cannot be started: ${error.message}`)))
  void ended.then(() => started.reject(new SandboxError(`the sandbox has ended: ${complaint.trim() || 'no words'}`)))
  child.stdin.on('error', () => undefined) // it has ended; `ended` tells
  createInterface({ input: child.stdout }).on('line', (line) => {
    const invitations = invitationsIn(line)
    if (invitations !== undefined) started.resolve(invitations)
  })
  const stop = async () => {
    child.stdin.end()
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await ended
    clearTimeout(timer)
  }
  const late = setTimeout(
    () => started.reject(new SandboxError('the sandbox took too long to start')),
    START_TIMEOUT_MS,
  )
  try {
    return { ...(await started.promise), ended, stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(late)
  }
}

/** The two ways into a sandbox. */
export type SandboxInvitations = Pick<SandboxProcess, 'invitation' | 'forgeInvitation'>

const Printed = v.object({ invitation: v.string(), forgeInvitation: v.string() })

/** The invitations in a line that a sandbox has printed; undefined where they are not both there. */
export function invitationsIn(line: string): SandboxInvitations | undefined {
  try {
    const printed = v.parse(Printed, JSON.parse(line))
    for (const text of Object.values(printed)) parseInvitation(text)
    return printed
  } catch {
    return undefined
  }
}
