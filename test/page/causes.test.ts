// A cause that the page can name and that nothing brings about is one that may be wrong, and nobody would notice. Each stands in a list
// with its test (causes.ts), and the lists are held against the contract, the words and the tests.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { API_ERROR_CODES, LIFE_STATES, NOTICE_CODES, UNREACHABLE_REASONS } from '../../proto/api/index.ts'
import { en } from '../../proto/text/en.ts'
import { type Cause, ERRORS, FORGES, LIVES, NOTICES, UNREACHABLE } from './causes.ts'

const TESTS = join(import.meta.dirname, '..')

/** The ends of the keys of a family. */
const family = (name: string): string[] =>
  Object.keys(en).flatMap((key) => (key.startsWith(`${name}.`) ? [key.slice(name.length + 1)] : []))

const LISTS: readonly (readonly [what: string, said: readonly string[], listed: Readonly<Record<string, Cause>>])[] = [
  ['state of the life', LIFE_STATES, LIVES],
  ['reason why nobody gets in', UNREACHABLE_REASONS, UNREACHABLE],
  ['reason that has a sentence', family('unreachable'), UNREACHABLE],
  ['notice', NOTICE_CODES, NOTICES],
  ['failure', [...new Set([...API_ERROR_CODES, ...family('error')])], ERRORS],
  ['failure at a forge', family('forge'), FORGES],
]

/** Whether a file has a test or a spec of this title; those of a loop have values in it. */
function hasTitle(file: string, title: string): boolean {
  const path = join(TESTS, file)
  if (!existsSync(path)) return false
  const escaped = title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(`(?:\\b(?:test|it)\\(\\s*|\\btitle:\\s*)(['"\`])${escaped}\\1`).test(readFileSync(path, 'utf8'))
}

describe('every cause that the page can name', () => {
  for (const [what, said, listed] of LISTS) {
    it(`is listed: ${what}`, () => {
      assert.deepEqual(Object.keys(listed).toSorted(), said.toSorted())
    })
  }

  it('is brought about by a test that exists, or has a reason why by none', () => {
    const all = LISTS.flatMap(([what, , listed]) =>
      Object.entries(listed).map(([code, cause]) => ({ what, code, cause })),
    )
    const wrong = all.filter(({ cause }) => ('not' in cause ? cause.not.length < 40 : !hasTitle(...cause)))
    assert.deepEqual(
      wrong.map(({ what, code, cause }) => `${what} ${code}: ${JSON.stringify(cause)}`),
      [],
    )
  })

  it('is seldom without one', () => {
    const lists = [...new Set(LISTS.map(([, , listed]) => listed))]
    const without = lists.flatMap((listed) => Object.values(listed)).filter((cause) => 'not' in cause)
    assert.ok(without.length <= 4, `${without.length} causes are brought about by nothing`)
  })
})
