// Strangers that are asked whether they can reach us: which of them, and what of their words counts.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { silentLog } from '../../core/log.ts'
import { serveAutonat } from '../../core/net/autonat.ts'
import { DIAL_REQUEST_PROTOCOL } from '../../proto/wire/autonat.ts'
import { parseIp } from '../../proto/ip.ts'
import { type Candidate, createAnsweringPeers, worthAsking } from '../../main/reachability/answering-peers.ts'
import { createDialBacks } from '../../main/reachability/dial-back.ts'
import { LOOPBACK, manualClock, startHost } from '../main/support.ts'
import type { Host } from '../../core/host.ts'
import { startNetwork } from '../support/network.ts'

function peer(network: string, seenAs: string, isOutbound = false): Candidate {
  const ip = parseIp(seenAs)
  assert.ok(ip)
  return { network, seenAs: ip, isOutbound }
}

describe('a stranger is asked', () => {
  test('B17 who sees an address that is known otherwise, one of each network, and four at most', () => {
    const found = ['a', 'a', 'b', 'c', 'd', 'e'].map((network) => peer(network, '8.8.8.8'))
    const asked = worthAsking(found, ['8.8.8.8'])
    assert.deepEqual(
      asked.map(({ network }) => network),
      ['a', 'b', 'c', 'd'],
    )
  })

  test('B17 about no address that peers of one network alone name', () => {
    const liars = [peer('a', '9.9.9.9'), peer('a', '9.9.9.9')]
    assert.deepEqual(worthAsking(liars, ['8.8.8.8']), [])
    assert.equal(worthAsking([...liars, peer('b', '9.9.9.9')], []).length, 2)
  })

  test('B17 over both families, and first whom we chose ourselves', () => {
    const found = [peer('a', '8.8.8.8'), peer('b', '2001:4860::8'), peer('c', '8.8.8.8', true)]
    const asked = worthAsking(found, ['8.8.8.8', '2001:4860::8'])
    assert.deepEqual(
      asked.map(({ network }) => network),
      ['c', 'a', 'b'],
    )
  })
})

describe('who is remembered', () => {
  const connection = (number: number) => ({
    ...{ id: `connection ${number}`, direct: true, direction: 'inbound', status: 'open' },
    remoteAddr: multiaddr(`/ip4/11.${(number >> 8) & 255}.${number & 255}.1/tcp/4431`),
  })
  const scene = () => {
    const host = new EventTarget()
    let found = 0
    const peers = createAnsweringPeers(host as unknown as Host, () => found++)
    const identified = (who: ReturnType<typeof connection>) =>
      host.dispatchEvent(
        new CustomEvent('peer:identify', {
          detail: {
            ...{ connection: who, protocols: [DIAL_REQUEST_PROTOCOL] },
            observedAddr: multiaddr('/ip4/8.8.8.8/tcp/4431'),
          },
        }),
      )
    return { peers, identified, found: () => found }
  }

  test('B17 is so many and no more, and a network that comes with many pushes out nobody of another one', () => {
    const { peers, identified, found } = scene()
    identified(connection(7_000))
    for (let number = 0; number < 3_000; number++) identified({ ...connection(number % 2), id: `flood ${number}` })
    assert.equal(found(), 3_001)
    assert.equal(peers.size(), 300)
    assert.ok(peers.list(['8.8.8.8']).some((one) => one.connection.id === 'connection 7000'))
  })
})

describe('who answers', () => {
  test('B17 says so by identify: the proof server and the issue server, and both reach whoever asks', async (t) => {
    const network = await startNetwork()
    t.after(() => network.stop())
    for (const address of [network.issue, network.proof]) {
      const client = await startHost(t, { listen: LOOPBACK })
      const dialBacks = createDialBacks(client)
      await dialBacks.start()
      const connection = await client.dial(multiaddr(address))
      const own = client.getMultiaddrs()[0]?.decapsulate('/p2p')
      assert.ok(own)
      assert.equal(await dialBacks.ask(connection, own, AbortSignal.timeout(15_000)), 'reached', address)
    }
  })

  test('B17 is nobody who cannot be reached: who cannot dial would tell others that they cannot', async (t) => {
    const server = await startHost(t, { listen: LOOPBACK })
    const client = await startHost(t, { listen: LOOPBACK })
    const stop = new AbortController()
    t.after(() => stop.abort())
    let mayAnswer = false
    await serveAutonat({
      ...{ host: server, addressClasses: ['loopback'], clock: manualClock(), log: silentLog, signal: stop.signal },
      mayAnswer: () => mayAnswer,
    })
    const dialBacks = createDialBacks(client)
    await dialBacks.start()
    const connection = await client.dial(server.getMultiaddrs())
    const own = client.getMultiaddrs()[0]?.decapsulate('/p2p')
    assert.ok(own)
    assert.equal(await dialBacks.ask(connection, own, AbortSignal.timeout(15_000)), 'refused')
    mayAnswer = true
    assert.equal(await dialBacks.ask(connection, own, AbortSignal.timeout(15_000)), 'reached')
    assert.ok(server.getProtocols().includes(DIAL_REQUEST_PROTOCOL))
  })
})
