// What resolvers and CAs rely on, checked with raw messages over real UDP and TCP sockets: the rows of RFC 8906 and what
// breaks DNS-01 in practice. Every row runs over both transports.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { createDnsServer, decodeMessage, TYPE, type DnsMessage } from '../../core/dns/index.ts'
import { silentLog } from '../../core/log.ts'
import { BASE36, challengeValue, ID0, testZone, ZONE } from './fixtures.ts'
import { askTcp, askUdp, framed, rawOpt, rawQuery, type OptParts, type QueryParts } from './wire.ts'

const FORMERR = 1
const NXDOMAIN = 3
const NOTIMP = 4
const REFUSED = 5
const BADVERS = 16

const zone = testZone()
const server = createDnsServer({ host: '127.0.0.1', port: 0, handle: zone.handle, log: silentLog })
let port = 0

before(async () => {
  port = (await server.start()).port
})
after(() => server.stop())

async function udp(query: Buffer): Promise<Buffer | undefined> {
  return (await askUdp(port, [query]))[0]
}

/** The reply over TCP, undefined where a query behind it is answered first. */
async function tcp(query: Buffer): Promise<Buffer | undefined> {
  const behind = rawQuery({ id: 0xffff })
  const replies = await askTcp(port, [framed(query), framed(behind)], 1)
  return replies.find((reply) => reply.readUInt16BE(0) !== 0xffff)
}

interface Answered {
  readonly message: DnsMessage
  readonly bytes: Buffer
  readonly query: Buffer
}

/** Asks over both transports and lets both replies be looked at. */
async function both(query: Buffer, look: (answered: Answered) => void): Promise<void> {
  for (const bytes of [await udp(query), await tcp(query)]) {
    assert.ok(bytes, 'no reply')
    assert.equal(bytes.readUInt16BE(0), query.readUInt16BE(0), 'id')
    assert.equal((bytes[2] ?? 0) & 0x80, 0x80, 'QR')
    assert.equal((bytes[3] ?? 0) & 0xf0, 0, 'RA, Z, AD and CD')
    look({ message: decodeMessage(bytes), bytes, query })
  }
}

async function rcodeOf(parts: QueryParts, rcode: number): Promise<void> {
  await both(rawQuery(parts), ({ message }) => assert.equal(message.rcode, rcode))
}

function withOpt(opt: OptParts, parts: QueryParts = {}): QueryParts {
  return { name: `ip4192-0-2-1.ip.${ZONE}`, ...parts, additionals: [rawOpt(opt)] }
}

/** Negative answers carry AA and the SOA, whose lifetime is the negative one (RFC 2308). */
function assertNegative({ message }: Answered, rcode: number): void {
  assert.equal(message.rcode, rcode)
  assert.equal(message.authoritative, true)
  assert.deepEqual(message.answers, [])
  const soa = message.authorities[0]
  assert.ok(soa?.type === TYPE.SOA && message.authorities.length === 1)
  assert.equal(soa.name.toLowerCase(), ZONE)
  assert.ok(soa.ttl <= soa.data.minimum)
}

suite('EDNS', () => {
  test('a query with OPT gets one back: version 0, 1232 bytes', async () => {
    await both(rawQuery(withOpt({ payload: 4096 })), ({ message }) => {
      assert.deepEqual(message.edns, { version: 0, payload: 1232, dnssecOk: false })
      assert.equal(message.answers.length, 1)
    })
  })

  test('a query without OPT gets none back', async () => {
    await both(rawQuery(), ({ message }) => assert.equal(message.edns, undefined))
  })

  test('another version gets BADVERS with OPT and the question', async () => {
    for (const version of [1, 255]) {
      await both(rawQuery(withOpt({ version })), ({ message }) => {
        assert.equal(message.rcode, BADVERS)
        assert.equal(message.edns?.version, 0)
        assert.deepEqual([message.questions.length, message.answers.length], [1, 0])
      })
    }
  })

  test('unknown options and flags are ignored and not repeated, DO is repeated', async () => {
    const options = [
      [65_001, Buffer.from('whatever')],
      [3, Buffer.alloc(0)],
      [8, Buffer.from('00011800c00002', 'hex')],
    ] as const
    await both(rawQuery(withOpt({ options, flags: 0xffff })), ({ message, bytes }) => {
      assert.deepEqual(message.edns, { version: 0, payload: 1232, dnssecOk: true })
      assert.equal(bytes.subarray(-5).toString('hex'), '0080000000')
      assert.equal(message.answers.length, 1)
    })
  })

  test('two OPT records are a format error', async () => {
    await rcodeOf({ additionals: [rawOpt(), rawOpt()] }, FORMERR)
  })

  test('an OPT record of a name other than the root is a format error', async () => {
    await rcodeOf({ additionals: [rawOpt({ owner: Buffer.from('\x01a\x00') })] }, FORMERR)
  })

  test('a cookie of 8 or 16 to 40 bytes is taken, any other length is a format error', async () => {
    for (const [length, rcode] of [
      [8, 0],
      [16, 0],
      [24, 0],
      [40, 0],
      [0, FORMERR],
      [7, FORMERR],
      [9, FORMERR],
      [15, FORMERR],
      [41, FORMERR],
    ] as const) {
      await rcodeOf(withOpt({ options: [[10, Buffer.alloc(length, 1)]] }), rcode)
    }
  })

  test('options that reach beyond their record are a format error', async () => {
    await rcodeOf({ additionals: [rawOpt({ options: [[1, Buffer.alloc(4)]], length: 6 }).subarray(0, -2)] }, FORMERR)
    await rcodeOf({ additionals: [rawOpt({ length: 400 })] }, FORMERR)
  })
})

suite('The header', () => {
  test('other opcodes, NOTIFY and UPDATE among them, are not implemented', async () => {
    for (const opcode of [1, 2, 3, 4, 5, 6, 15]) {
      await both(rawQuery({ flags: opcode << 11 }), ({ message, bytes }) => {
        assert.equal(message.rcode, NOTIMP)
        assert.equal(((bytes[2] ?? 0) >> 3) & 15, opcode)
      })
    }
  })

  test('replies are never answered, so that no loop begins', async () => {
    const query = rawQuery({ flags: 0x8000 })
    assert.equal(await udp(query), undefined)
    assert.equal(await tcp(query), undefined)
  })

  test('less than a header is never answered', async () => {
    for (const length of [0, 1, 11]) {
      assert.equal(await udp(rawQuery().subarray(0, length)), undefined)
      assert.equal(await tcp(rawQuery().subarray(0, length)), undefined)
    }
  })

  test('no question and two questions are format errors', async () => {
    await rcodeOf({ questions: 0 }, FORMERR)
    await rcodeOf({ questions: 2 }, FORMERR)
  })

  test('RD is repeated; TC, RA, Z, AD and CD of a query are not', async () => {
    await both(rawQuery({ flags: 0x0100 }), ({ bytes }) => assert.equal((bytes[2] ?? 0) & 1, 1))
    await both(rawQuery({ flags: 0x02f0 }), ({ message, bytes }) => {
      assert.equal((bytes[2] ?? 0) & 1, 0)
      assert.equal(message.truncated, false)
    })
  })

  test('a cut question, a reserved label type, a pointer and a too long name are format errors', async () => {
    await rcodeOf({ name: Buffer.of(0xc0, 0x0c) }, FORMERR)
    await rcodeOf({ name: Buffer.of(0x40, 0x61, 0) }, FORMERR)
    await rcodeOf({ name: Buffer.of(0x80, 0x61, 0) }, FORMERR)
    const label = Buffer.concat([Buffer.of(63), Buffer.alloc(63, 0x61)])
    await rcodeOf({ name: Buffer.concat([label, label, label, label, Buffer.of(0)]) }, FORMERR)
    await both(rawQuery().subarray(0, -1), ({ message }) => assert.equal(message.rcode, FORMERR))
  })

  test('records that the header counts and the message lacks are a format error', async () => {
    const query = rawQuery()
    query.writeUInt16BE(1, 6)
    await both(query, ({ message }) => assert.equal(message.rcode, FORMERR))
  })
})

suite('Names', () => {
  test('the question comes back byte for byte, and the answer has its letter case', async () => {
    const name = `iP4192-0-2-1.Ip.ExAmPlE.nEt`
    await both(rawQuery({ name }), ({ message, bytes, query }) => {
      assert.deepEqual(bytes.subarray(12, query.length), query.subarray(12))
      assert.equal(message.answers[0]?.name, name)
    })
  })

  test('names outside the zone are refused without AA, records or a referral', async () => {
    for (const name of ['example.org', 'net', '', 'xexample.net', 'example.net.example.org']) {
      await both(rawQuery({ name, additionals: [rawOpt()] }), ({ message }) => {
        assert.equal(message.rcode, REFUSED)
        assert.equal(message.authoritative, false)
        assert.deepEqual([message.answers, message.authorities, message.additionals], [[], [], []])
        assert.ok(message.edns)
      })
    }
  })

  test('a label that only looks like the border of the zone is outside of it', async () => {
    const name = Buffer.from('\x0axx\x07example\x03net\x00', 'latin1')
    await rcodeOf({ name }, REFUSED)
  })

  test('other types of a name that exists, known or not, are empty answers with the SOA', async () => {
    const types = [
      TYPE.AAAA,
      TYPE.CAA,
      TYPE.HTTPS,
      TYPE.MX,
      TYPE.TXT,
      TYPE.NS,
      TYPE.SOA,
      TYPE.CNAME,
      43,
      48,
      0,
      1000,
      65_280,
    ]
    for (const type of types) {
      await both(rawQuery({ name: `ip4192-0-2-1.ip.${ZONE}`, type }), (answered) => assertNegative(answered, 0))
    }
  })

  test('what has only children exists: empty answers for the parents of every scheme', async () => {
    for (const name of [`ip.${ZONE}`, `${BASE36}.${ZONE}`, `dns.${ZONE}`]) {
      for (const type of [TYPE.A, TYPE.TXT, TYPE.ANY]) {
        await both(rawQuery({ name, type }), (answered) => assertNegative(answered, 0))
      }
    }
    await both(rawQuery({ name: `${ID0}.${ZONE}` }), (answered) => assertNegative(answered, 0))
  })

  test('a label below an identity that is no address is an empty answer', async () => {
    for (const peer of [ID0, BASE36]) {
      for (const label of ['1-2-3', '1-2-3-256', 'www', '-', '1-2-3-4-5-6-7-8-9']) {
        await both(rawQuery({ name: `${label}.${peer}.${ZONE}` }), (answered) => assertNegative(answered, 0))
      }
    }
  })

  test('names where nothing can be do not exist', async () => {
    for (const name of [
      'www',
      'p',
      'k51qzi5uqu5dhkzk3z',
      `${ID0}x`,
      'ip41-2-3.ip',
      'www.ip',
      'x.ip41-2-3-4.ip',
      `x.1-2-3-4.${ID0}`,
      `_acme-challenge.www`,
      `_acme-challenge.ip41-2-3.ip`,
      `_acme-challenge.1-2-3-256.${ID0}`,
      `_acme-challenge._acme-challenge`,
      `x._acme-challenge`,
      'x.ns1',
      'b.dns',
    ]) {
      for (const type of [TYPE.A, TYPE.TXT, TYPE.ANY]) {
        await both(rawQuery({ name: `${name}.${ZONE}`, type }), (answered) => assertNegative(answered, NXDOMAIN))
      }
    }
  })

  test('every name above one that exists also exists, as strict minimisation walks', async () => {
    for (const name of [`_acme-challenge.192-0-2-1.${ID0}.${ZONE}`, `_acme-challenge.ip4192-0-2-1.ip.${ZONE}`]) {
      const labels = name.split('.')
      for (let at = 0; at < labels.length - 2; at++) {
        await rcodeOf({ name: labels.slice(at).join('.'), type: TYPE.NS }, 0)
      }
    }
  })
})

suite('The apex', () => {
  test('has its SOA', async () => {
    await both(rawQuery({ type: TYPE.SOA, additionals: [rawOpt()] }), ({ message }) => {
      assert.deepEqual(message.answers, [
        {
          name: ZONE,
          class: 1,
          ttl: 86_400,
          type: TYPE.SOA,
          data: {
            primary: 'ns1.example.net',
            hostmaster: 'dns\\.team.example.org',
            serial: 1,
            refresh: 14_400,
            retry: 3_600,
            expire: 1_209_600,
            minimum: 86_400,
          },
        },
      ])
    })
  })

  test('has its NS records, and their addresses where they have them', async () => {
    const query = rawQuery({ type: TYPE.NS, additionals: [rawOpt()] })
    await both(query, ({ message }) => {
      const names = message.answers.map((answer) => answer.data)
      assert.deepEqual(names, ['ns1.example.net', 'a.dns.example.net', 'ns.elsewhere.example.org'])
    })
    const reply = await tcp(query)
    assert.ok(reply)
    assert.deepEqual(
      decodeMessage(reply).additionals.map((record) => record.name),
      ['ns1.example.net', 'ns1.example.net', 'a.dns.example.net'],
    )
  })

  test('has its CAA records and addresses', async () => {
    await both(rawQuery({ type: TYPE.CAA, additionals: [rawOpt()] }), ({ message }) => {
      assert.deepEqual(
        message.answers.map((answer) => answer.data),
        [
          { flags: 0, tag: 'issue', value: 'letsencrypt.org' },
          { flags: 0, tag: 'iodef', value: 'mailto:dns@example.org' },
        ],
      )
    })
    await both(rawQuery(), ({ message }) => assert.equal(message.answers.length, 1))
    await both(rawQuery({ type: TYPE.AAAA, additionals: [rawOpt()] }), (answered) => assertNegative(answered, 0))
  })

  test('has no CAA record where none is configured', () => {
    const bare = testZone({ caa: [] })
    const out = Buffer.alloc(1232)
    const query = rawQuery({ type: TYPE.CAA, additionals: [rawOpt()] })
    const length = bare.handle(query, query.length, out, 'udp')
    const reply = decodeMessage(Buffer.from(out.subarray(0, length)))
    assert.deepEqual([reply.rcode, reply.answers.length, reply.authorities.length], [0, 0, 1])
  })

  test('name servers have their addresses', async () => {
    await both(rawQuery({ name: 'ns1.example.net' }), ({ message }) => assert.equal(message.answers.length, 1))
    await both(rawQuery({ name: 'ns1.example.net', type: TYPE.AAAA }), ({ message }) =>
      assert.equal(message.answers.length, 1),
    )
    await both(rawQuery({ name: 'a.dns.example.net', type: TYPE.AAAA }), (answered) => assertNegative(answered, 0))
  })
})

suite('Questions that are no ordinary ones', () => {
  test('zone transfers are refused', async () => {
    await rcodeOf({ type: TYPE.AXFR }, REFUSED)
    await rcodeOf({ type: TYPE.IXFR }, REFUSED)
  })

  test('the class CH is refused and tells no version', async () => {
    await both(rawQuery({ name: 'version.bind', type: TYPE.TXT, class: 3 }), ({ message }) => {
      assert.deepEqual([message.rcode, message.answers], [REFUSED, []])
    })
    await rcodeOf({ class: 255 }, REFUSED)
  })

  test('ANY gets one small HINFO record', async () => {
    for (const name of [ZONE, `ip4192-0-2-1.ip.${ZONE}`, `${ID0}.${ZONE}`, `_acme-challenge.${ZONE}`]) {
      await both(rawQuery({ name, type: TYPE.ANY }), ({ message, bytes, query }) => {
        assert.deepEqual(
          message.answers.map((answer) => answer.type === 'other' && answer.number),
          [TYPE.HINFO],
        )
        assert.ok(bytes.length <= query.length + 21)
      })
    }
  })
})

suite('Challenges', () => {
  const name = `_acme-challenge.ip4192-0-2-9.ip.${ZONE}`

  test('a challenge that is not set is a placeholder that is forgotten within ten seconds', async () => {
    await both(rawQuery({ name, type: TYPE.TXT }), ({ message }) => {
      const [answer] = message.answers
      assert.ok(answer?.type === TYPE.TXT)
      assert.equal(answer.data.join(), 'not set yet')
      assert.ok(answer.ttl <= 10)
    })
  })

  test('two values stand under one name, newest first, and the name above keeps its address', async () => {
    zone.challenges.set(name, challengeValue('1'), 60_000)
    zone.challenges.set(name, challengeValue('2'), 60_000)
    await both(rawQuery({ name, type: TYPE.TXT }), ({ message }) => {
      const texts = message.answers.map((answer) => (answer.type === TYPE.TXT ? answer.data.join() : ''))
      assert.deepEqual(texts, [challengeValue('2'), challengeValue('1')])
    })
    await both(rawQuery({ name: name.slice(name.indexOf('.') + 1) }), ({ message }) => {
      assert.equal(message.answers.length, 1)
    })
  })

  test('a value is found whatever the letter case of the question', async () => {
    zone.challenges.set(`_acme-challenge.${ID0}.${ZONE}`, challengeValue('3'), 60_000)
    const asked = `_ACME-challenge.${ID0.toUpperCase()}.Example.NET`
    await both(rawQuery({ name: asked, type: TYPE.TXT }), ({ message }) => {
      const [answer] = message.answers
      assert.equal(answer?.type === TYPE.TXT && answer.data.join(), challengeValue('3'))
    })
  })

  test('a value over its time is not answered, even before it is swept', () => {
    const own = testZone()
    own.challenges.set(name, challengeValue('4'), 60_000)
    void own.clock.advance(60_000)
    const query = rawQuery({ name, type: TYPE.TXT })
    const out = Buffer.alloc(1232)
    const length = own.handle(query, query.length, out, 'udp')
    const [answer] = decodeMessage(Buffer.from(out.subarray(0, length))).answers
    assert.equal(answer?.type === TYPE.TXT && answer.data.join(), 'not set yet')
  })
})
