// The .deb as a file, and as it lies there once the real dpkg has installed it into a throw-away copy of this machine's file system. How it
// is used, upgraded and removed is in deb-life.test.ts.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { DebError, makeDeb } from '../../scripts/package/deb.ts'
import { linuxWish, LinuxPackageError } from '../../scripts/package/linux.ts'
import { copyOfApp, DEB_TIME } from '../support/desktop/deb-pair.ts'
import { APP, dpkg, isThere, makeDebs, stateOf, whyNoDeb, type DebStage } from '../support/desktop/deb-stage.ts'
import { realElectron } from '../support/desktop/electron.ts'
import { openOwnRoot, type OwnRoot } from '../support/desktop/own-root.ts'

const run = promisify(execFile)

const electron = await realElectron()
const why = typeof electron === 'string' ? electron : await whyNoDeb()

/** What lintian finds in these files only because they are not compressed. */
const OF_THE_TEST = ['uses-no-compression-for-control-tarball', 'uses-no-compression-for-data-tarball']

const sumOf = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex')

describe('the .deb', { skip: why ?? false }, () => {
  let stage: DebStage
  before(async () => {
    if (typeof electron !== 'string') stage = await makeDebs(electron)
  })
  after(() => stage?.close())

  it('has the same bytes when it is made again, whatever the umask of who makes it', async () => {
    const copy = await copyOfApp(stage.app, join(stage.folder, 'again'))
    for (const file of ['resources/LICENSE', 'version']) await chmod(join(copy, file), 0o600)
    await chmod(join(copy, 'resources'), 0o700)
    const output = join(stage.folder, 'second')
    await mkdir(output)
    const second = await makeDeb({ app: copy, output, mtime: DEB_TIME, compression: 'none' })
    assert.equal(await sumOf(second), await sumOf(stage.debs.newer))
    await Promise.all([output, copy].map((one) => rm(one, { recursive: true })))
  })

  it('is not made of a program for a machine that nobody knows', async () => {
    const app = join(stage.folder, 'strange')
    await mkdir(app)
    const other = Buffer.alloc(64)
    other.write('\u007fELF', 0, 'latin1')
    other.writeUInt16LE(0x28, 18)
    await writeFile(join(app, 'nodetrust'), other)
    const init = { app, output: stage.folder, mtime: DEB_TIME }
    await assert.rejects(makeDeb(init), (error) => error instanceof DebError && /amd64 or arm64/.test(error.message))
  })

  it('asks for every library that the programs in it are linked with', async () => {
    const work = join(stage.folder, 'shlibs')
    await mkdir(join(work, 'debian'), { recursive: true })
    const { stdout: architecture } = await run('dpkg', ['--print-architecture'])
    const control = `Source: nodetrust\n\nPackage: nodetrust\nArchitecture: ${architecture}`
    await writeFile(join(work, 'debian', 'control'), control)
    const { stdout: list } = await run('find', [stage.app, '-type', 'f', '-size', '+20k'])
    const programs: string[] = []
    for (const path of list.trim().split('\n'))
      if ((await readFile(path)).toString('latin1', 0, 4) === '\u007fELF') programs.push(path)
    const words = ['-O', '--ignore-missing-info', `-l${stage.app}`, ...programs]
    const { stdout } = await run('dpkg-shlibdeps', words, { cwd: work })
    const needed = stdout.replace('shlibs:Depends=', '').trim().split(', ')
    assert.ok(needed.length > 20, stdout)
    const { stdout: depends } = await run('dpkg-deb', ['--field', stage.debs.newer, 'Depends'])
    // later releases of Debian call them libgtk-3-0t64 and the like, and provide the old names
    const name = (text: string) => (/^[^\s(]+/.exec(text.trim())?.[0] ?? '').replace(/t64$/, '')
    const asked = new Set(depends.split(',').map(name))
    const missing = needed.map(name).filter((one) => !asked.has(one))
    assert.deepEqual(missing, [])
  })

  it('is found good by lintian, but for what its overrides explain', async () => {
    const words = ['--allow-root', '--no-cfg', '--tag-display-limit=0', `--suppress-tags=${OF_THE_TEST.join()}`]
    const found = await run('lintian', [...words, stage.debs.newer]).catch(
      (error: { readonly stdout: string }) => error,
    )
    const faults = found.stdout.split('\n').filter((line) => /^[EW]: /.test(line))
    assert.deepEqual(faults, [])
    const overrides = await readFile('packaging/linux/debian/lintian-overrides', 'utf8')
    const unexplained = overrides
      .split('\n')
      .filter((line, index, all) => line !== '' && !line.startsWith('#') && all[index - 1] === '')
    assert.deepEqual(unexplained, [])
  })

  it('is not set up while a library is missing, and dpkg says which', async () => {
    const root = await openOwnRoot()
    try {
      await dpkg(root, ['--force-depends', '--remove', 'libnotify4'])
      const outcome = await root.run('dpkg', ['--install', stage.debs.newer])
      assert.equal(outcome.code, 1)
      assert.match(outcome.said, /nodetrust depends on libnotify4/)
      assert.match(await stateOf(root), /^install ok unpacked /)
    } finally {
      await root.close()
    }
  })

  it('leaves nothing behind where the disk was full', async () => {
    const root = await openOwnRoot({ size: '100m' })
    try {
      const outcome = await root.run('dpkg', ['--install', stage.debs.newer])
      assert.notEqual(outcome.code, 0)
      assert.match(outcome.said, /No space left on device/)
      for (const path of ['/usr/bin/nodetrust', APP]) assert.equal(await isThere(root.path(path)), false, path)
      await dpkg(root, ['--purge', 'nodetrust'])
    } finally {
      await root.close()
    }
  })

  describe('once it is installed', () => {
    let root: OwnRoot
    before(async () => {
      root = await openOwnRoot()
      await dpkg(root, ['--install', stage.debs.newer])
    })
    after(() => root?.close())

    it('has every file where it belongs, owned by root and for nobody else to write', async () => {
      assert.equal(await stateOf(root), `install ok installed ${stage.debs.versions.newer}`)
      const listed = (await dpkg(root, ['--listfiles', 'nodetrust'])).stdout.trim().split('\n')
      for (const path of [
        ...['/usr/bin/nodetrust', `${APP}/nodetrust`, `${APP}/bin/nodetrust`, `${APP}/resources/app.asar`],
        ...['/usr/share/applications/org.nodetrust.app.desktop', '/usr/share/man/man1/nodetrust.1.gz'],
        ...['/usr/share/bash-completion/completions/nodetrust', '/usr/share/zsh/vendor-completions/_nodetrust'],
        '/usr/share/fish/vendor_completions.d/nodetrust.fish',
        ...['48x48/apps/nodetrust.png', 'scalable/apps/nodetrust.svg'].map(
          (name) => `/usr/share/icons/hicolor/${name}`,
        ),
        ...['copyright', 'changelog.gz', 'changelog.Debian.gz'].map((name) => `/usr/share/doc/nodetrust/${name}`),
      ])
        assert.ok(listed.includes(path), path)
      const asked = listed.filter((path) => path.startsWith('/etc/'))
      assert.deepEqual(asked, [], 'files that dpkg would ask people about')
      const ours = `${APP} /usr/bin/nodetrust /usr/share/doc/nodetrust /usr/share/applications/org.nodetrust.app.desktop`
      const wrong = await root.shell(`find ${ours} ! -type l \\( ! -user root -o ! -group root -o -perm /022 \\)`)
      assert.equal(wrong.said, '')
      assert.equal((await root.shell(`find ${ours} -perm /7000`)).said, `${APP}/chrome-sandbox\n`)
      assert.equal((await dpkg(root, ['--verify', 'nodetrust'])).said, '', 'dpkg finds it changed')
    })

    it('is in the menu with its icon and its manual', async () => {
      const entry = '/usr/share/applications/org.nodetrust.app.desktop'
      assert.equal((await root.run('desktop-file-validate', [entry])).said, '')
      assert.match(await readFile(root.path(entry), 'utf8'), /^Exec=\/usr\/bin\/nodetrust %u$/m)
      const icons = await readFile(root.path('/usr/share/icons/hicolor/icon-theme.cache'), 'latin1')
      assert.ok(icons.includes('nodetrust'), 'the list of icons was not made again')
      const manual = await root.shell('zcat /usr/share/man/man1/nodetrust.1.gz | man --warnings -l - 2>&1 >/dev/null')
      assert.equal(manual.said, '')
    })

    it('says its version without Node, and does not open a window as root', async () => {
      const env = { PATH: '/usr/bin:/bin', HOME: '/root' }
      const version = await root.run('nodetrust', ['--version'], { env })
      assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
      const opened = await root.run('nodetrust', [], { env })
      assert.equal(opened.code, 1)
      assert.match(opened.stderr, /does not open as root: start it as an ordinary user/)
    })

    it('says what its commands need where there is no Node', async () => {
      const bin = '/usr/local/lib/nodetrust-test'
      const links = ['sh', 'dirname', 'readlink', 'id', 'sed', 'cat'].map((name) => `ln -s /bin/${name} ${bin}/`)
      await root.shell(`mkdir ${bin}; ${links.join('; ')}; rm -f /usr/local/bin/node`)
      const bare = (word: string) => root.run('env', ['-i', `PATH=${bin}`, 'HOME=/root', '/usr/bin/nodetrust', word])
      const status = await bare('status')
      assert.equal(status.code, 1)
      assert.match(status.stderr, /needs Node 24 or newer/)
      const help = await bare('--help')
      assert.match(
        help.stdout,
        /opens the app[^]* {2}status +how the node is[^]*needs Node 24 or newer, and there is none here/,
      )
      assert.deepEqual([help.stderr, help.code], ['', 0])
    })

    it('keeps an administrator’s word about the sandbox’s helper over an upgrade', async () => {
      const helper = `${APP}/chrome-sandbox`
      const mode = async () => (await stat(root.path(helper))).mode & 0o7777
      assert.equal(await mode(), 0o4755)
      const words = ['--update', '--add', 'root', 'root', '0755', helper]
      assert.equal((await root.run('dpkg-statoverride', words)).code, 0)
      await dpkg(root, ['--install', stage.debs.newer])
      assert.equal(await mode(), 0o755)
    })

    it('brings its AppArmor profile where the system’s AppArmor can read it, also later, and takes it away again', async () => {
      const source = `${APP}/resources/apparmor-profile`
      const place = '/etc/apparmor.d/nodetrust'
      const parse = ['--skip-kernel-load', '--skip-cache', source]
      const canRead = (await root.run('apparmor_parser', parse)).code === 0
      assert.equal(await isThere(root.path(place)), canRead)
      // everything but what older ones cannot know
      const whole = await readFile(root.path(source), 'utf8')
      const plain = whole.replace(/^abi .*\n/m, '').replace(/^ *userns,\n/m, '')
      await writeFile(root.path(source), plain)
      const checked = await root.run('apparmor_parser', parse)
      assert.equal(checked.code, 0, checked.said)
      // as an upgrade of AppArmor does it
      assert.equal((await root.run('dpkg-trigger', ['--by-package=apparmor', '/etc/apparmor.d/abi'])).code, 0)
      await dpkg(root, ['--triggers-only', '--pending'])
      assert.equal(await readFile(root.path(place), 'utf8'), plain)
      await dpkg(root, ['--remove', 'nodetrust'])
      assert.equal(await isThere(root.path(place)), false)
    })
  })
})

describe('the command that packs for Linux', () => {
  it('makes the forms that are named, or all', () => {
    assert.deepEqual(linuxWish(['--linux', 'deb'])?.formats, ['deb'])
    assert.deepEqual(linuxWish(['--linux', 'appimage', 'tar.gz'])?.formats, ['AppImage', 'tar.gz'])
    assert.deepEqual(linuxWish([], 'linux')?.formats, ['deb', 'tar.gz', 'AppImage'])
    assert.deepEqual(linuxWish(['--linux', '--dir', '--config.x=1'])?.flags, ['--config.x=1'])
    for (const other of ['--mac', '--win']) assert.equal(linuxWish([other, 'dmg'], 'linux'), undefined)
    assert.equal(linuxWish([], 'darwin'), undefined)
  })

  it('refuses a form that there is not, and names those that there are', () => {
    assert.throws(
      () => linuxWish(['--linux', 'rpm']),
      (error) => error instanceof LinuxPackageError && /rpm.*deb, tar\.gz, AppImage/.test(error.message),
    )
  })
})
