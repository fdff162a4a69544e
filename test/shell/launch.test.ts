// What is looked at before the app opens: the words of its command line, the screen, and a place for what Chromium keeps.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { checkLaunch, UnsafeLaunchError } from '../../main/shell/launch-checks.ts'
import { chooseProfile } from '../../main/shell/profile-folder.ts'
import { checkScreen, NoScreenError } from '../../main/shell/screen-check.ts'

const launch = (words: readonly string[], packaged = true) => checkLaunch({ argv: words, env: {}, packaged })

describe('the words of the command line', () => {
  it('S2 are read as Chromium reads them: one dash, space around, a value, capitals', () => {
    for (const word of [
      '-no-sandbox',
      ' --no-sandbox',
      '--no-sandbox ',
      '--NO-SANDBOX',
      '/no-sandbox',
      '--no-zygote=1',
      '--in-process-gpu',
    ])
      assert.throws(() => launch([word]), UnsafeLaunchError, word)
    launch([
      '--hidden',
      '--no-sandboxes',
      'no-sandbox',
      'file:///tmp/--no-sandbox',
      '/home/no-sandbox/x',
      '%U',
      '',
      '-',
    ])
  })

  it('S2 open no door by which another program steers the window of the packaged app', () => {
    const doors = [
      '--remote-debugging-port=9222',
      '-remote-debugging-port',
      '--remote-debugging-pipe',
      '--gpu-launcher=x',
      '--zygote-cmd-prefix=x',
    ]
    for (const word of doors) {
      assert.throws(() => launch([word]), /steer its window\. Leave it out/, word)
      launch([word], false)
    }
  })
})

describe('the length of the command line', () => {
  it('S28 has an end far below what would kill the app that runs already', () => {
    for (const packaged of [true, false]) {
      launch([`nodetrust://join/${'a'.repeat(32_000)}`], packaged)
      for (const words of [
        [`nodetrust://join/${'a'.repeat(65_536)}`],
        Array.from({ length: 20_000 }, () => 'x'),
        ['ä'.repeat(20_000)],
      ])
        assert.throws(
          () => launch(words, packaged),
          /bytes of words, 32768 are the most: a link that long is no invitation/,
        )
    }
  })
})

describe('the screen', () => {
  const look = (env: Readonly<Record<string, string>>, argv: readonly string[] = [], there: readonly string[] = []) =>
    checkScreen({
      ...{ platform: 'linux' as const, env, argv, exists: (path: string) => there.includes(path) },
      openSockets: () => there.map((path) => `0000: 00000002 00000000 00010000 0001 01 1 @${path}\n`).join(''),
    })

  it('is missed where no variable names one', () => {
    assert.throws(() => look({}), NoScreenError)
    assert.throws(() => look({ DISPLAY: '', WAYLAND_DISPLAY: '' }), /without a window: nodetrust node/)
  })

  it('is missed where no X server of this machine answers to its number', () => {
    assert.throws(() => look({ DISPLAY: ':77' }), /DISPLAY is :77, and no X server answers there/)
    assert.throws(() => look({ DISPLAY: 'unix:77.0' }), NoScreenError)
    look({ DISPLAY: ':77.0' }, [], ['/tmp/.X11-unix/X77'])
    look({ DISPLAY: ':7' }, [], ['/tmp/.X11-unix/X7'])
    assert.throws(() => look({ DISPLAY: ':7' }, [], ['/tmp/.X11-unix/X71']), NoScreenError)
  })

  it('is believed where only Chromium can know', () => {
    look({ WAYLAND_DISPLAY: 'wayland-0' })
    look({ DISPLAY: 'localhost:10.0' })
    look({}, ['--ozone-platform=headless'])
    checkScreen({ platform: 'darwin', argv: [], env: {} })
  })
})

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'nodetrust-profile-test-'))
  t.after(() => rmSync(made, { recursive: true, force: true }))
  return made
}

describe('the place for what Chromium keeps', () => {
  it('is where it belongs, for its owner alone, and nothing of the trial stays', (t) => {
    const wanted = join(folder(t), 'a', 'Nodetrust')
    assert.deepEqual(chooseProfile({ wanted, env: {} }), { path: wanted, why: undefined })
    assert.equal(statSync(wanted).mode & 0o777, 0o700)
    assert.equal(statSync(wanted).nlink, 2)
  })

  it('is the folder of the session where it cannot be made, and one for this user where there is no session', (t) => {
    const base = folder(t)
    writeFileSync(join(base, 'file'), '')
    const wanted = join(base, 'file', 'Nodetrust')
    const [runtime, temporary] = [join(base, 'run'), join(base, 'tmp')]
    mkdirSync(temporary)
    mkdirSync(runtime)
    const inSession = chooseProfile({ wanted, env: { XDG_RUNTIME_DIR: runtime }, temporary })
    assert.equal(inSession.path, join(runtime, 'nodetrust-profile'))
    assert.match(inSession.why ?? '', /ENOTDIR/)
    const { path } = chooseProfile({ wanted, env: {}, temporary })
    assert.equal(path, join(temporary, `nodetrust-profile-${process.getuid?.() ?? 'own'}`))
    assert.ok(path)
    assert.equal(statSync(path).mode & 0o777, 0o700)
    assert.equal(chooseProfile({ wanted, env: {}, temporary }).path, path, 'the same for a second start')
    chmodSync(path, 0o755)
    assert.equal(chooseProfile({ wanted, env: {}, temporary }).path, wanted, 'not where others may look')
  })

  it('is freed of what looks like the lock of another instance and is none', (t) => {
    const wanted = folder(t)
    writeFileSync(join(wanted, 'SingletonLock'), 'x')
    mkdirSync(join(wanted, 'SingletonSocket', 'below'), { recursive: true })
    symlinkSync('machine-1', join(wanted, 'SingletonCookie'))
    chooseProfile({ wanted, env: {} })
    assert.deepEqual(readdirSync(wanted), ['SingletonCookie'])
  })

  it('is another one where Electron cannot make its own', (t) => {
    const temporary = folder(t)
    const { path, why } = chooseProfile({ wanted: undefined, env: {}, temporary })
    assert.match(why ?? '', /cannot be made/)
    assert.equal(path?.startsWith(temporary), true)
  })

  it('is tried out without a word into what a link leads to, of the folder or in it', (t) => {
    const base = folder(t)
    writeFileSync(join(base, 'file'), '')
    const [elsewhere, treasure] = [join(base, 'elsewhere'), join(base, 'treasure')]
    mkdirSync(elsewhere)
    writeFileSync(treasure, 'gold')
    utimesSync(elsewhere, 1, 1)
    symlinkSync(elsewhere, join(base, `nodetrust-profile-${process.getuid?.() ?? 'own'}`))
    const impossible = join(base, 'file', 'Nodetrust')
    assert.equal(chooseProfile({ wanted: impossible, env: {}, temporary: base }).path, impossible)
    assert.equal(statSync(elsewhere).mtimeMs, 1_000, 'something was written there')
    const wanted = join(base, 'wanted')
    mkdirSync(wanted)
    symlinkSync(treasure, join(wanted, `.nodetrust-trial-${process.pid}`))
    assert.equal(chooseProfile({ wanted, env: {} }).path, wanted)
    assert.equal(readFileSync(treasure, 'utf8'), 'gold')
  })

  it('is never a folder of somebody else', (t) => {
    if (process.getuid?.() !== 0) return t.skip('only root can make a folder of somebody else')
    const base = folder(t)
    const [wanted, runtime] = [join(base, 'wanted'), join(base, 'run')]
    for (const one of [wanted, runtime, join(runtime, 'nodetrust-profile')]) {
      mkdirSync(one)
      chownSync(one, 12_345, 12_345)
    }
    const { path, why } = chooseProfile({ wanted, env: { XDG_RUNTIME_DIR: runtime }, temporary: base })
    assert.match(why ?? '', /belongs to another user/)
    assert.equal(path, join(base, 'nodetrust-profile-0'))
  })

  it('is another one where the disk is full or read-only', (t) => {
    const base = folder(t)
    for (const options of ['size=64k', 'size=1m,ro']) {
      const disk = join(base, options.length.toString())
      mkdirSync(disk)
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]).status !== 0) {
        return t.skip('this user may not mount a file system')
      }
      try {
        const { path, why } = chooseProfile({ wanted: join(disk, 'Nodetrust'), env: {}, temporary: base })
        assert.match(why ?? '', /ENOSPC|is full|EROFS/)
        assert.equal(path, join(base, 'nodetrust-profile-0'))
      } finally {
        spawnSync('umount', ['--lazy', disk])
      }
    }
  })
})
