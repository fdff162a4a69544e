// How the tray follows its model: not too often, not without need, and moving only where people want it to.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { basename } from 'node:path'
import { createTray, FRAME_MS, THROTTLE_MS } from '../../main/shell/tray.ts'
import { type TrayAction, trayModel } from '../../main/shell/tray-model.ts'
import type { DesktopTray } from '../../main/shell/ports.ts'
import { manualClock, settle } from '../support/manual-clock.ts'
import { around, lifeState } from './states.ts'

function recorded({ motion = true, place = true } = {}) {
  const clock = manualClock()
  const icons: string[] = []
  const actions: TrayAction[] = []
  const counts = { tooltip: 0, menu: 0, destroyed: 0 }
  let click = (_id: string): void => undefined
  const port: DesktopTray = {
    setIcon: (file) => icons.push(basename(file)),
    setTooltip: () => (counts.tooltip += 1),
    setMenu: (_items, onClick) => {
      counts.menu += 1
      click = onClick
    },
    destroy: () => (counts.destroyed += 1),
  }
  const tray = createTray({
    ...{ clock, icons: '/icons', motion: () => motion, onAction: (action) => actions.push(action) },
    open(file) {
      icons.push(basename(file))
      return place ? port : undefined
    },
  })
  return { clock, tray, icons, actions, counts, click: (id: string) => click(id) }
}

const model = (life: Parameters<typeof lifeState>[0]) => trayModel(lifeState(life), around())

describe('the tray', () => {
  it('is set at most five times a second, and the last model always arrives', async () => {
    const { tray, clock, icons } = recorded()
    tray.show(model('idle'))
    await settle()
    for (const life of ['serving', 'expired', 'idle', 'offline'] as const) tray.show(model(life))
    await settle()
    assert.deepEqual(icons, ['idle-colour-on-any.png'])
    await clock.advance(THROTTLE_MS)
    assert.deepEqual(icons, ['idle-colour-on-any.png', 'offline-colour-on-any.png'])
    tray.stop()
  })

  it('is left alone when nothing differs, since an open menu would close', async () => {
    const { tray, clock, counts, icons } = recorded()
    tray.show(model('serving'))
    await clock.advance(THROTTLE_MS)
    tray.show(model('serving'))
    await clock.advance(60_000)
    assert.deepEqual(counts, { tooltip: 1, menu: 1, destroyed: 0 })
    assert.equal(icons.length, 1)
    tray.stop()
  })

  it('walks through the three pictures of work, 600 ms each, and stops when the work ends', async () => {
    const { tray, clock, icons } = recorded()
    tray.show(model('working'))
    await settle()
    await clock.advance(3 * FRAME_MS)
    assert.deepEqual(
      icons.map((name) => name.slice(0, 9)),
      ['working-1', 'working-2', 'working-3', 'working-1'],
    )
    tray.show(model('serving'))
    await clock.advance(10 * FRAME_MS)
    assert.equal(icons.at(-1), 'serving-colour-on-any.png')
    assert.equal(icons.length, 5)
    assert.equal(clock.sleeping, 0)
    tray.stop()
  })

  it('stands still with three dots where motion is not wanted', async () => {
    const { tray, clock, icons } = recorded({ motion: false })
    tray.show(model('working'))
    await settle()
    await clock.advance(10 * FRAME_MS)
    assert.deepEqual(icons, ['working-3-colour-on-any.png'])
    tray.stop()
  })

  it('keeps its menu while the picture moves', async () => {
    const { tray, clock, counts } = recorded()
    tray.show(model('working'))
    await settle()
    await clock.advance(10 * FRAME_MS)
    assert.equal(counts.menu, 1)
    tray.stop()
  })

  it('does what its newest model says by a click, and nothing for a line of words', async () => {
    const { tray, actions, click } = recorded()
    tray.show(model('idle'))
    await settle()
    for (const id of ['get', 'state', 'line-1', 'nothing']) click(id)
    assert.deepEqual(actions, [{ kind: 'call', method: 'certificate.get', input: {} }])
    tray.stop()
  })

  it('lives without a place for it', async () => {
    const { tray, clock, counts } = recorded({ place: false })
    tray.show(model('serving'))
    await clock.advance(THROTTLE_MS)
    assert.equal(counts.menu, 0)
    tray.stop()
  })

  it('goes away when it is stopped, and sets nothing after', async () => {
    const { tray, clock, counts, icons } = recorded()
    tray.show(model('working'))
    await settle()
    tray.stop()
    tray.show(model('serving'))
    await clock.advance(10 * FRAME_MS)
    assert.equal(counts.destroyed, 1)
    assert.equal(icons.length, 1)
    assert.equal(clock.sleeping, 0)
  })
})
