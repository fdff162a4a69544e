// Secrets and command lines: an invitation's token can come in without being a word of a process, and where it is one, the process
// shows it to others no longer than it takes to begin.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { wordsWithoutSecrets } from '../../core/command-title.ts'
import { nodeFlags } from '../../core/node-flags.ts'
import { writeRuntime } from '../../main/bridge/runtime-file.ts'
import { temporaryDir, until } from '../main/support.ts'
import { cleanEnv, ROOT } from '../support/command.ts'

const SECRET = 'hush-hush-hush-hush-hush'
const LINK = `nodetrust://join/nt.example.net?broker=https://nt.example.net&token=${SECRET}`
const noProc = existsSync('/proc/self/cmdline') ? false : 'no /proc here'

const HEADLESS = join(ROOT, 'main', 'headless.ts')
const WRAPPER = join(ROOT, 'scripts', 'nodetrust.mjs')

/** A bridge that takes every call and answers none, so that a command waits. */
async function silentNode(t: TestContext) {
  const dir = await temporaryDir(t)
  const asked = Promise.withResolvers<string>()
  const server = createServer((socket) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
      if (text.includes('invitation')) asked.resolve(text)
    })
    socket.on('error', () => undefined)
    t.after(() => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const address = server.address()
  assert.ok(typeof address === 'object' && address)
  await writeRuntime(dir, { port: address.port, token: 'x'.repeat(43) })
  return { dir, asked: asked.promise }
}

function start(t: TestContext, words: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, words, {
    env: cleanEnv(env),
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  })
  t.after(() => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL')
    } catch {
      // it has gone already
    }
  })
  return child
}

/** The words of every process that can be seen from here. */
async function allCommandLines(): Promise<string> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(processes.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.join('\n')
}

describe('A13 the token of an invitation', { skip: noProc }, () => {
  for (const [how, words, input, env] of [
    ['a word', [LINK], '', {}],
    ['standard input', ['-'], `${LINK}\n`, {}],
    ['a variable', [], '', { NODETRUST_INVITATION: LINK }],
  ] as const)
    for (const program of [[WRAPPER], [...nodeFlags(), HEADLESS]])
      test(`A13 that comes as ${how} to ${program.at(-1)?.split('/').at(-1)} reaches the node and no list of processes`, async (t) => {
        const { dir, asked } = await silentNode(t)
        const child = start(t, [...program, 'join', ...words, '--yes', `--dir=${dir}`], env)
        child.stdin?.end(input)
        let said = ''
        child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
        const ended = new Promise<string>((resolve) => child.once('close', () => resolve(`it ended: ${said}`)))
        assert.match(await Promise.race([asked, ended]), new RegExp(SECRET))
        assert.ok(!(await allCommandLines()).includes(SECRET))
      })

  test('A13 may lie in a file', async (t) => {
    const { dir, asked } = await silentNode(t)
    const path = join(dir, 'link')
    await writeFile(path, `${LINK}\n`, { mode: 0o600 })
    start(t, [...nodeFlags(), HEADLESS, 'join', '--link-file', path, '--yes', `--dir=${dir}`])
    assert.match(await asked, new RegExp(SECRET))
  })

  test('A13 that a node was given as a flag is not seen while it runs', async (t) => {
    const dir = await temporaryDir(t)
    const forge = `[{domain: forge.example.net, broker: "https://forge.example.net", token: ${SECRET}}]`
    const listen = ['--listen.addresses=/ip4/127.0.0.1/tcp/0', '--listen.wss=/ip4/127.0.0.1/tcp/0/tls/ws']
    start(t, [
      ...nodeFlags(),
      HEADLESS,
      'node',
      `--dir=${dir}`,
      '--log=silent',
      ...listen,
      `--network.autotls.forges=${forge}`,
    ])
    await until('the node runs', () => existsSync(join(dir, 'bridge.json')), 60_000)
    const lines = await allCommandLines()
    assert.ok(!lines.includes(SECRET))
    assert.ok(lines.includes(`nodetrust node --dir=${dir}`))
  })
})

describe('A13 words of a command line', () => {
  for (const [words, shown] of [
    [
      ['join', LINK, '--yes'],
      ['join', 'nodetrust://join/nt.example.net?(hidden)', '--yes'],
    ],
    [
      ['x', '--broker.access.invitations=[a]'],
      ['x', '--broker.access.invitations=(hidden)'],
    ],
    [
      ['x', '--passphrase', SECRET, 'y'],
      ['x', '--passphrase', '(hidden)', 'y'],
    ],
    [
      ['x', `--a.b={token: ${SECRET}, c: d}`],
      ['x', '--a.b={token: (hidden), c: d}'],
    ],
    [['status', '--json'], undefined],
    [['serve', '--admin.metrics.tokenFile=/etc/token'], undefined],
  ] as const)
    test(`A13 ${words.join(' ').slice(0, 40)} are shown as ${shown ? 'others may see them' : 'they are'}`, () =>
      assert.deepEqual(wordsWithoutSecrets(words), shown))
})
