// Starting with the desktop: what each platform is told, and the quoting of a desktop file's Exec line.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { autostartEntry, execLine, loginItem, programPath } from '../../main/shell/login-item.ts'

/** Words, and the line that stands in the file. */
const TABLE = [
  [['/usr/bin/nodetrust', '--hidden'], '/usr/bin/nodetrust --hidden'],
  [['/opt/My Apps/nodetrust'], '"/opt/My Apps/nodetrust"'],
  [['/opt/100%/n'], '/opt/100%%/n'],
  [['/opt/a"b'], String.raw`"/opt/a\\"b"`],
  [['/opt/a$b'], String.raw`"/opt/a\\$b"`],
  [['/opt/a`b'], String.raw`"/opt/a\\${'`'}b"`],
  [[String.raw`/opt/a\b`], String.raw`"/opt/a\\\\b"`],
  [["/opt/a'b"], `"/opt/a'b"`],
  [['/opt/a;b|c&d'], '"/opt/a;b|c&d"'],
  [['/opt/~tilde', '#hash', 'a=b'], '"/opt/~tilde" "#hash" a=b'],
  [['/opt/ünï cödé'], '"/opt/ünï cödé"'],
  [[''], '""'],
] as const

/** Reads an Exec line as a desktop does (Desktop Entry Specification 1.5): first the string, then the quotes, then the codes. */
function readExec(value: string): string[] {
  const plain = value.replaceAll(/\\([\\sntr])/g, (_, letter: string) => (letter === '\\' ? '\\' : ' '))
  const words = [...plain.matchAll(/"((?:[^"\\`$]|\\["`$\\])*)"|([^\s"]+)/g)]
  return words.map(([, quoted, bare]) => (quoted?.replaceAll(/\\(["`$\\])/g, '$1') ?? bare ?? '').replaceAll('%%', '%'))
}

describe('the Exec line', () => {
  for (const [words, line] of TABLE) {
    it(`writes ${JSON.stringify(words)}`, () => {
      assert.equal(execLine(words), line)
      assert.deepEqual(readExec(line), words)
    })
  }

  it('is read back as the same words, whatever a path holds', () => {
    const word = fc.string({ unit: 'grapheme' }).filter((text) => !/[\p{Cc}\u2028\u2029]/u.test(text))
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        assert.deepEqual(readExec(execLine(words)), words)
      }),
      { numRuns: 2_000 },
    )
  })

  it('refuses what no line can hold', () => {
    for (const word of ['a\nb', 'a\0b', 'a\rX-Key=1', '\t']) assert.throws(() => execLine([word]), RangeError)
  })
})

describe('the login item', () => {
  const init = { program: '/opt/Nodetrust/nodetrust', args: [], env: {}, home: '/home/ada', wanted: true } as const

  it('is a call of the system on macOS and Windows, and starts hidden', () => {
    for (const platform of ['darwin', 'win32'] as const) {
      assert.deepEqual(loginItem({ ...init, platform }), { kind: 'system', openAtLogin: true, args: ['--hidden'] })
      assert.deepEqual(loginItem({ ...init, platform, wanted: false }).kind, 'system')
    }
  })

  it('is a file on Linux, where the desktop looks for it', () => {
    const item = loginItem({ ...init, platform: 'linux' })
    assert.deepEqual(item, {
      ...{ kind: 'file', path: '/home/ada/.config/autostart/org.nodetrust.app.desktop' },
      content: autostartEntry(['/opt/Nodetrust/nodetrust', '--hidden']),
    })
    const elsewhere = loginItem({ ...init, platform: 'linux', env: { XDG_CONFIG_HOME: '/x/config' } })
    assert.equal(elsewhere.kind === 'file' && elsewhere.path, '/x/config/autostart/org.nodetrust.app.desktop')
  })

  it('is taken away where it is not wanted', () => {
    const item = loginItem({ ...init, platform: 'linux', wanted: false })
    assert.equal(item.kind === 'file' && item.content, undefined)
  })

  it('starts an AppImage by its own path, not by that of the folder it is mounted at', () => {
    assert.equal(programPath('/tmp/.mount_x/nodetrust', { APPIMAGE: '/home/ada/N.AppImage' }), '/home/ada/N.AppImage')
    assert.equal(programPath('/usr/bin/nodetrust', { APPIMAGE: 'relative' }), '/usr/bin/nodetrust')
    assert.equal(programPath('/usr/bin/nodetrust', {}), '/usr/bin/nodetrust')
  })

  it('is a desktop file with one group and one line for each key', () => {
    const lines = autostartEntry(['/a b/n']).trimEnd().split('\n')
    assert.equal(lines[0], '[Desktop Entry]')
    assert.ok(lines.slice(1).every((line) => /^[A-Za-z-]+=.+$/.test(line)))
    assert.ok(lines.includes('Exec="/a b/n"'))
    // a program that has been removed is no error at every login
    assert.ok(lines.includes('TryExec=/a b/n'))
  })
})
