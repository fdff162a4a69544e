// The tarball of node and servers, as somebody with nothing but Node has it: unpacked in an empty place, started with an empty home and
// environment, installed, and its units looked at by systemd's own judge.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { isFresh, OUTPUTS } from '../../scripts/build.ts'
import { LicenceError, thirdPartyLicences } from '../../scripts/package/licences.ts'
import { makeTarball, TarballError } from '../../scripts/package/tarball.ts'
import { packageHeadless, type HeadlessPackage } from '../../scripts/package-headless.ts'
import { ROOT } from '../support/command.ts'

const run = promisify(execFile)

/** Above this something has crept in: it was 1.6 MB when this was written. */
const MAX_BYTES = 3_000_000

/** systemd's own measure from 0 (nothing can go wrong) to 10 (everything can); below 2 it is content. */
const MAX_EXPOSURE = 2

let folder = ''
let made: HeadlessPackage
let home = ''
let place = ''
const env = (): Record<string, string> => ({ PATH: '/usr/bin:/bin', HOME: home, NODE: process.execPath })

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nodetrust-headless-'))
  home = join(folder, 'home')
  await mkdir(home)
  made = await packageHeadless({ dist: join(folder, 'dist'), build: join(folder, 'build') })
  await run('tar', ['xzf', made.path, '-C', folder])
  place = join(folder, `nodetrust-headless-${JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).version}`)
})
after(() => rm(folder, { recursive: true, force: true }))

const programMissing = async (name: string): Promise<string | false> =>
  await run('/bin/sh', ['-c', `command -v ${name}`]).then(
    () => false as const,
    () => `${name} is not here`,
  )

/** Reads lines of a process until one fits. */
async function lineOf(stdout: NodeJS.ReadableStream, fits: (line: string) => boolean): Promise<string> {
  for await (const line of createInterface({ input: stdout })) if (fits(line)) return line
  throw new Error('the process ended without the line')
}

describe('the tarball', () => {
  it('has the same bytes when it is made again, in another place', async (context) => {
    const second = await packageHeadless({ dist: join(folder, 'again'), build: join(folder, 'again', 'build') })
    const targets = ['headless', 'servers', 'renderer'] as const
    const fresh = await Promise.all(targets.map((target) => isFresh(target, { out: join(folder, 'build') })))
    if (fresh.includes(false)) return context.skip('somebody has changed the sources since the first one was made')
    assert.ok((await readFile(second.path)).equals(await readFile(made.path)))
    assert.ok(made.bytes < MAX_BYTES, `${made.bytes} bytes`)
  })

  it('belongs to nobody and has the time it was told', async () => {
    const { path } = await packageHeadless({
      ...{ dist: join(folder, 'dated'), build: join(folder, 'build') },
      mtime: 1e9,
    })
    const { stdout } = await run('tar', ['tvzf', path, '--numeric-owner', '--utc'])
    for (const line of stdout.trim().split('\n'))
      assert.match(line, /^[-d]rw[-x]r-[-x]r-[-x] 0\/0 +\d+ 2001-09-09 01:46 /)
  })

  it('holds programs, page, units, what watches them and licences, and no source', async () => {
    const entries = await readdir(place, { recursive: true, withFileTypes: true })
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(place.length + 1))
    const others = files.filter((file) => !/^(?:bin|systemd|monitoring|build\/renderer)\//.test(file)).sort()
    assert.deepEqual(others, [
      ...['LICENSE', 'README.md', 'THIRD-PARTY-LICENSES.txt'],
      ...[`build/${OUTPUTS.headless}`, `build/${OUTPUTS.servers}`, 'install.sh', 'package.json'],
    ])
    assert.ok(files.includes('build/renderer/index.html') && files.includes('monitoring/prometheus-rules.yml'))
    assert.deepEqual(
      files.filter((file) => /\.(?:ts|tsx|map|key|env)$|(?:^|\/)\./.test(file)),
      [],
    )
  })

  it('knows the same words as the command of the source', async () => {
    // `app` means the window there, and a node without one here
    const words = async (path: string) =>
      /const NODE_COMMANDS = \[([^\]]*)\]/
        .exec(await readFile(path, 'utf8'))?.[1]
        ?.split(',')
        .map((word) => word.trim().replaceAll("'", ''))
        .filter((word) => word !== 'app' && word !== '')
    const ours = await words(join(place, 'bin', 'nodetrust.mjs'))
    assert.ok(ours?.includes('node'))
    assert.deepEqual(ours, await words(join(ROOT, 'scripts', 'nodetrust.mjs')))
  })
})

describe('the unpacked tarball', () => {
  it('runs a whole network with nothing but Node', async () => {
    const { stdout } = await run(join(place, 'bin', 'nodetrust'), ['sandbox', '--once', '--json'], {
      env: env(),
      cwd: '/',
    })
    const result = JSON.parse(stdout)
    assert.equal(result.ok, true, stdout)
    assert.equal(result.dial.verified, true)
    assert.deepEqual(await readdir(home), [])
  })

  it('starts a node, and stops it when it is told to', async () => {
    const config = join(folder, 'node.yaml')
    await writeFile(
      config,
      [
        'listen: { addresses: /ip4/127.0.0.1/tcp/0, wss: /ip4/127.0.0.1/tcp/0/tls/ws }',
        'reachability: { mapPorts: false }',
      ].join('\n'),
    )
    const args = ['node', '--events', '--config', config]
    const child = spawn(join(place, 'bin', 'nodetrust'), args, {
      env: env(),
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = new Promise((resolve) => child.once('close', resolve))
    try {
      const started = JSON.parse(await lineOf(child.stdout, (line) => line.includes('"started"')))
      assert.match(started.peerId, /^12D3KooW/)
      child.kill('SIGTERM')
      assert.equal(await ended, 0)
      const { mode } = await stat(join(home, '.local', 'share', 'nodetrust', 'peer.key'))
      assert.equal(mode & 0o777, 0o600)
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('shows the window’s page of a running node in a browser, and answers its commands', async () => {
    const nodetrust = join(place, 'bin', 'nodetrust')
    const flags = [
      ...['--listen.addresses=/ip4/127.0.0.1/tcp/0', '--listen.wss=/ip4/127.0.0.1/tcp/0/tls/ws'],
      '--reachability.mapPorts=false',
    ]
    const child = spawn(nodetrust, ['node', ...flags], { env: env(), cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.once('close', resolve))
    try {
      await lineOf(child.stdout, (line) => line.includes('Started as'))
      const { stdout: link } = await run(nodetrust, ['open'], { env: env() })
      const { origin } = new URL(link.trim().split('\n')[0] ?? '')
      const page = await (await fetch(`${origin}/`)).text()
      const scripts = [...page.matchAll(/src="\.\/([^"]+\.js)"/g)].map(([, path]) => path)
      assert.equal(scripts.length, 1, page)
      assert.equal((await fetch(`${origin}/${scripts[0]}`)).status, 200)
      const { stdout: status } = await run(nodetrust, ['status'], { env: env() })
      assert.match(status, /12D3KooW/)
      child.kill('SIGTERM')
      assert.equal(await ended, 0)
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('makes the configuration of servers and serves them', async () => {
    const dir = join(folder, 'servers')
    const init = ['init', 'proof', '--zone', 'nt.example.net', '--dir', dir, '--address', '127.0.0.1']
    await run(join(place, 'bin', 'nodetrust'), init, { env: env() })
    const words = ['serve', 'proof', '--config', join(dir, 'nodetrust.yaml'), '--proof.listen=[/ip4/127.0.0.1/tcp/0]']
    const child = spawn(join(place, 'bin', 'nodetrust'), words, { env: env(), stdio: ['ignore', 'pipe', 'ignore'] })
    const ended = new Promise((resolve) => child.once('close', resolve))
    try {
      assert.match(await lineOf(child.stdout, (line) => line.startsWith('{')), /"role":"proof"/)
      child.kill('SIGTERM')
      assert.equal(await ended, 0)
    } finally {
      child.kill('SIGKILL')
    }
  })
})

describe('install.sh', () => {
  const install = (...words: string[]) => run(join(place, 'install.sh'), words, { env: env() })

  it('puts the command and its units below a prefix, and takes them away again', async () => {
    const prefix = join(folder, 'prefix')
    await install('--prefix', prefix)
    assert.equal(await readlink(join(prefix, 'bin', 'nodetrust')), '../lib/nodetrust/bin/nodetrust')
    const { stdout } = await run(join(prefix, 'bin', 'nodetrust'), ['--help'], { env: env() })
    assert.match(stdout, /^ {2}serve +run roles/m)
    const { stdout: ofNode } = await run(join(prefix, 'bin', 'nodetrust'), ['node', '--help'], { env: env() })
    assert.match(ofNode, /^Usage: .*nodetrust node\s/m)
    const unit = await readFile(join(prefix, 'lib', 'systemd', 'system', 'nodetrust-node.service'), 'utf8')
    assert.match(unit, new RegExp(`^ExecStart=${prefix}/bin/nodetrust node$`, 'm'))
    await install('--prefix', prefix)
    await install('--prefix', prefix, '--remove')
    const left = await readdir(prefix, { recursive: true, withFileTypes: true })
    assert.deepEqual(
      left.filter((entry) => !entry.isDirectory()).map((entry) => entry.name),
      [],
    )
  })

  it('installs into a home without any privilege', async () => {
    await install('--user')
    assert.ok((await stat(join(home, '.local', 'bin', 'nodetrust'))).isFile())
    const unit = await readFile(join(home, '.config', 'systemd', 'user', 'nodetrust-node.service'), 'utf8')
    assert.ok(unit.includes(`ExecStart=${home}/.local/bin/nodetrust node`))
    await install('--user', '--remove')
  })

  it('says what it does not understand', async () => {
    await assert.rejects(install('--everywhere'), { code: 2, stderr: /--everywhere/ })
    await assert.rejects(install('--prefix', 'here'), { code: 2, stderr: /whole path/ })
  })
})

describe('the units', () => {
  const UNITS = ['nodetrust-node.service', 'nodetrust-servers@all.service', 'nodetrust-servers@proof.service']
  let system = ''

  before(async () => {
    const prefix = join(folder, 'units')
    await run(join(place, 'install.sh'), ['--prefix', prefix], { env: env() })
    system = join(prefix, 'lib', 'systemd', 'system')
  })

  for (const unit of UNITS) {
    it(`${unit} is understood by systemd, and may do little`, async (context) => {
      const missing = await programMissing('systemd-analyze')
      if (missing !== false) return context.skip(missing)
      // the unit's neighbours and drop-ins are found beside it
      const verified = await run('systemd-analyze', ['verify', `./${unit}`], { cwd: system })
      assert.equal(verified.stderr, '')
      const judged = await run('systemd-analyze', ['security', '--offline=true', '--no-pager', `./${unit}`], {
        cwd: system,
      })
      const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(judged.stdout)?.[1])
      assert.ok(exposure < MAX_EXPOSURE, judged.stdout)
    })
  }

  it('of a person is understood by systemd', async (context) => {
    const missing = await programMissing('systemd-analyze')
    if (missing !== false) return context.skip(missing)
    await run(join(place, 'install.sh'), ['--user'], { env: env() })
    const units = join(home, '.config', 'systemd', 'user')
    const verified = await run('systemd-analyze', ['--user', 'verify', './nodetrust-node.service'], {
      cwd: units,
      env: { ...env(), XDG_RUNTIME_DIR: folder },
    })
    assert.equal(verified.stderr, '')
  })

  it('have the one privilege only where port 53 needs it', async () => {
    const entries = await readdir(system, { recursive: true })
    const texts = await Promise.all(
      entries
        .filter((name) => /\.(?:service|conf)$/.test(name))
        .map(async (name) => [name, await readFile(join(system, name), 'utf8')] as const),
    )
    const privileged = texts.filter(([, text]) => /^AmbientCapabilities=/m.test(text)).map(([name]) => name)
    assert.deepEqual(privileged.sort(), [
      'nodetrust-servers@all.service.d/port-53.conf',
      'nodetrust-servers@dns.service.d/port-53.conf',
    ])
    for (const [name, text] of texts.filter(([file]) => file.endsWith('.service'))) {
      for (const line of [
        'DynamicUser=yes',
        'ProtectSystem=strict',
        'NoNewPrivileges=yes',
        'CapabilityBoundingSet=',
        'UMask=0077',
      ])
        assert.ok(text.split('\n').includes(line), `${name}: ${line}`)
    }
  })
})

describe('the licences', () => {
  const packageWith = async (manifest: object, files: Readonly<Record<string, string>> = {}): Promise<string> => {
    const root = await mkdtemp(join(folder, 'licences-'))
    await writeFile(join(root, 'LICENSE'), 'MIT License\n\nCopyright us\n\nPermission is hereby granted, so be it.')
    await mkdir(join(root, 'node_modules', 'x'), { recursive: true })
    await writeFile(
      join(root, 'node_modules', 'x', 'package.json'),
      JSON.stringify({ name: 'x', version: '1.0.0', ...manifest }),
    )
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, 'node_modules', 'x', name), text)
    return await thirdPartyLicences(root, ['node_modules/x'])
  }

  it('are told with their texts, or the common one where a package comes without', async () => {
    assert.match(
      await packageWith({ license: 'ISC' }, { LICENSE: 'the words of ISC' }),
      /x 1\.0\.0 \(ISC\)\n\nthe words of ISC/,
    )
    const text = await packageWith({ license: '(MIT OR GPL-3.0)', author: 'Ada' })
    assert.match(text, /without a text[^]*Copyright \(c\) Ada\n\nPermission is hereby granted/)
    assert.ok(!text.includes('Copyright us'))
  })

  it('that nobody has accepted stop the package', async () => {
    for (const license of ['GPL-3.0', 'MIT AND GPL-3.0', undefined])
      await assert.rejects(packageWith({ license }), LicenceError)
  })
})

describe('tarballs', () => {
  it('refuse names that do not fit', async () => {
    const content = await mkdtemp(join(folder, 'long-'))
    await writeFile(join(content, 'x'.repeat(200)), '')
    await assert.rejects(makeTarball({ folder: content, name: 'n', mtime: 0 }), TarballError)
  })

  it('keep long paths whole', async () => {
    const content = await mkdtemp(join(folder, 'deep-'))
    const deep = join('a'.repeat(70), 'b'.repeat(60), 'c.txt')
    await mkdir(join(content, deep, '..'), { recursive: true })
    await writeFile(join(content, deep), 'found')
    const path = join(folder, 'deep.tgz')
    await writeFile(path, await makeTarball({ folder: content, name: 'n', mtime: 0 }))
    const { stdout } = await run('tar', ['xzOf', path, `n/${deep}`])
    assert.equal(stdout, 'found')
  })
})
