// Which addresses may be told and dialled: a table.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { peerToId0Label } from '../../proto/names.ts'
import { allowedAddresses } from '../../main/peers/told-addresses.ts'
import { newIdentity } from '../main/support.ts'
import type { AddressClass } from '../../core/net/address-class.ts'
import type { PeerId } from '@libp2p/interface'

describe('an address', () => {
  let owner: PeerId
  let stranger: PeerId

  before(async () => {
    owner = (await newIdentity()).peerId
    stranger = (await newIdentity()).peerId
  })

  const cases: readonly (readonly [string, AddressClass])[] = [
    ['/ip4/8.8.8.8/tcp/1', 'public'],
    ['/ip4/192.168.1.1/tcp/1', 'private'],
    ['/ip4/100.64.0.1/tcp/1', 'cgnat'],
    ['/ip4/127.0.0.1/tcp/1', 'loopback'],
    ['/ip6/::1/tcp/1', 'loopback'],
    ['/ip6/2606:4700::1111/tcp/1', 'public'],
    ['/ip6/fd00::1/tcp/1', 'private'],
    ['/dns4/node.example.org/tcp/1/tls/ws', 'public'],
    ['/dns4/localhost/tcp/1/tls/ws', 'loopback'],
    ['/dns4/8-8-8-8.OWNER.nt.example/tcp/1/tls/ws', 'public'],
    ['/dns4/192-168-1-1.OWNER.nt.example/tcp/1/tls/ws', 'private'],
    ['/dns4/127-0-0-1.OWNER.nt.example/tcp/1/tls/ws', 'loopback'],
    ['/dns6/0--1.OWNER.nt.example/tcp/1/tls/ws', 'loopback'],
    ['/dns4/ip410-0-0-1.ip.nt.example/tcp/1/tls/ws', 'private'],
    // under another peer's label it is no name of our scheme for this peer, and may resolve to anything
    ['/dns4/10-0-0-1.STRANGER.nt.example/tcp/1/tls/ws', 'public'],
  ]
  for (const [text, expected] of cases) {
    test(`${text} counts as ${expected}`, () => {
      const filled = text.replace('OWNER', peerToId0Label(owner)).replace('STRANGER', peerToId0Label(stranger))
      const address = multiaddr(filled)
      assert.deepEqual(allowedAddresses([address], owner, [expected]), [address])
      const others = (['public', 'private', 'cgnat', 'loopback'] as const).filter((kind) => kind !== expected)
      assert.deepEqual(allowedAddresses([address], owner, others), [])
    })
  }
})
