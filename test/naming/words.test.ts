// Every finding of a verification has its sentence, in the window and at a terminal: a code alone helps nobody.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { SENTENCES } from '../../main/cli/name-text.ts'
import { VERIFY_STEPS } from '../../main/naming/verify.ts'
import { NAME_STEPS } from '../../proto/api/index.ts'
import { nameDe } from '../../proto/text/name-de.ts'
import { nameEn } from '../../proto/text/name-en.ts'
import { ROOT } from '../support/command.ts'

/** Codes of findings that only the experiment without relays has, which is one of the terminal. */
const isOffline = (code: string) => code.startsWith('offline')

test('what a verification finds has words in the window and at a terminal', async () => {
  const said = Object.keys(nameEn).flatMap((key) => /^name\.find\.([a-z-]+)\.([a-z-]+)$/.exec(key)?.slice(1) ?? [])
  const steps = said.filter((_, index) => index % 2 === 0)
  const codes = new Set(said.filter((_, index) => index % 2 === 1))
  assert.deepEqual([...NAME_STEPS], [...VERIFY_STEPS])
  assert.deepEqual(
    steps.filter((step) => !(VERIFY_STEPS as readonly string[]).includes(step)),
    [],
  )
  assert.deepEqual(
    [...codes].toSorted(),
    Object.keys(SENTENCES)
      .filter((code) => !isOffline(code))
      .toSorted(),
  )
  // whatever the source has in quotes as a step is followed by codes that are said
  const source = await readFile(join(ROOT, 'main', 'naming', 'verify.ts'), 'utf8')
  const literal = [...source.matchAll(/say\('([a-z-]+)', '(?:good|note|bad)', '([a-z-]+)'/g)]
  assert.ok(literal.length >= 6)
  for (const [, step = '', code = ''] of literal) {
    const key = `name.find.${step}.${code}`
    assert.ok(Object.hasOwn(nameEn, key) && Object.hasOwn(nameDe, key), key)
  }
})
