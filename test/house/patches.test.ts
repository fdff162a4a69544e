// Patches of packages (scripts/patches/): each one fits what is installed, is in what runs, and stops the start and the build
// where it no longer fits. That it is in the bundles is shown beside them, in test/packaging/build.test.ts.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'vite'
import { patchPackages } from '../../scripts/build/patches.ts'
import { applyPatch, checkPatches, type Patch, PatchError, PATCHES, patchesFor } from '../../scripts/patches/list.ts'
import { ROOT } from '../support/command.ts'

const run = promisify(execFile)

/** A patch for a package that a test installs. */
const PATCH: Patch = {
  package: 'little',
  version: '1.0.0',
  file: 'lib/index.js',
  find: 'answer = 1',
  replace: 'answer = 2',
  mark: 'answer = 2',
  why: 'The answer is wrong.',
  upstream: 'nobody was told',
}

describe('every patch', () => {
  it('fits what is installed', () => {
    checkPatches(ROOT)
    for (const { package: name, find, replace, mark } of PATCHES) {
      assert.ok(existsSync(join(ROOT, 'node_modules', name)), `${name} is not installed`)
      assert.ok(replace.includes(mark) && !find.includes(mark), `the mark of ${name} is not what the patch adds`)
    }
  })

  it('is in what this process runs', async () => {
    const { AbstractMessageStream, byteStream, lpStream } = await import('@libp2p/utils')
    const why = 'the preload is missing: start tests with `npm test`, which runs scripts/run.mjs'
    const { registry } = await import('@multiformats/multiaddr')
    const inner = pathToFileURL(join(ROOT, 'node_modules/@libp2p/identify/dist/src/utils.js')).href
    const { consumeIdentifyMessage } = (await import(inner)) as { readonly consumeIdentifyMessage: () => void }
    const push = pathToFileURL(join(ROOT, 'node_modules/@libp2p/identify/dist/src/identify-push.js')).href
    const { IdentifyPush } = (await import(push)) as { readonly IdentifyPush: () => void }
    const source = [
      IdentifyPush,
      ...[lpStream, byteStream, AbstractMessageStream, consumeIdentifyMessage],
      Reflect.get(registry.getProtocol('p2p'), 'valueToBytes'),
    ].join('')
    assert.deepEqual(
      PATCHES.map(({ mark }) => mark).filter((mark) => !source.includes(mark)),
      [],
      why,
    )
  })
})

describe('a patch', () => {
  let root = ''
  const install = async (version: string, source: string): Promise<void> => {
    const folder = join(root, 'node_modules', PATCH.package)
    await mkdir(join(folder, 'lib'), { recursive: true })
    const manifest = { name: PATCH.package, version, type: 'module', exports: './lib/index.js' }
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
    await writeFile(join(folder, PATCH.file), source)
  }
  const misfit = (words: RegExp) => (error: unknown) =>
    error instanceof PatchError &&
    words.test(error.message) &&
    /remove the patch from .*, else renew/.test(error.message)

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'nodetrust-patches-'))
  })
  after(() => rm(root, { recursive: true, force: true }))

  it('is found by the file it is for, wherever the package lies', () => {
    const other: Patch = { ...PATCH, find: 'question = 1', replace: 'question = 2' }
    assert.deepEqual(patchesFor('file:///a/node_modules/little/lib/index.js', [PATCH, other]), [PATCH, other])
    assert.deepEqual(patchesFor('/a/node_modules/b/node_modules/little/lib/index.js', [PATCH]), [PATCH])
    assert.deepEqual(patchesFor('/a/node_modules/very-little/lib/index.js', [PATCH]), [])
  })

  it('changes its text and nothing else', () => {
    assert.equal(applyPatch(PATCH, 'const answer = 1 // $&'), 'const answer = 2 // $&')
  })

  it('does not fit another version, another text, the text twice, or a file that is gone', async () => {
    await install('1.0.0', 'export const answer = 1')
    checkPatches(root, [PATCH])
    await install('1.0.1', 'export const answer = 1')
    assert.throws(
      () => checkPatches(root, [PATCH]),
      misfit(/little 1\.0\.0 does not fit: version 1\.0\.1 is installed/),
    )
    await install('1.0.0', 'export const answer = 3')
    assert.throws(() => checkPatches(root, [PATCH]), misfit(/there 0 times/))
    await install('1.0.0', 'export let answer = 1\nanswer = 1')
    assert.throws(() => checkPatches(root, [PATCH]), misfit(/there 2 times/))
    await rm(join(root, 'node_modules', PATCH.package, PATCH.file))
    assert.throws(() => checkPatches(root, [PATCH]), misfit(/file is not there/))
  })

  it('for a package that is not installed is no misfit', async () => {
    await rm(join(root, 'node_modules'), { recursive: true, force: true })
    checkPatches(root, [PATCH])
  })

  it('that does not fit is an error of the build, and one that does is in the bundle', async () => {
    await writeFile(join(root, 'entry.js'), `export { answer } from 'little'`)
    const outDir = join(root, 'out')
    const output = { entryFileNames: 'bundle.js' }
    const bundle = async () => {
      await build({
        ...{ configFile: false, root, logLevel: 'silent', plugins: [patchPackages(root, [PATCH])] },
        ssr: { noExternal: true },
        build: { ssr: join(root, 'entry.js'), outDir, rolldownOptions: { output } },
      })
      return readFile(join(outDir, 'bundle.js'), 'utf8')
    }
    await install('1.0.1', 'export const answer = 1')
    await assert.rejects(bundle(), /version 1\.0\.1 is installed/)
    await install('1.0.0', 'export const answer = 1')
    assert.match(await bundle(), /answer = 2/)
  })
})

describe('a process that loads patched packages', () => {
  let root = ''
  const preload = () => pathToFileURL(join(root, 'scripts', 'patches', 'preload.ts')).href
  const edit = async (path: string, change: (text: string) => string): Promise<void> => {
    await writeFile(path, change(await readFile(path, 'utf8')))
  }
  const start = () => run(process.execPath, [`--import=${preload()}`, '--eval', 'console.log("runs")'])

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'nodetrust-preload-'))
    await cp(join(ROOT, 'scripts', 'patches'), join(root, 'scripts', 'patches'), { recursive: true })
    for (const { package: name, file } of PATCHES)
      for (const path of ['package.json', file]) {
        const place = join(root, 'node_modules', name, path)
        await mkdir(dirname(place), { recursive: true })
        await cp(join(ROOT, 'node_modules', name, path), place)
      }
  })
  after(() => rm(root, { recursive: true, force: true }))

  it('starts in silence where they fit, and ends with advice where one does not', async () => {
    assert.deepEqual(await start(), { stdout: 'runs\n', stderr: '' })
    const name = PATCHES[0]?.package ?? ''
    await edit(join(root, 'node_modules', name, 'package.json'), (text) =>
      text.replace(/"version": "[^"]*"/, '"version": "99.0.0"'),
    )
    await assert.rejects(start(), (error: Error & { code?: unknown; stderr?: unknown }) => {
      assert.equal(error.code, 1)
      assert.match(String(error.stderr), /^nodetrust: the patch for .* version 99\.0\.0 is installed.* renew it .*\n$/)
      return true
    })
  })
})
