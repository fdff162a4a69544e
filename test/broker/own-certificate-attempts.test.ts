// When the broker orders a certificate for itself after something went wrong: how long it waits, what it goes on with, and what it
// does with files that cannot be used.
import assert from 'node:assert/strict'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { AcmeProblem, AcmeTransportError, ChallengeFailedError } from '../../core/acme/index.ts'
import { parseBundle, serialiseBundle } from '../../core/x509/index.ts'
import { ownCertificatePath } from '../../servers/broker/own-certificate.ts'
import { DnsServerError } from '../../servers/dns/client.ts'
import { DAY_MS, makeBundle, testAuthority, until } from '../main/support.ts'
import { NAME, ownScene, type Scene } from './own-keeper.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

const silence = () => new AcmeTransportError('ECONNREFUSED', 'nobody listens', 'https://ca.test')
const problem = (type: string, status: number, retryAfterMs?: number) =>
  new AcmeProblem({ type, detail: 'no', status, subproblems: [] }, 'https://ca.test', retryAfterMs)
const refused = () =>
  new ChallengeFailedError(NAME, { type: 'dns', detail: 'no TXT value', status: 400, subproblems: [] })

/** Goes on until just before a date and sees nothing, then over it and sees the next order. */
async function nextOrderAfter(scene: Scene, waitMs: number): Promise<void> {
  const before = scene.asked.length
  await scene.pass(waitMs - 2_000)
  assert.deepEqual([scene.asked.length, scene.busy()], [before, false], `no order before ${waitMs / MINUTE_MS} minutes`)
  await scene.pass(4_000)
  await scene.orders(before + 1)
}

describe('after a failure the broker orders again', () => {
  test('in 1, 10 and 100 minutes, and every day from then on', async (t) => {
    const scene = await ownScene(t)
    scene.failures.push(...Array.from({ length: 6 }, silence))
    scene.start()
    await scene.orders(1)
    for (const minutes of [1, 10, 100, 24 * 60, 24 * 60]) await nextOrderAfter(scene, minutes * MINUTE_MS)
  })

  test('at the same date after any number of restarts', async (t) => {
    const scene = await ownScene(t)
    scene.failures.push(silence(), silence())
    const first = scene.start()
    await scene.orders(1)
    await nextOrderAfter(scene, MINUTE_MS)
    await first.stop()
    for (let restart = 1; restart <= 5; restart++) {
      const own = scene.start()
      await until('the stored failure', () => own.state().failed !== undefined)
      await scene.pass(MINUTE_MS)
      await own.stop()
    }
    assert.equal(scene.asked.length, 2)
    scene.start()
    await nextOrderAfter(scene, 5 * MINUTE_MS)
  })

  test('when the CA says, and not before', async (t) => {
    const scene = await ownScene(t)
    scene.failures.push(problem('rateLimited', 429, 34 * HOUR_MS))
    scene.start()
    await scene.orders(1)
    await nextOrderAfter(scene, 34 * HOUR_MS)
  })

  test('ten minutes after a failed validation, of which a CA forgives five an hour', async (t) => {
    const scene = await ownScene(t)
    scene.failures.push(refused())
    scene.start()
    await scene.orders(1)
    await nextOrderAfter(scene, 10 * MINUTE_MS)
  })

  for (const [title, error] of [
    ['the CA has paused the zone', problem('rateLimited', 429)],
    ['only the operator can mend it', problem('userActionRequired', 403)],
  ] as const)
    test(`the next day where ${title}: nobody sits in front of a server`, async (t) => {
      const scene = await ownScene(t)
      scene.failures.push(error)
      scene.start()
      await scene.orders(1)
      await nextOrderAfter(scene, DAY_MS)
    })

  test('at once where the operator has changed what is configured', async (t) => {
    const scene = await ownScene(t)
    scene.failures.push(problem('invalidProfile', 400))
    const own = scene.start()
    await scene.orders(1)
    await own.stop()
    scene.start({ situation: 'two' })
    await scene.orders(2)
  })

  test('at once where only a wrong clock can have written the date', async (t) => {
    const scene = await ownScene(t)
    scene.failures.push(silence())
    scene.start()
    await scene.orders(1)
    scene.clock.set(scene.clock.now() - 3 * DAY_MS)
    await scene.pass(3 * DAY_MS + MINUTE_MS) // what sleeps wakes at its time by this clock
    await scene.orders(2)
  })
})

describe('what was begun', () => {
  test('is gone on with: the same key, the same order', async (t) => {
    const scene = await ownScene(t)
    scene.failures.push(silence(), new DnsServerError('the DNS server is down'))
    const own = scene.start()
    await scene.orders(1)
    assert.equal((await stat(join(scene.dir, 'broker-certificate.pending.json'))).mode & 0o777, 0o600)
    await own.stop()
    scene.start()
    await scene.pass(2 * MINUTE_MS)
    await scene.orders(2)
    await nextOrderAfter(scene, 10 * MINUTE_MS)
    const [first, ...others] = scene.asked
    assert.equal(first?.resume, undefined)
    for (const other of others) assert.deepEqual([other.resume, other.spki], ['https://ca.test/order/1', first?.spki])
  })

  test('is not gone on with where its end was bad: a new order, the same key', async (t) => {
    const scene = await ownScene(t)
    scene.failures.push(refused())
    scene.start()
    await scene.orders(1)
    await nextOrderAfter(scene, 10 * MINUTE_MS)
    assert.equal(scene.asked[1]?.resume, undefined)
    assert.equal(scene.asked[1]?.spki, scene.asked[0]?.spki)
  })

  test('is forgotten once the certificate is stored, and the next one has a key of its own', async (t) => {
    const scene = await ownScene(t)
    scene.start()
    await scene.orders(1)
    await assert.rejects(stat(join(scene.dir, 'broker-certificate.pending.json')))
    await assert.rejects(stat(join(scene.dir, 'broker-certificate.order.json')))
    await scene.pass(61 * DAY_MS)
    await scene.orders(2)
    assert.notEqual(scene.asked[1]?.spki, scene.asked[0]?.spki)
    assert.equal(scene.asked[1]?.resume, undefined)
  })
})

describe('a disk', () => {
  /** Nothing can be written where a folder stands. */
  const block = (scene: Scene, name: string) => mkdir(join(scene.dir, name, 'in-the-way'), { recursive: true })

  test('that takes no key keeps everything from being ordered', async (t) => {
    const scene = await ownScene(t)
    await block(scene, 'broker-certificate.pending.json')
    const own = scene.start()
    await until('the failure', () => own.state().failed !== undefined)
    assert.equal(own.state().failed?.failure.code, 'disk')
    assert.equal(scene.asked.length, 0)
  })

  test('that takes no certificate does not keep it from being used, and has it once there is room', async (t) => {
    const scene = await ownScene(t)
    await block(scene, 'broker-certificate.json')
    const own = scene.start()
    await scene.orders(1)
    assert.equal(scene.used.length, 1)
    assert.match(own.state().unsaved ?? '', /broker-certificate\.json/)
    await rm(join(scene.dir, 'broker-certificate.json'), { recursive: true })
    await scene.pass(11 * MINUTE_MS)
    await until('it to be written', () => own.state().unsaved === undefined)
    const stored = parseBundle(await readFile(ownCertificatePath(scene.dir), 'utf8'))
    assert.equal(stored.chainPem, scene.used[0])
    assert.equal(scene.asked.length, 1)
  })

  test('that took no certificate before a kill costs no second one: order and key are still there', async (t) => {
    const scene = await ownScene(t)
    await block(scene, 'broker-certificate.json')
    const own = scene.start()
    await scene.orders(1)
    await own.stop()
    await rm(join(scene.dir, 'broker-certificate.json'), { recursive: true })
    scene.start()
    await scene.orders(2)
    assert.equal(scene.asked[1]?.resume, 'https://ca.test/order/1')
    assert.equal(scene.asked[1]?.spki, scene.asked[0]?.spki)
  })
})

describe('a stored certificate', () => {
  async function stored(scene: Scene, names: readonly string[] = [NAME]) {
    const authority = await testAuthority(scene.clock.now())
    return makeBundle({ authority, names, now: scene.clock.now() })
  }
  const put = (scene: Scene, text: string) => writeFile(ownCertificatePath(scene.dir), text)

  test('that is good is used, and nobody is asked', async (t) => {
    const scene = await ownScene(t)
    await put(scene, serialiseBundle(await stored(scene)))
    const own = scene.start()
    await until('it to be used', () => own.state().current !== undefined)
    await scene.pass(HOUR_MS)
    assert.deepEqual([scene.used.length, scene.asked.length, scene.busy()], [1, 0, false])
  })

  const cases: readonly (readonly [title: string, text: (scene: Scene) => Promise<string>])[] = [
    ['is damaged', async (scene) => serialiseBundle(await stored(scene)).slice(0, 900)],
    ['is for another name', async (scene) => serialiseBundle(await stored(scene, ['other.test']))],
    [
      'has the key of another',
      async (scene) => serialiseBundle({ ...(await stored(scene)), keyPem: (await stored(scene)).keyPem }),
    ],
    [
      'has expired',
      async (scene) => {
        const text = serialiseBundle(await stored(scene))
        scene.clock.set(scene.clock.now() + 91 * DAY_MS)
        return text
      },
    ],
  ]
  for (const [title, text] of cases)
    test(`that ${title} is moved aside and replaced`, async (t) => {
      const scene = await ownScene(t)
      await put(scene, await text(scene))
      scene.start()
      await scene.orders(1)
      assert.equal(scene.used.length, 1)
      assert.ok(await stat(join(scene.dir, 'broker-certificate.unusable.json')))
    })

  test('that is damaged gives way to the one before it', async (t) => {
    const scene = await ownScene(t)
    const before = await stored(scene)
    await writeFile(join(scene.dir, 'broker-certificate.previous.json'), serialiseBundle(before))
    await put(scene, '{')
    const own = scene.start()
    await until('it to be used', () => own.state().current !== undefined)
    assert.deepEqual([scene.used, scene.asked.length], [[before.chainPem], 0])
  })

  test('stays in use while its renewal fails, and the operator sees why and until when', async (t) => {
    const scene = await ownScene(t)
    const own = scene.start()
    await scene.orders(1)
    scene.failures.push(silence())
    scene.clock.set(scene.clock.now() + 61 * DAY_MS)
    await scene.clock.advance(0)
    await scene.orders(2)
    const { current, failed, renewal } = own.state()
    assert.equal(current?.chainPem, scene.used[0])
    assert.equal(failed?.failure.code, 'ca-unavailable')
    assert.ok(renewal?.due)
    assert.equal(failed?.retryAt, (failed?.at ?? 0) + MINUTE_MS)
  })
})
