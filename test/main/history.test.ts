// What is remembered of a certificate's life: in order, for a year, whole after a crash, and never without bound.
import assert from 'node:assert/strict'
import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, describe, test } from 'node:test'
import { silentLog } from '../../core/log.ts'
import { createHistory, readHistory } from '../../main/certificates/history.ts'
import { DAY_MS, manualClock, NOW, temporaryDir } from './support.ts'

async function scene(t: TestContext, maxBytes?: number) {
  const dir = await temporaryDir(t)
  const clock = manualClock()
  const open = () => createHistory({ dir, clock, log: silentLog, ...(maxBytes === undefined ? {} : { maxBytes }) })
  return { dir, clock, open, path: join(dir, 'certificate.history.jsonl') }
}

const note = (detail: string) => ({ what: 'failed', code: 'timeout', detail }) as const
const details = async (dir: string) => (await readHistory(dir)).map(({ detail }) => detail)

describe('the history', () => {
  test('is empty at first', async (t) => {
    assert.deepEqual(await readHistory((await scene(t)).dir), [])
  })

  test('keeps what happened, with its time, in order, for the owner alone', async (t) => {
    const { dir, open, clock, path } = await scene(t)
    const history = open()
    history.note(note('one'))
    clock.set(NOW + 1_000)
    history.note(note('two'))
    await history.ended()
    assert.deepEqual(await details(dir), ['one', 'two'])
    assert.equal((await readHistory(dir))[1]?.at, new Date(NOW + 1_000).toISOString())
    assert.equal((await stat(path)).mode & 0o777, 0o600)
  })

  test('goes on after a restart', async (t) => {
    const { dir, open } = await scene(t)
    for (const detail of ['one', 'two']) {
      const history = open()
      history.note(note(detail))
      await history.ended()
    }
    assert.deepEqual(await details(dir), ['one', 'two'])
  })

  test('loses a torn last line and nothing else', async (t) => {
    const { dir, open, path } = await scene(t)
    const first = open()
    first.note(note('one'))
    await first.ended()
    await appendFile(path, '{"at":"2026-')
    assert.deepEqual(await details(dir), ['one'])
    const second = open()
    second.note(note('two'))
    await second.ended()
    assert.deepEqual(await details(dir), ['one', 'two'])
  })

  test('forgets what is older than a year', async (t) => {
    const { dir, open, clock } = await scene(t)
    const first = open()
    first.note(note('old'))
    await first.ended()
    clock.set(NOW + 367 * DAY_MS)
    const second = open()
    second.note(note('new'))
    await second.ended()
    assert.deepEqual(await details(dir), ['new'])
  })

  test('keeps the newest where it grows too large', async (t) => {
    const { dir, open, path } = await scene(t, 4_000)
    const history = open()
    for (let index = 0; index < 200; index++) history.note(note(`number ${index}`))
    await history.ended()
    assert.ok((await stat(path)).size <= 4_200)
    const kept = await details(dir)
    assert.equal(kept.at(-1), 'number 199')
    assert.ok(kept.length > 10)
    assert.ok((await readFile(path, 'utf8')).endsWith('\n'))
  })

  test('that cannot be written keeps nobody from anything', async (t) => {
    const { open, path } = await scene(t)
    await mkdir(path)
    const history = open()
    history.note(note('one'))
    await history.ended()
  })

  test('of strangers is not believed: lines of another shape are left out', async (t) => {
    const { dir, path } = await scene(t)
    await writeFile(path, '[]\nnull\n{"at":"x","what":"failed","code":"","detail":""}\n\u0000\n')
    assert.deepEqual(await readHistory(dir), [])
  })
})
