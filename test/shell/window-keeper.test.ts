// The window from its first moment to its last, by the real adapter over a fake Electron and a clock that is moved by hand.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLog } from '../../core/log.ts'
import { CLOSED_MS, createWindowKeeper, SILENT_MS, type WindowKeeperInit } from '../../main/shell/window-keeper.ts'
import type { WindowPlace } from '../../main/shell/window-place.ts'
import type { Zoom } from '../../main/shell/window-zoom.ts'
import { shellText } from '../../proto/text/shell.ts'
import { loadDesktop } from '../support/fake-electron/load.ts'
import { newWorld, preventable } from '../support/fake-electron/world.ts'
import { manualClock, settle } from '../support/manual-clock.ts'

async function makeKeeper(change: Partial<WindowKeeperInit> = {}) {
  const { id, world } = newWorld()
  const clock = manualClock()
  const desktop = await loadDesktop(id)
  const kept: { place: WindowPlace | undefined; zoom: Zoom } = { place: undefined, zoom: 1 }
  const keeper = createWindowKeeper({
    ...{
      desktop,
      clock,
      log: createLog('silent'),
      text: () => shellText('en'),
      preload: '/preload.cjs',
      icons: '/icons',
    },
    ...{ trayShown: () => true, closeQuits: () => false, onCloseQuits: () => undefined },
    ...{ zoom: () => kept.zoom, onZoom: (zoom) => (kept.zoom = zoom) },
    ...{ place: () => kept.place, onPlace: (place) => (kept.place = place), onSessionEnd: () => undefined },
    ...change,
  })
  const open = async (...target: Parameters<typeof keeper.open>) => {
    keeper.open(...target)
    await settle()
    return last()
  }
  const last = () => {
    const window = world.windows.at(-1)
    assert.ok(window)
    return window
  }
  const close = async () => {
    last().close()
    await settle()
  }
  return { world, clock, keeper, kept, open, close, last }
}

describe('a closed window', () => {
  it('is taken away after a while, with its process', async () => {
    const { clock, keeper, open, close } = await makeKeeper()
    const window = await open()
    await close()
    await clock.advance(CLOSED_MS - 1)
    assert.deepEqual([window.visible, window.destroyed], [false, false])
    await clock.advance(1)
    assert.equal(window.destroyed, true)
    keeper.send('any', {})
    assert.deepEqual([keeper.isVisible(), keeper.isMainFrame(window.webContents.mainFrame)], [false, false])
  })

  it('comes back as it was where somebody wants it before that', async () => {
    const { world, clock, open, close } = await makeKeeper()
    const window = await open()
    await close()
    await clock.advance(CLOSED_MS - 1)
    await open()
    await clock.advance(CLOSED_MS * 10)
    assert.deepEqual([window.visible, window.destroyed, world.windows.length], [true, false, 1])
    assert.equal(clock.sleeping, 0)
  })

  it('counts from its last closing', async () => {
    const { clock, open, close } = await makeKeeper()
    const window = await open()
    await close()
    await clock.advance(CLOSED_MS / 2)
    await open()
    await close()
    await clock.advance(CLOSED_MS - 1)
    assert.equal(window.destroyed, false)
    await clock.advance(1)
    assert.equal(window.destroyed, true)
  })

  it('opens anew at the view and the place that it had', async () => {
    const { clock, open, close } = await makeKeeper()
    const first = await open()
    first.bounds = { x: 300, y: 200, width: 500, height: 700 }
    first.webContents.mainFrame.url = 'app://bundle/index.html#peers'
    await close()
    await clock.advance(CLOSED_MS)
    const second = await open()
    assert.notEqual(second, first)
    assert.deepEqual(second.loaded, ['app://bundle/index.html#peers'])
    assert.deepEqual(second.bounds, { x: 300, y: 200, width: 500, height: 700 })
    assert.equal(second.visible, true)
  })

  it('opens anew at the view that is asked for, and never at an address that its page made up', async () => {
    const { clock, open, close } = await makeKeeper()
    const first = await open()
    first.webContents.mainFrame.url = 'https://example.org/#made-up'
    await close()
    await clock.advance(CLOSED_MS)
    assert.deepEqual((await open()).loaded, ['app://bundle/index.html'])
    await close()
    await clock.advance(CLOSED_MS)
    assert.deepEqual((await open({ view: 'settings' })).loaded, ['app://bundle/index.html#settings'])
  })

  it('is over the whole screen again where it was', async () => {
    const { clock, open, close } = await makeKeeper()
    ;(await open()).maximized = true
    await close()
    await clock.advance(CLOSED_MS)
    assert.equal((await open()).maximized, true)
  })

  it('is not loaded again when its process dies', async () => {
    const { world, open, close } = await makeKeeper()
    const window = await open()
    await close()
    for (let times = 0; times < 5; times += 1) window.webContents.emit('render-process-gone', {}, { reason: 'crashed' })
    await settle()
    assert.deepEqual([window.destroyed, window.webContents.reloads, world.questions.length], [true, 0, 0])
    assert.equal((await open()).visible, true)
  })

  it('stays open where somebody wanted it while the question was open', async () => {
    const answer = Promise.withResolvers<number>()
    const { world, clock, open, close } = await makeKeeper({ trayShown: () => false })
    world.answer = () => answer.promise
    const window = await open()
    await close()
    await open()
    answer.resolve(0)
    await settle()
    await clock.advance(CLOSED_MS)
    assert.deepEqual([window.visible, window.minimized, window.destroyed], [true, false, false])
  })

  it('waits among the other windows where there is no tray, and stays there', async () => {
    const { world, clock, open, close } = await makeKeeper({ trayShown: () => false })
    const window = await open()
    await close()
    assert.deepEqual([window.minimized, window.destroyed, world.questions.length], [true, false, 1])
    await clock.advance(CLOSED_MS)
    assert.equal(window.destroyed, false)
    assert.equal((await open()).minimized, false)
    await close()
    assert.equal(world.questions.length, 2, 'nothing else there offers to quit')
  })

  it('can come to be among the other windows, and is not put there while somebody looks at it', async () => {
    const { keeper, open, last } = await makeKeeper({ trayShown: () => false })
    keeper.openMinimised()
    await settle()
    assert.deepEqual([last().visible, last().minimized], [true, true])
    const window = await open()
    keeper.openMinimised()
    assert.deepEqual([window.visible, window.minimized], [true, false])
  })

  it('leaves the window that came after it alone', async () => {
    const { clock, open, close } = await makeKeeper()
    const first = await open()
    await close()
    await clock.advance(CLOSED_MS)
    const second = await open()
    first.emit('close', { preventDefault: () => undefined })
    first.webContents.emit('render-process-gone', {}, { reason: 'killed' })
    await settle()
    assert.deepEqual([second.visible, second.destroyed, second.webContents.reloads], [true, false, 0])
  })

  it('keeps nobody waiting who ends the app, and an open one leaves its place', async () => {
    const { clock, keeper, kept, open, close, last } = await makeKeeper()
    await open()
    await close()
    await open()
    last().bounds = { x: 1, y: 2, width: 400, height: 600 }
    await close()
    keeper.stop()
    assert.equal(clock.sleeping, 0)
    assert.deepEqual(kept.place, { x: 1, y: 2, width: 400, height: 600, maximised: false })
    const other = await makeKeeper()
    ;(await other.open()).bounds = { x: 3, y: 4, width: 450, height: 650 }
    other.keeper.stop()
    assert.deepEqual(other.kept.place, { x: 3, y: 4, width: 450, height: 650, maximised: false })
  })
})

describe('the size of the page', () => {
  it('follows the keys, and the wheel with Ctrl', async () => {
    const { kept, open } = await makeKeeper()
    const { webContents } = await open()
    const press = (key: string) => {
      const event = preventable({})
      const mac = process.platform === 'darwin'
      const pressed = { type: 'keyDown', key, code: '', control: !mac, meta: mac, alt: false }
      webContents.emit('before-input-event', event, pressed)
      return event.prevented
    }
    assert.deepEqual([press('+'), webContents.zoom, kept.zoom], [true, 1.1, 1.1])
    webContents.emit('zoom-changed', {}, 'in')
    assert.deepEqual([webContents.zoom, kept.zoom], [1.25, 1.25])
    assert.equal(press('c'), false)
    assert.equal(press('0'), true)
    assert.deepEqual([webContents.zoom, kept.zoom], [1, 1])
  })

  it('is the one of the last time, also in a window that was taken away', async () => {
    const { clock, open, close } = await makeKeeper({ zoom: () => 1.5 })
    assert.equal((await open()).webContents.zoom, 1.5)
    await close()
    await clock.advance(CLOSED_MS)
    assert.equal((await open()).webContents.zoom, 1.5)
  })
})

describe('a page that does not work', () => {
  it('S25 is explained when nothing was heard of it for a while after it was loaded', async () => {
    const { world, clock, open } = await makeKeeper()
    world.answer = () => 1
    const window = await open()
    window.webContents.emit('did-finish-load')
    await clock.advance(SILENT_MS - 1)
    assert.equal(world.questions.length, 0)
    await clock.advance(1)
    await settle()
    assert.match(world.questions[0]?.message ?? '', /stays empty/)
    assert.equal(window.destroyed, true, 'an empty window is of no use')
  })

  it('S25 is explained at once when a part of it is missing, and loaded again where somebody wants that', async () => {
    const { world, clock, open } = await makeKeeper()
    world.answer = () => 0
    const window = await open()
    window.webContents.emit('preload-error', {}, '/preload.cjs', new Error('there is no such file'))
    await settle()
    assert.equal(world.questions.length, 1)
    assert.equal(window.webContents.reloads, 1)
    window.webContents.emit('did-fail-load', {}, -3, 'ERR_ABORTED', 'app://bundle/', true)
    window.webContents.emit('did-fail-load', {}, -6, 'ERR_FILE_NOT_FOUND', 'app://bundle/x', false)
    await settle()
    assert.equal(world.questions.length, 1, 'neither a page that was left nor a part of one')
    assert.equal(clock.sleeping, 0)
  })

  it('is not suspected when it asks, before or after it is loaded', async () => {
    const { world, clock, keeper, open } = await makeKeeper()
    const window = await open()
    keeper.heard()
    window.webContents.emit('did-finish-load')
    await clock.advance(SILENT_MS * 2)
    window.webContents.emit('did-finish-load')
    keeper.heard()
    await clock.advance(SILENT_MS * 2)
    assert.equal(world.questions.length, 0)
    assert.equal(clock.sleeping, 0)
  })
})
