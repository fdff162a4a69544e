// A file is read in one sitting: none of the source has more than 350 lines, texts for people and generated code aside.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..', '..')

const MOST_LINES = 350

const SOURCE = '{bench,core,main,preload,proto,renderer,scripts,servers}/**/*.{ts,tsx,mjs}'

/** Sentences that people read, and what is generated. */
const ASIDE = /^proto\/(text|wire)\//

test(`no source file has more than ${MOST_LINES} lines`, () => {
  const files = globSync(SOURCE, { cwd: root }).filter((file) => !file.includes('node_modules') && !ASIDE.test(file))
  assert.ok(files.length > 300, 'the source is found')
  const long = files.flatMap((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n').length - 1
    return lines > MOST_LINES ? [`${file}: ${lines} lines`] : []
  })
  assert.deepEqual(long, [], 'give a part that a newcomer would look for a file of its own')
})
