// What can be asked of a running node on the command line: which file knows which command. Each prints its result to standard
// output and comes back with an exit code: 0 done, 1 not, 2 not understood, 3 no node runs.
import { findCommand } from '../../core/commands/index.ts'
import { type Asked, readAsked } from './words.ts'
import type { Terminal } from './terminal.ts'

type Run = (asked: Asked, terminal: Terminal) => Promise<number>

/** By their names in the table of commands. What one needs is loaded when it runs: a node is asked often, and by scripts. */
export const RUNS: Readonly<Record<string, Run>> = {
  status: async (...given) => await (await import('./commands/status.ts')).status(...given),
  peers: async (...given) => await (await import('./commands/peers.ts')).peers(...given),
  'peers show': async (...given) => await (await import('./commands/peers.ts')).showPeer(...given),
  'peers add': async (...given) => await (await import('./commands/peers.ts')).addPeer(...given),
  'peers remove': async (...given) => await (await import('./commands/peers.ts')).removePeer(...given),
  'peers dial': async (...given) => await (await import('./commands/peers-dial.ts')).dialPeer(...given),
  'record show': async (...given) => await (await import('./commands/record.ts')).showRecord(...given),
  'name status': async (...given) => await (await import('./commands/name.ts')).nameStatus(...given),
  'name publish': async (...given) => await (await import('./commands/name.ts')).publishName(...given),
  'name withdraw': async (...given) => await (await import('./commands/name.ts')).withdrawName(...given),
  'name import': async (...given) => await (await import('./commands/name.ts')).importName(...given),
  'name certificate': async (...given) => await (await import('./commands/name.ts')).nameCertificate(...given),
  'name resolve': async (...given) => await (await import('./commands/name.ts')).resolveName(...given),
  'name verify': async (...given) => await (await import('./commands/name.ts')).verifyName(...given),
  'name open': async (...given) => await (await import('./commands/name.ts')).openName(...given),
  'name trust': async (...given) => await (await import('./commands/name.ts')).trustNames(...given),
  'resolver setup': async (...given) => await (await import('./commands/resolver.ts')).setUpResolver(...given),
  reachability: async (...given) => await (await import('./commands/reachability.ts')).reachability(...given),
  doctor: async (...given) => await (await import('./doctor.ts')).doctor(...given),
  logs: async (...given) => await (await import('./commands/logs.ts')).logs(...given),
  'certificate show': async (...given) => await (await import('./commands/certificate.ts')).showCertificate(...given),
  'certificate get': getCertificate,
  'certificate renew': getCertificate,
  'certificate export': async (...given) => await (await import('./commands/certificate.ts')).exportChain(...given),
  join: async (...given) => await (await import('./commands/join.ts')).join(...given),
  open: async (...given) => await (await import('./commands/open.ts')).open(...given),
  confirm: async (...given) => await (await import('./commands/confirm.ts')).confirm(...given),
}

async function getCertificate(...given: Parameters<Run>): Promise<number> {
  return await (await import('./commands/certificate.ts')).getCertificate(...given)
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
