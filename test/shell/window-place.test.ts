// Where a window comes back when the screens are not what they were: a table of places and screens.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createLog } from '../../core/log.ts'
import { loadShellMemory } from '../../main/shell/shell-memory.ts'
import { openingPlace, type WindowPlace } from '../../main/shell/window-place.ts'

const LEFT = { x: 0, y: 30, width: 1280, height: 994 }
const RIGHT = { x: 1280, y: 0, width: 1920, height: 1080 }
const place = (x: number, y: number, width = 420, height = 640): WindowPlace => ({
  ...{ x, y, width, height, maximised: false },
})

describe('the place of the window', () => {
  const cases = [
    ['stays where it was', place(200, 100), { x: 200, y: 100, width: 420, height: 640 }],
    ['stays on the other screen', place(1500, 50), { x: 1500, y: 50, width: 420, height: 640 }],
    ['comes out from below the bar', place(200, 0), { x: 200, y: 30, width: 420, height: 640 }],
    ['comes back over the edge', place(-150, 700), { x: 0, y: 384, width: 420, height: 640 }],
    ['belongs to the screen that shows most of it', place(1180, 100), { x: 1280, y: 100, width: 420, height: 640 }],
    ['is no larger than its screen', place(10, 40, 5000, 4000), { x: 1280, y: 0, width: 1920, height: 1080 }],
    ['keeps only its size where no screen is left', place(9000, 100), { width: 420, height: 640 }],
    ['keeps only its size where nobody could grip it', place(1279 + 1920 - 20, 100), { width: 420, height: 640 }],
  ] as const
  for (const [name, stored, expected] of cases) {
    it(name, () => assert.deepEqual(openingPlace(stored, [LEFT, RIGHT]), { ...expected, maximised: false }))
  }

  it('is the system’s choice where nothing is known', () => {
    assert.equal(openingPlace(undefined, [LEFT]), undefined)
    assert.equal(openingPlace(place(1, 1), []), undefined)
  })

  it('a place that cannot be one takes nothing else that is remembered with it', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-memory-'))
    t.after(() => rm(dir, { recursive: true }))
    const good = { x: -5, y: 7, width: 500, height: 700, maximised: true }
    const bad = [
      { ...good, width: 0 },
      { ...good, x: 1e300 },
      { ...good, y: '7' },
      { ...good, height: 7.5 },
      [],
      'big',
      null,
    ]
    for (const stored of bad) {
      await writeFile(join(dir, 'shell.json'), JSON.stringify({ told: ['first'], close: 'keep', place: stored }))
      const { values } = await loadShellMemory(dir, createLog('silent'))
      assert.deepEqual({ ...values }, { told: ['first'], close: 'keep', place: undefined }, JSON.stringify(stored))
    }
    const memory = await loadShellMemory(dir, createLog('silent'))
    await memory.remember({ place: good })
    assert.deepEqual((await loadShellMemory(dir, createLog('silent'))).values.place, good)
  })
})
