// What can be asked of a running node on the command line: which file knows which command. Each prints its result to standard
// output and comes back with an exit code: 0 done, 1 not, 2 not understood, 3 no node runs.
import { findCommand } from '../../core/commands/index.ts'
import { exportChain, getCertificate, showCertificate } from './commands/certificate.ts'
import { confirm } from './commands/confirm.ts'
import { join } from './commands/join.ts'
import { logs } from './commands/logs.ts'
import { open } from './commands/open.ts'
import { peers } from './commands/peers.ts'
import { reachability } from './commands/reachability.ts'
import { showRecord } from './commands/record.ts'
import { status } from './commands/status.ts'
import { doctor } from './doctor.ts'
import { type Asked, readAsked } from './words.ts'
import type { Terminal } from './terminal.ts'

type Run = (asked: Asked, terminal: Terminal) => Promise<number>

/** By their names in the table of commands. */
export const RUNS: Readonly<Record<string, Run>> = {
  status,
  peers,
  'record show': showRecord,
  reachability,
  doctor,
  logs,
  'certificate show': showCertificate,
  'certificate get': getCertificate,
  'certificate renew': getCertificate,
  'certificate export': exportChain,
  join,
  open,
  confirm,
}

/** Whether a first word is one of these, or the group of some. */
export function isCommand(first: string | undefined): boolean {
  return Object.keys(RUNS).some((name) => name.split(' ')[0] === first)
}

/**
 * Runs a command.
 *
 * @param words  its name and what follows
 * @throws UsageError, ConfigError (exit code 2), NoNodeError (3), ApiError, FileError (1)
 */
export async function runCommand(words: readonly string[], terminal: Terminal): Promise<number> {
  const { command, rest } = findCommand(words)
  const run = RUNS[command.name]
  if (!run) throw new Error(`nothing runs "${command.name}" here`)
  return await run(await readAsked(command, rest, terminal.env), terminal)
}
