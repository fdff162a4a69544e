// Our own sequence numbers: they only ever grow, whatever the clock and the disk do.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { createSeqClock, nextSeq } from '../../main/peers/seq-clock.ts'
import { DAY_MS, manualClock, NOW, temporaryDir } from '../main/support.ts'

const given = (last: bigint, aheadSinceMs?: number) => ({ last, aheadSinceMs })

describe('the next sequence number', () => {
  const ahead = BigInt(NOW + 365 * DAY_MS)
  const cases: readonly (readonly [string, ReturnType<typeof given>, number, ReturnType<typeof given>])[] = [
    ['is the time at first', given(0n), NOW, given(BigInt(NOW))],
    ['is one more where the clock stands', given(BigInt(NOW)), NOW, given(BigInt(NOW) + 1n)],
    ['is one more where the clock went back', given(BigInt(NOW)), NOW - 5_000, given(BigInt(NOW) + 1n)],
    ['is the time where that is later', given(BigInt(NOW)), NOW + 5_000, given(BigInt(NOW + 5_000))],
    ['is one more where the clock went back by a year', given(ahead), NOW, given(ahead + 1n, NOW)],
    ['stays so for a day', given(ahead, NOW), NOW + DAY_MS - 1, given(ahead + 1n, NOW)],
    [
      'is the time after a day, since the last was given by a clock that was wrong, and nobody took it',
      given(ahead, NOW),
      NOW + DAY_MS,
      given(BigInt(NOW + DAY_MS)),
    ],
    [
      'goes on from a number in another unit that others know and believe, however long',
      given(BigInt(NOW) * 1_000_000n, NOW - 5 * DAY_MS),
      NOW,
      given(BigInt(NOW) * 1_000_000n + 1n),
    ],
    ['counts that day anew where the clock went back again', given(ahead, NOW), NOW - 1, given(ahead + 1n, NOW - 1)],
  ]
  for (const [title, last, now, expected] of cases) {
    test(title, () => assert.deepEqual(nextSeq(last, now), expected))
  }

  test('is greater than the last, whatever the clock does, unless it has been a year ahead for a day', () => {
    const at = fc.integer({ min: 0, max: 2 * NOW })
    fc.assert(
      fc.property(
        at,
        fc.array(fc.integer({ min: -365 * DAY_MS, max: 365 * DAY_MS }), { maxLength: 30 }),
        (start, jumps) => {
          let [now, state, since] = [start, given(0n), undefined as number | undefined]
          for (const jump of jumps) {
            now = Math.max(0, now + jump)
            const next = nextSeq(state, now)
            since = state.aheadSinceMs
            const gaveUp = since !== undefined && since + DAY_MS <= now
            assert.ok(next.last > state.last || gaveUp)
            state = next
          }
        },
      ),
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

  test('goes on after restarts with a clock that went back by a year', async (t) => {
    const dir = await temporaryDir(t)
    const numbers: bigint[] = []
    for (const now of [NOW, NOW - 365 * DAY_MS, NOW - 364.5 * DAY_MS, NOW + 1]) {
      numbers.push(await createSeqClock({ dir, clock: manualClock(now) }).next())
    }
    assert.deepEqual(
      numbers,
      numbers.toSorted((one, other) => Number(one - other)),
    )
    assert.equal(new Set(numbers).size, 4)
  })

  test('goes on above a number that others know', async (t) => {
    const dir = await temporaryDir(t)
    const seq = createSeqClock({ dir, clock: manualClock() })
    await seq.learn(BigInt(NOW) + 500n)
    assert.equal(await seq.next(), BigInt(NOW) + 501n)
    await seq.learn(3n)
    assert.equal(await createSeqClock({ dir, clock: manualClock() }).next(), BigInt(NOW) + 502n)
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
