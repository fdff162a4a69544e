// The page of docs/architecture.md that leads a newcomer through the files names files and functions that are there.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8')
const way = page.split('### A certificate’s way through the folders').at(-1)?.split('\n### ')[0] ?? ''
const stops = [...way.matchAll(/^\|\s*\d+\s*\| `([^`]+)`\s*\| `([^`]+)`\s*\|/gm)]

describe('a certificate’s way through the folders', () => {
  test('is told in one table', () => assert.ok(stops.length >= 15))

  for (const [, file = '', name = ''] of stops) {
    test(`${file} has ${name}`, () => {
      assert.match(readFileSync(join(root, file), 'utf8'), new RegExp(`\\b${name}\\b`))
    })
  }
})
