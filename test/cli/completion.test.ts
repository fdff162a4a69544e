// Completion in real shells, and the manual page in man itself: both are made from the table of commands.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { completionFor, type Shell, SHELLS } from '../../core/commands/completion.ts'
import { COMMANDS } from '../../core/commands/index.ts'
import { manualPage } from '../../core/commands/manual.ts'
import { temporaryDir } from '../main/support.ts'
import { cleanEnv, ROOT } from '../support/command.ts'

/** How each shell is asked what it would offer for a line whose last word is being typed; one candidate a line. */
const ASK: Readonly<Record<Shell, (script: string, words: readonly string[]) => readonly string[]>> = {
  bash: (script, words) => [
    '-c',
    `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nodetrust nodetrust; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ...[script, ...words],
  ],
  // zsh has no way to ask from outside: what its functions would show is caught in their place
  zsh: (script, words) => [
    '-fc',
    `compdef() { :; }
     _describe() { local name=\${@[-1]}; print -l -- \${(P)name%%:*} }
     _files() { print FILES }
     _arguments() {
       local spec
       for spec in "$@"; do
         case $spec in
           --*) print -- \${\${spec%%\\[*}%=} ;;
           *:*:\\(*) print -l -- \${=\${\${spec##*:\\(}%\\)}} ;;
         esac
       done
     }
     source "$0"; words=("$@"); CURRENT=$#; _nodetrust`,
    ...[script, ...words],
  ],
  fish: (script, words) => [
    '--no-config',
    '-c',
    `source $argv[1]; complete -C (string join ' ' -- $argv[2..]) | string replace -r '\\t.*' ''`,
    ...[script, ...words],
  ],
}

const isHere = (program: string) => !spawnSync(program, ['--version']).error

async function offered(t: TestContext, shell: Shell, words: readonly string[]): Promise<readonly string[]> {
  const dir = await temporaryDir(t)
  const script = join(dir, 'script')
  await writeFile(script, completionFor(shell))
  const env = cleanEnv({ HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir })
  const done = spawnSync(shell, ASK[shell](script, words), { env, encoding: 'utf8', cwd: dir })
  assert.equal(done.stderr, '')
  return done.stdout.split('\n').filter((line) => line !== '')
}

for (const shell of SHELLS)
  describe(`completion in ${shell}`, { skip: isHere(shell) ? false : `${shell} is not on this machine` }, () => {
    test('offers every command', async (t) => {
      const words = await offered(t, shell, ['nodetrust', ''])
      for (const { name } of COMMANDS) assert.ok(words.includes(name.split(' ')[0] ?? ''), name)
    })

    test('offers the members of a group, the flags of a command and the roles', async (t) => {
      const members = await offered(t, shell, ['nodetrust', 'certificate', ''])
      for (const word of ['show', 'get', 'renew', 'export']) assert.ok(members.includes(word), word)
      const flags = await offered(t, shell, ['nodetrust', 'certificate', 'export', '--'])
      for (const word of ['--out', '--config', '--help'])
        assert.ok(flags.includes(word), `${word} in ${flags.join(' ')}`)
      assert.ok(!flags.includes('--yes'))
      assert.ok((await offered(t, shell, ['nodetrust', 'doctor', ''])).includes('host'))
      assert.ok((await offered(t, shell, ['nodetrust', 'doctor', 'host', '--'])).includes('--resolver'))
      for (const role of ['dns', 'broker', 'all'])
        assert.ok((await offered(t, shell, ['nodetrust', 'serve', ''])).includes(role), role)
    })
  })

test('bash and fish offer files where a flag takes one', async (t) => {
  for (const shell of ['bash', 'fish'] as const) {
    if (!isHere(shell)) continue
    const words = await offered(t, shell, ['nodetrust', 'join', '--link-file', ''])
    assert.ok(words.includes('script'), `${shell}: ${words.join(' ')}`)
    assert.ok(!words.includes('--yes'), shell)
  }
})

test('nodetrust completion prints the script as it is', () => {
  const done = spawnSync(process.execPath, [join(ROOT, 'scripts', 'nodetrust.mjs'), 'completion', 'zsh'], {
    ...{ env: cleanEnv(), encoding: 'utf8' },
  })
  assert.equal(done.stdout, completionFor('zsh'))
})

describe('the manual page', () => {
  const path = join(ROOT, 'packaging', 'linux', 'nodetrust.1')

  test('is the one of the table: npm run manual', async () => {
    assert.equal(await readFile(path, 'utf8'), manualPage())
  })

  test('is clean for man', { skip: isHere('man') ? false : 'man is not on this machine' }, () => {
    const env = cleanEnv({ MANWIDTH: '80', LC_ALL: 'C.UTF-8' })
    const done = spawnSync('man', ['--warnings', '-l', path], { env, encoding: 'utf8' })
    assert.equal(done.stderr, '')
    for (const { name } of COMMANDS) assert.ok(done.stdout.includes(`nodetrust ${name}`), name)
  })
})
