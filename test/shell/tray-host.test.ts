// What follows from a panel that is not there, comes later, or is started anew.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { followTrayHost, PANEL_PATIENCE_MS, type TrayHostInit } from '../../main/shell/tray-host.ts'
import { manualClock } from '../support/manual-clock.ts'

function follow(change: Partial<TrayHostInit> = {}) {
  const clock = manualClock()
  const ended = new AbortController()
  const told: string[] = []
  let panel: (shown: boolean) => void = () => undefined
  const shown = followTrayHost({
    ...{ platform: 'linux', clock, signal: ended.signal, watch: (onChange) => (panel = onChange) },
    onPanel: () => void told.push('panel'),
    onShown: (is) => void told.push(is ? 'shown' : 'not shown'),
    onUnseen: () => void told.push('unseen'),
    ...change,
  })
  return { clock, ended, told, shown, panel: (is: boolean) => panel(is) }
}

describe('a desktop’s place for tray icons', () => {
  it('is left to Electron where it is there from the beginning', async () => {
    const { clock, told, shown, panel } = follow()
    assert.equal(shown(), false, 'nobody has answered yet')
    panel(true)
    assert.equal(shown(), true)
    await clock.advance(PANEL_PATIENCE_MS)
    assert.deepEqual(told, ['shown'])
  })

  it('gets a new icon when it comes later, and each time it comes back', async () => {
    const { clock, told, panel } = follow()
    panel(false)
    await clock.advance(PANEL_PATIENCE_MS - 1)
    panel(true)
    panel(false)
    await clock.advance(PANEL_PATIENCE_MS - 1)
    panel(true)
    await clock.advance(PANEL_PATIENCE_MS)
    assert.deepEqual(told, ['not shown', 'shown', 'panel', 'not shown', 'shown', 'panel'])
  })

  it('is not waited for longer than a panel takes to start, also where nobody answers', async () => {
    const none = follow()
    none.panel(false)
    await none.clock.advance(PANEL_PATIENCE_MS)
    assert.deepEqual(none.told, ['not shown', 'unseen'])
    const silent = follow()
    await silent.clock.advance(PANEL_PATIENCE_MS)
    assert.deepEqual(silent.told, ['unseen'])
    const over = follow()
    over.ended.abort()
    await over.clock.advance(PANEL_PATIENCE_MS)
    assert.deepEqual(over.told, [])
  })

  it('is there on macOS and Windows without a question', async () => {
    for (const platform of ['darwin', 'win32'] as const) {
      const watch = () => assert.fail('nobody is asked')
      const { clock, told, shown } = follow({ platform, watch })
      assert.equal(shown(), true)
      await clock.advance(PANEL_PATIENCE_MS)
      assert.deepEqual(told, [])
    }
  })
})
