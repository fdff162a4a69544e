// The `nodetrust` command for whoever runs servers: init, serve, invite, sandbox. Results go to standard output, the log to
// standard error; 0 is success, 1 a failure, 2 a command or configuration that cannot be used.
import { hideSecretWords } from '../core/command-title.ts'
import {
  asTyped,
  askedForHelp,
  findCommand,
  helpOf,
  helpOfAll,
  ownCommand,
  readWords,
  UsageError,
} from '../core/commands/index.ts'
import { VERSION } from '../core/version.ts'
import { ConfigError } from '../core/config.ts'
import { demandPatches, UnpatchedError } from '../core/patched.ts'
import { guardPeerCertificates } from '../core/net/peer-certificates.ts'
import { guardOutputs } from '../core/process-life.ts'
import { keepTlsChecks } from '../core/tls-checks.ts'
import { plainLines } from '../proto/plain-text.ts'
import { RUNS } from './cli/commands.ts'

async function main(words: readonly string[]): Promise<void> {
  hideSecretWords()
  demandPatches('servers/cli.ts')
  keepTlsChecks((text) => void process.stderr.write(text))
  // servers go on without anybody who reads; what a command could not write down is told at its end
  guardPeerCertificates()
  guardOutputs(({ stream, gone, error }) => {
    if (gone || stream === 'stderr') return
    process.stderr.write(`nodetrust: the output could not be written: ${error.message}\n`)
    process.once('exit', () => (process.exitCode = 1))
  })
  const [first, ...rest] = askedForHelp(words)
  if (first === '--version') return void process.stdout.write(`${VERSION}\n`)
  if (first === undefined || first === '--help' || first === '-h') return print(helpOfAll().trimEnd())
  if (first === 'help') return print((rest.length === 0 ? helpOfAll() : helpOf(rest)).trimEnd())
  const found = findCommand(words)
  const run = RUNS[found.command.name]
  if (!run)
    throw new UsageError(`nodetrust ${found.command.name} is a command of the node: start it by nodetrust itself`)
  await run({ command: found.command, given: readWords(found.command, found.rest), print })
}

/** A result for people, whose commands can be typed as they stand. */
function print(text: string): void {
  process.stdout.write(`${asTyped(text, ownCommand())}\n`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const usage = error instanceof UsageError || error instanceof ConfigError || error instanceof UnpatchedError
  process.stderr.write(plainLines(asTyped(`nodetrust: ${messageOf(error)}\n`, ownCommand())))
  process.exit(usage ? 2 : 1)
})
