// `npm run mutants` takes half an hour, so it is not part of every run. What is cheap about it is looked at here: each statement of
// docs/security.md has code that can be broken for it, and that code is still there.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { MUTANTS } from '../../scripts/mutants/all.ts'
import { placesOf } from '../../scripts/mutants/mutant.ts'
import { outcomesOf } from '../../scripts/mutants/run-tests.ts'
import { readStatements, referencesOf, UNTESTED } from '../../scripts/mutants/statements.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const statements = readStatements(ROOT)

describe('A14 the code of each statement', () => {
  for (const statement of statements) {
    it(`of ${statement.id} can be broken in at least one place that is still there`, () => {
      const mutants = MUTANTS[statement.id] ?? []
      const isTested = referencesOf(statement).length > 0 || !UNTESTED.test(statement.shown)
      assert.ok(mutants.length > 0 || !isTested, `add a mutant for ${statement.id} to scripts/mutants/`)
      for (const mutant of mutants) {
        const path = join(ROOT, mutant.file)
        assert.ok(existsSync(path), mutant.file)
        assert.equal(placesOf(mutant, readFileSync(path, 'utf8')), 1, `${mutant.file}: ${mutant.find}`)
      }
    })
  }

  it('can still be read when it is broken: nobody has to notice a program that does not start', () => {
    for (const mutant of Object.values(MUTANTS).flat()) {
      if (!mutant.file.endsWith('.ts')) continue
      const broken = readFileSync(join(ROOT, mutant.file), 'utf8').replace(mutant.find, () => mutant.replace)
      assert.doesNotThrow(() => stripTypeScriptTypes(broken), `${mutant.file}: ${mutant.replace}`)
    }
  })

  it('is of statements that are there', () => {
    const ids = new Set(statements.map(({ id }) => id))
    assert.deepEqual(
      Object.keys(MUTANTS).filter((id) => !ids.has(id)),
      [],
    )
  })
})

describe('A14 what node:test says', () => {
  const titles = ['a suite', 'a test # with a sign', 'another', 'left out', 'a slow one']
  const text = [
    ...['TAP version 13', '# Subtest: a suite', '    # Subtest: another', '    not ok 1 - another'],
    ...[
      'ok 2 - a test \\# with a sign',
      'ok 3 - left out # SKIP no machine',
      'not ok 4 - a suite',
      'ok 5 - not asked for',
    ],
  ].join('\n')

  it('is read by title, suites included', () => {
    assert.deepEqual(Object.fromEntries(outcomesOf(text, titles)), {
      'a suite': 'red',
      'a test # with a sign': 'green',
      another: 'red',
      'left out': 'skipped',
    })
  })

  it('makes a suite red as soon as something in it is, and not for what is still to be done', () => {
    const begun = ['# Subtest: a suite', '    # Subtest: x', '        # Subtest: y', '        not ok 1 - y'].join('\n')
    assert.deepEqual(Object.fromEntries(outcomesOf(begun, titles)), { 'a suite': 'red' })
    assert.deepEqual(Object.fromEntries(outcomesOf(begun.replace('- y', '- y # TODO later'), titles)), {})
    const over = `${begun}\n    not ok 1 - x\nnot ok 1 - a suite\n# Subtest: another\nok 2 - another`
    assert.deepEqual(Object.fromEntries(outcomesOf(over, titles)), { 'a suite': 'red', another: 'green' })
  })
})
