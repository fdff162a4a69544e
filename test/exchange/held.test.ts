// What servers hold of peers: what these said when they connected and what was broadcast, in bounds that nobody can use up alone.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { joinDiscovery } from '../../core/discovery.ts'
import { askRecords } from '../../core/exchange/ask.ts'
import { summaryOf } from '../../core/exchange/summary.ts'
import { silentLog } from '../../core/log.ts'
import { systemClock } from '../../core/clock.ts'
import { createHeldRecords } from '../../core/records/held.ts'
import { DISCOVERY_TOPIC } from '../../proto/protocols.ts'
import { startRoleHost } from '../../servers/role-host.ts'
import { LOOPBACK, manualClock, startHost, temporaryDir, until } from '../main/support.ts'
import { holder, paper, papersOf, SOMEBODY } from './support.ts'

const never = new AbortController().signal

describe('a server', () => {
  test('tells who has connected and what was broadcast, with addresses of its classes alone', async (t) => {
    const server = await startRoleHost({
      ...{ role: 'proof', dir: await temporaryDir(t), listen: LOOPBACK, discovery: true },
      ...{ addressClasses: ['loopback'], clock: systemClock, log: silentLog },
    })
    t.after(async () => {
      await server.stop()
    })
    const [connected, asker] = [await startHost(t, { listen: LOOPBACK }), await startHost(t)]
    await connected.dial(server.host.getMultiaddrs())
    const connection = await asker.dial(server.host.getMultiaddrs())
    await until('it holds the record', () => server.held?.size === 1)
    const { records } = await askRecords({ connection, now: Date.now(), signal: never, summary: summaryOf([]) })
    assert.deepEqual(
      records.map(({ peer }) => peer.toString()),
      [connected.peerId.toString()],
    )
  })

  test('holds what is broadcast past it', async (t) => {
    const server = await startRoleHost({
      ...{ role: 'issue', dir: await temporaryDir(t), listen: LOOPBACK, discovery: true },
      ...{ addressClasses: ['public'], clock: systemClock, log: silentLog },
    })
    t.after(async () => {
      await server.stop()
    })
    const owner = await paper()
    const author = await startHost(t, { discovery: true, privateKey: owner.key })
    const { pubsub } = author.services
    assert.ok(pubsub)
    joinDiscovery({ pubsub, clock: systemClock })
    const connection = await author.dial(server.host.getMultiaddrs())
    await until('they share the topic', () => pubsub.getSubscribers(DISCOVERY_TOPIC).length > 0)
    await pubsub.publish(DISCOVERY_TOPIC, (await owner.record()).envelope)
    const asked = await startHost(t)
    const from = await asked.dial(server.host.getMultiaddrs())
    await until('it is held', () => server.held?.size === 1)
    const { records } = await askRecords({ connection: from, now: Date.now(), signal: never, peers: [owner.peerId] })
    assert.equal(records.length, 1)
    assert.equal(connection.status, 'open')
  })
})

describe('held records', () => {
  test('are replaced by newer ones and never by older', async () => {
    const [self, somebody] = [await paper(), await paper()]
    const held = holder(self.peerId)
    for (const seq of [5n, 7n, 6n]) held.take(await somebody.record(seq), SOMEBODY)
    assert.deepEqual(
      held.recent(10).map(({ seq }) => seq),
      [7n],
    )
    held.take(await self.record(9n), SOMEBODY)
    assert.deepEqual(held.recordsOf([self.peerId]), [])
  })

  test('have no addresses that may not be told, and go when a newer one has', async () => {
    const [self, somebody] = [await paper(), await paper()]
    const held = holder(self.peerId, systemClock, (address) => !address.toString().includes('192.168'))
    held.take(await somebody.record(1n), SOMEBODY)
    assert.equal(held.size, 1)
    held.take(await somebody.record(2n, ['/ip4/8.8.8.8/tcp/4431', '/ip4/192.168.1.4/tcp/4431']), SOMEBODY)
    assert.equal(held.size, 0)
  })

  test('are told for a day and a bit after they were heard', async () => {
    const [self, somebody] = [await paper(), await paper()]
    const clock = manualClock()
    const held = holder(self.peerId, clock)
    held.take(await somebody.record(1n), SOMEBODY)
    clock.set(clock.now() + 26 * 3_600_000)
    assert.equal(held.recent(10).length, 1)
    clock.set(clock.now() + 1)
    assert.deepEqual([held.recent(10), held.recordsOf([somebody.peerId])], [[], []])
  })

  test('of those who were here first stay when one network brings twice as many as there is room for', async () => {
    const [self, somebody] = [await paper(), await paper()]
    const held = createHeldRecords({ self: self.peerId, clock: systemClock, mayTell: () => true })
    const known = await papersOf(40)
    for (const [index, record] of known.entries()) {
      held.take(record, { network: `10.0.${index}.0/24`, neighbour: `${index}` })
    }
    const model = await somebody.record()
    const { peerIdFromMultihash } = await import('@libp2p/peer-id')
    const { sha256 } = await import('multiformats/hashes/sha2')
    for (let number = 0; number < 4_096; number++) {
      const peer = peerIdFromMultihash(await sha256.digest(Uint8Array.from([number & 255, number >> 8])))
      held.take({ ...model, peer }, { network: '192.0.2.0/24', neighbour: 'flood' })
    }
    assert.equal(held.size, 2_048)
    assert.equal(held.recordsOf(known.map(({ peer }) => peer)).length, 40)
  })
})
