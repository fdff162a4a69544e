// The dialler between real hosts on loopback: what answers proves its key, what swallows everything holds up nobody, and what leads to
// somebody else, or back to us, is told as that.
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { systemClock } from '../../core/clock.ts'
import { DialError } from '../../main/peers/dial/dial-error.ts'
import { createDialler } from '../../main/peers/dial/dialler.ts'
import { policyNamed } from '../../main/peers/dial/policy.ts'
import { startHost } from '../main/support.ts'
import { startRawServer } from '../support/raw-server.ts'
import { known } from './dial-scene.ts'
import type { KnownAddress } from '../../main/peers/book/index.ts'
import type { Host } from '../../core/host.ts'

const LISTEN = { listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'] }

const bare = (host: Host, isWs: boolean) =>
  host
    .getMultiaddrs()
    .map((address) => address.toString().replace(/\/p2p\/.*$/, ''))
    .find((text) => text.endsWith('/ws') === isWs) ?? ''

const local = (text: string, ...from: KnownAddress['sources'][number]['provenance'][]) =>
  known(text, from.length === 0 ? ['certified'] : from, {}, 'loopback')

/** Takes connections and never speaks. */
async function startSilent(t: TestContext): Promise<string> {
  return `/ip4/127.0.0.1/tcp/${(await startRawServer(t, {})).port}`
}

function diallerOf(host: Host, addresses: () => readonly KnownAddress[]) {
  const seen: string[] = []
  const dialler = createDialler({
    ...{ host, clock: systemClock, addressClasses: ['loopback'], policy: (name = 'default') => policyNamed(name) },
    book: {
      addresses,
      observe: (_, address, { kind }) => void seen.push(`${kind} ${address.toString()}`),
      watch: () => () => undefined,
    },
  })
  return { dialler, seen }
}

describe('a peer with addresses of every sort', () => {
  test('is reached at the one that is its own, and what each of the others came to is told', async (t) => {
    const [peer, other, host] = [await startHost(t, LISTEN), await startHost(t, LISTEN), await startHost(t, LISTEN)]
    const silent = await startSilent(t)
    const [wrong, own, good, nobody] = [
      bare(other, false),
      bare(host, false),
      bare(peer, false),
      '/ip4/127.0.0.1/tcp/1025',
    ]
    const places = [silent, nobody, wrong, own, good]
    const { dialler, seen } = diallerOf(host, () =>
      places.map((text, latencyMs) => known(text, ['certified'], { lastSuccessMs: 1, latencyMs }, 'loopback')),
    )
    const { connection, attempts } = await dialler.dial(peer.peerId)
    assert.ok(connection.remotePeer.equals(peer.peerId))
    assert.deepEqual(
      attempts.map(({ address, result }) => [address.toString(), result.kind]),
      [
        [silent, 'slower'],
        [nobody, 'failed'],
        [wrong, 'other-peer'],
        [own, 'ourselves'],
        [good, 'reached'],
      ],
    )
    assert.deepEqual(seen, [`failed ${nobody}`, `failed ${wrong}`, `reached ${good}`])
    assert.ok((await host.services.ping.ping(peer.peerId)) >= 0)
    assert.equal(host.getConnections().length, 1)
  })

  test('is dialled anew for a strict caller where the connection that is there does not do', async (t) => {
    const [peer, host] = [await startHost(t, LISTEN), await startHost(t)]
    const [told, certified] = [bare(peer, false), bare(peer, true)]
    const { dialler } = diallerOf(host, () => [local(told, 'broadcast'), local(certified)])
    const told1 = await dialler.dial(peer.peerId, {
      policy: { name: 'told', stages: [{ from: ['broadcast'], joinsAfterMs: 0 }] },
    })
    const again = await dialler.dial(peer.peerId, { policy: 'any' })
    assert.deepEqual([again.reused, again.connection.id], [true, told1.connection.id])
    const strict = await dialler.dial(peer.peerId, { policy: 'certified-only' })
    assert.equal(strict.reused, false)
    assert.equal(strict.connection.remoteAddr.toString().replace(/\/p2p\/.*$/, ''), certified)
    assert.equal((await dialler.dial(peer.peerId, { policy: 'certified-only' })).connection.id, strict.connection.id)
    await assert.rejects(dialler.dial(peer.peerId, { policy: 'user-only' }), DialError)
    // who came in is known by no address
    const back = diallerOf(peer, () => [])
    assert.equal((await back.dialler.dial(host.peerId)).reused, true)
    await assert.rejects(back.dialler.dial(host.peerId, { policy: 'certified-only' }), DialError)
  })

  test('stays connected when whoever asked does not wait any more', async (t) => {
    const [peer, host] = [await startHost(t, LISTEN), await startHost(t)]
    const caller = new AbortController()
    const silent = await startSilent(t)
    const { dialler } = diallerOf(host, () => [local(silent), local(bare(peer, true))])
    await dialler.dial(peer.peerId, { signal: caller.signal })
    caller.abort(new Error('enough'))
    assert.ok((await host.services.ping.ping(peer.peerId)) >= 0)
  })
})
