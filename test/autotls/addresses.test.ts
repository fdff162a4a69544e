// The names and addresses of a forge: what a broker is told, what others are told, and the vectors of the implementations
// that are out there.
import assert from 'node:assert/strict'
import { createHash, createPublicKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import * as fc from 'fast-check'
import { systemResolvers } from '../../core/dns/system-resolvers.ts'
import { readCsr } from '../../core/x509/index.ts'
import { forgeAddresses, sendableAddress } from '../../main/issuers/autotls/addresses.ts'
import { forgeNames } from '../../main/issuers/autotls/forge.ts'
import { forgePlaces } from '../../main/issuers/autotls/node.ts'
import { announcedAddresses, type ForgeAddressForm } from '../../main/node/announce.ts'
import { leadingHere } from '../../main/reachability/reachability.ts'
import { judge, type ReachabilityFacts } from '../../main/reachability/verdict.ts'
import { ipFromBytes, parseIp } from '../../proto/ip.ts'
import { ipToLabel, parseZoneName, peerToBase36Label } from '../../proto/names.ts'
import { VECTORS } from './vectors.ts'
import type { AddressClass } from '../../core/net/address-class.ts'

const PEER = peerIdFromString('12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtf')
const send = (text: string, classes: readonly AddressClass[] = ['public']) => sendableAddress(multiaddr(text), classes)

describe('what a broker is told', () => {
  for (const { multiaddr: text, public: isPublic } of VECTORS.publicAddr) {
    test(`${isPublic ? 'is' : 'is not'} ${text}`, () => assert.equal(send(text) !== undefined, isPublic))
  }

  test('is none of the networks that are not public', () => {
    for (const range of [
      ...VECTORS.publicAddrRanges.notPublicV4,
      ...VECTORS.publicAddrRanges.nat64ExcludedByForgeClient,
    ]) {
      const [network = ''] = range.split('/')
      const ip = network.endsWith('.0') ? network.replace(/\.0$/, '.1') : network.replace(/::$/, '::1')
      assert.equal(send(`/ip${ip.includes(':') ? 6 : 4}/${ip}/tcp/1`), undefined, range)
    }
  })

  test('is what other clients send, without our own name at the end', () => {
    const { acceptedSuffixes, rejected, rejectedRelay } = VECTORS.jsSupportedAddressFilter
    for (const suffix of acceptedSuffixes)
      for (const host of ['/ip4/1.1.1.1', '/ip6/2606:4700:4700::1111']) {
        const text = multiaddr(`${host}${suffix}`).toString()
        assert.equal(send(text), text)
        assert.equal(send(`${text}/p2p/${PEER.toString()}`), text)
      }
    for (const text of [...rejected, rejectedRelay.replace('<self>', PEER.toString())])
      assert.equal(send(text), undefined, text)
    const { addressesBeforeFilter, registrationBody } = VECTORS.acme
    assert.deepEqual(
      addressesBeforeFilter.flatMap((text) => send(text) ?? []),
      registrationBody.addresses,
    )
  })

  test('is an IPv4-mapped address as the IPv4 one, and never link-local or translated whatever is allowed', () => {
    assert.equal(send('/ip6/::ffff:1.1.1.1/tcp/1'), '/ip4/1.1.1.1/tcp/1')
    const all: AddressClass[] = ['public', 'private', 'cgnat', 'loopback', 'link-local', 'translated', 'reserved']
    for (const text of [
      '/ip6/fe80::1/tcp/1',
      '/ip4/169.254.1.1/tcp/1',
      '/ip6/64:ff9b::102:304/tcp/1',
      '/ip4/203.0.113.1/tcp/1',
    ])
      assert.equal(send(text, all), undefined, text)
    assert.equal(send('/ip4/192.168.1.5/tcp/1', ['private']), '/ip4/192.168.1.5/tcp/1')
  })

  const facts = (
    bound: readonly string[],
    ips: readonly string[],
    more: { classes?: readonly AddressClass[]; mappings?: { internal: number; external: number }[] } = {},
  ) =>
    forgeAddresses({
      ...{ mappings: [], classes: ['public'] },
      ...more,
      bound: bound.map((text) => multiaddr(text)),
      ips,
    })

  test('is where somebody outside comes in: our own public addresses, the router with the port that it passes on', () => {
    assert.deepEqual(
      facts(
        ['/ip4/0.0.0.0/tcp/4431', '/ip6/::/tcp/4431'],
        ['1.1.1.1', '192.168.1.5', '2606:4700:4700::1111', 'fe80::1'],
      ),
      ['/ip4/1.1.1.1/tcp/4431', '/ip6/2606:4700:4700::1111/tcp/4431'],
    )
    const mappings = [{ internal: 4431, external: 50_001 }]
    assert.deepEqual(facts(['/ip4/192.168.1.5/tcp/4431'], ['1.1.1.1', '192.168.1.5'], { mappings }), [
      '/ip4/1.1.1.1/tcp/50001',
    ])
    assert.deepEqual(facts(['/ip4/0.0.0.0/tcp/4431/ws'], ['::ffff:1.1.1.1']), ['/ip4/1.1.1.1/tcp/4431/ws'])
  })

  test('is nothing that is bound to this machine alone, unless that is allowed', () => {
    assert.deepEqual(facts(['/ip4/127.0.0.1/tcp/4431'], ['1.1.1.1']), [])
    assert.deepEqual(facts(['/ip4/127.0.0.1/tcp/4431'], ['1.1.1.1'], { classes: ['loopback'] }), [
      '/ip4/127.0.0.1/tcp/4431',
    ])
  })

  test('are eight addresses at most', () => {
    const ips = Array.from({ length: 30 }, (_, index) => `1.1.1.${index + 1}`)
    assert.equal(facts(['/ip4/0.0.0.0/tcp/1'], ips).length, 8)
  })
})

describe('what others are told under a forge', () => {
  const announce = (domain: string, peer = PEER, inUse: readonly string[] = [], form?: ForgeAddressForm) =>
    announcedAddresses({
      ...{ listening: [], peer, wssPorts: { 4: 4001, 6: 4001 }, inUse, forgeForm: form },
      // the addresses of the day it was obtained, which are no matter now
      certificate: { names: forgeNames(peer, domain), addresses: ['198.51.100.9'] },
    }).map((address) => address.toString())

  for (const { peerId, forgeDomain, short, long } of VECTORS.forgeMultiaddrs) {
    test(`is ${short.slice(0, 40)}… in both forms`, () => {
      const peer = peerIdFromString(peerId)
      const parsed = parseZoneName(multiaddr(short).getComponents()[0]?.value ?? '', forgeDomain)
      assert.ok(parsed?.kind === 'autotls-ip')
      assert.deepEqual(announce(forgeDomain, peer, [parsed.ip.text]), [short])
      if (long === undefined) return
      assert.deepEqual(announce(forgeDomain, peer, [parsed.ip.text], 'long'), [long])
      assert.deepEqual(announce(forgeDomain, peer, [parsed.ip.text], 'both'), [short, long])
    })
  }

  for (const { name, in: given, out, unreachable, forgeDomain } of VECTORS.addressFactory) {
    test(`as other implementations have it: ${name}`, () => {
      const reachable = given.filter((text) => !unreachable.some((base) => text.startsWith(`${base}/tls`)))
      const isForge = (text: string) => text.includes('/tls/sni/')
      const listening = given.filter((text) => !isForge(text)).map((text) => multiaddr(text))
      const told = announcedAddresses({
        ...{ listening, peer: PEER, wssPorts: { 4: 4001, 6: 4001 } },
        inUse: reachable.filter(isForge).map((text) => text.split('/')[2] ?? ''),
        certificate: { names: forgeNames(PEER, forgeDomain), addresses: [] },
      })
      assert.deepEqual(
        told.map((address) => address.toString()),
        out,
      )
    })
  }

  test('follows the addresses in use, and not those of the day of the certificate', () => {
    const label = peerToBase36Label(PEER)
    assert.deepEqual(announce('f.example.net', PEER, []), [])
    assert.deepEqual(announce('f.example.net', PEER, ['1.1.1.1', '::ffff:1.1.1.1', '2606:4700::1111']), [
      `/dns4/1-1-1-1.${label}.f.example.net/tcp/4001/tls/ws`,
      `/dns6/2606-4700--1111.${label}.f.example.net/tcp/4001/tls/ws`,
    ])
  })

  test('resolves to the address by the rules of the zone, for every address', () => {
    const ip = fc
      .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
      .map((bytes) => ipFromBytes(bytes)?.text ?? '')
    fc.assert(
      fc.property(ip, (text) => {
        const [short = '', long = ''] = announce('f.example.net', PEER, [text], 'both')
        const [first, second] = [multiaddr(short), multiaddr(long)].map((address) => address.getComponents())
        const host = first?.[0]?.value ?? ''
        const parsed = parseZoneName(host, 'f.example.net')
        assert.ok(parsed?.kind === 'autotls-ip' && parsed.peer.equals(PEER))
        assert.equal(second?.find(({ name }) => name === 'sni')?.value, host)
        assert.equal(parseIp(second?.[0]?.value ?? '')?.text, parsed.ip.text)
      }),
    )
  })
})

describe('the names of a forge', () => {
  test('have the labels that others give a peer and an address', () => {
    for (const { peerId, base36Cid } of VECTORS.peerIdToLabel)
      assert.deepEqual(forgeNames(peerIdFromString(peerId), 'libp2p.direct'), [`*.${base36Cid}.libp2p.direct`])
    for (const { multiaddr: text, ip, label } of VECTORS.ipLabelEncode) {
      const parsed = parseIp(ip ?? multiaddr(text ?? '').getComponents()[0]?.value ?? '')
      assert.ok(parsed)
      // an IPv4-mapped one has no label elsewhere; here it is the IPv4 address that it means
      assert.equal(ipToLabel(parsed), label ?? '192-0-2-1')
    }
  })

  test('stand in the CSR as the specification prints it: no subject, one wildcard', async () => {
    const facts = await readCsr(Buffer.from(VECTORS.acme.csrB64url.replace(/=+$/, ''), 'base64url'))
    assert.equal(facts.names.length, 1)
    assert.match(facts.names[0] ?? '', /^\*\.k51qzi5uqu5d[a-z0-9]+\.libp2p\.direct$/)
  })

  test('are proved by the value that the specification computes of token and account key', () => {
    const { accountJwk, thumbprint, token, dns01Value } = VECTORS.acme
    assert.ok(createPublicKey({ key: accountJwk, format: 'jwk' }))
    const { e, kty, n } = accountJwk
    const digest = (text: string) => createHash('sha256').update(text).digest('base64url')
    assert.equal(digest(JSON.stringify({ e, kty, n })), thumbprint.replace(/=+$/, ''))
    assert.equal(digest(`${token}.${thumbprint}`), dns01Value)
  })
})

describe('where forges are', () => {
  const forge = (broker: string) => ({ domain: 'x.example', directoryUrl: '', broker: new URL(broker) })

  test('is an address that says whether they are public', () => {
    assert.deepEqual(
      forgePlaces([
        forge('https://registration.libp2p.direct'),
        forge('http://127.0.0.1:8080/x'),
        forge('http://[::1]:80'),
      ]),
      ['/dns/registration.libp2p.direct/tcp/443', '/ip4/127.0.0.1/tcp/8080', '/ip6/::1/tcp/80'],
    )
  })

  test('is asked of the resolvers of the system, in whatever way they are written', () => {
    assert.deepEqual(systemResolvers(['1.1.1.1', '[2606:4700::1111]:5353', '::1', 'fe80::1%eth0']), [
      ...[
        { host: '1.1.1.1', port: 53 },
        { host: '2606:4700::1111', port: 5353 },
        { host: '::1', port: 53 },
      ],
    ])
    assert.deepEqual(systemResolvers([]), [{ host: '127.0.0.1', port: 53 }])
  })
})

describe('a node whose network is a forge', () => {
  const FACTS: ReachabilityFacts = {
    ...{
      network: 'public',
      serversReached: 0,
      nobodyToAsk: true,
      localAddresses: ['192.168.1.5'],
      publicAddresses: [],
    },
    ...{ gateway: '192.168.1.1', routerExternalIp: '1.1.1.1', routerWithoutOutside: false, router: 'mapped' },
    mappings: [{ protocol: 'upnp', external: 50_000, internal: 4430, expires: undefined }],
    ...{ ports: { tcp: 4431, wss: 4430 }, portTaken: false, wssServed: false, dialBacks: [] },
  }

  test('is not taken for offline because nobody is there to ask, and its order is not held up', () => {
    assert.deepEqual([judge(FACTS, 0).status, judge(FACTS, 0).reason], ['unknown', undefined])
    assert.equal(judge({ ...FACTS, nobodyToAsk: false }, 0).reason, 'offline')
    assert.equal(judge({ ...FACTS, routerExternalIp: '100.64.1.1' }, 0).reason, 'carrier-nat')
    assert.equal(judge({ ...FACTS, localAddresses: [] }, 0).status, 'unreachable')
  })

  test('is where its router is, as long as that passes its port on', () => {
    assert.deepEqual(leadingHere(FACTS), ['1.1.1.1', '192.168.1.5'])
    assert.deepEqual(leadingHere({ ...FACTS, mappings: [] }), ['192.168.1.5'])
    assert.deepEqual(leadingHere({ ...FACTS, publicAddresses: ['1.1.1.1', '2606:4700::1'] }), [
      ...['1.1.1.1', '2606:4700::1', '192.168.1.5'],
    ])
  })
})
