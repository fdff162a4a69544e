// `npm start`: builds what is needed and opens the app, in Electron where its program is installed, else as a page in the
// browser that this machine's node serves on loopback; and says which.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { nodeFlags } from '../core/node-flags.ts'
import { exitCodeOf, guardOutputs } from '../core/process-life.ts'
import { BUILD_DIR, buildTarget, type Target } from './build.ts'
import { findElectron } from './electron-binary.ts'

const root = join(import.meta.dirname, '..')
const words = process.argv.slice(2)

const electron = words.includes('--browser') ? undefined : findElectron(root)
const rest = words.filter((word) => word !== '--browser')
const targets: readonly Target[] = electron ? ['renderer', 'preload', 'main', 'servers'] : ['renderer']
for (const target of targets) await buildTarget(target)

process.stderr.write(
  electron
    ? 'nodetrust: opening the app in Electron\n'
    : 'nodetrust: Electron is not installed (npx install-electron fetches it); opening the app in your browser\n',
)
const [program, args] = electron
  ? [electron, [join(BUILD_DIR, 'main.js'), ...rest]]
  : [process.execPath, [...nodeFlags(), join(root, 'main', 'headless.ts'), 'app', ...rest]]
const child = spawn(program, args, { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const)
  process.on(signal, () => child.kill(signal))
guardOutputs()
child.on('error', (error) => {
  process.stderr.write(`nodetrust: ${program} cannot be started: ${error.message}\n`)
  process.exitCode = 1
})
child.on('exit', (code, signal) => {
  process.exitCode = signal ? exitCodeOf(signal) : (code ?? 1)
})
