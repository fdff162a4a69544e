// Our own sequence numbers: they only ever grow, whatever the clock and the disk do.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { createSeqClock, nextSeq } from '../../main/peers/seq-clock.ts'
import { DAY_MS, manualClock, NOW, temporaryDir } from '../main/support.ts'

describe('the next sequence number', () => {
  const cases: readonly (readonly [string, bigint, number, bigint])[] = [
    ['is the time at first', 0n, NOW, BigInt(NOW)],
    ['is one more where the clock stands', BigInt(NOW), NOW, BigInt(NOW) + 1n],
    ['is one more where the clock went back', BigInt(NOW), NOW - 5_000, BigInt(NOW) + 1n],
    ['is the time where that is later', BigInt(NOW), NOW + 5_000, BigInt(NOW + 5_000)],
    ['is the time where the last lies so far ahead that nobody took it', BigInt(NOW + DAY_MS + 1), NOW, BigInt(NOW)],
  ]
  for (const [title, last, now, expected] of cases) {
    test(title, () => assert.equal(nextSeq(last, now), expected))
  }

  test('is greater than the last and never more than a day ahead', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: NOW }), fc.integer({ min: -DAY_MS, max: DAY_MS }), (now, ahead) => {
        const last = BigInt(Math.max(0, now + ahead))
        const next = nextSeq(last, now)
        assert.ok(next > last)
        assert.ok(next <= BigInt(now + DAY_MS) + 1n)
      }),
    )
  })
})

describe('the sequence of a folder', () => {
  test('grows by one for each of many that are asked for at once', async (t) => {
    const seq = createSeqClock({ dir: await temporaryDir(t), clock: manualClock() })
    const numbers = await Promise.all(Array.from({ length: 10 }, () => seq.next()))
    assert.deepEqual(
      numbers,
      Array.from({ length: 10 }, (_, index) => BigInt(NOW + index)),
    )
  })

  test('goes on after a restart with a clock that went back', async (t) => {
    const dir = await temporaryDir(t)
    await createSeqClock({ dir, clock: manualClock() }).next()
    const again = createSeqClock({ dir, clock: manualClock(NOW - 3_600_000) })
    assert.equal(await again.next(), BigInt(NOW) + 1n)
  })

  test('starts with the clock where its file is garbage', async (t) => {
    const dir = await temporaryDir(t)
    await writeFile(join(dir, 'peer-record.seq'), 'garbage')
    assert.equal(await createSeqClock({ dir, clock: manualClock() }).next(), BigInt(NOW))
  })

  test('gives nothing that is not on disk', async (t) => {
    const dir = join(await temporaryDir(t), 'file')
    await writeFile(dir, 'a file where a folder should be')
    await assert.rejects(createSeqClock({ dir, clock: manualClock() }).next(), { name: 'FileError' })
  })
})
