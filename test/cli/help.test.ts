// `--help`: after any command it says that command's lines and starts nothing; also where the other half of the house would run it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { askedForHelp, helpFor, USAGE } from '../../servers/cli/help.ts'
import { temporaryDir } from '../main/support.ts'
import { cleanEnv, ROOT } from '../support/command.ts'

const COMMANDS =
  'app node status peers reachability doctor certificate join open confirm init serve invite sandbox'.split(' ')

describe('the help of a command', () => {
  for (const command of COMMANDS)
    test(`of ${command} is its own lines, and no other's`, () => {
      const text = helpFor(command) ?? ''

      const first = text.split('\n')[0] ?? ''
      assert.match(first, new RegExp(`^ {2}nodetrust (.* )?${command}\\b`))
      assert.ok(USAGE.includes(first))
      for (const line of text.split('\n').filter((one) => one.startsWith('  nodetrust ')))
        assert.match(line, new RegExp(`\\b${command}\\b`))
    })

  test('has the lines that go on below it', () => {
    assert.match(helpFor('invite') ?? '', /--take-back NAME/)
    assert.doesNotMatch(helpFor('serve') ?? '', /--take-back NAME/)
  })

  test('names every command that the whole text names', () => {
    const named = [...USAGE.matchAll(/^ {2}nodetrust ([a-z]+)/gm)].map(([, name = '']) => name)

    assert.deepEqual(
      [...new Set(named)].filter((name) => !COMMANDS.includes(name)),
      [],
    )
  })

  test('is nothing for a word that is no command', () => {
    assert.equal(helpFor('serv'), undefined)
    assert.equal(helpFor(''), undefined)
  })

  test('is asked for by --help and -h after a command, and by no other word', () => {
    assert.deepEqual(askedForHelp(['serve', 'dns', '--help']), ['help', 'serve'])
    assert.deepEqual(askedForHelp(['init', '-h']), ['help', 'init'])
    assert.deepEqual(askedForHelp(['serve', 'dns']), ['serve', 'dns'])
    assert.deepEqual(askedForHelp(['--help']), ['--help'])
  })
})

describe('nodetrust', () => {
  for (const command of ['app', 'status', 'serve'])
    test(`${command} --help says it, starts nothing and ends with 0`, async (t) => {
      const home = await temporaryDir(t)
      const words = [join(ROOT, 'scripts', 'nodetrust.mjs'), command, '--help']

      const done = spawnSync(process.execPath, words, { env: cleanEnv({ HOME: home }), encoding: 'utf8' })

      assert.equal(done.stdout, helpFor(command))
      assert.equal(done.stderr, '')
      assert.equal(done.status, 0)
    })

  test('help with a word that is no command names it and ends with 2', () => {
    const words = [join(ROOT, 'scripts', 'nodetrust.mjs'), 'help', 'serv']

    const done = spawnSync(process.execPath, words, { env: cleanEnv(), encoding: 'utf8' })

    assert.match(done.stderr, /there is no command "serv"/)
    assert.equal(done.status, 2)
  })
})
