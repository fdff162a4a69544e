// When the broker orders a certificate for itself, with a clock that is moved by hand and a CA that does as it is told.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { silentLog } from '../../core/log.ts'
import { keepOwnCertificate } from '../../servers/broker/own-certificate.ts'
import { manualTime, until } from '../main/support.ts'

const MINUTE_MS = 60_000

test('a broker that is started again after an order that brought nothing waits for half an hour', async (t: TestContext) => {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-own-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  const clock = manualTime()
  let orders = 0
  const start = () => {
    const ending = new AbortController()
    const kept = keepOwnCertificate(
      {
        ...{ name: 'zone.test', dir, clock, log: silentLog },
        run: () => {
          orders++
          return Promise.reject(new Error('the CA is down'))
        },
        dns: { set: () => Promise.resolve(), remove: () => Promise.resolve() },
        preCheck: () => Promise.resolve(),
        use: () => undefined,
      },
      ending.signal,
    )
    return async () => {
      ending.abort()
      await kept.catch(() => undefined)
    }
  }
  const end = start()
  await until('the first order', () => orders === 1)
  await end()
  const endAgain = start()
  await clock.advance(29 * MINUTE_MS)
  assert.equal(orders, 1, 'not at the second start')
  await clock.advance(2 * MINUTE_MS)
  await until('the next order', () => orders === 2)
  await endAgain()
})
