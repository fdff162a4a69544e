// The commands of whoever runs servers, by their names. What one needs is loaded when it runs, so that help is there at once.
import { type Command, type Given, requireValue, UsageError } from '../../core/commands/index.ts'
import { plainJson } from '../../proto/plain-text.ts'
import { exitCodeOf, watchSignals } from '../../core/process-life.ts'

/** What was asked, and where the answer goes. */
export interface Asked {
  readonly command: Command
  readonly given: Given
  /** A result for people: commands in it are shown as they can be typed here. */
  readonly print: (text: string) => void
}

/** How long a clean stop may take before the process ends anyway. */
const STOP_TIMEOUT_MS = 4_500

/** By their names in the table of commands. */
export const RUNS: Readonly<Record<string, (asked: Asked) => Promise<void>>> = {
  init,
  'doctor host': doctorHost,
  serve,
  invite: printInvitations,
  sandbox,
  completion,
}

async function init({ given, print }: Asked): Promise<void> {
  await (await import('./init.ts')).init(given, print, (text) => void process.stdout.write(`${text}\n`))
}

async function doctorHost({ given, print }: Asked): Promise<void> {
  const left = new AbortController()
  process.once('SIGINT', () => left.abort(new Error('left')))
  const { values, switches } = given
  const form = switches.has('json') ? 'json' : switches.has('share') ? 'card' : 'text'
  const doctor = await import('./doctor.ts')
  const { text, well } = await doctor.doctorHost({
    ...{ config: values.get('config'), peer: values.get('peer') },
    ...{ resolver: values.get('resolver'), backup: values.get('backup'), env: process.env },
    ...{ form, signal: left.signal },
  })
  if (form === 'json') process.stdout.write(`${text}\n`)
  else print(text)
  process.exitCode = left.signal.aborted ? exitCodeOf('SIGINT') : well ? 0 : 1
  endAnyway()
}

async function serve({ command, given }: Asked): Promise<void> {
  const config = requireValue(command, given, 'config', './nodetrust-servers/nodetrust.yaml')
  const life = watchSignals()
  const { serveRoles } = await import('./serve.ts')
  const served = await serveRoles({ roles: given.words, config, flags: given.settings, env: process.env })
  for (const [role, facts] of served.facts) process.stdout.write(`${plainJson({ role, ...facts })}\n`)
  if (served.admin !== undefined) process.stdout.write(`${plainJson({ admin: served.admin })}\n`)
  if (served.metrics !== undefined) process.stdout.write(`${plainJson({ metrics: served.metrics })}\n`)
  life.onReread(() => served.reread())
  await life.stopped
  endAnyway()
  await served.stop()
}

async function printInvitations({ command, given, print }: Asked): Promise<void> {
  const config = requireValue(command, given, 'config', './nodetrust-servers/nodetrust.yaml')
  const { invite } = await import('./invite.ts')
  const { values } = given
  const { switches } = given
  if (switches.has('json') && switches.has('qr')) throw new UsageError('--json is for programs: leave --qr out')
  const lines = await invite({
    ...{ config, env: process.env },
    ...{ for: values.get('for'), takeBack: values.get('take-back') },
    ...{ page: values.get('page'), writePage: values.get('write-page') },
  })
  const { invitedOf, withCodes } = await import('./invited.ts')
  if (switches.has('json')) process.stdout.write(`${plainJson(invitedOf(lines))}\n`)
  else if (switches.has('qr')) {
    const hasColours = process.stdout.isTTY && process.env['TERM'] !== 'dumb'
    print(withCodes(lines, hasColours).join('\n'))
  } else print(lines.join('\n'))
}

async function completion({ given }: Asked): Promise<void> {
  const { completionFor, SHELLS } = await import('../../core/commands/completion.ts')
  const shell = SHELLS.find((name) => name === given.words[0]) ?? 'bash'
  process.stdout.write(completionFor(shell))
}

async function sandbox({ command, given, print }: Asked): Promise<void> {
  const { runSandbox, serveSandbox } = await import('../sandbox.ts')
  if (given.switches.has('serve')) {
    const dir = requireValue(command, given, 'dir', './sandbox')
    // whoever started us holds our standard input: when that closes, nobody needs us any more. A child of Electron's has none,
    // and is ended with its parent
    const stopped = Reflect.has(process, 'parentPort')
      ? untilStopped()
      : Promise.race([untilStopped(), untilClosed(process.stdin)])
    await serveSandbox({ dir, stopped, print: (line) => void process.stdout.write(`${line}\n`) })
    return endAnyway()
  }
  const ok = await runSandbox({
    once: given.switches.has('once'),
    nodes: nodesIn(given.values.get('nodes')),
    json: given.switches.has('json'),
    forPeople: process.stdout.isTTY && !given.switches.has('json'),
    stopped: untilStopped(),
    // JSON is for programs, and stays as it is
    print: (line) => (line.startsWith('{') ? void process.stdout.write(`${line}\n`) : print(line)),
    say: (line) => void process.stderr.write(`${line}\n`),
  })
  endAnyway()
  process.exitCode = ok ? 0 : 1
}

/** @throws UsageError */
function nodesIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^[3-9]$/.test(text)) throw new UsageError(`--nodes is a number from 3 to 9, got "${text}"`)
  return Number(text)
}

/** Comes back at the first signal to stop; there is nothing to read again, so SIGHUP is one of them. */
async function untilStopped(): Promise<void> {
  await watchSignals({ atTerminal: true }).stopped
}

/** Comes back when the other end of a stream has gone. */
function untilClosed(stream: NodeJS.ReadStream): Promise<void> {
  return new Promise((resolve) => {
    stream
      .once('end', resolve)
      .once('close', resolve)
      .once('error', () => resolve())
    stream.resume()
  })
}

/** Ends the process if something keeps it alive after a stop. */
function endAnyway(): void {
  setTimeout(() => process.exit(process.exitCode ?? 0), STOP_TIMEOUT_MS).unref()
}
