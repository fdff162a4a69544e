// The resolver against our own server, and against servers that drop, lie, cut, refuse and send garbage.
import assert from 'node:assert/strict'
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import * as dnsPacket from 'dns-packet'
import * as fc from 'fast-check'
import {
  CnameChainError,
  createDnsServer,
  createResolver,
  decodeMessage,
  DnsConnectionClosedError,
  DnsServerRefusedError,
  DnsTimeoutError,
  encodeQuery,
  InvalidDnsNameError,
  LookupError,
  MalformedMessageError,
  NameNotFoundError,
  nameToWire,
  NoDnsAnswerError,
  TYPE,
  type DnsHandler,
} from '../../core/dns/index.ts'
import { silentLog } from '../../core/log.ts'
import { challengeValue, ID0, manualClock, testZone, ZONE } from './fixtures.ts'

async function serve(t: TestContext, handle: DnsHandler) {
  const server = createDnsServer({ host: '127.0.0.1', port: 0, handle, log: silentLog })
  t.after(() => server.stop())
  return server.start()
}

/** A server whose replies dns-packet writes from what the test says. */
async function serveRecords(t: TestContext, records: readonly dnsPacket.Answer[], recursive: boolean) {
  return serve(t, (query, length, out) => {
    const { id = 0, questions = [] } = dnsPacket.decode(query.subarray(0, length))
    const [question] = questions
    const answers: dnsPacket.Answer[] = []
    let owner = question?.name.toLowerCase()
    for (let links = 0; links < (recursive ? 20 : 1); links++) {
      const here = records.filter((record) => record.name === owner)
      answers.push(...here.filter((record) => record.type === question?.type || record.type === 'CNAME'))
      const alias = here.find((record) => record.type === 'CNAME')
      owner = alias?.type === 'CNAME' ? alias.data : undefined
    }
    const known = records.some((record) => record.name === question?.name.toLowerCase())
    const flags = known ? 0 : 3
    return dnsPacket.encode({ type: 'response', id, flags, questions, answers }).copy(out)
  })
}

/** A UDP socket that answers each packet with whatever the test makes of it. */
async function serveUdp(t: TestContext, answer: (query: Buffer, client: RemoteInfo) => readonly Buffer[]) {
  const socket = createSocket('udp4')
  socket.on('message', (query, client) => {
    for (const reply of answer(query, client)) socket.send(reply, client.port, client.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  return { host: '127.0.0.1', port: socket.address().port }
}

/** Our zone's answer to a query. */
function properReply(query: Buffer): Buffer {
  const out = Buffer.alloc(1232)
  return Buffer.from(out.subarray(0, testZone().handle(query, query.length, out, 'udp')))
}

function changed(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes)
  change(copy)
  return copy
}

const NAME = `ip4192-0-2-1.ip.${ZONE}`

suite('The resolver and our server', () => {
  test('gives the texts of a challenge, all of them', async (t) => {
    const zone = testZone()
    const name = `_acme-challenge.${ID0}.${ZONE}`
    zone.challenges.set(name, challengeValue('a'), 1000)
    zone.challenges.set(name, challengeValue('b'), 1000)
    const resolver = createResolver({ servers: [await serve(t, zone.handle)] })
    assert.deepEqual(await resolver.resolveTxt(name), [challengeValue('b'), challengeValue('a')])
  })

  test('goes on by TCP where the reply was cut', async (t) => {
    const zone = testZone()
    const name = `_acme-challenge.${ZONE}`
    for (const letter of '12345678') zone.challenges.set(name, challengeValue(letter), 1000)
    const transports: string[] = []
    const server = await serve(t, (query, length, out, transport) => {
      transports.push(transport)
      return zone.handle(query, length, out, transport)
    })
    const texts = await createResolver({ servers: [server] }).resolveTxt(name)
    assert.equal(texts.length, 8)
    assert.deepEqual(transports, ['udp', 'tcp'])
  })

  test('asks by TCP alone where told to', async (t) => {
    const transports: string[] = []
    const zone = testZone()
    const server = await serve(t, (query, length, out, transport) => {
      transports.push(transport)
      return zone.handle(query, length, out, transport)
    })
    await createResolver({ servers: [server] }).query(NAME, TYPE.A, { transport: 'tcp' })
    assert.deepEqual(transports, ['tcp'])
  })

  test('gives addresses of both families, and of one where asked', async (t) => {
    const resolver = createResolver({ servers: [await serve(t, testZone().handle)] })
    const texts = async (family?: 4 | 6) =>
      (await resolver.lookupIp('ns1.example.net', family ? { family } : {})).map((ip) => ip.text)
    assert.deepEqual(await texts(), ['2001:db8::53', '192.0.2.53'])
    assert.deepEqual(await texts(4), ['192.0.2.53'])
    assert.deepEqual(await texts(6), ['2001:db8::53'])
  })

  test('tells a missing name from a name without such records', async (t) => {
    const resolver = createResolver({ servers: [await serve(t, testZone().handle)] })
    await assert.rejects(resolver.resolveTxt(`www.${ZONE}`), NameNotFoundError)
    assert.deepEqual(await resolver.resolveTxt(NAME), [])
  })

  test('gives the lookup of node:net, one address or all', async (t) => {
    const { lookup } = createResolver({ servers: [await serve(t, testZone().handle)] })
    const ask = (name: string, options: Parameters<typeof lookup>[1]) =>
      new Promise((resolve, reject) => {
        lookup(name, options, (error, address, family) => (error ? reject(error) : resolve([address, family])))
      })
    assert.deepEqual(await ask(NAME, {}), ['192.0.2.1', 4])
    assert.deepEqual(await ask(NAME, { all: true }), [[{ address: '192.0.2.1', family: 4 }], undefined])
    assert.deepEqual(await ask('ns1.example.net', { family: 'IPv4' }), ['192.0.2.53', 4])
    assert.deepEqual(await ask('192.0.2.9', {}), ['192.0.2.9', 4])
    assert.deepEqual(await ask('localhost', { family: 6 }), ['::1', 6])
    await assert.rejects(ask(`www.${ZONE}`, {}), (error) => error instanceof LookupError && error.code === 'ENOTFOUND')
    await assert.rejects(ask('example.org', {}), (error) => error instanceof LookupError && error.code === 'EAI_AGAIN')
  })

  test('lets node:net connect to a name of the zone', async (t) => {
    const { lookup } = createResolver({ servers: [await serve(t, testZone().handle)] })
    const listener = createServer((socket) => socket.end())
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    t.after(() => listener.close())
    const address = listener.address()
    assert.ok(address && typeof address === 'object')
    const socket = connect({ host: `ip4127-0-0-1.ip.${ZONE}`, port: address.port, lookup })
    await once(socket, 'connect')
    socket.destroy()
  })
})

suite('The resolver and CNAMEs', () => {
  const chain: dnsPacket.Answer[] = [
    { type: 'CNAME', name: 'a.example.org', data: 'b.example.org' },
    { type: 'CNAME', name: 'b.example.org', data: 'c.example.org' },
    { type: 'A', name: 'c.example.org', data: '192.0.2.3' },
    { type: 'TXT', name: 'c.example.org', data: ['one', 'two'] },
  ]

  test('follows them inside one reply and with new questions', async (t) => {
    for (const recursive of [true, false]) {
      const resolver = createResolver({ servers: [await serveRecords(t, chain, recursive)] })
      assert.deepEqual(await resolver.resolveTxt('a.example.org'), ['onetwo'])
      assert.deepEqual(
        (await resolver.lookupIp('A.example.org', { family: 4 })).map((ip) => ip.text),
        ['192.0.2.3'],
      )
    }
  })

  test('gives up on a chain that goes round', async (t) => {
    const round: dnsPacket.Answer[] = [
      { type: 'CNAME', name: 'a.example.org', data: 'b.example.org' },
      { type: 'CNAME', name: 'b.example.org', data: 'a.example.org' },
    ]
    const resolver = createResolver({ servers: [await serveRecords(t, round, false)] })
    await assert.rejects(resolver.resolveTxt('a.example.org'), CnameChainError)
  })

  test('says which name is missing at the end of a chain', async (t) => {
    const dangling: dnsPacket.Answer[] = [{ type: 'CNAME', name: 'a.example.org', data: 'gone.example.org' }]
    const resolver = createResolver({ servers: [await serveRecords(t, dangling, false)] })
    await assert.rejects(resolver.resolveTxt('a.example.org'), /gone\.example\.org does not exist/)
  })
})

suite('The resolver and broken servers', () => {
  test('ignores garbage, a wrong id, another question and a query, and waits for the answer', async (t) => {
    const server = await serveUdp(t, (query) => {
      const proper = properReply(query)
      // As the others, but with another address, which must not be believed.
      const lie = changed(proper, (copy) => copy.writeUInt8(99, copy.length - 12))
      return [
        Buffer.alloc(0),
        Buffer.from('garbage'),
        Buffer.alloc(600, 0xff),
        query,
        changed(lie, (copy) => copy.writeUInt16BE(proper.readUInt16BE(0) ^ 1, 0)),
        changed(lie, (copy) => copy.write('X', 14)),
        changed(lie, (copy) => copy.writeUInt16BE(TYPE.AAAA, query.length - 15)),
        proper.subarray(0, -1),
        proper,
      ]
    })
    const addresses = await createResolver({ servers: [server] }).lookupIp(NAME, { family: 4 })
    assert.deepEqual(
      addresses.map((ip) => ip.text),
      ['192.0.2.1'],
    )
  })

  test('tries the next server after one that is silent', async (t) => {
    const clock = manualClock()
    const asked = Promise.withResolvers<void>()
    const silent = await serveUdp(t, () => {
      asked.resolve()
      return []
    })
    const good = await serve(t, testZone().handle)
    const resolver = createResolver({ servers: [silent, good], clock, timeoutMs: 500 })
    const reply = resolver.query(NAME, TYPE.A)
    await asked.promise
    await clock.advance(500)
    assert.equal((await reply).answers.length, 1)
  })

  test('tries the next server after one that refuses or where nobody listens', async (t) => {
    const refusing = await serve(
      t,
      testZone({ zone: 'example.org', nameServers: [{ name: 'ns.x.org', addresses: [] }] }).handle,
    )
    const closedPort = await closedUdpPort()
    const good = await serve(t, testZone().handle)
    const resolver = createResolver({ servers: [closedPort, refusing, good], timeoutMs: 1000 })
    assert.equal((await resolver.query(NAME, TYPE.A)).answers.length, 1)
  })

  test('says what every server did where none answered', async (t) => {
    const clock = manualClock()
    const asked = Promise.withResolvers<void>()
    const refusing = await serve(
      t,
      testZone({ zone: 'example.org', nameServers: [{ name: 'ns.x.org', addresses: [] }] }).handle,
    )
    const silent = await serveUdp(t, () => {
      asked.resolve()
      return []
    })
    const query = createResolver({ servers: [refusing, silent], clock }).query(NAME, TYPE.A)
    void asked.promise.then(() => clock.advance(2000))
    await assert.rejects(query, (error) => {
      assert.ok(error instanceof NoDnsAnswerError)
      const [first, second] = error.attempts.map((attempt) => attempt.error)
      assert.ok(first instanceof DnsServerRefusedError && second instanceof DnsTimeoutError)
      assert.match(error.message, /REFUSED.*no answer within 2000 ms/)
      return true
    })
  })

  test('reports a TCP server that hangs up and one that answers another question', async (t) => {
    for (const [answer, type] of [
      [Buffer.alloc(0), DnsConnectionClosedError],
      [Buffer.from('000c000081800000000000000000', 'hex'), MalformedMessageError],
      [Buffer.from('0003000000', 'hex'), MalformedMessageError],
    ] as const) {
      const listener = createServer((socket) => socket.once('data', () => socket.end(answer)))
      listener.listen(0, '127.0.0.1')
      await once(listener, 'listening')
      t.after(() => listener.close())
      const address = listener.address()
      assert.ok(address && typeof address === 'object')
      const resolver = createResolver({ servers: [{ host: '127.0.0.1', port: address.port }] })
      await assert.rejects(
        resolver.query(NAME, TYPE.A, { transport: 'tcp' }),
        (error) => error instanceof NoDnsAnswerError && error.attempts[0]?.error instanceof type,
      )
    }
  })

  test('ends when its signal or the signal of the query is aborted', async (t) => {
    for (const whose of ['resolver', 'query'] as const) {
      const controller = new AbortController()
      const asked = Promise.withResolvers<void>()
      const silent = await serveUdp(t, () => {
        asked.resolve()
        return []
      })
      const { signal } = controller
      const resolver = createResolver({ servers: [silent], ...(whose === 'resolver' ? { signal } : {}) })
      const query = resolver.query(NAME, TYPE.A, whose === 'query' ? { signal } : {})
      await asked.promise
      controller.abort(new Error('enough'))
      await assert.rejects(query, /enough/)
      await assert.rejects(resolver.query(NAME, TYPE.A, { signal }), /enough/)
    }
  })

  test('refuses a name that is none before it asks anybody', async () => {
    const resolver = createResolver({ servers: [{ host: '127.0.0.1', port: 1 }] })
    for (const name of ['a..b', `${'a'.repeat(64)}.b`, Array.from({ length: 60 }, () => 'abcd').join('.')]) {
      await assert.rejects(resolver.query(name, TYPE.A), InvalidDnsNameError, name)
    }
  })
})

suite('Whole messages', () => {
  test('a query is what dns-packet reads', () => {
    const packet = dnsPacket.decode(encodeQuery(4711, 'Www.Example.NET', TYPE.TXT, true))
    assert.equal(packet.id, 4711)
    assert.equal(packet.flag_rd, true)
    assert.deepEqual(packet.questions, [{ name: 'Www.Example.NET', type: 'TXT', class: 'IN' }])
    assert.equal(packet.additionals?.[0]?.type, 'OPT')
  })

  test('a reply that dns-packet writes is read with every kind of record', () => {
    const bytes = dnsPacket.encode({
      type: 'response',
      id: 7,
      flags: dnsPacket.AUTHORITATIVE_ANSWER,
      questions: [{ type: 'A', name: 'x.example.net' }],
      answers: [
        { type: 'A', name: 'x.example.net', ttl: 5, data: '192.0.2.1' },
        { type: 'AAAA', name: 'x.example.net', ttl: 5, data: '2001:db8::1' },
        { type: 'TXT', name: 'x.example.net', ttl: 5, data: ['a', 'b'] },
        { type: 'CAA', name: 'x.example.net', ttl: 5, data: { flags: 128, tag: 'issue', value: 'ca.example' } },
        { type: 'HINFO', name: 'x.example.net', ttl: 5, data: { cpu: 'c', os: 'o' } },
      ],
    })
    const message = decodeMessage(bytes)
    assert.equal(message.authoritative, true)
    assert.deepEqual(
      message.answers.map((answer) => {
        if (answer.type === TYPE.A || answer.type === TYPE.AAAA) return answer.data.text
        if (answer.type === TYPE.TXT) return answer.data.map(String)
        return answer.type === TYPE.CAA ? answer.data : answer.type
      }),
      ['192.0.2.1', '2001:db8::1', ['a', 'b'], { flags: 128, tag: 'issue', value: 'ca.example' }, 'other'],
    )
  })

  test('garbage is refused with one error, and compression never runs in circles', () => {
    const looping = Buffer.concat([Buffer.from('000081800001000000000000', 'hex'), Buffer.of(0xc0, 12, 0, 1, 0, 1)])
    const forward = Buffer.concat([Buffer.from('000081800001000000000000', 'hex'), Buffer.of(0xc0, 14, 0, 0, 1, 0, 1)])
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(11), looping, forward]) {
      assert.throws(() => decodeMessage(bytes), MalformedMessageError)
    }
    const proper = properReply(encodeQuery(1, NAME, TYPE.A, false))
    const change = fc.tuple(fc.nat(proper.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(proper.length), (changes, length) => {
        const bytes = changed(proper, (copy) => changes.forEach(([at, byte]) => copy.writeUInt8(byte, at)))
        try {
          decodeMessage(bytes.subarray(0, length))
        } catch (error) {
          assert.ok(error instanceof MalformedMessageError, String(error))
        }
      }),
      { numRuns: 5000 },
    )
  })

  test('names with dots and odd bytes in their labels keep them', () => {
    assert.deepEqual(nameToWire('a\\.b.\\000c'), Buffer.from('\x03a.b\x02\x00c\x00', 'latin1'))
    assert.throws(() => nameToWire('a\\'), InvalidDnsNameError)
    assert.throws(() => nameToWire('a\\256'), InvalidDnsNameError)
  })
})

async function closedUdpPort() {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return { host: '127.0.0.1', port }
}
