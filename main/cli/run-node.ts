// The node without a window: runs until it is told to stop, and says what happens, in plain sentences or (with --events) as
// JSON lines for a program. Its page and its command line are served on 127.0.0.1; started as `app`, it opens the page.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../core/clock.ts'
import { asTyped, ownCommand } from '../../core/commands/index.ts'
import { ConfigError, loadConfig, type ConfigSources } from '../../core/config.ts'
import { createLog } from '../../core/log.ts'
import { FolderInUseError } from '../../core/lock.ts'
import { nodeFlags } from '../../core/node-flags.ts'
import { guardPeerCertificates } from '../../core/net/peer-certificates.ts'
import { guardOutputs, watchSignals } from '../../core/process-life.ts'
import { VERSION } from '../../core/version.ts'
import { plainJson, plainLines } from '../../proto/plain-text.ts'
import { createApi, type Api } from '../api/api.ts'
import { MAX_LINES } from '../api/diagnostics.ts'
import { keepRecentLines, type RecentLines } from '../api/recent-lines.ts'
import { createBridge, type Bridge } from '../bridge/bridge.ts'
import { createProgram } from '../program/create.ts'
import { startSandboxProcess } from '../program/sandbox-process.ts'
import { unresolvedOf, watchNetwork } from '../reachability/network-watch.ts'
import { type Arguments, parseArgs, startWordsOf } from '../settings/arguments.ts'
import { NodeConfigSchema, type NodeConfig } from '../settings/config.ts'
import { tellsNews } from '../tell.ts'
import { openInBrowser, runningPage } from './browser.ts'
import { crowdLines } from '../crowd-lines.ts'
import { ACTIONS } from './text.ts'
import type { Log } from '../../core/log.ts'
import type { Program } from '../program/program.ts'

/** Longer than the node's own bound on stopping: whatever hangs then hangs for good. */
const EXIT_AFTER_MS = 4_800

const ROOT = join(import.meta.dirname, '..', '..')

/** What the build makes of the page; a package has it in the same place. */
const PAGE_DIR = join(ROOT, 'build', 'renderer')

/** The servers' command line: as source, or as a package has it. */
const SERVERS = [join(ROOT, 'servers', 'cli.ts'), join(ROOT, 'build', 'servers', 'cli.js')] as const

/**
 * Runs a node until a signal (core/process-life.ts) or a page ends it.
 *
 * @param given  `node` or `app` and what follows
 * @returns the exit code
 */
export async function runNode(given: readonly string[]): Promise<number> {
  const told = Promise.withResolvers<void>()
  const life = watchSignals()
  void life.stopped.then(() => told.resolve())
  const args = parseArgs(given, process.env)
  const sources = { file: args.config, env: process.env, flags: args.flags }
  const config = await loadConfig(NodeConfigSchema, sources)

  const running = args.command === 'app' ? await runningPage(config.dir) : undefined
  if (running) {
    process.stdout.write(`Nodetrust runs already (process ${running.pid}): here is its page.\nOpen ${running.url}\n`)
    if (!args.staysClosed) openInBrowser(running.url)
    return endSoon(0)
  }

  // the program that reads the events has gone, and with it the reason to run; whoever only looked at the first lines is no reason
  guardPeerCertificates()
  guardOutputs(({ stream }) => (args.events && stream === 'stdout' ? told.resolve() : undefined))

  const { program, log, recent } = await makeProgram(args, sources)
  tellEvents(program, args)
  const host = hostOf({
    ...{ program, config, log, recent },
    ...{ quit: told.resolve, quiet: args.events, startWords: startWordsOf(args) },
  })
  const network = new AbortController()
  try {
    await startProgram(program, args)
    await host.bridge?.start()
    if (host.bridge && !args.events) tellLink(host.bridge, args)
    life.onReread(() => program.reread())
    void watchNetwork({
      ...{ clock: systemClock, signal: network.signal, onOnline: () => program.trigger('online') },
      unresolved: () => unresolvedOf(program.facts().node?.failed),
    })
    await told.promise
  } catch (error) {
    process.stderr.write(plainLines(`nodetrust: the node cannot start: ${messageOf(error)}\n`))
    await stop(program, host)
    return endSoon(error instanceof ConfigError ? 2 : 1)
  }
  network.abort()
  // js-libp2p may keep a socket that keeps the process; the clean part is over by then
  setTimeout(() => process.exit(0), EXIT_AFTER_MS).unref()
  await stop(program, host)
  return endSoon(0)
}

async function makeProgram(args: Arguments, sources: ConfigSources) {
  const recent = keepRecentLines(MAX_LINES, (line) => void process.stderr.write(line))
  let log: Log | undefined
  const program = await createProgram({
    sources,
    clock: systemClock,
    // a person with a page decides by a click, a machine without one is started to do its work
    asksByItself: args.command === 'node',
    identityStore: args.command === 'app' ? 'keychain' : 'file',
    log: (level) => (log ??= createLog(level, recent.destination)),
    startSandbox: (dir) => {
      const path = SERVERS.find((file) => existsSync(file)) ?? SERVERS[0]
      return startSandboxProcess(process.execPath, [...nodeFlags(), path], dir)
    },
  })
  return { program, log: log ?? createLog('warn', recent.destination), recent }
}

function tellEvents(program: Program, { events }: Arguments): void {
  const news = tellsNews()
  const tell = crowdLines(systemClock, (line) => {
    const text = events ? plainJson(line) : news(line)
    if (text !== undefined) process.stdout.write(`${events ? text : asTyped(text, ownCommand())}\n`)
  })
  program.onEvent(tell)
}

interface Host {
  readonly api: Api
  readonly bridge: Bridge | undefined
}

interface HostInit {
  readonly program: Program
  readonly config: NodeConfig
  readonly log: Log
  readonly recent: RecentLines
  readonly quit: () => void
  /** What to type behind the program's name to start this node again. */
  readonly startWords: string
  /** Standard output belongs to the events. */
  readonly quiet: boolean
}

function hostOf({ program, config, log, recent, quit, quiet, startWords }: HostInit): Host {
  let bridge: Bridge | undefined
  const api = createApi({
    ...{ program, log, recent, clock: systemClock, version: VERSION, host: 'headless' },
    can: { startAtLogin: false, tray: false, notify: false, openFolders: false },
    typed: { own: ownCommand(), start: `${ownCommand()} ${startWords}` },
    desk: {
      quit,
      bridgeLink: (role) => bridge?.openLink(role),
      showCode({ code, action }) {
        // what goes to a file or a journal is read by others; `nodetrust confirm` shows it too
        if (quiet || !process.stdout.isTTY) return
        process.stdout.write(`Type ${code} into the page to ${ACTIONS[action]}. You did not ask for it? Do nothing.\n`)
      },
    },
  })
  if (config.bridge.enabled) {
    bridge = createBridge({
      api,
      log,
      clock: systemClock,
      dir: config.dir,
      port: config.bridge.port,
      own: ownCommand(),
      pageDir: PAGE_DIR,
    })
  }
  return { api, bridge }
}

/** As `app`, the page explains what keeps the node from running, so it is no reason to end. */
async function startProgram(program: Program, { command }: Arguments): Promise<void> {
  try {
    await program.start()
  } catch (error) {
    if (command === 'node' || error instanceof FolderInUseError || error instanceof ConfigError) throw error
  }
  const { phase, problem } = program.facts()
  if (phase !== 'failed') return
  if (command === 'node') throw new Error(problem?.detail || (problem?.code ?? 'for a reason that is not known'))
  process.stderr.write(plainLines(`nodetrust: the node does not run yet: ${problem?.detail ?? ''}\n`))
}

/** A link is told to whoever sits at the terminal, and opened for whoever started the app. */
function tellLink(bridge: Bridge, { command, staysClosed }: Arguments): void {
  if (command !== 'app' && !process.stdout.isTTY) return
  const link = bridge.openLink('owner')
  if (!link) return
  const again = asTyped('a new link comes with: nodetrust open', ownCommand())
  process.stdout.write(`Open ${link.url}\n  (once, within a minute; ${again})\n`)
  if (command === 'app' && !staysClosed) openInBrowser(link.url)
}

async function stop(program: Program, { api, bridge }: Host): Promise<void> {
  await Promise.allSettled([bridge?.stop(), program.stop()])
  api.stop()
}

/** Ends the process once everything said has been read. */
function endSoon(code: number): number {
  process.exitCode = code
  process.stdout.write('', () => process.exit(code))
  return code
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
