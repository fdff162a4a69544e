// What a node remembers of strangers, each of its memories filled past its bound by what strangers can do.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { createConnector } from '../../main/peers/connect.ts'
import { NAMED } from '../../main/peers/dial/policy.ts'
import { createPeerList } from '../../main/peers/peer-list.ts'
import { createAnsweringPeers } from '../../main/reachability/answering-peers.ts'
import { listenForSeenAs } from '../../main/reachability/seen-as.ts'
import { createTokens } from '../../main/bridge/tokens.ts'
import { DIAL_REQUEST_PROTOCOL } from '../../proto/wire/autonat.ts'
import { known } from '../peers/dial-scene.ts'
import { collectEvents, manualClock, NOW, settle } from './support.ts'
import type { Host } from '../../core/host.ts'
import type { NodeEventLine } from '../../main/events.ts'

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Peer ids that nobody has, since it takes long to make keys. */
function madeUp(index: number) {
  const digits = [index % 58, Math.floor(index / 58) % 58].map((digit) => ALPHABET.charAt(digit)).join('')
  return peerIdFromString(`QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjh${digits}x`)
}

/** A host that tells of connections, which are opened and identified as the test wants it. */
function world() {
  const events = new EventTarget()
  const come = (id: number, status = 'open') => {
    const connection = {
      ...{ id: String(id), status, direct: true, direction: 'inbound' },
      remoteAddr: multiaddr(`/ip4/11.${id >> 8}.${id & 255}.1/tcp/4001`),
    }
    const detail = { connection, protocols: [DIAL_REQUEST_PROTOCOL], observedAddr: multiaddr('/ip4/8.8.8.8/tcp/4001') }
    events.dispatchEvent(new CustomEvent('peer:identify', { detail }))
    return { leave: () => events.dispatchEvent(new CustomEvent('connection:close', { detail: connection })) }
  }
  return { host: events as unknown as Host, come }
}

describe('A7 a node', () => {
  test('A7 remembers how it is seen over no connection that has closed, whenever it was told of', () => {
    const { host, come } = world()
    using seenAs = listenForSeenAs(host)
    for (let id = 0; id < 1_000; id++) come(id).leave()
    for (let id = 0; id < 1_000; id++) come(id, 'closed')
    assert.equal(seenAs.size(), 0)
    come(1)
    assert.equal(seenAs.size(), 1)
  })

  test('A7 has room for peers that answer after any number of strangers have come and gone', () => {
    const { host, come } = world()
    let found = 0
    const peers = createAnsweringPeers(host, () => found++)
    for (let id = 10_000; id < 11_000; id++) come(id, 'closed')
    for (let id = 0; id < 1_000; id++) come(id).leave()
    assert.deepEqual(peers.list(['8.8.8.8']), [])
    found = 0
    for (let id = 0; id < 1_000; id++) come(id)
    assert.deepEqual([found, peers.size()], [1_000, 300], 'as many as have a place')
    peers.stop()
  })

  test('A7 lets a hundred peers wait to be dialled, and remembers a thousand that failed', async () => {
    const clock = manualClock()
    let fail: (() => void)[] = []
    const dial = () => new Promise<never>((_, reject) => fail.push(() => reject(new Error('nobody is there'))))
    const plan = () => ({
      placed: [{ known: known('/dns4/node.example/tcp/443/tls/ws'), stage: 0, why: '' }],
      leftOut: [],
    })
    const host = { getConnections: () => [] } as unknown as Host
    const { emit } = collectEvents()
    const connector = createConnector({
      ...{ host, clock, emit, dialler: { dial, plan }, policy: () => NAMED.default, wasVerified: () => true },
    })
    let most = 0
    for (let peer = 0; peer < 1_500; peer++) {
      connector.heard({ peer: madeUp(peer) })
      most = Math.max(most, connector.sizes().waiting)
      clock.set(clock.now() + 5_000)
      // nobody answers at first, and then one after the other
      if (peer < 200) continue
      const ending = fail
      fail = []
      for (const end of ending) end()
      await settle()
    }
    assert.equal(most, 100)
    assert.equal(connector.sizes().failures, 1_000)
    await connector.stop()
  })

  test('A7 remembers what five hundred peers answered, the newest', () => {
    let tell: ((line: NodeEventLine) => void) | undefined
    const events = { on: (listener: (line: NodeEventLine) => void) => ((tell = listener), () => undefined) }
    const connections = [0, 600].map((index) => ({
      ...{ remotePeer: madeUp(index), remoteAddr: multiaddr('/ip4/8.8.8.8/tcp/1'), timeline: { open: NOW } },
    }))
    const host = { getConnections: () => connections } as unknown as Host
    const list = createPeerList({
      ...{ host, book: { atHand: () => [], describe: () => [] }, events, clock: manualClock() },
    })
    for (let index = 0; index <= 600; index++)
      tell?.({
        ...{ event: 'connected', time: '', peer: madeUp(index).toString(), address: '', name: '' },
        ...{ verified: true, pingMs: 7 },
      } as unknown as NodeEventLine)
    assert.deepEqual(
      list.list().map(({ pingMs }) => pingMs),
      [undefined, 7],
    )
  })

  test('A7 has room for twenty links and sixty-four pages, the newest', () => {
    const tokens = createTokens(manualClock())
    const links = Array.from({ length: 21 }, () => tokens.makeCode('viewer').code)
    assert.equal(tokens.redeem(links[0] ?? ''), undefined)
    const pages = Array.from({ length: 65 }, () => tokens.redeem(tokens.makeCode('viewer').code)?.token ?? '')
    assert.equal(tokens.sessionOf(pages[0] ?? ''), undefined)
    assert.ok(pages.slice(1).every((token) => tokens.sessionOf(token) !== undefined))
  })
})
