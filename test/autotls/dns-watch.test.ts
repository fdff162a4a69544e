// Where a registered value is looked for: the forge's own name servers, then a resolver; and who is believed when they differ
// or keep silent.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { systemClock } from '../../core/clock.ts'
import { createDnsServer } from '../../core/dns/index.ts'
import { silentLog } from '../../core/log.ts'
import { createZoneAnswerer } from '../../servers/dns/answer.ts'
import { createChallengeTable } from '../../servers/dns/challenges.ts'
import { createDnsWatch } from '../../main/issuers/autotls/dns-watch.ts'
import { freePorts } from '../support/free-port.ts'
import { startTxtResponder } from '../support/txt-responder.ts'
import { createTxtZone } from '../support/txt-zone.ts'
import { manualClock } from '../support/manual-clock.ts'
import { autotlsName, challengeName } from '../../proto/names.ts'
import { newIdentity } from '../main/support.ts'
import { FORGE, hastyClock, publish, startDns } from './support.ts'
import type { DnsServerAddress } from '../../core/dns/index.ts'
import type { TestContext } from 'node:test'

const NAME = `_acme-challenge.k51.${FORGE}`
const VALUE = 'v'.repeat(43)
const { signal } = new AbortController()

async function server(t: TestContext) {
  const zone = createTxtZone()
  let asked = 0
  const records = { get: (name: string) => ((asked += 1), zone.records.get(name)) }
  const responder = await startTxtResponder({ ...zone, records } as unknown as typeof zone)
  t.after(() => responder.close())
  const address: DnsServerAddress = { host: '127.0.0.1', port: responder.port }
  return { zone, address, asked: () => asked }
}

async function silent(): Promise<DnsServerAddress> {
  const [port = 9] = await freePorts(1)
  return { host: '127.0.0.1', port }
}

function watchOf(authoritative: readonly DnsServerAddress[], resolver: DnsServerAddress, withinMs = 20_000) {
  return createDnsWatch({
    ...{ domain: FORGE, resolvers: [resolver], clock: hastyClock, withinMs },
    authoritative: () => Promise.resolve(authoritative),
  })
}

describe('the watch over a registered value', () => {
  test('asks the name servers first, and the resolver not before they all show it', async (t) => {
    const [one, two, resolver] = [await server(t), await server(t), await server(t)]
    await one.zone.set(NAME, VALUE, undefined)
    await resolver.zone.set(NAME, VALUE, undefined)
    const watching = watchOf([one.address, two.address], resolver.address)(NAME, VALUE, signal)
    while (two.asked() < 2) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(resolver.asked(), 0)
    await two.zone.set(NAME, VALUE, undefined)
    await watching
    assert.ok(resolver.asked() > 0)
  })

  test('finds name servers that are there by IPv6 alone', async (t) => {
    const challenges = createChallengeTable({ zone: FORGE, clock: systemClock })
    const { handle } = createZoneAnswerer(
      { zone: FORGE, nameServers: [{ name: `ns1.${FORGE}`, addresses: ['::1'] }] },
      challenges,
      systemClock,
    )
    const own = createDnsServer({ host: '::1', port: 0, clock: systemClock, log: silentLog, handle })
    const address = await own.start()
    t.after(() => own.stop())
    const name = challengeName(autotlsName((await newIdentity()).peerId, FORGE))
    challenges.set(name, VALUE, 60_000)
    const seen: string[] = []
    const watch = createDnsWatch({ domain: FORGE, resolvers: [address], clock: hastyClock, withinMs: 20_000 })
    await watch(name, VALUE, signal, (detail) => seen.push(detail))
    assert.deepEqual(seen, [`the name servers of ${FORGE} show it`])
  })

  test('finds the value beside others', async (t) => {
    const one = await server(t)
    await one.zone.set(NAME, 'o'.repeat(43), undefined)
    await one.zone.set(NAME, VALUE, undefined)
    await watchOf([one.address], one.address)(NAME, VALUE, signal)
  })

  test('waits for a resolver that still remembers that there was none, but not for ever', async (t) => {
    const [one, resolver] = [await server(t), await server(t)]
    await one.zone.set(NAME, VALUE, undefined)
    await resolver.zone.set(NAME, 'not set yet', undefined)
    await watchOf([one.address], resolver.address)(NAME, VALUE, signal)
    assert.ok(resolver.asked() > 2)
  })

  test('goes by the resolver where nobody else may be asked, and then strictly', async (t) => {
    const [dead, resolver] = [await silent(), await server(t)]
    await resolver.zone.set(NAME, VALUE, undefined)
    await watchOf([dead], resolver.address)(NAME, VALUE, signal)
    await watchOf([], resolver.address)(NAME, VALUE, signal)
    await resolver.zone.remove(NAME, VALUE, signal)
    await assert.rejects(watchOf([], resolver.address)(NAME, VALUE, signal), {
      name: 'ValueNotShownError',
      message: /_acme-challenge\.k51\.forge\.example\.net does not show what the broker registered within 20 s/,
    })
  })

  test('is content with the name servers where no resolver answers', async (t) => {
    const one = await server(t)
    await one.zone.set(NAME, VALUE, undefined)
    await watchOf([one.address], await silent())(NAME, VALUE, signal)
  })

  test('names the servers that do not show it', async (t) => {
    const [one, two] = [await server(t), await server(t)]
    await one.zone.set(NAME, VALUE, undefined)
    await assert.rejects(watchOf([one.address, two.address], one.address)(NAME, VALUE, signal), {
      name: 'ValueNotShownError',
      message: /within 20 s: 127\.0\.0\.1$/,
    })
  })

  test('says where no server could be asked at all', async () => {
    const dead = await silent()
    await assert.rejects(watchOf([dead], dead)(NAME, VALUE, signal), { message: /no DNS server could be asked for/ })
  })

  test('asks a name server that is the resolver itself where that one listens', async (t) => {
    const dns = await startDns(t)
    const { peerId } = await newIdentity()
    publish(dns, peerId.toString(), VALUE)
    const watch = createDnsWatch({ domain: FORGE, resolvers: [dns.address], clock: hastyClock })
    const seen: string[] = []
    const name = challengeName(autotlsName(peerId, FORGE))
    await watch(name, VALUE, signal, (detail, mark) => void seen.push(`${mark}: ${detail}`))
    assert.deepEqual(seen, [`seen-at-forge: the name servers of ${FORGE} show it`])
  })

  test('asks ever more rarely: after a quarter of a second at first, at last every 15 seconds', async (t) => {
    const one = await server(t)
    const clock = manualClock()
    const waits: number[] = []
    const counting = { ...clock, now: () => clock.now(), sleep: async (ms: number) => void waits.push(ms) }
    const watch = createDnsWatch({
      ...{ domain: FORGE, resolvers: [one.address], clock: counting, withinMs: 60_000 },
      authoritative: () => Promise.resolve([one.address]),
    })
    await assert.rejects(watch(NAME, VALUE, signal), { name: 'ValueNotShownError' })
    assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000])
  })

  test('ends with the signal', async (t) => {
    const one = await server(t)
    const leaving = new AbortController()
    const watching = watchOf([one.address], one.address)(NAME, VALUE, leaving.signal)
    leaving.abort(new Error('enough'))
    await assert.rejects(watching, { message: 'enough' })
  })
})
