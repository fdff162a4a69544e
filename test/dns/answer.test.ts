// The answering function by itself: how long its replies may be and live, and what it counts. What a reply must say is in
// conformance.test.ts, over real sockets.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { decodeMessage, TYPE, type DnsMessage } from '../../core/dns/index.ts'
import { BASE36, challengeValue, ID0, testZone, ZONE } from './fixtures.ts'
import { rawOpt, rawQuery, type QueryParts } from './wire.ts'

suite('Lifetimes and counters', () => {
  function askZone(own: ReturnType<typeof testZone>, parts: QueryParts): DnsMessage {
    const query = rawQuery({ additionals: [rawOpt()], ...parts })
    const out = Buffer.alloc(1232)
    return decodeMessage(Buffer.from(out.subarray(0, own.handle(query, query.length, out, 'udp'))))
  }

  test('a negative answer lives as long as the shorter of the SOA record and its minimum', () => {
    for (const [ttl, minimum, expected] of [
      [60, 300, 60],
      [300, 60, 60],
    ] as const) {
      const own = testZone({ ttls: { zone: ttl, minimum } })
      assert.equal(askZone(own, { name: 'www.example.net' }).authorities[0]?.ttl, expected)
      assert.equal(askZone(own, { type: TYPE.SOA }).answers[0]?.ttl, ttl)
    }
  })

  test('configured lifetimes stand in the answers', () => {
    const own = testZone({ ttls: { address: 1, identity: 2, challenge: 3 } })
    own.challenges.set(`_acme-challenge.${ZONE}`, challengeValue('a'), 60_000)
    assert.equal(askZone(own, { name: `ip41-2-3-4.ip.${ZONE}` }).answers[0]?.ttl, 1)
    assert.equal(askZone(own, { name: `${ID0}.${ZONE}`, type: TYPE.TXT }).answers[0]?.ttl, 2)
    assert.equal(askZone(own, { name: `_acme-challenge.${ZONE}`, type: TYPE.TXT }).answers[0]?.ttl, 3)
    assert.equal(askZone(own, { name: `_acme-challenge.ip.${ZONE}`, type: TYPE.TXT }).answers[0]?.ttl, 3)
  })

  test('the statistics count every kind of answer', () => {
    const own = testZone()
    own.challenges.set(`_acme-challenge.${ZONE}`, challengeValue('a'), 60_000)
    const out = Buffer.alloc(1232)
    own.handle(Buffer.alloc(5), 5, out, 'udp')
    askZone(own, { name: `ip41-2-3-4.ip.${ZONE}` })
    askZone(own, { name: `1-2-3-4.${BASE36}.${ZONE}`, type: TYPE.TXT })
    askZone(own, { name: `0--1.${BASE36}.${ZONE}`, type: TYPE.AAAA })
    askZone(own, { name: `${BASE36}.${ZONE}`, type: 65 })
    askZone(own, { name: `_acme-challenge.${BASE36}.${ZONE}`, type: 32_768 })
    askZone(own, { name: `${ID0}.${ZONE}`, type: TYPE.TXT })
    askZone(own, { name: `_acme-challenge.${ZONE}`, type: TYPE.TXT })
    askZone(own, { name: `_acme-challenge.ip.${ZONE}`, type: TYPE.TXT })
    askZone(own, { name: `ip.${ZONE}` })
    askZone(own, { type: TYPE.SOA })
    askZone(own, { type: TYPE.ANY })
    askZone(own, { name: `www.${ZONE}` })
    askZone(own, { name: 'example.org' })
    askZone(own, { additionals: [rawOpt({ version: 1 })] })
    assert.deepEqual(own.stats(), {
      byRcode: { NOERROR: 11, NXDOMAIN: 1, REFUSED: 1, BADVERS: 1 },
      a: 1,
      aaaa: 1,
      denied: 0,
      identities: 1,
      challenges: 1,
      placeholders: 1,
      configured: 1,
      any: 1,
      addressNodata: { TXT: 1 },
      peerNodata: { HTTPS: 1 },
      challengeNodata: { OTHER: 1 },
      nodata: { A: 1 },
      truncated: 0,
      dropped: 1,
    })
  })
})

suite('An address on a denylist', () => {
  test('is given to nobody: the name exists, and has no address', () => {
    const denied = ['192.0.2.7', '2001:db8::7', '::ffff:192.0.2.8']
    const own = testZone({}, { denies: ({ text }) => denied.includes(text) })
    const ask = (name: string, type: number) => {
      const query = rawQuery({ name: `${name}.${ZONE}`, type })
      const out = Buffer.alloc(512)
      return decodeMessage(Buffer.from(out.subarray(0, own.handle(query, query.length, out, 'udp'))))
    }
    for (const [name, type] of [
      [`192-0-2-7.${BASE36}`, TYPE.A],
      [`2001-db8--7.${BASE36}`, TYPE.AAAA],
      [`0--ffff-c000-208.${BASE36}`, TYPE.AAAA],
      [`192-0-2-7.${ID0}`, TYPE.A],
      ['ip4192-0-2-7.ip', TYPE.A],
    ] as const) {
      const { rcode, answers, authorities } = ask(name, type)
      assert.deepEqual([rcode, answers.length, authorities.length], [0, 0, 1], name)
    }
    assert.equal(ask(`192-0-2-8.${BASE36}`, TYPE.A).answers.length, 1)
    assert.equal(own.stats().denied, 5)
  })
})

suite('Sizes', () => {
  const name = `_acme-challenge.192-0-2-7.${ID0}.${ZONE}`
  const own = testZone()
  for (const letter of '12345678') own.challenges.set(name, challengeValue(letter), 60_000)

  function ask(parts: QueryParts, transport: 'udp' | 'tcp') {
    const query = rawQuery({ name, type: TYPE.TXT, ...parts })
    const out = Buffer.alloc(65_535)
    const length = own.handle(query, query.length, out, transport)
    return { message: decodeMessage(Buffer.from(out.subarray(0, length))), length, query }
  }

  test('a reply that is too big for the client is cut to its question over UDP and whole over TCP', () => {
    for (const additionals of [[], [rawOpt({ payload: 100 })], [rawOpt({ payload: 4096 })]]) {
      const small = ask({ additionals }, 'udp')
      assert.equal(small.message.truncated, true)
      assert.equal(small.message.authoritative, true)
      assert.deepEqual([small.message.answers, small.message.authorities], [[], []])
      assert.equal(small.message.edns !== undefined, additionals.length > 0)
      const whole = ask({ additionals }, 'tcp')
      assert.equal(whole.message.truncated, false)
      assert.equal(whole.message.answers.length, 8)
    }
  })

  test('no reply over UDP is longer than 1232 bytes, however much the client offers', () => {
    const long = Array.from({ length: 9 }, (_, index) => `ns${index}.${'a'.repeat(60)}.${'b'.repeat(60)}.example.org`)
    const wide = testZone({ nameServers: long.map((ns) => ({ name: ns, addresses: [] })) })
    const padding = rawOpt({ payload: 4096, options: [[12, Buffer.alloc(600)]] })
    const query = rawQuery({ type: TYPE.NS, additionals: [padding] })
    const out = Buffer.alloc(65_535)
    const length = wide.handle(query, query.length, out, 'udp')
    assert.equal(decodeMessage(Buffer.from(out.subarray(0, length))).truncated, true)
    assert.ok(wide.handle(query, query.length, out, 'tcp') > 1232)
  })

  test('no reply over UDP is more than three times its query', () => {
    const wide = testZone({
      nameServers: Array.from({ length: 13 }, (_, index) => ({
        name: `ns${index}.example.net`,
        addresses: ['192.0.2.1', '2001:db8::1'],
      })),
    })
    for (const type of [TYPE.NS, TYPE.SOA, TYPE.ANY, TYPE.A]) {
      for (const additionals of [[], [rawOpt({ payload: 4096 })]]) {
        const query = rawQuery({ type, additionals })
        const out = Buffer.alloc(65_535)
        assert.ok(wide.handle(query, query.length, out, 'udp') <= 3 * query.length)
      }
    }
  })
})
