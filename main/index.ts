// The desktop app's first file: gives Electron, the program and the app's own files to the shell, which does the rest. The same
// program without a window is `headless.ts`.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../core/clock.ts'
import { demandPatches } from '../core/patched.ts'
import { preferMemory } from '../core/prefer-memory.ts'
import { guardPeerCertificates } from '../core/net/peer-certificates.ts'
import { guardOutputs } from '../core/process-life.ts'
import { keepTlsChecks } from '../core/tls-checks.ts'
import { createProgram } from './program/create.ts'
import { watchNetwork } from './reachability/network-watch.ts'
import { createBrowserPage } from './shell/browser-page.ts'
import { electronDesktop } from './shell/electron.ts'
import { answersMessages } from './shell/message-service.ts'
import { sessionBusAddress } from './shell/session-bus.ts'
import { appFiles, startDesktop } from './shell/start.ts'
import { watchTrayHost } from './shell/status-notifier.ts'
import { UPDATE_SOURCE } from './shell/update-source.ts'

demandPatches('main/index.ts')
preferMemory()
// Electron shows a dialog for what nobody catches, and a terminal that was closed is no reason for one
guardOutputs()
guardPeerCertificates()
keepTlsChecks((text) => void process.stderr.write(text))
const { argv, env, execPath } = process
const sessionBus = { address: sessionBusAddress(env), uid: process.getuid?.() ?? 0 }
const files = appFiles(join(import.meta.dirname, '..'))

const tellFault = (error: unknown) =>
  process.stderr.write(`nodetrust: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
process.on('unhandledRejection', tellFault)
// Electron would open a dialog, and the node would stand still until somebody clicks on it
process.on('uncaughtException', tellFault)

// not awaited: Electron is not ready before this module has run to its end, and `startDesktop` waits until it is. The build refuses
// an await here and in everything that is imported (scripts/build/entry-await.ts)
void startDesktop({
  desktop: electronDesktop(),
  start: { argv: argv.slice(1), env, execPath, home: homedir() },
  files,
  createProgram: (init) =>
    createProgram({
      ...{ clock: init.clock, log: init.log, startSandbox: init.startSandbox },
      sources: { file: env['NODETRUST_CONFIG'] || undefined, env: init.env },
      identityStore: 'keychain',
      asksByItself: false,
    }),
  createBrowserPage: ({ program, desktop, log }) =>
    createBrowserPage({ desktop, log, dir: program.dir, page: files.page, clock: systemClock }),
  watchTrayHost: (onChange, signal) => watchTrayHost({ ...sessionBus, onChange, signal }),
  answersMessages:
    process.platform === 'linux'
      ? (signal) => answersMessages({ ...sessionBus, clock: systemClock, signal })
      : undefined,
  watchNetwork,
  updates: UPDATE_SOURCE,
  timeZone: () => new Intl.DateTimeFormat().resolvedOptions().timeZone,
  clock: systemClock,
  writeError: (text) => void process.stderr.write(text),
})
