// What machines can check without running the product: types, lint with the floors of the house, format, generated files.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..', '..')
const run = promisify(execFile)
const bin = (name: string): string => join(root, 'node_modules', '.bin', name)

/** Where a tool keeps what it found out of files by their content: what has not changed need not be judged again. */
const cached = (name: string): string => join(root, '.cache', name)

/** Runs a program in a folder and gives what it printed and how it ended. */
async function outcome(
  program: string,
  args: readonly string[],
  cwd = root,
): Promise<{ code: number; output: string }> {
  try {
    const { stdout, stderr } = await run(program, args, { cwd, maxBuffer: 16 * 1024 * 1024 })
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, output: stdout + stderr }
  }
}

describe('the source', () => {
  // the page has a project of its own: it alone knows the DOM
  for (const project of ['tsconfig.json', 'renderer/tsconfig.json']) {
    it(`has no type error (${project})`, async () => {
      const known = ['--incremental', '--tsBuildInfoFile', cached(`types-${project.replaceAll('/', '-')}`)]
      assert.deepEqual(await outcome(bin('tsc'), ['-p', project, ...known]), { code: 0, output: '' })
    })
  }

  it('has nothing for the linter to say', async () => {
    const { code, output } = await outcome(bin('oxlint'), ['--type-aware'])
    assert.equal(code, 0, output)
  })

  it('is formatted', async () => {
    const known = ['--cache', '--cache-strategy', 'content', '--cache-location', cached('prettier.json')]
    const { code, output } = await outcome(bin('prettier'), ['--check', '.', ...known])
    assert.equal(code, 0, output)
  })

  it('has generated files that are what their source makes', async () => {
    const { code, output } = await outcome(process.execPath, ['scripts/generate-wire.ts', '--check'])
    assert.equal(code, 0, output)
  })
})

/** A room of the house, and an import that points up or sideways from it. */
const FORBIDDEN = [
  ['proto/x.ts', '../core/clock.ts'],
  ['core/x.ts', '../servers/role.ts'],
  ['core/deep/x.ts', '../../main/app.ts'],
  ['servers/x.ts', '../main/app.ts'],
  ['servers/issue/x.ts', '../../main/app.ts'],
  ['main/x.ts', '../servers/role.ts'],
  ['main/app/x.ts', 'electron'],
  ['renderer/x.ts', '../core/clock.ts'],
  ['preload/x.ts', '../main/app.ts'],
] as const

describe('the floors of the house', () => {
  let folder = ''

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nodetrust-floors-'))
    await cp(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  })

  after(() => rm(folder, { recursive: true, force: true }))

  const lint = async (path: string, specifier: string, kind = ''): Promise<{ code: number; output: string }> => {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(
      file,
      `import ${kind}{ thing } from '${specifier}'\nexport const other = ${kind ? '(value: thing): thing => value' : 'thing'}\n`,
    )
    return outcome(bin('oxlint'), ['-c', '.oxlintrc.json', path], folder)
  }

  for (const [path, specifier] of FORBIDDEN) {
    it(`refuses ${specifier} in ${path}`, async () => {
      const { code, output } = await lint(path, specifier)
      assert.equal(code, 1)
      assert.match(output, /no-restricted-imports/)
    })
  }

  it('allows what points down', async () => {
    const { code, output } = await lint('servers/y.ts', '../core/clock.ts')
    assert.equal(code, 0, output)
  })

  for (const kind of ['', 'type ']) {
    it(`refuses a circle of two files by ${kind === '' ? 'values' : 'types'}`, async () => {
      await lint('core/circle/a.ts', './b.ts', kind)
      await lint('core/circle/b.ts', './a.ts', kind)
      const { code, output } = await outcome(bin('oxlint'), ['-c', '.oxlintrc.json', 'core/circle'], folder)
      assert.equal(code, 1)
      assert.match(output, /no-cycle/)
    })
  }

  it('allows electron as a value in main/shell only', async () => {
    assert.equal((await lint('main/shell/y.ts', 'electron')).code, 0)
    assert.equal((await lint('main/y.ts', 'electron', 'type ')).code, 0)
  })
})
