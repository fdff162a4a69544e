// When the broker renews its own certificate: in the window of the CA where it names one, by the dates where it does not, and what
// it says then of the certificate before.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AcmeTransportError } from '../../core/acme/index.ts'
import { certId } from '../../core/x509/index.ts'
import { DAY_MS, until } from '../main/support.ts'
import { ACCOUNT, ownScene, type Scene } from './own-keeper.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** A tick and a bit: a date that would pass before the next look is not waited for. */
const TICK_MS = 11 * MINUTE_MS

/** What the CA says of a window that lies so many days from now. */
function windowIn(scene: Scene, days: number, askAgainMs = 6 * HOUR_MS) {
  const start = scene.clock.now() + days * DAY_MS
  return { window: { start, end: start + 2 * DAY_MS }, askAgainMs, explanationUrl: undefined }
}

/** Sees no order until just before a date, and one at the date. */
async function renewedAt(scene: Scene, ms: number): Promise<void> {
  const before = scene.asked.length
  await scene.pass(ms - TICK_MS)
  assert.deepEqual([scene.asked.length, scene.busy()], [before, false], 'not before its time')
  await scene.pass(2 * TICK_MS)
  await scene.orders(before + 1)
}

describe('the certificate of the broker is renewed', () => {
  test('with a third of its life left where the CA suggests nothing', async (t) => {
    const scene = await ownScene(t)
    scene.start()
    await scene.orders(1)
    await renewedAt(scene, 60 * DAY_MS)
  })

  test('with half of it left where it lives less than ten days', async (t) => {
    const scene = await ownScene(t)
    scene.lifeMs = 6 * DAY_MS
    scene.start()
    await scene.orders(1)
    await renewedAt(scene, 3 * DAY_MS)
  })

  test('at the moment that was chosen in the window, also after a restart with other dice', async (t) => {
    const scene = await ownScene(t)
    scene.info = windowIn(scene, 40)
    const own = scene.start()
    await scene.orders(1)
    await own.stop()
    const again = scene.start({ random: () => 0.01 })
    await until('the stored one', () => again.state().current !== undefined)
    await renewedAt(scene, 41 * DAY_MS)
  })

  test('with a twentieth of its life left, whatever the CA suggests', async (t) => {
    const scene = await ownScene(t)
    scene.info = windowIn(scene, 89)
    scene.start()
    await scene.orders(1)
    await renewedAt(scene, 85.5 * DAY_MS)
  })

  test('not at once where its window is past as it comes: the limits of the CA would be spent', async (t) => {
    const scene = await ownScene(t)
    scene.info = windowIn(scene, -5)
    scene.start()
    await scene.orders(1)
    await renewedAt(scene, 6 * HOUR_MS)
  })

  test('B6 and ever more rarely where its window stays past', async (t) => {
    const scene = await ownScene(t)
    scene.info = windowIn(scene, -5)
    scene.start()
    await scene.orders(1)
    await renewedAt(scene, 6 * HOUR_MS)
    await scene.pass(12 * HOUR_MS - 2 * TICK_MS)
    assert.equal(scene.asked.length, 2)
    await scene.pass(4 * TICK_MS)
    await scene.orders(3)
    await scene.pass(24 * HOUR_MS - 4 * TICK_MS)
    assert.equal(scene.asked.length, 3)
  })
})

describe('the CA is asked for its window', () => {
  test('when the certificate came, and again when it says', async (t) => {
    const scene = await ownScene(t)
    scene.info = windowIn(scene, 40, 2 * HOUR_MS)
    const own = scene.start()
    await scene.orders(1)
    assert.equal(scene.questions(), 1)
    assert.equal(own.state().renewal?.reason, 'window')
    await scene.pass(HOUR_MS)
    assert.equal(scene.questions(), 1)
    await scene.pass(HOUR_MS + TICK_MS)
    assert.equal(scene.questions(), 2)
  })

  test('and keeps the one that is known where it does not answer', async (t) => {
    const scene = await ownScene(t)
    scene.info = windowIn(scene, 40)
    const own = scene.start()
    await scene.orders(1)
    const before = own.state().renewal?.at
    scene.info = new AcmeTransportError('ECONNREFUSED', 'nobody listens', 'https://ca.test')
    await scene.pass(7 * HOUR_MS)
    assert.equal(scene.questions(), 2)
    assert.equal(own.state().renewal?.at, before)
  })
})

describe('an order', () => {
  test('names the certificate that it replaces, and the account that ordered that', async (t) => {
    const scene = await ownScene(t)
    scene.start()
    await scene.orders(1)
    await renewedAt(scene, 60 * DAY_MS)
    assert.deepEqual(scene.asked[1]?.replaces, { certId: certId(scene.used[0] ?? ''), account: ACCOUNT })
  })

  test('names none that has expired', async (t) => {
    const scene = await ownScene(t)
    scene.start()
    await scene.orders(1)
    scene.clock.set(scene.clock.now() + 91 * DAY_MS)
    await scene.pass(TICK_MS)
    await scene.orders(2)
    assert.equal(scene.asked[1]?.replaces, undefined)
  })
})
