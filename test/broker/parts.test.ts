// The parts of the broker that are functions: who asks, what a denylist says, which addresses are dialled, what is counted.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import * as fc from 'fast-check'
import { base36 } from 'multiformats/bases/base36'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import * as v from 'valibot'
import { FileError } from '../../core/files.ts'
import { silentLog } from '../../core/log.ts'
import { type IpAddress, parseIp } from '../../proto/ip.ts'
import { base36LabelToPeer, peerToBase36Label } from '../../proto/names.ts'
import { chooseAddresses, notReached } from '../../servers/broker/addresses.ts'
import { callerOf } from '../../servers/callers.ts'
import { openDenylist, parseDenylist } from '../../servers/denylist.ts'
import { figuresText, gauge } from '../../servers/admin/figures.ts'
import { agentKind, createMetrics } from '../../servers/broker/metrics.ts'
import { createRequestRate } from '../../servers/broker/request-rate.ts'
import { openSqliteRegistrations } from '../../servers/store/sqlite-registrations.ts'
import { CHALLENGE_TTL_MS } from '../../proto/peer-id-auth.ts'
import { manualClock } from '../support/manual-clock.ts'

const vectors = v.parse(
  v.object({
    clientIps: v.array(v.object({ xForwardedFor: v.string(), remoteAddr: v.string(), ips: v.array(v.string()) })),
    multiaddrsToIps: v.array(v.object({ addrs: v.array(v.string()), ips: v.array(v.string()) })),
    denylistForgeHost: v.array(v.object({ host: v.string(), suffix: v.string(), ip: v.nullable(v.string()) })),
    denylistIpFormat: v.array(v.object({ in: v.string(), prefixes: v.array(v.string()) })),
  }),
  JSON.parse(readFileSync(new URL('../fixtures/autotls/broker.json', import.meta.url), 'utf8')),
)

const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()
const other = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()

function ip(text: string): IpAddress {
  const parsed = parseIp(text)
  assert.ok(parsed)
  return parsed
}

describe('who asks', () => {
  for (const { xForwardedFor, remoteAddr, ips } of vectors.clientIps) {
    it(`is ${ips.join(' and ')} for "${xForwardedFor}" from "${remoteAddr}", and whom the last proxy saw`, () => {
      const found = callerOf(xForwardedFor, remoteAddr)
      const texts = found.ips.map(({ text }) => text)
      assert.deepEqual(
        texts.filter((text) => ips.includes(text)),
        ips,
      )
      // ours looks at one more than the public broker, which the client cannot have made up
      assert.deepEqual(
        texts.filter((text) => !ips.includes(text) && text !== found.ip?.text),
        [],
      )
    })
  }

  it('is kept out by what the proxy saw as well, whatever the client wrote before it', () => {
    const { ips } = callerOf('8.8.8.8, 203.0.113.9', '127.0.0.1')
    assert.deepEqual(
      ips.map(({ text }) => text),
      ['8.8.8.8', '203.0.113.9', '127.0.0.1'],
    )
  })

  it('counts by what the proxy saw, not by what the client wrote', () => {
    assert.equal(callerOf('1.2.3.4, 5.6.7.8', '127.0.0.1').ip?.text, '5.6.7.8')
    assert.equal(callerOf(undefined, '::ffff:9.9.9.9').ip?.text, '9.9.9.9')
  })
})

describe('a denylist', () => {
  for (const { in: text, prefixes } of vectors.denylistIpFormat) {
    it(`${JSON.stringify(text)} has ${prefixes.length} entries`, () => {
      assert.deepEqual(
        parseDenylist(text, 'libp2p.direct').map(({ ip: { text: address }, length }) => `${address}/${length}`),
        prefixes,
      )
    })
  }

  it('passes over comments and lines that are nothing', () => {
    const text = '# x\n; y\n10.0.0.0/8 ; z\n10.0.0.0/33\nhost.example\n::ffff:192.0.2.0/120\n2001:db8::/32 # w\n'
    assert.deepEqual(
      parseDenylist(text, 'libp2p.direct').map(({ ip: { text: address }, length }) => `${address}/${length}`),
      ['10.0.0.0/8', '192.0.2.0/24', '2001:db8::/32'],
    )
  })

  for (const { host, suffix, ip: found } of vectors.denylistForgeHost) {
    it(`finds ${found ?? 'no address'} in a URL of ${host}`, () => {
      const list = parseDenylist(`https://${host}/malware.exe # x`, suffix.slice(1))
      assert.deepEqual(
        list.map(({ ip: { text: address }, length }) => `${address}/${length}`),
        found === null ? [] : [`${found}/${found.includes(':') ? 128 : 32}`],
      )
    })
  }

  it('understands addresses in URLs as browsers do, and names of others not at all', () => {
    const text =
      'http://192.0.2.1:8080/x\nhttp://[2001:db8::1]/\nhttp://3221225986/\nhttp://192-0-2-9.other.example/\nftp:/x\n'
    assert.deepEqual(
      parseDenylist(text, 'libp2p.direct').map(({ ip: { text: address } }) => address),
      ['192.0.2.1', '2001:db8::1', '192.0.2.2'],
    )
  })

  it('keeps its entries where there are none all of a sudden, as after a failed download', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-denylist-'))
    t.after(() => rm(dir, { recursive: true }))
    const path = join(dir, 'list')
    await writeFile(path, '192.0.2.1\n')
    const list = await openDenylist({ paths: [path], zone: 'libp2p.direct', log: silentLog, now: () => 0 })
    await writeFile(path, '<html>502 Bad Gateway</html>')
    await utimes(path, 1, 1)
    await list.refresh()
    assert.equal(list.listWith(ip('192.0.2.1')), 'list')
    await writeFile(path, '192.0.2.2\n')
    await utimes(path, 2, 2)
    await list.refresh()
    assert.deepEqual([list.listWith(ip('192.0.2.1')), list.listWith(ip('192.0.2.2'))], [undefined, 'list'])
  })

  it('finds an IPv4 address also in an IPv6 one that leads to it', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-denylist-'))
    t.after(() => rm(dir, { recursive: true }))
    await writeFile(join(dir, 'list'), '192.0.2.0/24\n')
    const init = { paths: [join(dir, 'list')], zone: 'libp2p.direct', log: silentLog, now: () => 0 }
    const list = await openDenylist(init)
    for (const text of ['::ffff:192.0.2.1', '64:ff9b::c000:201', '2002:c000:201::1'])
      assert.equal(list.listWith(ip(text)), 'list', text)
    for (const text of ['64:ff9b::c633:6401', '2002:c633:6401::1', '2001:db8::c000:201'])
      assert.equal(list.listWith(ip(text)), undefined, text)
  })

  it('is read again when it changes, and keeps its content while it cannot be read', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-denylist-'))
    t.after(() => rm(dir, { recursive: true }))
    const path = join(dir, 'list')
    await writeFile(path, '192.0.2.1\n')
    const list = await openDenylist({ paths: [path], zone: 'libp2p.direct', log: silentLog, now: () => 0 })
    assert.equal(list.listWith(ip('192.0.2.1')), 'list')
    assert.equal(list.listWith(ip('::ffff:192.0.2.1')), 'list')
    await writeFile(path, '192.0.2.2\n')
    await utimes(path, 1, 1)
    await list.refresh()
    assert.equal(list.listWith(ip('192.0.2.1')), undefined)
    await rm(path)
    await list.refresh()
    assert.equal(list.listWith(ip('192.0.2.2')), 'list')
  })

  it('that is not there keeps its role from starting', async () => {
    await assert.rejects(
      openDenylist({ paths: ['/nowhere/list'], zone: 'libp2p.direct', log: silentLog, now: () => 0 }),
      FileError,
    )
  })
})

describe('the addresses of a registration', () => {
  const rules = { addressClasses: ['public'], limits: { addresses: 10, dialled: 3 } } as const
  const choose = (...addresses: string[]) =>
    chooseAddresses(addresses, peer, rules).candidates.map(({ address }) => address.toString())

  for (const { addrs, ips } of vectors.multiaddrsToIps.filter(({ addrs: all }) => all.length > 0)) {
    it(`${addrs.join(' ')} name the addresses ${ips.join(' ')}`, () => {
      assert.deepEqual(
        chooseAddresses(addrs, peer, rules).ips.map(({ text }) => text),
        ips,
      )
    })
  }

  it('are dialled by TCP and WebSocket, without the peer id, each once', () => {
    assert.deepEqual(
      choose('/ip4/1.2.3.4/tcp/1', `/ip4/1.2.3.4/tcp/1/p2p/${peer}`, `/ip6/2600::1/tcp/2/ws/p2p/${peer}`),
      ['/ip4/1.2.3.4/tcp/1', '/ip6/2600::1/tcp/2/ws'],
    )
  })

  for (const address of [
    `/ip4/1.2.3.4/tcp/1/p2p/${other}`,
    `/ip4/1.2.3.4/tcp/1/p2p/${other}/p2p-circuit/p2p/${peer}`,
    `/ip4/1.2.3.4/tcp/1/p2p/${other}/p2p-circuit`,
    '/ip4/1.2.3.4/udp/1/quic-v1',
    '/ip4/1.2.3.4/tcp/1/tls/ws',
    '/ip4/1.2.3.4/tcp/1/http',
    '/dns4/example.net/tcp/1',
    '/dnsaddr/example.net',
    '/ip4/10.0.0.1/tcp/1',
    '/ip4/100.64.0.1/tcp/1',
    '/ip4/127.0.0.1/tcp/1',
    '/ip4/169.254.169.254/tcp/80',
    '/ip4/0.0.0.0/tcp/1',
    '/ip6/::1/tcp/1',
    '/ip6/::/tcp/1',
    '/ip6/::ffff:10.0.0.1/tcp/1',
    '/ip6/64:ff9b::a00:1/tcp/1',
    '/ip6/fe80::1/tcp/1',
    '/ip6/fd00::1/tcp/1',
    '/ip6zone/eth0/ip6/fe80::1/tcp/1',
    '/unix/tmp%2Fx',
  ])
    it(`are not dialled: ${address}`, () => assert.deepEqual(choose(address), []))

  it('B11 are cut where there are too many, and one that cannot be read is left out', () => {
    const some = (count: number) => Array.from({ length: count }, (_, at) => `/ip4/1.2.3.4/tcp/${at + 1}`)
    assert.deepEqual(choose(...some(10)), some(3))
    assert.deepEqual(choose(...some(11)), some(3))
    assert.deepEqual(choose('nonsense', '/ip4/1.2.3.4/tcp/1/whatever', '', '/', ...some(1)), some(1))
    assert.deepEqual(choose(`/ip4/1.2.3.4/tcp/1${'/ws'.repeat(500)}`, ...some(1)), some(1))
    assert.throws(() => choose('nonsense', '/'), /no address is a multiaddr/)
    assert.throws(() => choose(), /no addresses/)
  })

  it('B11 of no use hide none that is of use, however many they are', () => {
    const useless = [
      ...['/ip4/10.0.0.1/tcp/1', '/dns4/example.net/tcp/1', '/ip4/1.2.3.4/udp/1/quic-v1', 'nonsense'],
      ...[`/ip4/1.2.3.4/tcp/1/p2p/${other}`, `/ip4/9.9.9.9/tcp/1/p2p/${other}/p2p-circuit`],
    ]
    assert.deepEqual(choose(...useless, '/ip4/1.2.3.4/tcp/7'), ['/ip4/1.2.3.4/tcp/7'])
    const repeated = Array.from({ length: 90 }, () => '/ip4/1.2.3.4/tcp/6')
    assert.deepEqual(choose(...repeated, '/ip4/1.2.3.4/tcp/7'), ['/ip4/1.2.3.4/tcp/6', '/ip4/1.2.3.4/tcp/7'])
  })

  for (const [address, kind] of [
    ['/ip4/1.2.3.4/udp/1/quic-v1', 'by QUIC'],
    [`/ip4/1.2.3.4/udp/1/quic-v1/webtransport/p2p/${peer}`, 'by WebTransport'],
    ['/ip4/1.2.3.4/udp/1/webrtc-direct', 'by WebRTC'],
    ['/ip4/1.2.3.4/tcp/1/tls/ws', 'by TLS with a certificate'],
    ['/ip4/1.2.3.4/tcp/1/tls/sni/a.example.net/ws', 'by TLS with a certificate'],
    ['/dns4/example.net/tcp/1/wss', 'with a name'],
    [`/ip4/1.2.3.4/tcp/1/p2p/${other}/p2p-circuit/p2p/${peer}`, 'relayed'],
    [`/ip4/1.2.3.4/tcp/1/p2p/${other}`, 'of another peer'],
    ['/ip4/10.0.0.1/tcp/1', 'private'],
    ['/ip4/1.2.3.4/tcp/1/http', 'of another kind'],
  ] as const)
    it(`B11 B15 are named where they cannot be dialled: ${address}`, () => {
      const chosen = chooseAddresses([address], peer, rules)
      assert.equal(chosen.leftOut, `1 ${kind}`)
      assert.match(
        notReached(chosen).message,
        new RegExp(`none of the addresses can be dialled .not dialled: 1 ${kind}`),
      )
    })

  it('B11 begin with the caller’s own, then one of each family and one port of each address before the next of any', () => {
    const from = (caller: string, ...addresses: string[]) =>
      chooseAddresses(addresses, peer, {
        ...{ addressClasses: ['public'], limits: { addresses: 100, dialled: 100 }, caller: parseIp(caller) },
      }).candidates.map(({ address }) => address.toString())
    const [v4, v6] = ['/ip4/9.9.9.9/tcp/', '/ip6/2600::9/tcp/']
    const given = [
      `${v4}1`,
      `${v4}2`,
      '/ip4/8.8.8.8/tcp/1',
      `${v6}1`,
      `${v6}2`,
      '/ip4/1.2.3.4/tcp/1',
      '/ip4/1.2.3.4/tcp/2',
    ]
    assert.deepEqual(from('1.2.3.4', ...given), [
      ...['/ip4/1.2.3.4/tcp/1', `${v6}1`, '/ip4/1.2.3.4/tcp/2', `${v4}1`],
      ...[`${v6}2`, '/ip4/8.8.8.8/tcp/1', `${v4}2`],
    ])
    // another address of the same /64, as machines change theirs daily
    assert.deepEqual(from('2600::abcd', ...given).slice(0, 2), [`${v6}1`, `${v4}1`])
  })
})

describe('limits in memory', () => {
  it('refill by the minute', () => {
    const clock = manualClock()
    const rate = createRequestRate(2, clock)
    assert.deepEqual([rate('a'), rate('a'), rate('a') > 0, rate('b')], [0, 0, true, 0])
    clock.set(clock.now() + 30_000)
    assert.equal(rate('a'), 0)
    assert.ok(rate('a') > 0)
  })
})

describe('a challenge', () => {
  it('is spent once, and forgotten when nobody could use it any more', async () => {
    const store = openSqliteRegistrations(':memory:')
    try {
      const first = (challenge: string, now: number) => store.spend(challenge, now + CHALLENGE_TTL_MS, now)
      assert.deepEqual([await first('a', 0), await first('a', 0), await first('b', 0)], [true, false, true])
      assert.equal(await first('a', CHALLENGE_TTL_MS), false)
      assert.equal(await first('a', CHALLENGE_TTL_MS + 1), true)
    } finally {
      await store.close()
    }
  })
})

describe('metrics', () => {
  it('are text that Prometheus reads, with labels that nobody can break out of', () => {
    const metrics = createMetrics()
    metrics.count('coredns_forge_denylist_denied_total', { name: 'a"b\\c\nd' })
    metrics.observe(0.02)
    const text = figuresText([...metrics.figures(), gauge('x', 'y', 1)])
    assert.match(text, /^coredns_forge_denylist_denied_total\{name="a\\"b\\\\c\\nd"\} 1$/m)
    assert.match(text, /^coredns_forge_acme_http_request_duration_seconds_bucket\{le="0.025"\} 1$/m)
    assert.match(text, /^coredns_forge_acme_http_request_duration_seconds_bucket\{le="0.01"\} 0$/m)
    assert.match(text, /^x 1$/m)
    for (const line of text.trimEnd().split('\n'))
      assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? [0-9.e+-]+)$/)
  })

  for (const [agent, kind] of [
    ['kubo/0.43.0/', 'kubo'],
    ['js-libp2p/3.3.11 node/24', 'js-libp2p'],
    ['nim-libp2p', 'nim-libp2p'],
    ['Go-http-client/2.0', 'go-http-client'],
    ['Mozilla/5.0', 'browser'],
    ['"} evil 1', 'other'],
    [undefined, 'other'],
  ] as const)
    it(`take ${agent} for ${kind}`, () => assert.equal(agentKind(agent), kind))
})

describe('the label of a peer', () => {
  it('is the CID that another implementation makes, and nothing else is read as one', async () => {
    const keys = [
      await generateKeyPair('Ed25519'),
      await generateKeyPair('secp256k1'),
      await generateKeyPair('RSA', 2048),
    ]
    for (const id of keys.map(peerIdFromPrivateKey)) {
      const cid = CID.createV1(0x72, Digest.decode(id.toMultihash().bytes))
      assert.equal(peerToBase36Label(id), cid.toString(base36))
      assert.ok(base36LabelToPeer(cid.toString(base36))?.equals(id))
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (digest) => {
        const cid = CID.createV1(0x72, Digest.create(0x12, digest))
        const read = base36LabelToPeer(cid.toString(base36))
        assert.equal(read?.toCID().toString(base36), cid.toString(base36))
        const wrong = CID.createV1(0x70, Digest.create(0x12, digest))
        assert.equal(base36LabelToPeer(wrong.toString(base36)), undefined)
      }),
    )
  })
})
