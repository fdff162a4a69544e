// Faults of libraries that we live with are still there. A test that fails here is good news: the library has mended its fault, and our way
// around it can go. All are shown in one process that has none of our patches.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { PATCHES } from '../../scripts/patches/list.ts'
import { cleanEnv, ROOT } from '../support/command.ts'
import { FAULTS } from './faults.ts'

const page = readFileSync(join(ROOT, 'docs', 'upstream.md'), 'utf8')
let shown: Readonly<Record<string, boolean | string>> = {}

before(async () => {
  const file = join(import.meta.dirname, 'run-faults.ts')
  const env = { ...cleanEnv(), NODE_OPTIONS: undefined }
  const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: ROOT, env, timeout: 120_000 })
  const { patched, shown: found } = JSON.parse(stdout) as { patched: boolean; shown: Record<string, boolean | string> }
  assert.equal(patched, false, 'the faults are to be shown without our patches')
  shown = found
})

describe('a fault that we live with', () => {
  for (const { id, package: name, workAround } of FAULTS) {
    it(`is still there: ${name}, ${id}`, () => {
      assert.ok(id in shown, 'nothing shows it')
      assert.notEqual(shown[id], false, advice(id, name, workAround))
      assert.equal(shown[id], true, `it cannot be shown any more: ${String(shown[id])}`)
    })
  }

  it('is on the list, if it is shown', () => {
    assert.deepEqual(Object.keys(shown).toSorted(), FAULTS.map(({ id }) => id).toSorted())
  })

  it('stands once on the page for people, under its package, with our way around it', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `'))
    assert.deepEqual(
      rows.map((row) => row.split('`')[1]),
      FAULTS.map(({ id }) => id),
    )
    for (const { id, package: name, workAround } of FAULTS) {
      const at = page.indexOf(`| \`${id}\` |`)
      const heading = page
        .slice(0, at)
        .split('\n')
        .findLast((line) => line.startsWith('## '))
      assert.equal(heading, `## ${name}`, id)
      const row = page.slice(at).split('\n')[0] ?? ''
      assert.ok(row.includes(workAround === undefined ? '| none' : `\`${workAround}\``), `${id}: ${row}`)
    }
  })

  it('is named where the way around it is', () => {
    for (const { id, workAround } of FAULTS) {
      if (workAround === undefined) continue
      const head = /^(?:\/\/.*\n)+/.exec(readFileSync(join(ROOT, workAround), 'utf8'))?.[0] ?? ''
      const [, named = ''] = head.replaceAll('\n// ', ' ').split('(docs/upstream.md): ')
      assert.ok(named.split('.')[0]?.split(', ').includes(id), `${workAround} does not name ${id}`)
    }
  })

  it('has a line for each patch of a package', () => {
    const patched = FAULTS.filter(({ workAround }) => workAround === 'scripts/patches/list.ts')
    assert.deepEqual(patched.map((fault) => fault.package).toSorted(), PATCHES.map((patch) => patch.package).toSorted())
  })
})

function advice(id: string, name: string, workAround: string | undefined): string {
  const remove = workAround === undefined ? 'nothing of ours depends on it' : `remove our work-around in ${workAround}`
  return `mended upstream (${name}): ${remove}, and take ${id} off docs/upstream.md and test/upstream/`
}
