// A bundle stays in memory as long as its program runs; one character that is not ASCII would make that twice as much.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { buildTarget } from '../../scripts/build.ts'

const MAX_LINE = 2_000

for (const target of ['headless', 'servers', 'main'] as const) {
  test(`the bundle of ${target} is ASCII, has lines that a terminal can show, and keeps the names of the source`, async () => {
    const code = await readFile((await buildTarget(target)).path)
    assert.equal(
      code.findIndex((byte) => byte > 0x7f),
      -1,
      'a byte that is not ASCII',
    )
    const text = code.toString('latin1')
    const longest = Math.max(...text.split('\n').map((line) => line.length))
    assert.ok(longest < MAX_LINE, `a line of ${longest} characters`)
    assert.ok(!text.includes('//#region'), 'a comment')
    const name = target === 'servers' ? 'createZoneAnswerer' : 'createCertificateKeeper'
    assert.ok(text.includes(`function ${name}(`), `no ${name}`)
  })
}
