// Addresses of strangers: js-libp2p takes any text as a name, so what a stranger writes there could steer a terminal that shows it.
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { isPlainAddress } from '../../core/net/plain-address.ts'
import { openPeerRecord, sealPeerRecord } from '../../core/records/peer-record.ts'
import { allowedAddresses } from '../../main/peers/told-addresses.ts'
import { newIdentity, NOW } from '../main/support.ts'
import type { Identity } from '../../main/identity/identity.ts'

const EVIL = [
  '/dns4/\u001b]0;PWN\u0007\u001b[2J/tcp/4430',
  '/dns4/a\n12D3KooWForged  connected/tcp/4430',
  '/dns6/a\u009b31m.example/tcp/1',
  '/dnsaddr/\u202eelpmaxe.example',
  '/dns/two words.example/tcp/1',
  '/dns4/ünicode.example/tcp/1',
  '/dns4/a..example/tcp/1',
  `/dns4/${'a.'.repeat(130)}example/tcp/1`,
  `/dns4/${'a'.repeat(64)}.example/tcp/1`,
  '/ip4/192.0.2.1/tcp/1/tls/sni/\u001b[2J.example/ws',
]
const GOOD = [
  '/ip4/192.0.2.1/tcp/1',
  '/ip6/2001:db8::1/udp/4001/quic-v1',
  '/dns4/node.example.org/tcp/1/tls/ws',
  '/dns/_dnsaddr.bootstrap.libp2p.io/tcp/1',
  '/dnsaddr/bootstrap.libp2p.io',
  '/dns4/Node.Example.Org./tcp/1',
  '/dns4/localhost/tcp/1',
  '/ip4/192.0.2.1/tcp/1/tls/sni/xn--nicode-2ya.example/ws',
]

describe('A13 an address that is not made of names and visible ASCII', () => {
  let someone: Identity

  before(async () => {
    someone = await newIdentity()
  })

  for (const text of EVIL) {
    it(`is none of a record, nor told or dialled: ${JSON.stringify(text)}`, async () => {
      const [evil, good] = [multiaddr(text), multiaddr('/ip4/192.0.2.1/tcp/1')]
      assert.equal(isPlainAddress(evil), false)
      assert.deepEqual(
        allowedAddresses([evil, good], someone.peerId, ['public', 'private', 'reserved']).map(String),
        allowedAddresses([good], someone.peerId, ['public', 'private', 'reserved']).map(String),
      )
      const opened = await openPeerRecord(await sealPeerRecord(someone.key, [evil, good], BigInt(NOW)), NOW)
      assert.deepEqual(opened.addresses.map(String), [good.toString()])
    })
  }

  for (const text of GOOD)
    it(`is not ${text}`, () => {
      assert.equal(isPlainAddress(multiaddr(text)), true)
    })
})
