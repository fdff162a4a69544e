// What one Node of ours hands on to the next, and that nobody forgets to ask for it.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { nodeFlags } from '../../core/node-flags.ts'
import { ROOT } from '../support/command.ts'

const QUIET = '--disable-warning=ExperimentalWarning'
const SMALL = ['--max-semi-space-size=4', '--heap-growing-percent=40']

describe('the flags of a Node process', () => {
  it('are what this one was told to import first, in either spelling', () => {
    const own = ['--import', 'file:///a.ts', '--expose-gc', '--import=file:///b.ts']
    assert.deepEqual(nodeFlags(own), [QUIET, ...SMALL, '--import=file:///a.ts', '--import=file:///b.ts'])
  })

  it('are none that are meant for this one alone', () => {
    assert.deepEqual(nodeFlags(['--inspect', '--test', '-e', 'x', '--import']), [QUIET, ...SMALL])
  })

  it('are written down in one place, and where nothing can be imported', () => {
    const files = globSync('{proto,core,servers,main,scripts,bench}/**/*.{ts,mjs}', {
      cwd: ROOT,
      exclude: (path) => path.includes('node_modules'),
    })
    const holders = files.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes(QUIET))
    assert.deepEqual(holders.sort(), [join('core', 'node-flags.ts'), join('scripts', 'run.mjs')])
  })

  it('A1 keep garbage small wherever a process of ours is begun', () => {
    for (const file of [
      'core/node-flags.ts',
      'scripts/run.mjs',
      'packaging/command/nodetrust',
      'packaging/command/nodetrust.cmd',
    ])
      for (const flag of SMALL) assert.ok(readFileSync(join(ROOT, file), 'utf8').includes(flag), `${file} ${flag}`)
  })
})
