// The bundles: made when sources change and not otherwise, by one process at a time; the page fits its policy, the preload script
// knows Electron only, and nothing in a bundle is looked for that a package does not have.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { promisify } from 'node:util'
import { build, parseAst } from 'vite'
import { buildPreload, buildRenderer, buildTarget, isFresh, OUTPUTS } from '../../scripts/build.ts'
import { findEntryAwaits, refuseEntryAwait } from '../../scripts/build/entry-await.ts'
import { checkPage, PageError } from '../../scripts/build/page.ts'
import { keepPaths } from '../../scripts/build/paths.ts'
import { PATCHES } from '../../scripts/patches/list.ts'
import { ROOT } from '../support/command.ts'

const run = promisify(execFile)

/** All of the page in all languages, gzipped; what one visit loads is measured in test/page/parts.test.ts. */
const PAGE_BYTES = 104_000

/** What a bundle may load besides Node's own modules: what cannot be bundled. `ws` does without its two native helpers. */
const ALLOWED = {
  preload: ['electron'],
  main: ['@napi-rs/keyring', 'bufferutil', 'electron', 'utf-8-validate'],
  headless: ['@napi-rs/keyring', 'bufferutil', 'utf-8-validate'],
  servers: ['bufferutil', 'utf-8-validate'],
} as const

let out = ''
before(async () => {
  out = await mkdtemp(join(tmpdir(), 'nodetrust-build-'))
})
after(() => rm(out, { recursive: true, force: true }))

const sizesOf = async (folder: string): Promise<Map<string, Buffer>> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(
    await Promise.all(paths.map(async (path) => [path.slice(folder.length + 1), await readFile(path)] as const)),
  )
}

/** The part of a syntax tree that says what is loaded. */
interface Node {
  readonly type?: unknown
  readonly source?: { readonly value?: unknown } | null
  readonly callee?: { readonly name?: unknown }
  readonly arguments?: readonly { readonly value?: unknown }[]
}

/** Modules that a bundle imports or requires. */
function modulesOf(code: string): string[] {
  const names = new Set<string>()
  const walk = (node: Node | readonly Node[]): void => {
    if ('type' in node) {
      const { type, source, callee, arguments: words } = node
      const required = type === 'CallExpression' && (callee?.name === 'require' || callee?.name === '__require')
      const named = required ? words?.[0]?.value : source?.value
      if (typeof named === 'string' && !isBuiltin(named)) names.add(named)
    }
    for (const part of Object.values(node)) if (typeof part === 'object' && part !== null) walk(part)
  }
  walk(parseAst(code).body)
  return [...names].sort()
}

describe('a build', () => {
  it('is made once and then left alone', async () => {
    assert.equal(await isFresh('preload', { out }), false)
    const first = await buildPreload({ out })
    const second = await buildPreload({ out })
    assert.deepEqual([first.made, second.made], [true, false])
    assert.equal(await isFresh('preload', { out }), true)
  })

  it('leaves the environment of what is started later as it was', async () => {
    const mode = process.env['NODE_ENV']
    const other = await mkdtemp(join(tmpdir(), 'nodetrust-build-mode-'))
    try {
      assert.ok((await buildTarget('preload', { out: other })).made)
      assert.equal(process.env['NODE_ENV'], mode)
    } finally {
      await rm(other, { recursive: true, force: true })
    }
  })

  it('is made again when its result was made of something else', async () => {
    await buildPreload({ out })
    const stamp = join(out, '.preload', 'stamp.json')
    await writeFile(stamp, JSON.stringify({ hash: 'of other sources', packages: [] }))
    assert.equal(await isFresh('preload', { out }), false)
    assert.equal((await buildPreload({ out })).made, true)
  })

  it('is made by one of two processes that want it at once, and the other one waits', async () => {
    const folder = join(out, 'both')
    const command = [join(ROOT, 'scripts', 'build.ts'), 'headless', '--out', folder]
    const said = await Promise.all([run(process.execPath, command), run(process.execPath, command)])
    const made = said.filter(({ stdout }) => stdout.includes('built in'))
    assert.equal(made.length, 1, JSON.stringify(said))
    const left = await readdir(join(folder, '.headless'))
    assert.deepEqual(left, ['stamp.json'])
  })

  it('says which target there is not', async () => {
    const failed = run(process.execPath, [join(ROOT, 'scripts', 'build.ts'), 'window'])
    await assert.rejects(failed, { code: 2 })
  })

  it('keeps itself out of commits', async () => {
    await buildPreload({ out })
    assert.equal(await readFile(join(out, '.gitignore'), 'utf8'), '*\n')
  })
})

describe('bundles', () => {
  for (const target of ['preload', 'main', 'headless', 'servers'] as const) {
    it(`of ${target} need nothing that a package has not`, async () => {
      const { path } = await buildTarget(target, { out })
      const code = await readFile(path, 'utf8')
      assert.deepEqual(modulesOf(code), ALLOWED[target])
      assert.ok(path.endsWith(OUTPUTS[target]))
      assert.ok(!code.includes('sourceMappingURL='), 'points to a source map')
      assert.ok(!code.includes(ROOT), `holds the path ${ROOT}`)
    })
  }

  for (const target of ['main', 'headless', 'servers'] as const) {
    it(`of ${target} have every patch of a package, once`, async () => {
      // a long line goes on after a backslash, also inside of a text
      const code = (await readFile((await buildTarget(target, { out })).path, 'utf8')).replaceAll('\\\n', '')
      for (const { mark } of PATCHES) assert.equal(code.split(mark).length - 1, 1, mark)
    })
  }

  it('S14 of the preload script are one file that requires electron alone', async () => {
    const { path } = await buildPreload({ out })
    const code = await readFile(path, 'utf8')
    assert.deepEqual(
      [...code.matchAll(/\brequire\(([^)]*)\)/g)].map(([, name]) => name),
      ['"electron"'],
    )
    assert.ok(!/\bimport\b/.test(code.replaceAll(/\/\/.*|\/\*[^]*?\*\//g, '')), 'imports something')
    assert.ok(code.length < 4_000, `${code.length} bytes are more than a bridge needs`)
  })
})

describe('the way to an Electron that is ready', () => {
  for (const code of [
    'await startDesktop()',
    'void (await import("./x.js"))',
    'for await (const line of lines) print(line)',
    '{ await using file = open() }',
    'if (wanted) { try { await start() } catch {} }',
    'export const value = (await read()).value',
    'class One { static { later(async () => 1) } static value = [await read()] }',
  ]) {
    it(`is barred by an await outside of all functions: ${code}`, async () => {
      assert.deepEqual(await findEntryAwaits(`// core/deep.ts\nfirst()\n${code}\n// core/other.ts\nlast()`), [
        { module: 'core/deep.ts', text: code },
      ])
    })
  }

  it('is free where only functions wait, of whatever kind', async () => {
    const code = `void start()
      async function start() { for await (const one of all) await one }
      export const read = async () => await file
      class One { static start = async () => { await using file = open() }; async *read() { yield await this } }
      const text = 'await this' // await that`
    assert.deepEqual(await findEntryAwaits(code), [])
  })

  it('is free in the desktop program, with everything that it imports', async () => {
    const { path } = await buildTarget('main', { out })
    assert.deepEqual(await findEntryAwaits(await readFile(path, 'utf8')), [])
  })

  it('is looked at by the build, which names the module however deep it lies', async () => {
    const folder = await mkdtemp(join(out, 'entry-'))
    await writeFile(join(folder, 'index.js'), `import { deep } from './between.js'\nconsole.log(deep)`)
    await writeFile(join(folder, 'between.js'), `export * from './deep.js'`)
    const buildWith = async (deep: string) => {
      await writeFile(join(folder, 'deep.js'), `export const deep = ${deep}`)
      const rolldownOptions = { cwd: folder, output: { format: 'es' as const, codeSplitting: false } }
      const options = { ssr: join(folder, 'index.js'), outDir: join(folder, 'built'), minify: false, rolldownOptions }
      const plugins = [refuseEntryAwait()]
      await build({ configFile: false, root: folder, logLevel: 'silent', plugins, build: options })
    }
    await buildWith(`Promise.resolve(1)`)
    await assert.rejects(
      buildWith(`await Promise.resolve(1)`),
      /never becomes ready[^]*\n {2}deep\.js: var deep = await/,
    )
  })
})

describe('the page', () => {
  it('is built into files that its policy lets in, and small', async () => {
    const { path } = await buildRenderer({ out })
    const files = await sizesOf(path)
    const gzipped = [...files]
      .filter(([name]) => !name.endsWith('.gz'))
      .map(([, file]) => gzipSync(file, { level: 9 }).length)
      .reduce((total, bytes) => total + bytes, 0)
    assert.ok(files.has('index.html'))
    assert.ok(gzipped <= PAGE_BYTES, `${gzipped} bytes gzipped are more than ${PAGE_BYTES}`)
  })

  it('has each file packed beside it, so that nobody does it for a visit', async () => {
    const files = await sizesOf((await buildRenderer({ out })).path)
    for (const [name, file] of files) {
      if (!name.endsWith('.gz')) assert.deepEqual(gunzipSync(files.get(`${name}.gz`) ?? Buffer.alloc(0)), file, name)
    }
  })

  for (const [what, html] of [
    ['an inline script', '<script>go()</script>'],
    ['an inline style sheet', '<style>p{}</style>'],
    ['a style attribute', '<p style="color:red">'],
    ['an event handler as attribute', '<img onerror="go()">'],
    ['an address of another origin', '<script src="https://example.org/x.js"></script>'],
    ['/lost.svg is not there', '<link rel="icon" href="./lost.svg">'],
  ] as const) {
    it(`is refused: ${what}`, async () => {
      const folder = await mkdtemp(join(out, 'page-'))
      await writeFile(join(folder, 'index.html'), `<!doctype html><title>x</title>${html}`)
      await assert.rejects(checkPage(folder), (error) => error instanceof PageError && error.message.includes(what))
    })
  }

  it('is refused with source maps, and with kinds of files that nobody serves', async () => {
    const folder = await mkdtemp(join(out, 'page-'))
    await mkdir(join(folder, 'assets'))
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>x</title>')
    await checkPage(folder)
    await writeFile(join(folder, 'assets', 'x.js'), 'go()\n//# sourceMappingURL=x.js.map')
    await writeFile(join(folder, 'assets', 'x.js.map'), '{}')
    await assert.rejects(
      checkPage(folder),
      /points to a source map[^]*of this kind|of this kind[^]*points to a source map/,
    )
  })
})

describe('paths in a bundle', () => {
  const transform = (code: string, file: string): unknown => {
    const plugin = keepPaths({ root: '/project', output: 'build/servers/cli.js' })
    assert.ok(typeof plugin.transform === 'function')
    return Reflect.apply(plugin.transform, undefined, [code, `/project/${file}`])
  }

  it('lead from the bundle to where the source would be', () => {
    const code = transform('export const here = import.meta.dirname', 'servers/sandbox/x.ts')
    assert.match(String(code), /nodetrustPath\(import\.meta\.dirname, '\.\.\/\.\.\/servers\/sandbox'\)/)
  })

  it('are left alone in packages', () => {
    assert.equal(transform('import.meta.dirname', 'node_modules/x/index.js'), null)
  })

  it('that cannot be kept are errors', () => {
    assert.throws(() => transform('new URL(import.meta.url)', 'core/x.ts'), /import\.meta\.url/)
    assert.throws(() => transform('import.meta.dirname', 'servers/sandbox/node-process.ts'), /paths\.ts/)
  })
})
