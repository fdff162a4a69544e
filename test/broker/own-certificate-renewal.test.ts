// The renewal of the broker's own certificate, with a CA and a DNS server that come and go, seen by whoever connects. Months pass
// because the clock is moved.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { describe, it, type TestContext } from 'node:test'
import { createAcmeSession, memoryAccountStore } from '../../core/acme/index.ts'
import { certId, parseBundle } from '../../core/x509/index.ts'
import { ownCertificatePath } from '../../servers/broker/own-certificate.ts'
import { DAY_MS } from '../main/support.ts'
import { walkingClock, type WalkingClock } from '../support/walking-clock.ts'
import { eventually, handshake, look, type OwnBroker, type OwnWorld, ownWorld, ZONE } from './own-world.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

interface Scene {
  readonly clock: WalkingClock
  readonly world: OwnWorld
  readonly broker: OwnBroker
  readonly first: string
}

/** A broker with its first certificate, which is on the disk, and what identifies it. */
async function withCertificate(t: TestContext): Promise<Scene> {
  const clock = walkingClock()
  const world = await ownWorld(t, { clock })
  const broker = await world.start()
  const first = await eventually('a certificate', () => look(broker.port, world.rootPem))
  await page(broker, /Renewal<\/dt>\s*<dd><time/)
  return { clock, world, broker, first }
}

/** The operator's page, once it says something. */
function page(broker: OwnBroker, words: RegExp): Promise<string> {
  return eventually(
    `the page to say ${words}`,
    () => broker.operator('/'),
    (text) => words.test(text),
  )
}

/** What is shown instead of a certificate. */
function another({ broker, first }: Scene): Promise<string> {
  return eventually(
    'another certificate',
    () => look(broker.port),
    (seen) => seen !== first,
  )
}

const stored = async (world: OwnWorld) => parseBundle(await readFile(ownCertificatePath(world.dir), 'utf8'))

describe("the broker's own certificate", () => {
  it('is renewed in the window of its CA: new connections see another one, an open one lives on', async (t) => {
    const scene = await withCertificate(t)
    const { clock, world, broker, first } = scene
    const open = await handshake({ host: '127.0.0.1', port: broker.port, servername: ZONE, ca: world.rootPem })
    t.after(() => open.destroy())
    const asked = Promise.withResolvers<void>()
    world.faults = { before: ({ path }) => void (path.startsWith('/renewal-info/') && asked.resolve()) }
    clock.jump(58 * DAY_MS)
    await asked.promise
    clock.jump(HOUR_MS)
    assert.equal(await look(broker.port), first, 'not before its window')
    clock.jump(3 * DAY_MS)
    const second = await another(scene)
    open.write(`GET /v1/health HTTP/1.1\r\nhost: ${ZONE}\r\n\r\n`)
    const [answer] = await once(open, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 204/)
    assert.equal(open.getPeerX509Certificate()?.serialNumber.toLowerCase(), first)
    const issued = world.ca.issued()
    assert.deepEqual(
      issued.map(({ serial }) => serial.toLowerCase()),
      [first, second],
    )
    assert.deepEqual(world.replaced, [undefined, certId(issued[0]?.chainPem ?? '')])
  })

  it('is renewed once its CA moves the window to now, and says what it replaces', async (t) => {
    const scene = await withCertificate(t)
    const { clock, world } = scene
    const { chainPem, keyPem, renewAt } = await stored(world)
    assert.ok(renewAt, 'the moment is stored')
    const revoker = await createAcmeSession({
      ...{ directory: world.directoryUrl, trustAnchorPem: world.rootPem, version: '0.0.0-test', clock },
      ...{ store: memoryAccountStore(), termsOfServiceAgreed: true },
    })
    t.after(() => revoker.close())
    await revoker.revoke(chainPem, { keyPem })
    clock.jump(7 * HOUR_MS)
    await another(scene)
    assert.deepEqual(world.replaced, [undefined, certId(chainPem)])
  })

  it('stays in use while the CA is down, and is renewed when it is back', async (t) => {
    const scene = await withCertificate(t)
    const { clock, world, broker, first } = scene
    world.faults = { before: () => 'drop' }
    clock.jump(61 * DAY_MS)
    assert.match(await page(broker, /no usable answer/), /tried again <time/)
    assert.equal(await look(broker.port), first)
    world.faults = {}
    clock.jump(2 * MINUTE_MS)
    await another(scene)
    await page(broker, /Well: new peers are welcome/)
    assert.equal(world.ca.issued().length, 2)
  })

  it('comes when the DNS is back that was down at the start', async (t) => {
    const clock = walkingClock()
    const world = await ownWorld(t, { clock })
    await world.stopDns()
    const broker = await world.start()
    const said = await page(broker, /did not take/)
    assert.match(said, /nobody can connect/)
    assert.match(said, /see whether the DNS servers in `broker.dnsServers` run/)
    await world.startDns()
    clock.jump(2 * MINUTE_MS)
    await eventually('a certificate', () => look(broker.port))
    assert.equal(world.ca.issued().length, 1)
    assert.equal(world.replaced.length, 1, 'by the order that was there')
  })

  it('counts once in the week of the zone, and its renewals do not', async (t) => {
    const scene = await withCertificate(t)
    const used = async () => />(\d+) of 50</.exec(await scene.broker.operator('/'))?.[1]
    assert.equal(await used(), '1')
    scene.clock.jump(61 * DAY_MS)
    await another(scene)
    assert.equal(await used(), '0', 'the first one is long over')
  })

  it('is told to Prometheus with its end', async (t) => {
    const { world, broker } = await withCertificate(t)
    const { notAfter } = await stored(world)
    const name = 'nodetrust_broker_certificate_not_after_timestamp_seconds'
    assert.match(await broker.operator('/metrics'), new RegExp(`^${name} ${notAfter / 1_000}$`, 'm'))
  })
})
