// The `nodetrust` command for whoever runs servers: init, serve, invite, sandbox. Results go to standard output, the log to
// standard error; 0 is success, 1 a failure, 2 a command or configuration that cannot be used.
import { hideSecretWords } from '../core/command-title.ts'
import { VERSION } from '../core/version.ts'
import { ConfigError } from '../core/config.ts'
import { demandPatches, UnpatchedError } from '../core/patched.ts'
import { guardOutputs, watchSignals } from '../core/process-life.ts'
import { keepTlsChecks } from '../core/tls-checks.ts'
import { parseArguments, requireFlag, UsageError } from './cli/arguments.ts'
import { doctorHost } from './cli/doctor.ts'
import { askedForHelp, helpFor, USAGE } from './cli/help.ts'
import { init as runInit, INIT_FLAGS, INIT_SWITCHES } from './cli/init.ts'
import { invite } from './cli/invite.ts'
import { serveRoles } from './cli/serve.ts'
import { runSandbox, serveSandbox } from './sandbox.ts'

/** How long a clean stop may take before the process ends anyway. */
const STOP_TIMEOUT_MS = 4_500

async function main(words: readonly string[]): Promise<void> {
  hideSecretWords()
  demandPatches('servers/cli.ts')
  keepTlsChecks((text) => void process.stderr.write(text))
  // servers go on without anybody who reads; what a command could not write down is told at its end
  guardOutputs(({ stream, gone, error }) => {
    if (gone || stream === 'stderr') return
    process.stderr.write(`nodetrust: the output could not be written: ${error.message}\n`)
    process.once('exit', () => (process.exitCode = 1))
  })
  const [command, ...rest] = askedForHelp(words)
  if (command === 'init') return init(rest)
  if (command === 'serve') return serve(rest)
  if (command === 'invite') return printInvitations(rest)
  if (command === 'sandbox') return sandbox(rest)
  if (command === 'doctor') return doctor(rest)
  if (command === '--version') return void process.stdout.write(`${VERSION}\n`)
  if (command === undefined || command === '--help' || command === '-h') return void process.stdout.write(USAGE)
  if (command === 'help') return printHelp(rest[0])
  throw new UsageError(`there is no command "${command}"\n\n${USAGE}`)
}

function printHelp(command: string | undefined): void {
  const text = command === undefined ? USAGE : helpFor(command)
  if (text === undefined) throw new UsageError(`there is no command "${command}"\n\n${USAGE}`)
  process.stdout.write(text)
}

async function init(words: readonly string[]): Promise<void> {
  const given = parseArguments(words, INIT_SWITCHES)
  const known: readonly string[] = INIT_FLAGS
  const unknown = [...given.flags.keys()].find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const all = [...INIT_FLAGS, ...INIT_SWITCHES].map((name) => `--${name}`)
    throw new UsageError(`init knows ${all.join(', ')}, not "--${unknown}"`)
  }
  await runInit(given, (text) => void process.stdout.write(`${text}\n`))
}

async function serve(words: readonly string[]): Promise<void> {
  const given = parseArguments(words, [])
  const config = requireFlag(given, 'config', './nodetrust-servers/nodetrust.yaml')
  const flags = Object.fromEntries([...given.flags].filter(([name]) => name !== 'config'))
  const life = watchSignals()
  const served = await serveRoles({ roles: given.words, config, flags, env: process.env })
  for (const [role, facts] of served.facts) process.stdout.write(`${JSON.stringify({ role, ...facts })}\n`)
  if (served.admin !== undefined) process.stdout.write(`${JSON.stringify({ admin: served.admin })}\n`)
  if (served.metrics !== undefined) process.stdout.write(`${JSON.stringify({ metrics: served.metrics })}\n`)
  life.onReread(() => served.reread())
  await life.stopped
  endAnyway()
  await served.stop()
}

const INVITE_FLAGS: readonly string[] = ['config', 'for', 'take-back', 'page', 'write-page']

async function printInvitations(words: readonly string[]): Promise<void> {
  const given = parseArguments(words, [])
  const config = requireFlag(given, 'config', './nodetrust-servers/nodetrust.yaml')
  const unknown = given.words[0] ?? [...given.flags.keys()].find((name) => !INVITE_FLAGS.includes(name))
  if (unknown !== undefined)
    throw new UsageError(`invite knows ${INVITE_FLAGS.map((name) => `--${name}`).join(', ')}, not "${unknown}"`)
  const lines = await invite({
    ...{ config, env: process.env },
    ...{ for: given.flags.get('for'), takeBack: given.flags.get('take-back') },
    ...{ page: given.flags.get('page'), writePage: given.flags.get('write-page') },
  })
  process.stdout.write(`${lines.join('\n')}\n`)
}

const DOCTOR_FLAGS: readonly string[] = ['config', 'peer', 'resolver', 'backup']

async function doctor(words: readonly string[]): Promise<void> {
  const given = parseArguments(words, ['json', 'share'])
  const unknown =
    given.words.find((word) => word !== 'host') ?? [...given.flags.keys()].find((name) => !DOCTOR_FLAGS.includes(name))
  if (unknown !== undefined)
    throw new UsageError(
      `doctor host knows --json, --share, ${DOCTOR_FLAGS.map((name) => `--${name}`).join(', ')}, not "${unknown}"`,
    )
  const left = new AbortController()
  process.once('SIGINT', () => left.abort(new Error('left')))
  const { text, well } = await doctorHost({
    ...{ config: given.flags.get('config'), peer: given.flags.get('peer') },
    ...{ resolver: given.flags.get('resolver'), backup: given.flags.get('backup'), env: process.env },
    form: given.switches.has('json') ? 'json' : given.switches.has('share') ? 'card' : 'text',
    signal: left.signal,
  })
  process.stdout.write(`${text}\n`)
  process.exitCode = well ? 0 : 1
  endAnyway()
}

async function sandbox(words: readonly string[]): Promise<void> {
  const given = parseArguments(words, ['once', 'json', 'serve'])
  const unknown = given.words[0] ?? [...given.flags.keys()].find((name) => name !== 'dir')
  if (unknown !== undefined) throw new UsageError(`sandbox knows --once, --json, --serve and --dir, not "${unknown}"`)
  if (given.switches.has('serve')) {
    const dir = requireFlag(given, 'dir', './sandbox')
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
    json: given.switches.has('json'),
    stopped: untilStopped(),
    print: (line) => void process.stdout.write(`${line}\n`),
    say: (line) => void process.stderr.write(`${line}\n`),
  })
  endAnyway()
  process.exitCode = ok ? 0 : 1
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

main(process.argv.slice(2)).catch((error: unknown) => {
  const usage = error instanceof UsageError || error instanceof ConfigError || error instanceof UnpatchedError
  process.stderr.write(`nodetrust: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(usage ? 2 : 1)
})
