// Chromium and GTK hear before they start that the graphics card is left alone, and what the app starts later hears nothing of it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DRAWING_SWITCHES, spareGtkTheDrivers } from '../../main/shell/drawing.ts'
import { loadDesktop } from '../support/fake-electron/load.ts'
import { newWorld } from '../support/fake-electron/world.ts'

describe('drawing without the graphics card', () => {
  it(
    'is said to Chromium before it is ready, on Linux',
    { skip: process.platform !== 'linux' && 'Linux only' },
    async () => {
      const { id, world } = newWorld()
      const desktop = await loadDesktop(id)
      desktop.prepare()
      const said = world.switches.map(([name]) => name)
      assert.ok(
        DRAWING_SWITCHES.every(([name]) => said.includes(name)),
        said.join(),
      )
      assert.ok(!world.calls.includes('ready'))
      assert.equal(process.env['GDK_GL'], 'disable')
      await desktop.ready()
      assert.equal(process.env['GDK_GL'], undefined)
    },
  )

  it('is said to GTK for its start alone', () => {
    const env: NodeJS.ProcessEnv = {}
    const started = spareGtkTheDrivers(env)
    assert.equal(env['GDK_GL'], 'disable')
    started()
    assert.deepEqual(env, {})
  })

  it('leaves what a person has set', () => {
    const env: NodeJS.ProcessEnv = { GDK_GL: 'always' }
    spareGtkTheDrivers(env)()
    assert.deepEqual(env, { GDK_GL: 'always' })
  })
})
