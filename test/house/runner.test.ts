// `npm test` itself: it counts what there is, it ends whatever a file does, and it says how to get what is missing.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { nodeFlags } from '../../core/node-flags.ts'
import { findElectron } from '../../scripts/electron-binary.ts'
import { needsElectron } from '../../scripts/test/electron.ts'
import { bySlowness, SLOW } from '../../scripts/test/order.ts'
import { MARK_VARIABLE, markedProcesses } from '../../scripts/test/processes.ts'
import type { FileResult, FileRunInit } from '../../scripts/test/run-file.ts'
import { mayBegin, runSideBySide } from '../../scripts/test/side-by-side.ts'
import { whyNoTestElectron } from '../../scripts/test-electron.ts'
import { ROOT } from '../support/command.ts'

const linux = process.platform === 'linux' ? false : 'only Linux tells which processes a file has'

interface Ended {
  readonly code: number
  readonly text: string
}

/** Runs a Node that does not take itself for a part of this run. */
function node(words: readonly string[], more: Readonly<Record<string, string | undefined>> = {}): Promise<Ended> {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, [MARK_VARIABLE]: undefined, ...more }
  return new Promise((resolve) => {
    execFile(process.execPath, [...nodeFlags(), ...words], { cwd: ROOT, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), text: stdout + stderr }),
    )
  })
}

/** Runs a file with this content as `npm test` would. */
async function resultOf(t: TestContext, content: string, init: Partial<FileRunInit> = {}): Promise<FileResult> {
  const root = await mkdtemp(join(tmpdir(), 'nodetrust-runner-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const file = join(root, 'a.test.mjs')
  await writeFile(file, content)
  const script = join(root, 'run.mjs')
  const code = `import { runFile } from ${JSON.stringify(join(ROOT, 'scripts', 'test', 'run-file.ts'))}
    const result = await runFile(${JSON.stringify(file)}, ${JSON.stringify({ root, ...init })})
    console.log('RESULT' + JSON.stringify(result))
    process.exit()`
  await writeFile(script, code)
  const { text } = await node([script])
  const json = /^RESULT(.*)$/m.exec(text)?.[1]
  assert.ok(json, text)
  return JSON.parse(json) as FileResult
}

describe('a test file', () => {
  it('counts with what passed, what failed and what was left out, and their reasons', async (t) => {
    const result = await resultOf(
      t,
      `import { describe, it } from 'node:test'
      it('holds', () => {})
      it('is left out', { skip: 'no such thing here' }, () => {})
      describe('a group', () => {
        it('breaks', () => { throw new Error('what broke') })
        it('holds, too', () => {})
        it('says so late', (t) => t.skip('not today'))
      })
      describe('a group that is left out', { skip: 'nothing for it' }, () => { it('never', () => {}) })`,
    )
    assert.deepEqual([result.passed, result.failed], [2, 1])
    assert.match(result.failures.join(''), /^a\.test\.mjs: breaks\n {4}Error: what broke/)
    assert.deepEqual(result.skipped, [
      { title: 'a.test.mjs: is left out', reason: 'no such thing here' },
      { title: 'a.test.mjs: says so late', reason: 'not today' },
      { title: 'a.test.mjs: a group that is left out', reason: 'nothing for it' },
    ])
  })

  for (const [what, content] of [
    ['cannot be read', 'it is not JavaScript'],
    ['throws', `throw new Error('at once')`],
    ['ends itself', `import { it } from 'node:test'\nit('x', () => process.exit(3))`],
  ] as const) {
    it(`is a failure where it ${what}`, async (t) => {
      assert.equal((await resultOf(t, content)).failed, 1)
    })
  }

  it('is killed where it does not end, and a failure', { skip: linux }, async (t) => {
    const content = `import { it } from 'node:test'
      process.on('SIGTERM', () => {})
      it('spins', () => { for (;;); })`
    const result = await resultOf(t, content, { filePatienceMs: 3_000 })
    assert.equal(result.passed, 0)
    assert.match(result.failures.join('\n'), /^a\.test\.mjs\n {4}it had not ended after 3 s, and was killed$/m)
    assert.ok(result.cpu > 0, 'costs nothing')
  })

  for (const stdio of ['inherit', 'ignore'] as const) {
    it(
      `does not keep anybody waiting for what it leaves behind with its output set to ${stdio}`,
      { skip: linux },
      async (t) => {
        const result = await resultOf(
          t,
          `import { it } from 'node:test'
        import { spawn } from 'node:child_process'
        it('leaves', () => spawn('sleep', ['987654'], { stdio: '${stdio}', detached: true }).unref())`,
        )
        assert.deepEqual([result.passed, result.failed, result.leftBehind], [1, 0, ['sleep 987654']])
      },
    )
  }
})

describe('a run that is broken off', () => {
  it('takes the processes of its files along', { skip: linux }, async (t) => {
    const words = [...nodeFlags(), join(ROOT, 'scripts', 'test.ts'), 'test/house/unpatched']
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined, [MARK_VARIABLE]: undefined }
    const child = spawn(process.execPath, words, { cwd: ROOT, env, stdio: 'ignore' })
    t.after(() => child.kill('SIGKILL'))
    const ofChild = () => [...markedProcesses()].find(([, all]) => all.some(({ parent }) => parent === child.pid))
    let mark: string | undefined
    for (const deadline = performance.now() + 60_000; mark === undefined; await pause(20)) {
      assert.ok(performance.now() < deadline && child.exitCode === null, 'it runs no file')
      mark = ofChild()?.[0]
    }
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    assert.deepEqual(await exited, [143, null])
    // what was killed may still be on its way out
    for (const deadline = performance.now() + 20_000; markedProcesses().has(mark); await pause(20))
      assert.ok(performance.now() < deadline, 'something goes on')
  })
})

describe('processes of a test file', () => {
  it('are found by their mark, whoever started them', { skip: linux }, async (t) => {
    const env = { ...process.env, [MARK_VARIABLE]: 'this-one' }
    const child = spawn('sh', ['-c', 'sleep 987653 & wait'], { env, stdio: 'ignore' })
    t.after(() => {
      for (const { pid } of markedProcesses().get('this-one') ?? []) process.kill(pid, 'SIGKILL')
    })
    for (const deadline = performance.now() + 20_000; ; await pause(10)) {
      assert.ok(performance.now() < deadline, 'nothing was found')
      const found = markedProcesses().get('this-one') ?? []
      if (!found.some(({ command }) => command === 'sleep 987653')) continue
      assert.ok(found.some(({ pid, parent }) => pid === child.pid && parent === process.pid))
      return
    }
  })
})

describe('test files side by side', () => {
  for (const [what, moment, may] of [
    ['one for each processor and one more, however busy', { running: 2, processors: 2, idle: 0, freeMemory: 0 }, true],
    ['two on a single processor', { running: 1, processors: 1, idle: 0, freeMemory: 0 }, true],
    ['none more while all are busy', { running: 3, processors: 2, idle: 0.3, freeMemory: 2 ** 40 }, false],
    ['one more while nothing is done', { running: 3, processors: 2, idle: 1.5, freeMemory: 2 ** 40 }, true],
    ['none more without memory', { running: 3, processors: 2, idle: 1.5, freeMemory: 2 ** 30 }, false],
    ['not all of them, however idle', { running: 6, processors: 2, idle: 2, freeMemory: 2 ** 40 }, false],
  ] as const) {
    it(`are ${what}`, () => assert.equal(mayBegin(moment), may))
  }

  it('all run, once, and begin in their order', async () => {
    const begun: number[] = []
    await runSideBySide([5, 4, 3, 2, 1], async (item) => void begun.push(item))
    assert.deepEqual(begun, [5, 4, 3, 2, 1])
  })

  it('begin with the slow ones, which are all there', () => {
    assert.deepEqual(
      SLOW.filter((file) => !existsSync(join(ROOT, file))),
      [],
    )
    const [slowest = '', next = ''] = SLOW
    const paths = ['test/b.test.ts', 'test/a.test.ts', `${next}a.test.ts`, `${slowest}z.test.ts`]
    assert.deepEqual(bySlowness(paths), paths.toReversed())
  })
})

describe('the suites in a real Electron', () => {
  const start = join(ROOT, 'test', 'desktop', 'start.test.ts')
  const own = findElectron(ROOT) === undefined ? whyNoTestElectron() : 'Electron’s own is installed here'

  /** Nothing is in the cache, and nobody to fetch it from. */
  async function withoutElectron(t: TestContext, more: Readonly<Record<string, string>>): Promise<Ended> {
    const cache = await mkdtemp(join(tmpdir(), 'nodetrust-no-electron-'))
    await chmod(cache, 0o755)
    t.after(() => rm(cache, { recursive: true, force: true }))
    const registry = { npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' }
    const env = { NODETRUST_TEST_CACHE: cache, npm_config_cache: join(cache, 'npm'), ...registry, ...more }
    return await node([join(ROOT, 'scripts', 'test.ts'), 'test/desktop/start'], { REQUIRE_ELECTRON: undefined, ...env })
  }

  it('are known by what they import', () => {
    assert.equal(needsElectron([start]), true)
    assert.equal(needsElectron([join(ROOT, 'test', 'x509', 'csr.test.ts')]), false)
  })

  it('are left out where there is none, with one line that says how to get it', { skip: own }, async (t) => {
    const { text } = await withoutElectron(t, {})
    const lines = text.split('\n').filter((line) => line.startsWith('left out: '))
    assert.equal(lines.length, 1, text)
    assert.match(lines[0] ?? '', /npm run test-electron fetches one of 196 MB/)
    assert.match(text, /^0 passed, 0 failed, [1-9]\d* skipped$/m)
  })

  it('are a failure where there must be one, and it is told why before anything runs', { skip: own }, async (t) => {
    const { code, text } = await withoutElectron(t, { REQUIRE_ELECTRON: '1' })
    assert.equal(code, 1)
    assert.match(text, /^no Electron for the tests: npm cannot fetch it: .*ECONNREFUSED/m)
    assert.equal(text.trimEnd().split('\n').at(-1), '0 passed, 1 failed, 0 skipped')
  })
})
