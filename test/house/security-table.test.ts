// docs/security.md names tests for each of its statements. A test that was renamed or removed would leave a promise that nobody
// keeps, so the page is read here: every statement is there, and every test that it names exists.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const ROOT = join(import.meta.dirname, '..', '..')
const STATEMENTS = [...numbered('S', 25), ...numbered('B', 18)]

/** What stands where a statement is not shown here, with the machine it would need. */
const UNTESTED = /cannot be tested on a machine without/

interface Row {
  readonly id: string
  readonly statement: string
  readonly shown: string
}

interface Reference {
  readonly file: string
  readonly title: string
}

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`)
}

function rowsOf(text: string): Row[] {
  return [...text.matchAll(/^\| +([SB]\d+) +\| +(.*?) +\| +(.*?) +\|$/gm)].map(
    ([, id = '', statement = '', shown = '']) => ({ id, statement, shown }),
  )
}

/** A file in backquotes, then its titles in quotes up to the next file. */
function referencesOf({ shown }: Row): Reference[] {
  return [...shown.matchAll(/`(test\/[^`]+)`([^`]*)/g)].flatMap(([, file = '', rest = '']) =>
    [...rest.matchAll(/“([^”]+)”/g)].map(([, title = '']) => ({ file, title })),
  )
}

/** Whether a file has a test, suite or spec of this title. */
function hasTitle(file: string, title: string): boolean {
  const path = join(ROOT, file)
  if (!existsSync(path)) return false
  const escaped = title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?:\\b(?:test|it|describe)\\(\\s*|\\btitle: )(['"\`])${escaped}\\1`).test(
    readFileSync(path, 'utf8'),
  )
}

describe('the table of security statements', () => {
  const rows = rowsOf(readFileSync(join(ROOT, 'docs', 'security.md'), 'utf8'))

  it('has every statement once, in order', () => {
    assert.deepEqual(
      rows.map(({ id }) => id),
      STATEMENTS,
    )
    for (const { id, statement } of rows) assert.ok(statement.length > 10, id)
  })

  for (const row of rows) {
    it(`names tests of ${row.id} that exist, or says what they would need`, () => {
      const references = referencesOf(row)
      if (references.length === 0) assert.match(row.shown, UNTESTED)
      const missing = references.filter(({ file, title }) => !hasTitle(file, title))
      assert.deepEqual(missing, [])
    })
  }

  it('notices a test that does not exist', () => {
    assert.equal(hasTitle('test/house/security-table.test.ts', 'notices a test that does not exist'), true)
    assert.equal(hasTitle('test/house/security-table.test.ts', 'notices a test'), false)
    assert.equal(hasTitle('test/house/nowhere.test.ts', 'x'), false)
  })
})
