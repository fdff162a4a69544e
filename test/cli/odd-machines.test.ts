// Machines that lack what others have: a home folder, a folder where a file stands, a right clock, another process 1. Each is said in
// one sentence with what to do, or does not matter.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { clockFault } from '../../core/clock.ts'
import { nodeFlags } from '../../core/node-flags.ts'
import { dataDir } from '../../main/settings/config.ts'
import { temporaryDir, until } from '../main/support.ts'
import { cleanEnv, ROOT, runCommand } from '../support/command.ts'

const HEADLESS = join(ROOT, 'main', 'headless.ts')
const LISTEN = ['--listen.addresses=/ip4/127.0.0.1/tcp/0', '--listen.wss=/ip4/127.0.0.1/tcp/0/tls/ws']

const ask = (words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, [...nodeFlags(), HEADLESS, ...words], {
    ...{ env: { ...cleanEnv(), ...env }, encoding: 'utf8', timeout: 120_000 },
  })

describe('B9 a machine', () => {
  test('B9 without a home folder is asked for a data folder', () => {
    const { status, stderr } = ask(['status'], { HOME: '', XDG_DATA_HOME: '' })
    assert.equal(status, 2)
    assert.match(stderr, /^nodetrust: there is no home folder .*--dir=.*NODETRUST_DIR/)
    assert.equal(ask(['status', '--dir=/nowhere/at/all'], { HOME: '' }).status, 3)
  })

  test('B9 whose XDG_DATA_HOME is relative has its data where the home folder is', () =>
    assert.equal(dataDir('linux', { XDG_DATA_HOME: 'share' }, '/home/a'), '/home/a/.local/share/nodetrust'))

  test('B9 with a file where the data folder should be says so', async (t) => {
    const path = join(await temporaryDir(t), 'file')
    await writeFile(path, '')
    for (const words of [['node', ...LISTEN], ['status']]) {
      const { status, stderr } = ask([...words, `--dir=${path}`])
      assert.equal(status, 1, stderr)
      assert.match(stderr, /a file stands where a folder is needed; move it away, or choose another folder/)
    }
    const made = await runCommand(['init', 'proof', '--zone', 'nt.example.net', '--dir', path])
    assert.equal(made.code, 1)
    assert.match(made.stderr, /a file stands where a folder is needed/)
  })

  test('B9 whose clock is in 1970 is told that it is', () => {
    assert.match(clockFault(0) ?? '', /says 1970-01-01, .* until it is set right/)
    assert.equal(clockFault(Date.now()), undefined)
  })

  test('B9 without a locale and with standard input closed is answered', async (t) => {
    const line = `exec ${JSON.stringify(process.execPath)} ${nodeFlags().join(' ')} ${HEADLESS} certificate show --dir=${await temporaryDir(t)} <&-`
    const { status, stdout } = spawnSync('/bin/sh', ['-c', line], {
      ...{ env: { ...cleanEnv(), LANG: undefined, LC_ALL: undefined }, encoding: 'utf8' },
    })
    assert.deepEqual([status, stdout], [1, 'Certificate   there is none yet\n'])
  })

  const separate = spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0
  test(
    'B9 that runs nothing else, in a container, stops it by SIGTERM as process 1',
    {
      skip: separate ? false : 'this machine does not allow another space of process ids',
    },
    async (t) => {
      const words = [...nodeFlags(), HEADLESS, 'node', '--events', `--dir=${await temporaryDir(t)}`, ...LISTEN]
      const outer = spawn('unshare', ['--pid', '--fork', '--kill-child', process.execPath, ...words], {
        ...{ env: cleanEnv(), stdio: ['ignore', 'pipe', 'ignore'] },
      })
      t.after(() => outer.kill('SIGKILL'))
      let out = ''
      outer.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
      const ended = new Promise((resolve) => outer.once('close', resolve))
      await until('the node runs', () => out.includes('"started"'), 60_000)
      const inner = Number(readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8').trim())
      process.kill(inner, 'SIGHUP')
      process.kill(inner, 'SIGTERM')
      assert.equal(await ended, 0)
      assert.match(out, /"event":"stopped"/)
    },
  )
})
