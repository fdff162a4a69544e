// The desktop package, packed by the real electron-builder around a stand-in for Electron's folder: a small program with the bytes in
// it by which fuses are found. What is inside is read back from the archive, the fuses from the program.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { appendFile, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { OUTPUTS } from '../../scripts/build.ts'
import { packageDesktop } from '../../scripts/package-desktop.ts'
import { installTools, toolPath, ToolsError } from '../../scripts/package/tools.ts'
import { ROOT } from '../support/command.ts'
import { ALLOWED, type Asar, FUSE_SENTINEL, FUSES, fusesOf } from './expected.ts'

const run = promisify(execFile)

/** A digit for each fuse, as Electron ships them. */
const SHIPPED_FUSES = '101100011'

/** Time of everything in the .deb and the .tar.gz, seconds since 1970: 2023-11-14 22:13:20 UTC. */
const MADE_AT = 1_700_000_000

let folder = ''
let reason: string | undefined
let asar: Asar
const packed = new Map<'release' | 'test', string>()
/** What was made of the released folder. */
let packages: readonly string[] = []

async function makeElectron(): Promise<string> {
  const dir = join(folder, 'electron')
  await mkdir(join(dir, 'resources'), { recursive: true })
  await mkdir(join(dir, 'locales'))
  await copyFile('/bin/true', join(dir, 'electron'))
  const wire = Buffer.concat([
    Buffer.from(FUSE_SENTINEL),
    Buffer.from([1, SHIPPED_FUSES.length]),
    Buffer.from(SHIPPED_FUSES),
  ])
  await appendFile(join(dir, 'electron'), wire)
  for (const name of [
    'version',
    'LICENSE',
    'LICENSES.chromium.html',
    'chrome-sandbox',
    'locales/en-US.pak',
    'locales/fr.pak',
  ])
    await writeFile(join(dir, name), 'a stand-in')
  return dir
}

const unpacked = (kind: 'release' | 'test' = 'release'): string => join(packed.get(kind) ?? '', 'linux-unpacked')
const archive = (kind: 'release' | 'test' = 'release'): string => join(unpacked(kind), 'resources', 'app.asar')
const filesIn = (kind: 'release' | 'test' = 'release'): string[] =>
  asar
    .listPackage(archive(kind), { isPack: false })
    .map((path) => path.replace(/^\//, ''))
    .filter((path) => asar.statFile(archive(kind), path).files === undefined)
    .sort()

const hasDpkg = (): Promise<boolean> =>
  run('dpkg-deb', ['--version']).then(
    () => true,
    () => false,
  )

/** Why nothing can be packed here; undefined where it can. */
async function whyNot(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'packs the Linux form, and this is no Linux'
  try {
    await installTools()
    return undefined
  } catch (error) {
    if (error instanceof ToolsError) return error.message
    throw error
  }
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nodetrust-desktop-'))
  reason = await whyNot()
  if (reason !== undefined) return
  asar = (await import(toolPath('@electron', 'asar', 'lib', 'asar.js'))) as Asar
  const electronDist = await makeElectron()
  for (const kind of ['release', 'test'] as const) {
    const init = { dist: join(folder, kind), build: join(folder, 'build'), electronDist, test: kind === 'test' }
    const forms = kind === 'test' ? ['--dir'] : [...((await hasDpkg()) ? ['deb'] : []), 'tar.gz']
    const made = await packageDesktop({ ...init, args: ['--linux', ...forms], mtime: MADE_AT })
    packed.set(kind, made.output)
    if (kind === 'release') packages = made.files
  }
})
after(() => rm(folder, { recursive: true, force: true }))

const here = (context: TestContext): boolean => {
  if (reason !== undefined) context.skip(reason)
  return reason === undefined
}

describe('the desktop package', () => {
  it('S17 has its fuses set, read back from the program', async (context) => {
    if (!here(context)) return
    assert.equal(await fusesOf(join(unpacked(), 'nodetrust')), Object.values(FUSES).join(''))
    const { stdout } = await run(process.execPath, [
      toolPath('@electron', 'fuses', 'dist', 'bin.js'),
      ...['read', '--app', join(unpacked(), 'nodetrust')],
    ])
    assert.match(stdout, /RunAsNode is Disabled[^]*OnlyLoadAppFromAsar is Enabled/)
  })

  it('S18 differs from the one that a driver may steer in the inspector alone', async (context) => {
    if (!here(context)) return
    const fuses = Object.values({ ...FUSES, nodeCliInspect: '1' }).join('')
    assert.equal(await fusesOf(join(unpacked('test'), 'nodetrust')), fuses)
    assert.deepEqual(filesIn('test'), filesIn())
    for (const path of filesIn().filter((file) => !file.endsWith('.node')))
      assert.ok(asar.extractFile(archive('test'), path).equals(asar.extractFile(archive(), path)), path)
  })

  it('S19 holds what was meant to be in it and nothing else', (context) => {
    if (!here(context)) return
    const files = filesIn()
    assert.deepEqual(
      files.filter((file) => !ALLOWED.some((allowed) => allowed.test(file))),
      [],
    )
    for (const needed of [OUTPUTS.main, OUTPUTS.preload, OUTPUTS.servers, 'renderer/index.html'])
      assert.ok(files.includes(`build/${needed}`), needed)
    assert.ok(files.includes('assets/icons/tray/serving-black@2x.png'))
  })

  it('has the whole page in it, byte for byte', async (context) => {
    if (!here(context)) return
    const page = join(folder, 'build', OUTPUTS.renderer)
    const entries = await readdir(page, { recursive: true, withFileTypes: true })
    for (const entry of entries.filter((one) => one.isFile())) {
      const path = join(entry.parentPath, entry.name)
      const inside = asar.extractFile(archive(), join('build', 'renderer', path.slice(page.length + 1)))
      assert.ok(inside.equals(await readFile(path)), path)
    }
  })

  it('S19 has the native part of the keychain outside the archive, where it can be loaded', async (context) => {
    if (!here(context)) return
    const native = filesIn().filter((file) => file.endsWith('.node'))
    assert.ok(native.length > 0)
    for (const file of native) {
      assert.equal(asar.statFile(archive(), file).unpacked, true, file)
      assert.ok((await stat(join(`${archive()}.unpacked`, file))).size > 100_000, file)
    }
  })

  it('starts from a manifest that says nothing of how it is developed', (context) => {
    if (!here(context)) return
    const manifest = JSON.parse(asar.extractFile(archive(), 'package.json').toString('utf8'))
    assert.equal(manifest.main, 'build/start.js')
    assert.equal(manifest.type, 'module')
    assert.equal(manifest.desktopName, 'org.nodetrust.app.desktop')
    assert.deepEqual(Object.keys(manifest.dependencies), ['@napi-rs/keyring'])
    for (const key of ['scripts', 'devDependencies']) assert.ok(!(key in manifest), key)
  })

  it('carries the licences of everything in it', async (context) => {
    if (!here(context)) return
    const text = await readFile(join(unpacked(), 'resources', 'THIRD-PARTY-LICENSES.txt'), 'utf8')
    for (const name of ['preact ', 'libp2p ', '@napi-rs/keyring ', 'ws ', 'acme-client '])
      assert.ok(text.includes(name), name)
    assert.ok((await stat(join(unpacked(), 'LICENSES.chromium.html'))).isFile())
  })

  it('leaves out languages that the window does not speak', async (context) => {
    if (!here(context)) return
    assert.deepEqual(await readdir(join(unpacked(), 'locales')), ['en-US.pak'])
  })
})

describe('the Linux packages', () => {
  const made = (end: string): string => packages.find((path) => path.endsWith(end)) ?? assert.fail(`no ${end}`)
  const env = { ...process.env, TZ: 'UTC' }

  it('are the folder in a .tar.gz, with nobody’s name and one time', async (context) => {
    if (!here(context)) return
    const { stdout } = await run('tar', ['--list', '--verbose', '--numeric-owner', `--file=${made('.tar.gz')}`], {
      env,
    })
    const lines = stdout.trim().split('\n')
    for (const line of lines)
      assert.match(line, /^[d-]r(?:wxr-xr-x|w-r--r--) 0\/0 +\d+ 2023-11-14 22:13 nodetrust-[\d.]+-linux-[a-z0-9]+\//)
    const names = lines.map((line) => line.slice(line.indexOf('nodetrust-')).replace(/^[^/]+/, ''))
    for (const name of ['/nodetrust', '/bin/nodetrust', '/resources/app.asar']) assert.ok(names.includes(name), name)
  })

  it('have a .deb that installs the folder, for the machine that the program is for', async (context) => {
    if (!here(context)) return
    if (!(await hasDpkg())) return context.skip('dpkg-deb is not here')
    const { stdout } = await run('dpkg-deb', ['--contents', made('.deb')], { env })
    assert.match(stdout, /^-rwxr-xr-x root\/root +\d+ 2023-11-14 22:13 \.\/opt\/Nodetrust\/nodetrust$/m)
    assert.match(stdout, /^-rwsr-xr-x root\/root .* \.\/opt\/Nodetrust\/chrome-sandbox$/m)
    assert.match(stdout, / \.\/usr\/bin\/nodetrust -> \/opt\/Nodetrust\/bin\/nodetrust$/m)
    const { stdout: architecture } = await run('dpkg-deb', ['--field', made('.deb'), 'Architecture'])
    const { stdout: ours } = await run('dpkg', ['--print-architecture'])
    assert.equal(architecture, ours)
  })
})

describe('the servers in the desktop package', () => {
  const launcher = (): string => join(unpacked(), 'resources', 'servers', 'bin', 'nodetrust')

  it('run on the Node of the machine, through a link too', async (context) => {
    if (!here(context)) return
    const link = join(folder, 'nodetrust')
    await symlink(launcher(), link)
    const env = { PATH: '/usr/bin:/bin', HOME: folder, NODE: process.execPath }
    const { stdout } = await run(link, ['--help'], { env })
    assert.match(stdout, /^ {2}serve +run roles until stopped$/m)
    const version = await run(link, ['--version'], { env })
    assert.equal(version.stdout.trim(), JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).version)
  })

  it('say what they need where there is no Node, or an old one', async (context) => {
    if (!here(context)) return
    const old = join(folder, 'old-node')
    await writeFile(old, '#!/bin/sh\necho 20.1.0\n', { mode: 0o755 })
    const bin = join(folder, 'bin')
    await mkdir(bin)
    for (const name of ['sh', 'dirname', 'readlink', 'cat']) await symlink(`/bin/${name}`, join(bin, name))
    const env = { PATH: bin, HOME: folder, NODE: old }
    await assert.rejects(run(launcher(), ['status'], { env }), { code: 1, stderr: /needs Node 24 or newer.*20\.1\.0/s })
    // what it can do is told all the same
    const help = await run(launcher(), ['--help'], { env })
    assert.match(help.stdout, /^ {2}serve +run roles until stopped$[^]*needs Node 24 or newer.*20\.1\.0/m)
    const none = { PATH: bin, HOME: folder }
    await assert.rejects(run(launcher(), ['status'], { env: none }), (error: { stderr?: string }) =>
      /needs Node 24 or newer.*nodejs\.org/s.test(error.stderr ?? ''),
    )
  })
})

describe('the configuration of the packages', () => {
  const read = async (name: string) => parse(await readFile(join(ROOT, name), 'utf8'))

  it('S18 has a test build that differs in its id and the inspector', async () => {
    assert.deepEqual(await read('electron-builder.test.yml'), {
      extends: 'electron-builder.yml',
      appId: 'org.nodetrust.app.test',
      electronFuses: { enableNodeCliInspectArguments: true },
    })
  })

  it('S20 never switches the sandbox off, and lets the .deb alone bring what it needs', async (context) => {
    const text = await readFile(join(ROOT, 'electron-builder.yml'), 'utf8')
    assert.ok(!text.includes('no-sandbox') && !text.includes('executableArgs'))
    assert.ok(!/after(?:Install|Remove):/.test(text))
    const linux = join(ROOT, 'packaging', 'linux')
    for (const entry of await readdir(linux, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      assert.doesNotMatch(await readFile(path, 'utf8'), /--(?:no|disable)-[a-z-]*sandbox|DISABLE_SANDBOX/, path)
    }
    if (!here(context)) return
    const launcher = await stat(join(unpacked(), 'bin', 'nodetrust'))
    assert.equal(launcher.mode & 0o777, 0o755)
  })

  it('uploads nothing, compiles nothing, and signs what the systems ask for', async () => {
    const config = await read('electron-builder.yml')
    assert.equal(config.publish, null)
    assert.equal(config.npmRebuild, false)
    assert.equal(config.asar, true)
    assert.equal(config.mac.hardenedRuntime, true)
    assert.equal(config.mac.extendInfo.LSUIElement, true)
    assert.equal(config.nsis.perMachine, false)
    assert.equal(config.nsis.deleteAppDataOnUninstall, false)
    // the .deb and the .tar.gz are made of the folder that is packed (scripts/package/linux.ts)
    assert.deepEqual(config.linux.target, ['AppImage'])
    assert.ok(!('deb' in config))
    assert.deepEqual(config.protocols, [{ name: 'Nodetrust invitation', schemes: ['nodetrust'] }])
  })
})
