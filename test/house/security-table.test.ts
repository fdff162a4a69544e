// docs/security.md names tests for each of its statements. A test that was renamed or removed would leave a promise that nobody
// keeps, so the page is read here: every statement is there, and every test that it names exists.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

const ROOT = join(import.meta.dirname, '..', '..')

/** The tables, in the order of the page; each counts its statements from 1. */
const LETTERS = ['S', 'B', 'L', 'I', 'P', 'D', 'K', 'O', 'N']

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

/** The same statements as they ought to be numbered. */
function numbered(rows: readonly Row[]): string[] {
  return LETTERS.flatMap((letter) =>
    rows.filter(({ id }) => id.startsWith(letter)).map((_, index) => `${letter}${index + 1}`),
  )
}

function rowsOf(text: string): Row[] {
  return [...text.matchAll(/^\| +([A-Z]\d+) +\| +(.*?) +\| +(.*?) +\|$/gm)].map(
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

  it('has every statement once, in order, and statements in each table', () => {
    const ids = rows.map(({ id }) => id)
    assert.deepEqual(ids, numbered(rows))
    assert.deepEqual([...new Set(ids.map((id) => id.charAt(0)))], LETTERS)
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
