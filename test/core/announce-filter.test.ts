// What a person may name to keep an address back, and that nothing of it is told: by identify, in a record, to a broker.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { announceFilter, classOfAddress, parseExclusion } from '../../core/net/announce-filter.ts'
import { autotlsIpName } from '../../proto/names.ts'
import { parseIp } from '../../proto/ip.ts'
import { forgeAddresses } from '../../main/issuers/autotls/addresses.ts'
import { createNodeHost } from '../../main/node/node-host.ts'
import { stopHost } from '../../core/host.ts'
import { loadConfig } from '../../core/config.ts'
import { NodeConfigSchema } from '../../main/settings/config.ts'
import { newIdentity, startHost, until } from '../main/support.ts'
import type { IdentifyResult } from '@libp2p/interface'

const { peerId } = await newIdentity()
const ip = parseIp('203.0.113.7')
assert.ok(ip)
const NAMED = `/dns4/${autotlsIpName(ip, peerId, 'libp2p.direct')}/tcp/4430/tls/ws`
const ALL = [
  '/ip4/192.168.1.7/tcp/4431',
  '/ip4/203.0.113.7/tcp/4431',
  '/ip4/127.0.0.1/tcp/4431/ws',
  '/ip6/2001:db8::7/tcp/4431',
  '/ip6/fd00::7/tcp/4430/tls/ws',
  '/dns4/node.example.org/tcp/4430/tls/ws',
  NAMED,
]
const kept = (...entries: string[]) => {
  const mayTell = announceFilter(entries)
  return ALL.filter((text) => !mayTell(multiaddr(text), peerId))
}

describe('an address is kept back', () => {
  test('C by its IP address, also where it stands in a name, and by its network', () => {
    assert.deepEqual(kept('203.0.113.7'), [ALL[1], NAMED])
    assert.deepEqual(kept('203.0.113.0/24'), [ALL[1], NAMED])
    assert.deepEqual(kept('2001:db8::/32'), [ALL[3]])
    assert.deepEqual(kept('0.0.0.0/0').length, 4)
  })

  test('C by its class and by its way', () => {
    assert.deepEqual(kept('private'), [ALL[0], ALL[4]])
    assert.deepEqual(kept('loopback'), [ALL[2]])
    assert.deepEqual(kept('ws'), [ALL[2]])
    assert.deepEqual(kept('wss'), [ALL[4], ALL[5], NAMED])
    assert.deepEqual(kept('tcp'), [ALL[0], ALL[1], ALL[3]])
    assert.deepEqual(kept('ip6'), [ALL[3], ALL[4]])
    assert.deepEqual(kept('ip4').length, 5)
  })

  test('C by its name and by how it begins', () => {
    assert.deepEqual(kept('node.example.org'), [ALL[5]])
    assert.deepEqual(kept('*.libp2p.direct'), [NAMED])
    assert.deepEqual(kept('/ip4/192.168.1.7'), [ALL[0]])
    assert.deepEqual(kept('/ip4/192.168.1.7/tcp/44'), [])
    assert.deepEqual(kept(), [])
  })

  test('C by nothing that is misspelt: that is said at the start', () => {
    for (const wrong of ['', 'privat', '10.0.0.0/33', '10.0.0', '10.0.0.0/x', '/ip4/ x', 'a b', '-'])
      assert.equal(parseExclusion(wrong), undefined, wrong)
    assert.throws(() => announceFilter(['privat']), /"privat".*expected an IP address/)
  })

  test('C from a broker before the list is cut', () => {
    const bound = [multiaddr('/ip4/0.0.0.0/tcp/4431')]
    const ips = Array.from({ length: 12 }, (_, index) => `8.8.8.${index}`)
    const mayTell = announceFilter(['8.8.8.0/29'])
    const told = forgeAddresses({
      ...{ bound, ips, mappings: [], classes: ['public'] },
      mayTell: (address) => mayTell(address, peerId),
    })
    assert.deepEqual(
      told,
      [8, 9, 10, 11].map((last) => `/ip4/8.8.8.${last}/tcp/4431`),
    )
  })

  test('C by configuration, variables and flags, each of which may hold several', async () => {
    const load = async (env: Record<string, string>, flags: Record<string, string>) =>
      (await loadConfig(NodeConfigSchema, { env, flags })).announce.exclude
    assert.deepEqual(await load({}, {}), [])
    assert.deepEqual(await load({ NODETRUST_ANNOUNCE__EXCLUDE: 'private, 10.0.0.0/8' }, {}), ['private', '10.0.0.0/8'])
    assert.deepEqual(await load({}, { 'announce.exclude': 'ip6' }), ['ip6'])
    await assert.rejects(load({}, { 'announce.exclude': 'privat' }), /announce\.exclude.*"privat"/s)
  })
})

describe('a connected peer', () => {
  test('C is told no address by identify that is kept back or of a class that is not told', async (t) => {
    const identity = await newIdentity()
    const listen = ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws', '/ip4/127.0.0.2/tcp/0']
    const node = await createNodeHost({
      ...{ identity, listen, wss: [], discovery: false },
      mayTell: announceFilter(['ws']),
      mayIdentify: (address) =>
        address.toString().startsWith('/ip4/127.0.0.2/') && classOfAddress(address, identity.peerId) === 'loopback',
    })
    t.after(() => stopHost(node.host))
    assert.equal(node.announced().length, 2)
    const other = await startHost(t)
    let told: IdentifyResult | undefined
    other.addEventListener('peer:identify', ({ detail }) => (told = detail))
    await other.dial(node.host.getMultiaddrs())
    await until('identify has come', () => told !== undefined)
    const addresses = [...(told?.listenAddrs ?? []), ...(told?.signedPeerRecord?.addresses ?? [])]
    assert.ok(addresses.length > 0)
    for (const address of addresses) assert.match(address.toString(), /^\/ip4\/127\.0\.0\.2\/tcp\/\d+$/)
  })
})
