// The answerer against an independent answer: the same question put to proto/names.ts in plain text, and the reply read by
// dns-packet, which knows nothing of our code. Names, spellings, letter case and types are random.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as dnsPacket from 'dns-packet'
import * as fc from 'fast-check'
import { peerIdFromString } from '@libp2p/peer-id'
import {
  dns2ipName,
  id0IpName,
  id0Name,
  autotlsIpName,
  autotlsName,
  parseZoneName,
  type ZoneName,
} from '../../proto/names.ts'
import { ipFromBytes, parseIp, type IpAddress } from '../../proto/ip.ts'
import { challengeValue, PEERS, testZone, ZONE, type TestZone } from './fixtures.ts'

const TYPES = ['A', 'AAAA', 'TXT', 'CAA', 'MX', 'SOA', 'NS', 'HINFO', 'ANY', 'CNAME'] as const
type Type = (typeof TYPES)[number]

/** What a reply must say, in words. */
interface Expected {
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'REFUSED'
  readonly answers: readonly string[]
}

const STATIC: Readonly<Record<string, Readonly<Partial<Record<Type, readonly string[]>>>>> = {
  'ns1.example.net': { A: ['A 86400 192.0.2.53'], AAAA: ['AAAA 86400 2001:db8::53'] },
  'a.dns.example.net': { A: ['A 86400 198.51.100.53'] },
  'dns.example.net': {},
}
const ANY = ['HINFO 3600 RFC8482']
const APEX_TYPES: readonly Type[] = ['A', 'CAA', 'SOA', 'NS', 'ANY']

function expected(name: string, type: Type, zone: TestZone): Expected {
  const lower = name.toLowerCase()
  if (lower !== ZONE && !lower.endsWith(`.${ZONE}`)) return { rcode: 'REFUSED', answers: [] }
  const records = STATIC[lower]
  if (records) {
    const some = Object.keys(records).length > 0
    return { rcode: 'NOERROR', answers: type === 'ANY' ? (some ? ANY : []) : (records[type] ?? []) }
  }
  const parsed = parseZoneName(lower, ZONE)
  if (parsed) return { rcode: 'NOERROR', answers: answersOf(parsed, lower, type, zone) }
  // An address label that is none, right below an identity.
  const [, parent = ''] = /^[^.]*\.(.+)$/.exec(lower) ?? []
  const above = parseZoneName(parent, ZONE)
  const belowPeer = !lower.startsWith('_acme-challenge.') && (above?.kind === 'id0' || above?.kind === 'autotls')
  return { rcode: belowPeer ? 'NOERROR' : 'NXDOMAIN', answers: [] }
}

function answersOf(parsed: ZoneName, lower: string, type: Type, zone: TestZone): readonly string[] {
  if (parsed.kind === 'apex') return APEX_TYPES.includes(type) ? ['something'] : []
  if (parsed.kind === 'dns2ip-parent' || parsed.kind === 'autotls') return []
  if (type === 'ANY') return ANY
  switch (parsed.kind) {
    case 'challenge': {
      const values = zone.challenges.get(lower)
      return type === 'TXT' ? (values.length > 0 ? values : ['not set yet']).map((value) => `TXT 10 ${value}`) : []
    }
    case 'id0':
      return type === 'TXT' ? [`TXT 86400 id=${parsed.peer.toString()}`] : []
    default:
      return type === (parsed.ip.family === 4 ? 'A' : 'AAAA') ? [`${type} 604800 ${parsed.ip.text}`] : []
  }
}

function ask(
  zone: TestZone,
  name: string,
  type: Type,
): { reply: dnsPacket.DecodedPacket; bytes: Buffer; query: Buffer } {
  const query = dnsPacket.encode({
    type: 'query',
    id: 4711,
    questions: [{ name, type: type === 'ANY' ? 'A' : type }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 4096,
        flags: 0,
        options: [],
        extendedRcode: 0,
        ednsVersion: 0,
        flag_do: false,
      },
    ],
  })
  // dns-packet writes ANY as a type it does not read back.
  if (type === 'ANY') query.writeUInt16BE(255, query.length - 15)
  const out = Buffer.alloc(65_535)
  const bytes = out.subarray(0, zone.handle(query, query.length, out, 'tcp'))
  return { reply: dnsPacket.decode(bytes), bytes, query }
}

function told(reply: dnsPacket.DecodedPacket): string[] {
  return (reply.answers ?? []).map((answer) => {
    switch (answer.type) {
      case 'A':
      case 'AAAA': {
        // dns-packet does not always shorten the longest run of zeros.
        return `${answer.type} ${answer.ttl} ${parseIp(answer.data)?.text}`
      }
      case 'TXT':
        return `TXT ${answer.ttl} ${String(answer.data)}`
      case 'HINFO':
        return `HINFO ${answer.ttl} ${answer.data.cpu}`
      default:
        return answer.type
    }
  })
}

function check(zone: TestZone, name: string, type: Type): void {
  const { reply, bytes, query } = ask(zone, name, type)
  const want = expected(name, type, zone)
  const what = `${name} ${type}`
  assert.equal(bytes.readUInt16BE(2) & 0xf, { NOERROR: 0, NXDOMAIN: 3, REFUSED: 5 }[want.rcode], what)
  if (want.answers[0] === 'something') assert.ok((reply.answers ?? []).length > 0, what)
  else assert.deepEqual(told(reply), want.answers, what)
  assert.equal(reply.flag_aa, want.rcode !== 'REFUSED', what)
  const questionEnd = query.length - 11
  assert.deepEqual(bytes.subarray(12, questionEnd), query.subarray(12, questionEnd), `question of ${what}`)
  for (const answer of reply.answers ?? []) assert.equal(answer.name, name, `owner of ${what}`)
  const negative = want.rcode !== 'REFUSED' && want.answers.length === 0
  assert.deepEqual(
    (reply.authorities ?? []).map((record) => `${record.type} ${record.name.toLowerCase()}`),
    negative ? [`SOA ${ZONE}`] : [],
    what,
  )
}

const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(ipOf)
const ipv6 = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups) => ipOf(Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))))
const anIp = fc.oneof(ipv4, ipv6)
const aPeer = fc.constantFrom(...PEERS).map((text) => peerIdFromString(text))

function ipOf(bytes: Uint8Array): IpAddress {
  const ip = ipFromBytes(bytes)
  assert.ok(ip)
  return ip
}

const words = fc.constantFrom(
  'ip',
  'www',
  'ns1',
  'dns',
  'a',
  'b',
  'p',
  'k',
  'ip41-2-3-4',
  'ip6--',
  'ip4',
  'ip6',
  '1-2-3-4',
  '1-2-3-256',
  'zz--',
  '--1',
)
const labels = fc.array(fc.oneof(words, fc.stringMatching(/^[a-z0-9_-]{1,20}$/)), { maxLength: 4 })
const schemeName = fc.oneof(
  anIp.map((ip) => dns2ipName(ip, ZONE)),
  aPeer.map((peer) => id0Name(peer, ZONE)),
  aPeer.map((peer) => autotlsName(peer, ZONE)),
  fc.tuple(anIp, aPeer).map(([ip, peer]) => id0IpName(ip, peer, ZONE)),
  fc.tuple(anIp, aPeer).map(([ip, peer]) => autotlsIpName(ip, peer, ZONE)),
  fc.constantFrom('ip.example.net', 'example.net', 'ns1.example.net', 'a.dns.example.net', 'dns.example.net'),
)
const randomName = labels.map((parts) => [...parts, ZONE].join('.'))
const outsideName = labels.map((parts) => [...parts, 'www', 'xexample.net'].join('.'))
const prefixed = fc
  .tuple(
    fc.constantFrom(
      '',
      '',
      '_acme-challenge.',
      '_acme-challenge.',
      'x.',
      '_acme-challenge._acme-challenge.',
      'x._acme-challenge.',
    ),
    fc.oneof({ weight: 4, arbitrary: schemeName }, { weight: 2, arbitrary: randomName }, outsideName),
  )
  .map(([prefix, name]) => `${prefix}${name}`)
const anyCase = fc
  .tuple(prefixed, fc.infiniteStream(fc.boolean()))
  .map(([name, upper]) => Array.from(name, (letter) => (upper.next().value ? letter.toUpperCase() : letter)).join(''))

suite('The answerer and the plain reading of names', () => {
  test('say the same about random names of every kind, type and letter case', () => {
    const zone = testZone()
    zone.challenges.set(`_acme-challenge.${ZONE}`, challengeValue('a'), 60_000)
    zone.challenges.set(`_acme-challenge.${ZONE}`, challengeValue('b'), 60_000)
    for (const text of PEERS) {
      zone.challenges.set(`_acme-challenge.${id0Name(peerIdFromString(text), ZONE)}`, challengeValue('c'), 60_000)
    }
    fc.assert(
      fc.property(anyCase, fc.constantFrom(...TYPES), (name, type) => {
        fc.pre(name.length <= 253)
        check(zone, name, type)
      }),
      { numRuns: 20_000 },
    )
  })

  test('say the same about every spelling of an IPv6 address', () => {
    const zone = testZone()
    const spelling = fc
      .tuple(
        fc.array(fc.oneof(fc.constant('0'), fc.constant('0000'), fc.stringMatching(/^[0-9a-fA-F]{1,5}$/)), {
          maxLength: 9,
        }),
        fc.option(fc.nat(9)),
      )
      .map(([groups, gap]) =>
        gap === null ? groups.join('-') : `${groups.slice(0, gap).join('-')}--${groups.slice(gap).join('-')}`,
      )
      .filter((label) => label !== '')
    fc.assert(
      fc.property(spelling, fc.boolean(), fc.constantFrom('A', 'AAAA'), (label, dns2ip, type) => {
        check(zone, dns2ip ? `ip6${label}.ip.${ZONE}` : `${label}.${id0Name(peerIdFromString(PEERS[0]), ZONE)}`, type)
      }),
      { numRuns: 10_000 },
    )
  })
})
