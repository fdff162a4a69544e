// What counts as an address of a peer: one table, for records, the exchange, the DHT and the book alike.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { addressOfPeer, withoutPeer } from '../../core/net/own-address.ts'
import { usableAddress } from '../../core/records/peer-record.ts'
import { placeOf } from '../../main/peers/book/places.ts'
import { manualClock, newIdentity } from '../main/support.ts'
import { createNetworks } from '../../main/peers/book/networks.ts'

const [owner, relay, other] = [
  (await newIdentity()).peerId,
  (await newIdentity()).peerId.toString(),
  (await newIdentity()).peerId.toString(),
]
const networks = createNetworks(manualClock(), () => [])
const TCP = '/ip4/8.8.8.8/tcp/1'

const CASES: readonly (readonly [text: string, kept: string | undefined])[] = [
  [TCP, TCP],
  [`${TCP}/p2p/OWNER`, TCP],
  [`${TCP}/p2p/${other}`, undefined],
  [`${TCP}/p2p/${relay}/p2p-circuit`, `${TCP}/p2p/${relay}/p2p-circuit`],
  [`${TCP}/p2p/${relay}/p2p-circuit/p2p/OWNER`, `${TCP}/p2p/${relay}/p2p-circuit`],
  [`${TCP}/p2p/${relay}/p2p-circuit/p2p/${other}`, undefined],
  [`${TCP}/p2p/${relay}/p2p-circuit/p2p/${other}/p2p-circuit`, undefined],
  [`${TCP}/p2p/${relay}/tcp/2/p2p-circuit`, undefined],
  ['/dns4/a\u001b[2Jb/tcp/1', undefined],
]

describe('an address of a peer', () => {
  for (const [text, kept] of CASES) {
    test(`${JSON.stringify(text.replace(relay, 'RELAY').replace(other, 'OTHER'))} is ${kept ? 'one' : 'none'} for everybody`, () => {
      const address = multiaddr(text.replace('OWNER', owner.toString()))
      assert.equal(addressOfPeer(address, owner)?.toString(), kept)
      assert.equal(usableAddress(address.bytes, owner)?.toString(), kept)
      assert.equal(placeOf(address, owner, networks)?.address, kept)
    })
  }

  test('loses the name at its end, whoever it is', () => {
    for (const peer of [owner.toString(), other]) {
      assert.equal(withoutPeer(multiaddr(`${TCP}/p2p/${peer}`)).toString(), TCP)
    }
    assert.equal(withoutPeer(multiaddr(TCP)).toString(), TCP)
  })
})
