// What is started by hand and therefore without the patches of packages says so and ends, before it listens anywhere.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { buildTarget, OUTPUTS, BUILD_DIR } from '../../scripts/build.ts'
import { nodeFlags } from '../../core/node-flags.ts'
import { cleanEnv, ROOT } from '../support/command.ts'

const COMMANDS: readonly (readonly [file: string, ...words: string[]])[] = [
  ['main/headless.ts', 'node'],
  ['main/headless.ts', 'app', '--no-open'],
  ['main/headless.ts', 'status'],
  ['servers/cli.ts', 'serve', 'all', '--config', 'nodetrust.yaml'],
  ['servers/cli.ts', 'sandbox', '--once'],
]

describe('A13 a program that is started without the patches', () => {
  const dir = mkdtempSync(join(tmpdir(), 'nodetrust-unpatched-'))
  after(() => rmSync(dir, { recursive: true, force: true }))
  const start = (flags: readonly string[], file: string, words: readonly string[]) =>
    spawnSync(process.execPath, [...flags, join(ROOT, file), ...words], {
      ...{ cwd: dir, env: { ...cleanEnv(), NODETRUST_DIR: join(dir, 'data') }, encoding: 'utf8', timeout: 60_000 },
    })

  for (const [file, ...words] of COMMANDS)
    it(`refuses ${file} ${words.join(' ')} with the command that works, and leaves nothing behind`, () => {
      const { status, stderr, stdout } = start([], file, words)
      assert.equal(status, 2, stderr)
      assert.ok(stderr.includes(`node scripts/run.mjs ${file}`), stderr)
      assert.match(stderr, /bin\/nodetrust/)
      assert.equal(stdout, '')
      assert.deepEqual(readdirSync(dir), [])
    })

  it('runs with them', () => {
    const { stdout, status } = start(nodeFlags(), 'servers/cli.ts', ['--version'])
    assert.match(stdout, /^\d+\.\d+/)
    assert.equal(status, 0)
  })

  it('is none that was bundled: the bundles have the patches in them', async () => {
    const { path } = await buildTarget('servers')
    assert.equal(path, join(BUILD_DIR, OUTPUTS.servers))
    const { stdout, stderr } = spawnSync(process.execPath, [path, '--version'], { encoding: 'utf8', env: cleanEnv() })
    assert.match(stdout, /^\d+\.\d+/, stderr)
  })

  it('is asked for in every file that a bundle begins with', () => {
    for (const file of ['main/headless.ts', 'main/index.ts', 'servers/cli.ts'])
      assert.ok(readFileSync(join(ROOT, file), 'utf8').includes(`demandPatches('${file}')`), file)
  })
})
