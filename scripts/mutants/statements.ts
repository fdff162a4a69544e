// The statements of docs/security.md, read from its tables: an id, a sentence, and the tests that show it, by file and title.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One row. */
export interface Statement {
  readonly id: string
  readonly statement: string
  readonly shown: string
}

/** One test that shows it; a suite counts for all that is in it. */
export interface Reference {
  readonly file: string
  readonly title: string
}

/** What stands where a statement is not shown here, with the machine it would need. */
export const UNTESTED = /cannot be tested on a machine without/

/** All statements of a page. */
export function statementsOf(page: string): Statement[] {
  return [...page.matchAll(/^\| +([A-Z]\d+) +\| +(.*?) +\| +(.*?) +\|$/gm)].map(
    ([, id = '', statement = '', shown = '']) => ({ id, statement, shown }),
  )
}

/** All statements of the clone. */
export function readStatements(root: string): Statement[] {
  return statementsOf(readFileSync(join(root, 'docs', 'security.md'), 'utf8'))
}

/** A file in backquotes, then its titles in quotes up to the next file. */
export function referencesOf({ shown }: Statement): Reference[] {
  return [...shown.matchAll(/`(test\/[^`]+)`([^`]*)/g)].flatMap(([, file = '', rest = '']) =>
    [...rest.matchAll(/“([^”]+)”/g)].map(([, title = '']) => ({ file, title })),
  )
}

/** Whether a file has a test, suite or spec of this title. */
export function hasTitle(root: string, { file, title }: Reference): boolean {
  const path = join(root, file)
  if (!existsSync(path)) return false
  const escaped = title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?:\\b(?:test|it|describe)\\(\\s*|\\btitle: )(['"\`])${escaped}\\1`).test(
    readFileSync(path, 'utf8'),
  )
}
