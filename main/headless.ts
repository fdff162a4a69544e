// The node without a window: reads configuration, runs until it is told to stop, and says what happens, in plain sentences
// or (with --events) as JSON lines for a program. Exit codes: 0 stopped as told, 1 could not start, 2 wrong configuration.
// `certificate show` says what is known of the certificate and ends: 0 where there is one, 1 where there is none.
import { parseArgs } from './settings/arguments.ts'
import { NodeConfigSchema, type NodeConfig } from './settings/config.ts'
import { createApp } from './app.ts'
import { watchNetwork } from './reachability/network-watch.ts'
import { readCertificateReport, reportText } from './certificates/show.ts'
import { ConfigError, loadConfig } from '../core/config.ts'
import { createLog } from '../core/log.ts'
import { systemClock } from '../core/clock.ts'
import { tellsNews } from './tell.ts'

/** Longer than the node's own bound on stopping: whatever hangs then hangs for good. */
const EXIT_AFTER_MS = 4_800

const [command, ...rest] = process.argv.slice(2)
process.exitCode = await (command === 'certificate' ? certificate(rest) : main(process.argv.slice(2)))

async function certificate(words: readonly string[]): Promise<number> {
  const json = words.includes('--json')
  try {
    if (words[0] !== 'show') throw new ConfigError('usage: nodetrust certificate show [--json] [--config FILE]')
    const flags = words.slice(1).filter((word) => word !== '--json')
    const args = parseArgs(['node', ...flags], process.env)
    if ('wrong' in args) throw new ConfigError(args.wrong)
    const { dir } = await loadConfig(NodeConfigSchema, { file: args.config, env: process.env, flags: args.flags })
    const now = systemClock.now()
    const report = await readCertificateReport(dir, now)
    process.stdout.write(`${json ? JSON.stringify(report) : reportText(report, now)}\n`)
    return report.certificate ? 0 : 1
  } catch (error) {
    process.stderr.write(`nodetrust: ${messageOf(error)}\n`)
    return error instanceof ConfigError ? 2 : 1
  }
}

async function main(words: readonly string[]): Promise<number> {
  let config: NodeConfig
  const args = parseArgs(words, process.env)
  try {
    if ('wrong' in args) throw new ConfigError(args.wrong)
    config = await loadConfig(NodeConfigSchema, { file: args.config, env: process.env, flags: args.flags })
  } catch (error) {
    process.stderr.write(`nodetrust: ${messageOf(error)}\n`)
    return error instanceof ConfigError ? 2 : 1
  }

  const app = createApp(config, { log: createLog(config.log), clock: systemClock })
  const news = tellsNews()
  app.events.on((line) => {
    const text = args.events ? JSON.stringify(line) : news(line)
    if (text !== undefined) process.stdout.write(`${text}\n`)
  })
  if (args.command === 'app' && !args.events) {
    process.stdout.write('The window comes with a later version; until then the node runs without one.\n')
  }

  const told = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve())
  })
  // a reader that has gone away (a closed pipe) is a reason to stop, not to crash
  process.stdout.on('error', () => process.kill(process.pid, 'SIGTERM'))
  try {
    await app.start()
  } catch (error) {
    process.stderr.write(`nodetrust: the node cannot start: ${messageOf(error)}\n`)
    return error instanceof ConfigError ? 2 : 1
  }
  const network = new AbortController()
  void watchNetwork({ clock: systemClock, onOnline: () => app.trigger('online'), signal: network.signal })
  await told
  network.abort()
  // js-libp2p may keep a socket that keeps the process; the clean part is over by then
  setTimeout(() => process.exit(0), EXIT_AFTER_MS).unref()
  await app.stop()
  process.stdout.write('', () => process.exit(0))
  return 0
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
