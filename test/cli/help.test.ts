// The table of commands, and what is made from it: the reading of words, help, "did you mean". Each command's help is read from the
// program itself, and starts nothing.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { nearest } from '../../core/commands/nearest.ts'
import {
  commandNamed,
  type Command,
  COMMANDS,
  findCommand,
  helpOf,
  helpOfAll,
  readWords,
} from '../../core/commands/index.ts'
import { askedForHelp, asTyped } from '../../core/commands/index.ts'
import { RUNS as NODE_RUNS } from '../../main/cli/commands.ts'
import { NodeConfigSchema } from '../../main/settings/config.ts'
import { RUNS as SERVER_RUNS } from '../../servers/cli/commands.ts'
import { ServersConfig } from '../../servers/config.ts'
import { temporaryDir } from '../main/support.ts'
import { cleanEnv, ROOT } from '../support/command.ts'

const NODETRUST = join(ROOT, 'scripts', 'nodetrust.mjs')

/** Commands that an entry file runs itself. */
const OF_ENTRIES = ['help']

const run = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, [NODETRUST, ...words], { env: cleanEnv(env), encoding: 'utf8', cwd: ROOT })

describe('the table of commands', () => {
  test('has what is run, and everything in it is run', () => {
    const named = (half: Command['half']) => COMMANDS.filter((one) => one.half === half).map(({ name }) => name)

    assert.deepEqual(
      Object.keys(NODE_RUNS).toSorted(),
      named('node')
        .filter((name) => name !== 'node')
        .toSorted(),
    )
    assert.deepEqual(
      Object.keys(SERVER_RUNS).toSorted(),
      named('servers')
        .filter((name) => !OF_ENTRIES.includes(name))
        .toSorted(),
    )
    assert.deepEqual(named('app'), ['app'])
  })

  test('says which half runs what as the two starters do', async () => {
    const firsts = (halves: readonly Command['half'][]) =>
      [
        ...new Set(COMMANDS.filter(({ half }) => halves.includes(half)).map(({ name }) => name.split(' ')[0] ?? '')),
      ].toSorted()
    const listed = async (file: string) => {
      const text = /NODE_COMMANDS = \[([^\]]*)\]/.exec(await readFile(join(ROOT, file), 'utf8'))?.[1] ?? ''
      return [...text.matchAll(/'([a-z]+)'/g)].map(([, name = '']) => name).toSorted()
    }

    assert.deepEqual(await listed('scripts/nodetrust.mjs'), firsts(['node']))
    assert.deepEqual(await listed('packaging/command/nodetrust.mjs'), firsts(['node', 'app']))
  })

  test('takes keys of the configuration that have no dot where there are such', () => {
    const plain = (
      entries: Readonly<Record<string, { readonly type: string; readonly wrapped?: { readonly type: string } }>>,
    ) =>
      Object.keys(entries)
        .filter((key) => !['strict_object', 'lazy'].includes(entries[key]?.wrapped?.type ?? entries[key]?.type ?? ''))
        .toSorted()

    assert.deepEqual([...(commandNamed('node').settings ?? [])].toSorted(), plain(NodeConfigSchema.entries))
    assert.deepEqual(
      [...(commandNamed('serve').settings ?? [])].toSorted(),
      [...plain(ServersConfig.entries), 'admin'].toSorted(),
    )
  })

  for (const command of COMMANDS)
    describe(`of ${command.name}`, () => {
      test('has two examples, which its own reading understands, and exit codes', () => {
        assert.equal(command.examples.length, 2)
        for (const [words] of command.examples) {
          const typed = (words.split(/ [|>] /)[0] ?? '').split(' ').map((word) => word.replace(/^'|'$/g, ''))
          const found = findCommand(typed)
          assert.equal(found.command.name, command.name)
          readWords(found.command, found.rest)
        }
        assert.ok(command.exits.length >= 2)
        assert.ok(!/[.:]$/.test(command.says))
      })

      test('has a usage that stays in 80 columns under a longer name, and starts its lines where the first goes on', () => {
        for (const own of ['bin/nodetrust', '/opt/of/a/person/nodetrust/bin/nodetrust']) {
          const text = asTyped(helpOf(command.name.split(' ')), own)
          const [usage = ''] = /^Usage: .*(\n {8,}\S.*)*/m.exec(text) ?? []
          const start = `Usage: ${own} ${command.name}`
          assert.ok(usage.startsWith(start), usage)
          const [, ...below] = usage.split('\n')
          const indent = ' '.repeat(Math.min(start.length + 1, 24))
          for (const line of below) assert.match(line, new RegExp(`^${indent}\\S`))
          for (const line of usage.split('\n')) assert.ok(line.length <= Math.max(80, start.length), line)
          // nothing is lost or cut
          const plain = helpOf(command.name.split(' '))
          const words = (one: string) => one.split(/\s+/).slice(2).join(' ')
          assert.equal(words(usage), words(/^Usage: .*(\n {8,}\S.*)*/m.exec(plain)?.[0] ?? ''))
        }
      })

      test('has flags that are read as the table says', () => {
        const needed = command.arguments.filter(({ optional }) => optional !== true)
        const words = needed.map(({ kind }) => (typeof kind === 'string' ? 'x' : (kind[0] ?? '')))
        for (const { name, value } of command.flags) {
          const sample = value === undefined ? '' : typeof value.kind === 'string' ? 'x' : (value.kind[0] ?? '')
          if (value === undefined) {
            assert.ok(readWords(command, [...words, `--${name}`]).switches.has(name))
            assert.throws(() => readWords(command, [...words, `--${name}=x`]), /takes no value/)
          } else {
            assert.equal(readWords(command, [...words, `--${name}`, sample]).values.get(name), sample)
            assert.equal(readWords(command, [...words, `--${name}=${sample}`]).values.get(name), sample)
            assert.throws(() => readWords(command, [...words, `--${name}`]), /needs a value/)
          }
        }
        assert.throws(() => readWords(command, [...words, '--zzzzzzz']), /there is no flag "--zzzzzzz"/)
      })

      test('is told in a help that fits 80 columns', () => {
        const text = helpOf(command.name.split(' '))
        for (const line of text.split('\n')) assert.ok(line.length <= 80, line)
        assert.match(text, new RegExp(`^Usage: nodetrust ${command.name}\\b`, 'm'))
        for (const { name } of command.flags) assert.match(text, new RegExp(`^  --${name}\\b`, 'm'))
        for (const [words] of command.examples) assert.ok(text.includes(`\n  nodetrust ${words}\n`))
        for (const [code] of command.exits) assert.match(text, new RegExp(`^  ${code} +\\S`, 'm'))
      })
    })
})

describe('the help', () => {
  test('of everything has a line for each command, and fits 80 columns', () => {
    for (const { name, says } of COMMANDS)
      assert.match(helpOfAll(), new RegExp(`^  ${name} +${says.slice(0, 20)}`, 'm'))
    for (const line of helpOfAll().split('\n')) assert.ok(line.length <= 80, line)
  })

  test('of a group lists its members', () => {
    assert.match(helpOf(['certificate']), /^ {2}certificate show .*\n {2}certificate get /)
  })

  test('is asked for by --help and -h after a command, and by no other word', () => {
    assert.deepEqual(askedForHelp(['serve', 'dns', '--help']), ['help', 'serve'])
    assert.deepEqual(askedForHelp(['init', '-h']), ['help', 'init'])
    assert.deepEqual(askedForHelp(['certificate', 'get', '-h']), ['help', 'certificate', 'get'])
    assert.deepEqual(askedForHelp(['serve', 'dns']), ['serve', 'dns'])
    assert.deepEqual(askedForHelp(['join', '--', '-h']), ['join', '--', '-h'])
    assert.deepEqual(askedForHelp(['--help']), ['--help'])
    assert.deepEqual(askedForHelp(['help', '--help']), ['help'])
    assert.deepEqual(askedForHelp(['help', 'serve', '-h']), ['help', 'serve'])
  })
})

describe('nodetrust', () => {
  for (const words of [['app'], ['status'], ['certificate', 'get'], ['serve', 'dns']])
    test(`${words.join(' ')} --help says it, starts nothing and ends with 0`, async (t) => {
      const home = await temporaryDir(t)

      const done = run([...words, '--help'], { HOME: home })

      assert.equal(done.stdout, asTyped(helpOf(words.filter((word) => word !== 'dns')), 'bin/nodetrust'))
      assert.equal(done.stderr, '')
      assert.equal(done.status, 0)
    })

  for (const [words, said] of [
    [['help', 'serv'], /there is no command "serv"; did you mean bin\/nodetrust serve\?/],
    [['sreve'], /there is no command "sreve"; did you mean bin\/nodetrust serve\?\nbin\/nodetrust help lists them all/],
    [['zzzz'], /there is no command "zzzz"\n/],
    [['certificate', 'gte'], /did you mean bin\/nodetrust certificate get\?/],
    [['init', 'borker'], /there is no role "borker"; did you mean broker\?\nexpected dns, /],
    [['invite', '--confg', 'x'], /no flag "--confg" for bin\/nodetrust invite; did you mean --config\?\nusage: /],
    [
      ['status', '--network.isue=x'],
      /unknown key `network\.isue` in the flag --network\.isue; did you mean `network\.issue`\?/,
    ],
  ] as const)
    test(`${words.join(' ')} is not understood, says what was meant and ends with 2`, () => {
      const done = run(words)

      assert.match(done.stderr, said)
      assert.equal(done.stdout, '')
      assert.equal(done.status, 2)
    })
})

describe('a nearest word', () => {
  test('is one of which a third is another at most', () => {
    const known = ['status', 'serve', 'join', 'certificate', 'listen.wss']
    for (const [typed, found] of [
      ...[
        ['statsu', 'status'],
        ['STATUS', 'status'],
        ['jion', 'join'],
        ['cert', 'certificate'],
      ],
      ...[
        ['listne.wss', 'listen.wss'],
        ['x', undefined],
        ['', undefined],
        ['xyzzy', undefined],
      ],
    ] as const)
      assert.equal(nearest(typed, known), found, typed)
    assert.equal(nearest('s'.repeat(100_000), known), undefined)
  })
})
