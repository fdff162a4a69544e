// What is remembered of peers that have gone.
import assert from 'node:assert/strict'
import { type TestContext, describe, it } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { createHost, type Host, stopHost } from '../../core/host.ts'
import { MAX_GONE_PEERS } from '../../core/net/visitors.ts'
import { until } from '../main/support.ts'
import type { PeerId } from '@libp2p/interface'

async function newHost(t: TestContext, listen: readonly string[] = []): Promise<Host> {
  const host = await createHost({ privateKey: await generateKeyPair('Ed25519'), listen })
  t.after(() => stopHost(host))
  return host
}

/** A peer that was here and has gone, as far as the host can tell. */
async function comeAndGo(host: Host, tags: object = {}): Promise<PeerId> {
  const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
  await host.peerStore.patch(peer, { protocols: ['/said/by/identify'], ...tags })
  host.dispatchEvent(new CustomEvent('peer:disconnect', { detail: peer }))
  return peer
}

const all = async (host: Host) => (await host.peerStore.all()).map(({ id }) => id.toString())

describe('a host', () => {
  it('A7 forgets what peers said of themselves that came with a new key each time', async (t) => {
    const host = await newHost(t)
    const first = await comeAndGo(host)
    const spared = await comeAndGo(host)
    host.services.visitors.spare((peer) => peer.equals(spared))
    const tagged = await comeAndGo(host, { tags: { mine: { value: 1 } } })
    const before = (await all(host)).length

    for (let count = 0; count < 2 * MAX_GONE_PEERS; count += 1) await comeAndGo(host)

    // one is always the host itself
    let known: string[] = []
    await until('the others are forgotten', () => {
      void all(host).then((ids) => (known = ids))
      return known.length > 0 && known.length <= MAX_GONE_PEERS + before
    })
    assert.ok(!known.includes(first.toString()))
    assert.ok(known.includes(spared.toString()) && known.includes(tagged.toString()))
  })

  it('A7 knows a peer as long as it is connected, however many have come and gone', async (t) => {
    const host = await newHost(t, ['/ip4/127.0.0.1/tcp/0'])
    const peer = await newHost(t)
    const [address] = host.getMultiaddrs()
    assert.ok(address)
    await peer.dial(address)
    await until('identify is over', () => host.getConnections(peer.peerId).length > 0)
    await host.peerStore.patch(peer.peerId, { protocols: ['/said/by/identify'] })
    host.dispatchEvent(new CustomEvent('peer:disconnect', { detail: peer.peerId }))

    for (let count = 0; count < MAX_GONE_PEERS + 10; count += 1) await comeAndGo(host)

    assert.equal(await host.peerStore.has(peer.peerId), true)
  })
})
