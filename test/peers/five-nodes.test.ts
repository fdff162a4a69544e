// Five nodes: A is known to E through one other alone, which speaks nothing but the topic (B), the exchange (C) or the DHT (D). A and E
// are whole nodes; the others are not, so that nothing else can have told E.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { type TestContext, describe, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { joinDiscovery } from '../../core/discovery.ts'
import { holdRecords } from '../../core/exchange/hold.ts'
import { serveExchange } from '../../core/exchange/serve.ts'
import { sealPeerRecord } from '../../core/records/peer-record.ts'
import { silentLog } from '../../core/log.ts'
import { systemClock } from '../../core/clock.ts'
import { LOOPBACK, newIdentity, startHost, until } from '../main/support.ts'
import { SOMEBODY } from '../exchange/support.ts'
import { startDhtNode } from './dht-node.ts'
import { type FullNode, startFullNode } from './full-node.ts'
import type { Host } from '../../core/host.ts'
import type { PeerId } from '@libp2p/interface'

const WAYS = ['broadcast', 'exchange', 'dht'] as const
type Way = (typeof WAYS)[number]

const ending = (t: TestContext): AbortSignal => {
  const ends = new AbortController()
  t.after(() => ends.abort(new Error('the test is over')))
  return ends.signal
}

/** Passes on what is broadcast, and can do nothing else. */
async function startB(t: TestContext): Promise<Host> {
  const host = await startHost(t, { listen: LOOPBACK, discovery: true })
  const { pubsub } = host.services
  assert.ok(pubsub)
  joinDiscovery({ pubsub, clock: systemClock })
  return host
}

/** Holds what it is told by identify, and tells it to whoever asks. */
async function startC(t: TestContext): Promise<Host> {
  const host = await startHost(t, { listen: LOOPBACK })
  await holdRecords({
    ...{ host, addressClasses: ['loopback'], bringerOf: () => SOMEBODY, clock: systemClock, log: silentLog },
    signal: ending(t),
  })
  return host
}

/** Keeps what is put into the DHT. */
async function startD(t: TestContext): Promise<Host> {
  return (await startDhtNode(t)).host
}

describe('A, which E has never met', () => {
  test('is known to E through B, C or D alone, each by its own way, and is dialled', async (t) => {
    const others: Readonly<Record<Way, Host>> = {
      ...{ broadcast: await startB(t), exchange: await startC(t), dht: await startD(t) },
    }
    // whoever comes later hears it when it is said again
    const a = await startFullNode(t, { meets: Object.values(others), config: { intervalMs: 2_500 } })
    await until('A has met the others', () => a.host.getPeers().length === 3)
    for (const way of WAYS) {
      await t.test(`through ${way}`, async (sub) => {
        const e = await startFullNode(sub, { meets: [others[way]] })
        await knows(e, a, others[way])
        assert.deepEqual(e.host.getPeers().map(String), [others[way].peerId.toString()], 'E has met one alone')
        const heard = e.heardBy(a.peerId.toString())
        assert.equal(heard?.event === 'discovered' && heard.via, way)
        const known = e.book.addresses(a.peerId)
        assert.ok(
          known.length > 0 &&
            known.every(({ sources }) => sources.some(({ provenance }) => provenance === 'certified')),
        )
        for (const policy of ['default', 'certified-only', 'any']) {
          const { connection, attempts } = await e.dialler.dial(a.peerId, { policy })
          assert.ok(connection.remotePeer.equals(a.peerId))
          assert.ok(attempts.some(({ result }) => result.kind === 'reached'))
          await connection.close()
        }
        await assert.rejects(e.dialler.dial(a.peerId, { policy: 'user-only' }), { name: 'DialError' })
      })
    }
  })
})

describe('an address that nobody has signed', () => {
  /** Counts who comes. */
  async function trap(t: TestContext) {
    let visits = 0
    const server = createServer((socket) => {
      visits++
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const address = server.address()
    assert.ok(address && typeof address === 'object')
    return { address: multiaddr(`/ip4/127.0.0.1/tcp/${address.port}`), visits: () => visits }
  }

  test('is dialled by who takes any, and never under certified-only, whoever tells it', async (t) => {
    const { address, visits } = await trap(t)
    const victim = await newIdentity()
    const liar = await startHost(t, { listen: LOOPBACK })
    const told = { peer: victim.peerId, addresses: [address] }
    await serveExchange({
      ...{ host: liar, clock: systemClock, log: silentLog, signal: ending(t) },
      source: { recordsOf: () => [told], recent: () => [], own: () => undefined },
    })
    const e = await startFullNode(t, { meets: [liar], config: { dht: false } })
    await until('E has met the liar', () => e.hasMet(liar))
    await assert.rejects(e.dialler.dial(victim.peerId, { policy: 'certified-only' }), { name: 'DialError' })
    const [known] = e.book.addresses(victim.peerId)
    assert.deepEqual(
      [known?.address.toString(), known?.sources.map(({ provenance }) => provenance)],
      [address.toString(), ['exchange']],
    )
    assert.equal(visits(), 0)
    await assert.rejects(e.dialler.dial(victim.peerId, { policy: 'any' }), { name: 'DialError' })
    assert.equal(visits(), 1)
  })

  test('is not even known where somebody has put it into a record that its peer did not sign', async (t) => {
    const { address, visits } = await trap(t)
    const [victim, thief] = [await newIdentity(), await newIdentity()]
    const envelope = await sealPeerRecord(thief.key, [address], BigInt(Date.now()))
    // the thief's key under the victim's name
    const forged = Buffer.from(
      Buffer.from(envelope).toString('hex').replaceAll(hexOf(thief.peerId), hexOf(victim.peerId)),
      'hex',
    )
    const liar = await startHost(t, { listen: LOOPBACK })
    await serveExchange({
      ...{ host: liar, clock: systemClock, log: silentLog, signal: ending(t) },
      source: {
        ...{ recent: () => [], own: () => undefined },
        recordsOf: () => [{ peer: victim.peerId, seq: 1n, envelope: forged, addresses: [address] }],
      },
    })
    const e = await startFullNode(t, { meets: [liar], config: { dht: false } })
    await until('E has met the liar', () => e.hasMet(liar))
    for (const policy of ['certified-only', 'any']) {
      await assert.rejects(e.dialler.dial(victim.peerId, { policy }), { name: 'DialError' })
    }
    assert.deepEqual(e.book.addresses(victim.peerId), [])
    assert.equal(visits(), 0)
  })
})

const hexOf = (peer: PeerId) => Buffer.from(peer.toMultihash().bytes).toString('hex')

/** The DHT is asked, the others tell by themselves. */
async function knows(e: FullNode, a: FullNode, through: Host): Promise<void> {
  const isKnown = () => e.book.addresses(a.peerId).length > 0
  await until('E has met its neighbour', () => e.hasMet(through))
  const ends = new AbortController()
  void e.others?.seek(a.peerId, ends.signal)
  await until('E knows A', isKnown)
  ends.abort(new Error('found'))
}
