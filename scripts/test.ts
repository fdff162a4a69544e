// `npm test`: installs what the suites need where that is possible, says what is missing and what is therefore left out,
// runs every test file and ends with one line of totals. Arguments narrow the run to files whose path contains them.
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { isAbsolute, join, relative } from 'node:path'
import { run } from 'node:test'
import { nodeFlags } from '../core/node-flags.ts'

const root = join(import.meta.dirname, '..')

/** Debian's packages that the suites use, and what is left out without them. */
const PACKAGES = [
  { name: 'pebble', program: 'pebble', suites: 'issuance by Pebble, the test CA of Let’s Encrypt' },
  { name: 'bind9-dnsutils', program: 'dig', suites: 'queries by dig' },
  { name: 'knot-dnsutils', program: 'kdig', suites: 'queries by kdig' },
  { name: 'testssl.sh', program: 'testssl', suites: 'what a scanner finds at TLS listeners' },
  { name: 'chromium', program: 'chromium', suites: 'a browser that pings the node' },
  { name: 'libnss3-tools', program: 'certutil', suites: 'a browser that pings the node' },
  { name: 'gnome-keyring', program: 'gnome-keyring-daemon', suites: 'keys in a real keychain' },
  { name: 'dbus-daemon', program: 'dbus-daemon', suites: 'keys in a real keychain' },
  { name: 'dbus-bin', program: 'dbus-send', suites: 'keys in a real keychain' },
  { name: 'libsecret-tools', program: 'secret-tool', suites: 'keys in a real keychain' },
  { name: 'xvfb', program: 'Xvfb', suites: 'the desktop app in a real Electron' },
  { name: 'openbox', program: 'openbox', suites: 'the desktop app in a real Electron' },
  { name: 'xdotool', program: 'xdotool', suites: 'the desktop app in a real Electron' },
  { name: 'x11-utils', program: 'xprop', suites: 'the desktop app in a real Electron' },
  { name: 'imagemagick', program: 'import', suites: 'the desktop app in a real Electron' },
  {
    name: 'libgtk-3-0',
    program: '/usr/lib/x86_64-linux-gnu/libgtk-3.so.0',
    suites: 'the desktop app in a real Electron',
  },
  {
    name: 'at-spi2-core',
    program: '/usr/libexec/at-spi-bus-launcher',
    suites: 'the desktop app in a real Electron',
  },
  { name: 'iproute2', program: 'ip', suites: 'routers and firewalls in network namespaces' },
  { name: 'nftables', program: 'nft', suites: 'routers and firewalls in network namespaces' },
  { name: 'miniupnpd-nftables', program: 'miniupnpd', suites: 'routers and firewalls in network namespaces' },
] as const

/** One test file may take this long; the browser and the CA's deliberate delays are the slow ones. */
const FILE_TIMEOUT_MS = 300_000

/** @param program  a name that is looked for, or an absolute path of something else that a package has */
function onPath(program: string): boolean {
  if (isAbsolute(program)) return existsSync(program)
  const folders = (process.env['PATH'] ?? '').split(process.platform === 'win32' ? ';' : ':')
  return [...folders, '/usr/sbin', '/sbin'].some((folder) => folder !== '' && existsSync(join(folder, program)))
}

function isDebian(): boolean {
  return existsSync('/etc/os-release') && /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'))
}

function installPackages(): void {
  const missing = PACKAGES.filter(({ program }) => !onPath(program))
  if (missing.length === 0) return
  if (isDebian() && process.getuid?.() === 0) {
    const names = missing.map(({ name }) => name)
    console.log(`installing ${names.join(', ')} ...`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const apt = (args: readonly string[]) =>
      spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    apt(['update'])
    apt(['install', '--yes', '--no-install-recommends', ...names])
  }
  for (const { name, program, suites } of PACKAGES) {
    if (!onPath(program)) console.log(`not here: ${program} (Debian package ${name}); left out: ${suites}`)
  }
}

interface Totals {
  passed: number
  failed: number
  readonly skipped: string[]
  readonly failures: string[]
}

/** What node:test tells about one test; its published types leave the nesting of causes open. */
interface Report {
  readonly name: string
  readonly nesting: number
  readonly file?: string
  readonly skip?: string | boolean
  readonly todo?: string | boolean
  readonly details: { readonly type?: string; readonly duration_ms: number; readonly error?: Error }
}

async function runFiles(files: readonly string[]): Promise<Totals> {
  const totals: Totals = { passed: 0, failed: 0, skipped: [], failures: [] }
  const stream = run({
    files: [...files],
    concurrency: Math.max(2, availableParallelism()),
    timeout: FILE_TIMEOUT_MS,
    execArgv: nodeFlags(),
  })
  const trail = new Map<string, string[]>()
  stream.on('test:start', (test) => {
    const file = test.file ?? ''
    trail.set(file, [...(trail.get(file) ?? []).slice(0, test.nesting), test.name])
  })
  stream.on('test:pass', (test: Report) => {
    const isSkipped = test.skip !== undefined && test.skip !== false
    if (test.details.type === 'suite' && !isSkipped) return
    if (test.skip === undefined || test.skip === false) totals.passed++
    else
      totals.skipped.push(`${title(test)} (${test.skip === true || test.skip === '' ? 'no reason given' : test.skip})`)
  })
  stream.on('test:fail', (test: Report) => {
    const error = test.details.error
    const cause = causeOf(error)
    if (/subtests? failed/.test(cause)) return
    totals.failed++
    totals.failures.push(`${title(test)}\n${indent(cause)}`)
    console.log(`FAILED ${title(test)}\n${indent(cause)}`)
  })
  stream.on('test:stderr', (output) => void (process.env['TEST_OUTPUT'] && process.stderr.write(output.message)))
  stream.on('test:stdout', (output) => void (process.env['TEST_OUTPUT'] && process.stdout.write(output.message)))
  stream.on('test:complete', (test: Report) => {
    if (test.nesting === 0 && test.file !== undefined && test.name === test.file) {
      console.log(`${relative(root, test.file)}  ${(test.details.duration_ms / 1000).toFixed(1)} s`)
    }
  })
  const ended = Promise.withResolvers<void>()
  stream.once('end', ended.resolve)
  stream.resume()
  await ended.promise
  return totals
}

/** The error a test threw: node:test wraps it. */
function causeOf(error: Error | undefined): string {
  const inner = error?.cause instanceof Error ? error.cause : error
  return inner?.stack ?? inner?.message ?? 'no error given'
}

function title(test: Report): string {
  return `${test.file ? `${relative(root, test.file)}: ` : ''}${test.name}`
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}

const wanted = process.argv.slice(2)
const files = globSync('test/**/*.test.ts', { cwd: root })
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort()
  .map((file) => join(root, file))
if (files.length === 0) {
  console.log(`no test file matches ${wanted.join(' ')}`)
  process.exit(1)
}
installPackages()
const began = performance.now()
const totals = await runFiles(files)
for (const skipped of totals.skipped) console.log(`left out: ${skipped}`)
if (totals.failures.length > 0)
  console.log(`\nfailed:\n${totals.failures.map((failure) => failure.split('\n')[0]).join('\n')}`)
console.log(`${files.length} files in ${((performance.now() - began) / 1000).toFixed(0)} s`)
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped.length} skipped`)
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1
