// Five nodes: A is known to E through one other alone, which speaks nothing but the topic (B), the exchange (C) or the DHT (D). A and E
// are whole nodes; the others are not, so that nothing else can have told E.
import assert from 'node:assert/strict'
import { type TestContext, describe, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { joinDiscovery } from '../../core/discovery.ts'
import { holdRecords } from '../../core/exchange/hold.ts'
import { silentLog } from '../../core/log.ts'
import { systemClock } from '../../core/clock.ts'
import { LOOPBACK, startHost, until } from '../main/support.ts'
import { SOMEBODY } from '../exchange/support.ts'
import { startDhtNode } from './dht-node.ts'
import { type FullNode, startFullNode } from './full-node.ts'
import type { Host } from '../../core/host.ts'

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
        await knows(e, a)
        assert.deepEqual(e.host.getPeers().map(String), [others[way].peerId.toString()], 'E has met one alone')
        const heard = e.heardBy(a.peerId.toString())
        assert.equal(heard?.event === 'discovered' && heard.via, way)
        const known = e.book.addresses(a.peerId)
        assert.ok(
          known.length > 0 &&
            known.every(({ sources }) => sources.some(({ provenance }) => provenance === 'certified')),
        )
        const addresses = known.map(({ address }) => multiaddr(`${address.toString()}/p2p/${a.peerId.toString()}`))
        const connection = await e.host.dial(addresses)
        assert.ok(connection.remotePeer.equals(a.peerId))
      })
    }
  })
})

/** The DHT is asked, the others tell by themselves. */
async function knows(e: FullNode, a: FullNode): Promise<void> {
  const isKnown = () => e.book.addresses(a.peerId).length > 0
  if (e.others?.dht) await until('E has met its neighbour', () => e.host.getPeers().length > 0)
  const ends = new AbortController()
  void e.others?.seek(a.peerId, ends.signal)
  await until('E knows A', isKnown)
  ends.abort(new Error('found'))
}
