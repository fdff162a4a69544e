// Key and order of a certificate that is being asked for, as files: what is found again after a crash, and what is not.
import assert from 'node:assert/strict'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, describe, test } from 'node:test'
import { createOrderFile } from '../../core/certificates/order-file.ts'
import { createPendingKey } from '../../core/certificates/pending-key.ts'
import { generateKeyPem } from '../../core/x509/index.ts'
import { DAY_MS, manualClock, temporaryDir } from '../main/support.ts'

const PURPOSE = { names: ['a.example.net'], algorithm: 'ecdsa-p256' } as const
const ORDER = { forge: 'example.net', directory: 'https://ca', orderUrl: 'https://ca/1', spki: 'ab', validated: false }

async function scene(t: TestContext) {
  const dir = await temporaryDir(t)
  const clock = manualClock()
  const [keyPath, orderPath] = [join(dir, 'key.json'), join(dir, 'order.json')]
  const pending = createPendingKey({ path: keyPath, clock })
  const orders = createOrderFile({ path: orderPath, clock })
  return { clock, keyPath, orderPath, pending, orders, keyPem: await generateKeyPem('ecdsa-p256') }
}

describe('a pending key', () => {
  test('is found for what it was made for, and lies in a file for its owner alone', async (t) => {
    const { keyPath, keyPem, pending } = await scene(t)
    await pending.keep(keyPem, PURPOSE)
    assert.equal(await pending.keyFor(PURPOSE), keyPem)
    assert.equal((await stat(keyPath)).mode & 0o777, 0o600)
  })

  test('is not found for other names, and gone then', async (t) => {
    const { keyPem, pending } = await scene(t)
    await pending.keep(keyPem, PURPOSE)
    assert.equal(await pending.keyFor({ ...PURPOSE, names: ['b.example.net'] }), undefined)
    assert.equal(await pending.keyFor(PURPOSE), undefined)
  })

  test('is not found after a day, nor where its file is torn', async (t) => {
    const { clock, keyPath, keyPem, pending } = await scene(t)
    await pending.keep(keyPem, PURPOSE)
    await clock.advance(DAY_MS)
    assert.equal(await pending.keyFor(PURPOSE), undefined)
    await writeFile(keyPath, '{"keyPem":')
    assert.equal(await pending.keyFor(PURPOSE), undefined)
  })

  test('is forgotten only where it is the one that is named', async (t) => {
    const { keyPem, pending } = await scene(t)
    await pending.keep(keyPem, PURPOSE)
    await pending.forget('another')
    assert.equal(await pending.keyFor(PURPOSE), keyPem)
    await pending.forget(keyPem)
    assert.equal(await pending.keyFor(PURPOSE), undefined)
  })
})

describe('an order under way', () => {
  test('is found again with everything that was kept of it', async (t) => {
    const { clock, orders } = await scene(t)
    await orders.save(ORDER)
    assert.deepEqual(await orders.find(), { ...ORDER, at: clock.now() })
    await orders.clear()
    assert.equal(await orders.find(), undefined)
  })

  test('is not found after a day, nor where its file is torn', async (t) => {
    const { clock, orderPath, orders } = await scene(t)
    await orders.save(ORDER)
    await clock.advance(DAY_MS)
    assert.equal(await orders.find(), undefined)
    await writeFile(orderPath, '{"forge":')
    assert.equal(await orders.find(), undefined)
  })
})
