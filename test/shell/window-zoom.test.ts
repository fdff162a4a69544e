// Larger and smaller: which keys mean it, and that it is as it was the next time.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createLog } from '../../core/log.ts'
import { loadShellMemory } from '../../main/shell/shell-memory.ts'
import { nextZoom, type PressedKey, zoomKey } from '../../main/shell/window-zoom.ts'

const CTRL: PressedKey = { type: 'keyDown', key: '', code: '', control: true, meta: false, alt: false }

describe('the keys for larger and smaller', () => {
  for (const [key, code, step] of [
    ['+', 'BracketRight', 'in'],
    ['+', 'NumpadAdd', 'in'],
    ['=', 'Equal', 'in'],
    ['+', 'Equal', 'in'],
    ['-', 'Minus', 'out'],
    ['_', 'Minus', 'out'],
    ['-', 'NumpadSubtract', 'out'],
    ['0', 'Digit0', 'reset'],
    ['0', 'Numpad0', 'reset'],
    // a French keyboard has its digits behind Shift
    ['à', 'Digit0', 'reset'],
    ['1', 'Digit1', undefined],
    [',', 'Comma', undefined],
    ['Control', 'ControlLeft', undefined],
  ] as const) {
    it(`Ctrl with ${key} at ${code}: ${step ?? 'something else'}`, () => {
      assert.equal(zoomKey({ ...CTRL, key, code }, 'linux'), step)
    })
  }

  it('are Command’s on macOS and Ctrl’s elsewhere, alone and going down', () => {
    const plus = { ...CTRL, key: '+', code: 'Equal' }
    const command = { ...plus, control: false, meta: true }
    assert.deepEqual([zoomKey(plus, 'darwin'), zoomKey(command, 'darwin')], [undefined, 'in'])
    assert.deepEqual([zoomKey(plus, 'win32'), zoomKey(command, 'win32')], ['in', undefined])
    for (const other of [{ type: 'keyUp' }, { alt: true }, { meta: true }, { control: false }])
      assert.equal(zoomKey({ ...plus, ...other }, 'linux'), undefined)
  })
})

describe('the steps', () => {
  it('go from 75 % to 200 % and no further, and back to 100 %', () => {
    const up = [nextZoom(1, 'in'), nextZoom(1.1, 'in'), nextZoom(2, 'in')]
    assert.deepEqual(up, [1.1, 1.25, 2])
    assert.deepEqual([nextZoom(1, 'out'), nextZoom(0.75, 'out'), nextZoom(2, 'reset')], [0.9, 0.75, 1])
  })

  it('are none where the file says something else, and nothing else in it is lost', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-zoom-'))
    t.after(() => rm(dir, { recursive: true }))
    for (const [zoom, read] of [
      [1.5, 1.5],
      [40, undefined],
      ['2', undefined],
      [null, undefined],
    ]) {
      await writeFile(join(dir, 'shell.json'), JSON.stringify({ close: 'keep', zoom }))
      const { values } = await loadShellMemory(dir, createLog('silent'))
      assert.deepEqual([values.zoom, values.close], [read, 'keep'])
    }
  })
})
