// Which addresses are told: a table of cases, and what must hold for all of them.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import * as fc from 'fast-check'
import { announcedAddresses, identityZone, type WssPorts } from '../../main/node/announce.ts'
import { ipFromBytes } from '../../proto/ip.ts'
import { dns2ipName, parseZoneName, peerToId0Label } from '../../proto/names.ts'
import { namesOf, newIdentity, ZONE } from './support.ts'
import type { PeerId } from '@libp2p/interface'

describe('the announced addresses', () => {
  let peer: PeerId
  let label: string

  before(async () => {
    peer = (await newIdentity()).peerId
    label = peerToId0Label(peer)
  })

  const PLAIN = '/ip4/192.168.1.5/tcp/4431'
  interface Case {
    readonly title: string
    readonly listening: readonly string[]
    readonly certificate?: {
      readonly names: 'identity' | 'ip' | 'both' | 'bare' | 'foreign'
      readonly addresses: readonly string[]
    }
    readonly ports?: WssPorts
    /** LABEL stands for the label of the peer. */
    readonly expected: readonly string[]
  }
  const wss = (name: string, port = 4430, family = 4) => `/dns${family}/${name}.${ZONE}/tcp/${port}/tls/ws`
  const cases: readonly Case[] = [
    { title: 'are the plain ones without a certificate', listening: [PLAIN], expected: [PLAIN] },
    {
      title: 'never hold a bare secure one',
      listening: [PLAIN, '/ip4/192.168.1.5/tcp/4430/tls/ws', '/ip4/192.168.1.5/tcp/4430/wss'],
      expected: [PLAIN],
    },
    {
      title: 'hold no secure one before the listener is up',
      listening: [PLAIN],
      certificate: { names: 'identity', addresses: ['203.0.113.7'] },
      expected: [PLAIN],
    },
    {
      title: 'hold the identity name of each proved address, before the plain ones',
      listening: [PLAIN],
      certificate: { names: 'identity', addresses: ['203.0.113.7', '198.51.100.1'] },
      ports: { 4: 4430 },
      expected: [wss('203-0-113-7.LABEL'), wss('198-51-100-1.LABEL'), PLAIN],
    },
    {
      title: 'use the identity name where the certificate has both',
      listening: [],
      certificate: { names: 'both', addresses: ['203.0.113.7'] },
      ports: { 4: 4430 },
      expected: [wss('203-0-113-7.LABEL')],
    },
    {
      title: 'use the IP name where the certificate has that alone',
      listening: [],
      certificate: { names: 'ip', addresses: ['203.0.113.7'] },
      ports: { 4: 4430 },
      expected: [wss('ip4203-0-113-7.ip')],
    },
    {
      title: 'leave out a family that nothing listens on',
      listening: [],
      certificate: { names: 'identity', addresses: ['203.0.113.7', '2001:db8::1'] },
      ports: { 4: 4430 },
      expected: [wss('203-0-113-7.LABEL')],
    },
    {
      title: 'use the port of each family',
      listening: [],
      certificate: { names: 'identity', addresses: ['203.0.113.7', '2001:db8::1'] },
      ports: { 4: 1, 6: 2 },
      expected: [wss('203-0-113-7.LABEL', 1), wss('2001-db8--1.LABEL', 2, 6)],
    },
    {
      title: 'count a mapped address as the IPv4 one, and each once',
      listening: [],
      certificate: { names: 'identity', addresses: ['::ffff:203.0.113.7', '203.0.113.7'] },
      ports: { 4: 1, 6: 2 },
      expected: [wss('203-0-113-7.LABEL', 1)],
    },
    {
      title: 'hold nothing where the certificate has the name of the peer without its wildcard',
      listening: [],
      certificate: { names: 'bare', addresses: ['203.0.113.7'] },
      ports: { 4: 1 },
      expected: [],
    },
    {
      title: 'hold nothing under names of somebody else',
      listening: [],
      certificate: { names: 'foreign', addresses: ['203.0.113.7'] },
      ports: { 4: 1 },
      expected: [],
    },
  ]
  for (const { title, listening, certificate, ports = {}, expected } of cases) {
    test(title, () => {
      const ipNames = (certificate?.addresses ?? []).flatMap((text) =>
        text.includes(':') ? [] : [`ip4${text.replaceAll('.', '-')}.ip.${ZONE}`],
      )
      const names = {
        identity: namesOf(peer),
        ip: ipNames,
        bare: namesOf(peer).slice(0, 1),
        both: [...ipNames, ...namesOf(peer)],
        foreign: ['node.example.org', '*.example.org'],
      }
      const announced = announcedAddresses({
        listening: listening.map((text) => multiaddr(text)),
        peer,
        certificate: certificate && { names: names[certificate.names], addresses: certificate.addresses },
        wssPorts: ports,
      })
      assert.deepEqual(
        announced.map((address) => address.toString()),
        expected.map((text) => text.replace('LABEL', label)),
      )
    })
  }

  const ip = fc
    .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
    .map((bytes) => ipFromBytes(bytes))

  test('resolve to the proved address by the rules of the zone, and their name is covered', () => {
    fc.assert(
      fc.property(fc.array(ip, { maxLength: 5 }), fc.boolean(), (ips, identity) => {
        const proved = ips.flatMap((address) => address ?? [])
        const names = identity ? namesOf(peer) : proved.map((address) => dns2ipName(address, ZONE))
        const certificate = { names, addresses: proved.map(({ text }) => text) }
        const announced = announcedAddresses({ listening: [], peer, certificate, wssPorts: { 4: 1, 6: 1 } })
        assert.ok(announced.length <= proved.length)
        assert.equal(announced.length === 0, proved.length === 0)
        for (const address of announced) {
          const name = address.getComponents()[0]?.value ?? ''
          const parsed = parseZoneName(name, ZONE)
          assert.ok(parsed?.kind === 'id0-ip' || parsed?.kind === 'dns2ip', name)
          assert.ok(names.includes(identity ? `*.${name.split('.').slice(1).join('.')}` : name), name)
          assert.equal(address.getComponents()[0]?.name, `dns${parsed.ip.family}`)
        }
      }),
    )
  })

  test('know the zone by the name of the peer', () => {
    assert.equal(identityZone(['node.example.org', ...namesOf(peer)], peer), ZONE)
    assert.equal(identityZone(['node.example.org'], peer), undefined)
  })
})
