// The first start on a bare clone, broken off and begun again; and the second start of an app that runs already.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { asTyped, ownCommand } from '../../core/commands/index.ts'
import { temporaryDir } from '../main/support.ts'
import { startBridge } from '../bridge/support.ts'
import { nodeFlags } from '../../core/node-flags.ts'
import { cleanEnv, ROOT } from '../support/command.ts'

/** An npm that makes a package, and waits at its first time until it is ended; it cannot clear what it finds, as the real one at times. */
const NPM = `#!/bin/sh
if [ -e node_modules/left ]; then echo 'npm error code ENOTEMPTY' >&2; exit 217; fi
mkdir -p node_modules/left
if [ ! -e ../begun ]; then
  touch ../begun
  echo waiting
  exec sleep 60
fi
mkdir -p scripts
`

/** A clone with the starter alone, whose file to run says hello. */
async function bareClone(t: TestContext, npm = NPM) {
  const dir = await temporaryDir(t)
  const clone = join(dir, 'clone')
  await mkdir(join(clone, 'scripts', 'patches'), { recursive: true })
  for (const name of ['run.mjs', 'install-lock.mjs'])
    await copyFile(join(ROOT, 'scripts', name), join(clone, 'scripts', name))
  await writeFile(join(clone, 'scripts', 'patches', 'preload.ts'), '')
  await writeFile(join(clone, 'hello.ts'), `console.log('hello')`)
  await writeFile(join(clone, 'package-lock.json'), '{}')
  await mkdir(join(dir, 'bin'))
  await writeFile(join(dir, 'bin', 'npm'), npm)
  await chmod(join(dir, 'bin', 'npm'), 0o755)
  const env = cleanEnv({ PATH: `${join(dir, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` })
  return { clone, words: [join(clone, 'scripts', 'run.mjs'), 'hello.ts'], env }
}

/** An npm that waits until it may go on, and counts how often it ran. */
const SLOW_NPM = `#!/bin/sh
printf 1 >>../runs
mkdir -p node_modules
echo waiting
while [ ! -e ../go-on ]; do sleep 0.05; done
`

/** A start, and what it says on standard error. */
function startedBeside(words: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const says = async (text: string) => {
    while (!said.includes(text)) await once(child.stderr, 'data', { signal: AbortSignal.timeout(15_000) })
  }
  return { child, says, said: () => said, ended: once(child, 'exit').then(([code]) => code as number | null) }
}

const leftLocks = async (clone: string) => (await readdir(clone)).filter((name) => name.startsWith('.installing'))

describe(
  'a first start',
  { skip: process.platform === 'win32' ? 'the npm of the test is a shell script' : false },
  () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      test(`that was broken off by ${signal} ends npm too, and the next one begins anew`, async (t) => {
        const { words, env } = await bareClone(t)
        const first = spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'pipe'] })
        let said = ''
        const waits = Promise.withResolvers<void>()
        first.stderr.on('data', (chunk: Buffer) => {
          said += chunk.toString()
          if (said.includes('waiting')) waits.resolve()
        })
        await waits.promise
        first.kill(signal)
        const [code] = await once(first, 'close')
        assert.equal(code, signal === 'SIGINT' ? 130 : 143)
        assert.match(said, /broken off; the next start begins it anew/)

        const second = spawnSync(process.execPath, words, { env, encoding: 'utf8' })
        assert.equal(second.stderr.includes('ENOTEMPTY'), false)
        assert.deepEqual([second.status, second.stdout], [0, 'hello\n'], second.stderr)
      })

    test('lets a second one at the same time wait, which says so and installs nothing anew', async (t) => {
      const { clone, words, env } = await bareClone(t, SLOW_NPM)
      const first = startedBeside(words, env)
      await first.says('waiting')
      const second = startedBeside(words, env)
      await second.says(`process ${first.child.pid} is installing`)
      await writeFile(join(clone, '..', 'go-on'), '')

      assert.deepEqual([await first.ended, await second.ended], [0, 0], first.said() + second.said())
      assert.equal(second.said().includes('waiting'), false)
      assert.equal((await readFile(join(clone, '..', 'runs'), 'utf8')).length, 1)
      assert.deepEqual(await leftLocks(clone), [])
    })

    test('that was killed leaves nothing that another one waits for', async (t) => {
      const { clone, words, env } = await bareClone(t, SLOW_NPM)
      const first = startedBeside(words, env)
      await first.says('waiting')
      const second = startedBeside(words, env)
      await second.says('is installing')
      first.child.kill('SIGKILL')
      await first.ended
      // the npm of a killed one goes on for itself, and nobody clears what it writes
      assert.equal(second.said().includes('waiting'), false)
      await writeFile(join(clone, '..', 'go-on'), '')

      assert.equal(await second.ended, 0, second.said())
      assert.equal((await readFile(join(clone, '..', 'runs'), 'utf8')).length, 2)
      assert.deepEqual(await leftLocks(clone), [])
    })
  },
)

describe('a second start of the app', () => {
  test('gives the page of the one that runs, and ends', async (t) => {
    const { dir, port } = await startBridge(t)
    const words = [...nodeFlags(), join(ROOT, 'main', 'headless.ts'), 'app', '--no-open', `--dir=${dir}`]
    const child = spawn(process.execPath, words, { env: cleanEnv(), stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))

    const [code] = await once(child, 'close')

    assert.deepEqual([code, stderr], [0, ''])
    assert.match(
      stdout,
      new RegExp(`^Nodetrust runs already \\(process ${process.pid}\\).*\\nOpen http://127\\.0\\.0\\.1:${port}/#t=`),
    )
  })
})

describe('the port of the page', () => {
  test('is taken again where it is free, and another where it is not', async (t) => {
    const first = await startBridge(t)
    await first.bridge.stop()
    await first.bridge.start()
    assert.equal(first.bridge.port(), first.port)

    const second = await startBridge(t)
    const kept = JSON.parse(await readFile(join(first.dir, 'bridge-port.json'), 'utf8'))
    assert.deepEqual(kept, { port: first.port })
    await second.bridge.stop()
    for (const wrong of [JSON.stringify(kept), 'torn{', '{"port":1}', '']) {
      await writeFile(join(second.dir, 'bridge-port.json'), wrong)
      await second.bridge.start()
      assert.notEqual(second.bridge.port(), first.port)
      assert.ok(second.bridge.port() !== undefined)
      await second.bridge.stop()
    }
  })
})

describe('how this program is called', () => {
  test('is by its name where that leads here, else by a path that works from here', async (t) => {
    const dir = await temporaryDir(t)
    const bin = join(dir, 'bin')
    await mkdir(bin)
    const started = { root: ROOT, cwd: ROOT, platform: 'linux' } as const
    assert.equal(ownCommand({ ...started, env: { PATH: bin } }), join('bin', 'nodetrust'))
    assert.equal(ownCommand({ ...started, cwd: dir, env: { PATH: bin } }), join(ROOT, 'bin', 'nodetrust'))
    await symlink('/bin/true', join(bin, 'nodetrust'))
    assert.equal(ownCommand({ ...started, env: { PATH: bin } }), join('bin', 'nodetrust'))
    const other = join(dir, 'other')
    await mkdir(other)
    await symlink(join(ROOT, 'scripts', 'nodetrust.mjs'), join(other, 'nodetrust'))
    assert.equal(ownCommand({ ...started, env: { PATH: other } }), 'nodetrust')
  })

  test('is told in texts that mention a command, and nowhere else', () => {
    const typed = (text: string) => asTyped(text, 'bin/nodetrust')
    assert.equal(typed('start one with `nodetrust node`'), 'start one with `bin/nodetrust node`')
    assert.equal(typed('nodetrust: no node runs'), 'nodetrust: no node runs')
    assert.equal(typed('Then: nodetrust serve dns'), 'Then: bin/nodetrust serve dns')
    assert.equal(typed('/srv/nodetrust serve'), '/srv/nodetrust serve')
    assert.equal(asTyped('nodetrust node', 'nodetrust'), 'nodetrust node')
  })
})
