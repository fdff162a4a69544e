// `nodetrust resolver setup`: names by key in this computer's own DNS. Starts the DNS server of the node, and prints or makes what leads to it.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { UsageError } from '../../../core/commands/index.ts'
import { applyPlan, resolverKind, type ResolverPlan, resolverPlan, undoPlan } from '../../naming/resolver-setup/plan.ts'
import { findNode } from '../client.ts'
import type { Terminal } from '../terminal.ts'
import type { Asked } from '../words.ts'

const COMMAND_MS = 30_000

export async function setUpResolver({ dir, switches }: Asked, terminal: Terminal): Promise<number> {
  const [apply, undo] = [switches.has('apply'), switches.has('undo')]
  if (apply && undo) throw new UsageError('--apply makes the change and --undo takes it back: one of them')
  const node = await findNode(dir)
  const { addresses } = await node.call('name.resolver', { on: !undo })
  const kind = resolverKind(process.platform)
  if (undo) {
    const plan = resolverPlan(kind, 0)
    const gone = await undoPlan(plan)
    if (gone.length > 0) await runAll(plan.undoCommands, terminal)
    terminal.say(gone.length > 0 ? `Taken back: ${gone.join(', ')}` : 'Nothing of it was set here.')
    if (plan.manual !== undefined) plan.undoCommands.forEach((command) => terminal.print(command))
    terminal.say('The DNS server for names by key is switched off.')
    return 0
  }
  const port = Number(/:(\d+)$/.exec(addresses[0] ?? '')?.[1] ?? 0)
  const plan = resolverPlan(kind, port)
  terminal.say(`Names by key are answered at ${addresses.join(' and ')}, by DNS, for this computer alone.`)
  if (plan.manual !== undefined || !apply) return show(plan, terminal)
  const changed = await applyPlan(plan)
  if (changed.length > 0) await runAll(plan.commands, terminal)
  terminal.say(changed.length > 0 ? `Written: ${changed.join(', ')}` : 'All of it is set already.')
  return 0
}

function show(plan: ResolverPlan, { print, say }: Terminal): number {
  if (plan.manual !== undefined) say(`${plan.manual}:`.replace(/::$/, ':'))
  for (const { path, text } of plan.files) {
    say(`In ${path}:`)
    print(text.trimEnd())
  }
  if (plan.commands.length > 0 && plan.files.length > 0) say('Then:')
  plan.commands.forEach((command) => print(command))
  if (plan.files.length > 0) say('nodetrust resolver setup --apply does this, with the rights of an administrator.')
  return 0
}

/** What fails is told: the files are written, and a person can do the rest. */
async function runAll(commands: readonly string[], { say }: Terminal): Promise<void> {
  for (const command of commands) {
    const [program = '', ...words] = command.split(' ')
    await promisify(execFile)(program, words, { timeout: COMMAND_MS }).catch((error: unknown) => {
      say(`"${command}" did not work: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
    })
  }
}
