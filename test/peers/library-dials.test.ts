// What js-libp2p dials by itself obeys the policy: the two hooks alone, and in a real host that is given nothing but a peer id.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibraryDials } from '../../main/peers/dial/library-dials.ts'
import { policyNamed } from '../../main/peers/dial/policy.ts'
import { startHost } from '../main/support.ts'
import { fakeBook, known, NOW, OTHER_PEER, PEER } from './dial-scene.ts'
import type { KnownAddress } from '../../main/peers/book/index.ts'

const CERTIFIED = '/ip4/1.1.1.1/tcp/4431'
const TOLD = '/ip4/2.2.2.2/tcp/4431'
const at = (text: string, peer = PEER) => multiaddr(`${text}/p2p/${peer.toString()}`)

function hooks(policy: string, addresses: readonly KnownAddress[], expected: readonly string[] = []) {
  const made = createLibraryDials()
  const { book } = fakeBook(addresses)
  const singleDials = { expects: (peer: string) => expected.includes(peer) }
  made.use({ book, singleDials, policy: () => policyNamed(policy), now: () => NOW })
  return made
}

describe('an address that the library would dial', () => {
  const addresses = [known(TOLD, ['broadcast']), known(CERTIFIED)]
  const cases = [
    ['certified-only', CERTIFIED, true],
    ['certified-only', TOLD, false],
    ['certified-only', '/ip4/9.9.9.9/tcp/4431', false],
    ['user-only', CERTIFIED, false],
    ['default', TOLD, true],
    ['any', '/ip4/9.9.9.9/tcp/4431', true],
  ] as const
  for (const [policy, text, isAllowed] of cases)
    test(`by ${policy}: ${text} is ${isAllowed ? 'allowed' : 'left out'}`, () => {
      assert.equal(hooks(policy, addresses).gater.denyDialMultiaddr(at(text)), !isAllowed)
    })

  test('of another peer does not count as certified because this one signed it', () => {
    assert.equal(hooks('certified-only', addresses).gater.denyDialMultiaddr(at(CERTIFIED, OTHER_PEER)), true)
  })

  test('is judged by nobody before there is a book, without a peer, or while a person’s servers are dialled by name', () => {
    assert.equal(createLibraryDials().gater.denyDialMultiaddr(at(TOLD)), false)
    assert.equal(hooks('certified-only', addresses).gater.denyDialMultiaddr(multiaddr(TOLD)), false)
    assert.equal(hooks('certified-only', addresses, [PEER.toString()]).gater.denyDialMultiaddr(at(TOLD)), false)
  })

  test('comes in the order of the policy', () => {
    const { addressSorter } = hooks('default', addresses)
    const sorted = [TOLD, CERTIFIED].map((text) => ({ multiaddr: at(text), isCertified: false })).sort(addressSorter)
    assert.deepEqual(
      sorted.map(({ multiaddr: one }) => one.toString()),
      [at(CERTIFIED).toString(), at(TOLD).toString()],
    )
  })
})

test('a host that is given a peer id dials what the policy takes, and nothing else', async (t) => {
  const peer = await startHost(t, { listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'] })
  const bare = peer.getMultiaddrs().map((address) => address.toString().replace(/\/p2p\/.*$/, ''))
  const forged = bare.find((text) => !text.endsWith('/ws')) ?? ''
  const certified = bare.find((text) => text.endsWith('/ws')) ?? ''
  const made = createLibraryDials()
  const host = await startHost(t, { connectionGater: made.gater, addressSorter: made.addressSorter })
  let held = [known(forged, ['broadcast'], {}, 'loopback')]
  made.use({
    ...{ book: { addresses: () => held }, policy: () => policyNamed('certified-only'), now: () => Date.now() },
    singleDials: host.services.singleDials,
  })
  await host.peerStore.patch(peer.peerId, { multiaddrs: [multiaddr(forged), multiaddr(certified)] })
  await assert.rejects(host.dial(peer.peerId), { name: 'DialDeniedError' })
  held = [...held, known(certified, ['certified'], {}, 'loopback')]
  const { remoteAddr } = await host.dial(peer.peerId)
  assert.equal(remoteAddr.toString(), `${certified}/p2p/${peer.peerId.toString()}`)
})
