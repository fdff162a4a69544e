// The resolver and DNS servers that lack something: EDNS, UDP, TCP, the zone. Each server here is a pair of sockets on one port that
// does what the test says, and notes what it was asked.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import * as dnsPacket from 'dns-packet'
import { createResolver, LameServerError, NoDnsAnswerError, TYPE, type ResolverInit } from '../../core/dns/index.ts'
import { manualClock } from './fixtures.ts'

const NAME = '_acme-challenge.k51.example.net'
const { AUTHORITATIVE_ANSWER: AA, TRUNCATED_RESPONSE: TC } = dnsPacket

/** A question as a server got it. */
interface Got {
  readonly by: 'udp' | 'tcp'
  readonly edns: boolean
  readonly name: string
  readonly type: string
  readonly id: number
}

interface Reply {
  readonly rcode?: number
  readonly flags?: number
  readonly answers?: readonly dnsPacket.Answer[]
  readonly authorities?: readonly dnsPacket.Answer[]
  readonly withoutQuestion?: boolean
}

/** @param handle  gives a reply, bytes of one, or nothing for silence (a closed connection by TCP) */
async function serve(t: TestContext, handle: (got: Got) => Reply | Buffer | undefined) {
  const asked: Got[] = []
  const answer = (by: Got['by'], query: Buffer): Buffer | undefined => {
    const { id = 0, questions = [], additionals = [] } = dnsPacket.decode(query)
    const [question] = questions
    const edns = additionals.some(({ type }) => type === 'OPT')
    const got = { by, edns, name: question?.name ?? '', type: question?.type ?? '', id }
    asked.push(got)
    const reply = handle(got)
    if (!reply || Buffer.isBuffer(reply)) return reply
    return dnsPacket.encode({
      ...{ type: 'response', id, flags: (reply.flags ?? AA) | (reply.rcode ?? 0) },
      questions: reply.withoutQuestion ? [] : questions,
      ...{ answers: [...(reply.answers ?? [])], authorities: [...(reply.authorities ?? [])] },
    })
  }
  for (let attempt = 0; ; attempt++) {
    const udp = createSocket('udp4')
    udp.on('message', (query, { port, address }) => {
      const reply = answer('udp', query)
      if (reply) udp.send(reply, port, address)
    })
    udp.bind(0, '127.0.0.1')
    await once(udp, 'listening')
    const { port } = udp.address()
    const tcp = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (bytes: Buffer) => {
        const reply = answer('tcp', bytes.subarray(2))
        if (!reply) {
          socket.destroy()
          return
        }
        const length = Buffer.alloc(2)
        length.writeUInt16BE(reply.length)
        socket.write(Buffer.concat([length, reply]))
      })
    })
    tcp.listen(port, '127.0.0.1')
    const listens = await once(tcp, 'listening').then(
      () => true,
      () => false,
    )
    // the port was free for UDP alone
    if (!listens && attempt < 20) {
      udp.close()
      continue
    }
    t.after(() => {
      udp.close()
      tcp.close()
    })
    return { host: '127.0.0.1', port, asked }
  }
}

const txt = (...values: string[]): dnsPacket.Answer[] =>
  values.map((data) => ({ type: 'TXT', name: NAME, ttl: 10, data: [data] }))
const good = (): Reply => ({ answers: txt('V') })

function resolver(servers: ResolverInit['servers'], init: Partial<ResolverInit> = {}) {
  // long enough that a busy machine takes no answer for silence, short enough to be waited for
  return createResolver({ servers, timeoutMs: 3_000, recursive: false, ...init })
}

suite('B5 a server that does not bear EDNS', () => {
  for (const [what, complaint] of [
    ['FORMERR', { rcode: 1 }],
    ['FORMERR without the question', { rcode: 1, withoutQuestion: true }],
    ['NOTIMP', { rcode: 4 }],
    ['SERVFAIL', { rcode: 2 }],
    ['REFUSED', { rcode: 5 }],
    ['silence', undefined],
  ] as const) {
    for (const transport of ['udp', undefined] as const)
      test(`B5 is asked without it after ${what}${transport ? ', by UDP alone' : ''}, and from then on`, async (t) => {
        const server = await serve(t, (got) => (got.edns ? complaint : good()))
        const asks = resolver([server])
        const options = transport ? { transport } : {}
        assert.deepEqual(await asks.resolveTxt(NAME, options), ['V'])
        assert.deepEqual(await asks.resolveTxt(NAME, options), ['V'])
        assert.deepEqual(
          server.asked.filter(({ by }) => by === 'udp').map(({ edns }) => edns),
          [true, false, false],
        )
      })
  }

  test('B5 is asked without it by TCP as well, also when it hangs up', async (t) => {
    for (const complaint of [{ rcode: 1 }, undefined]) {
      const server = await serve(t, (got) => (got.edns ? complaint : good()))
      assert.deepEqual(await resolver([server]).resolveTxt(NAME, { transport: 'tcp' }), ['V'])
    }
  })

  test('B5 that complains about BADVERS is asked without it', async (t) => {
    const server = await serve(t, (got) => {
      if (!got.edns) return good()
      const bytes = dnsPacket.encode({
        ...{ type: 'response', id: got.id, flags: AA, questions: [{ type: 'TXT', name: NAME }] },
        additionals: [
          {
            type: 'OPT',
            name: '.',
            udpPayloadSize: 1232,
            extendedRcode: 1,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ],
      })
      return bytes
    })
    assert.deepEqual(await resolver([server]).resolveTxt(NAME), ['V'])
  })

  test('B5 that fails in every way is named with what it said, and asked once by each', async (t) => {
    const server = await serve(t, () => ({ rcode: 1 }))
    await assert.rejects(resolver([server]).resolveTxt(NAME), /answered FORMERR/)
    assert.deepEqual(
      server.asked.map(({ by, edns }) => [by, edns]),
      [
        ['udp', true],
        ['udp', false],
        ['tcp', true],
        ['tcp', false],
      ],
    )
  })

  for (const [what, rcode] of [
    ['FORMERR', 1],
    ['NOTIMP', 4],
  ] as const)
    test(`B5 that answers ${what} to every packet is asked by TCP, and the next time at once`, async (t) => {
      const server = await serve(t, ({ by, edns }) => (by === 'udp' || edns ? { rcode } : good()))
      const asks = resolver([server])
      assert.deepEqual(await asks.resolveTxt(NAME), ['V'])
      const before = server.asked.length
      assert.deepEqual(await asks.resolveTxt(NAME), ['V'])
      assert.deepEqual(
        server.asked.slice(before).map(({ by }) => by),
        ['tcp'],
      )
      await assert.rejects(asks.resolveTxt(NAME, { transport: 'udp' }), new RegExp(`answered ${what}`))
    })

  test('B5 is asked with it again after a quarter of an hour', async (t) => {
    const clock = manualClock()
    const server = await serve(t, (got) => (got.edns ? { rcode: 1 } : good()))
    const asks = resolver([server], { clock })
    await asks.resolveTxt(NAME)
    await clock.advance(15 * 60_000)
    await asks.resolveTxt(NAME)
    assert.deepEqual(
      server.asked.map(({ edns }) => edns),
      [true, false, true, false],
    )
  })

  test('B5 a server that bears it is asked once', async (t) => {
    const server = await serve(t, good)
    assert.deepEqual(await resolver([server]).resolveTxt(NAME), ['V'])
    assert.equal(server.asked.length, 1)
  })
})

suite('B5 a server that does not answer by UDP', () => {
  test('B5 is asked by TCP, and the next time at once', async (t) => {
    const server = await serve(t, ({ by }) => (by === 'tcp' ? good() : undefined))
    const asks = resolver([server], { timeoutMs: 800 })
    assert.deepEqual(await asks.resolveTxt(NAME), ['V'])
    const before = server.asked.length
    assert.deepEqual(await asks.resolveTxt(NAME), ['V'])
    assert.deepEqual(
      server.asked.slice(before).map(({ by }) => by),
      ['tcp'],
    )
  })

  test('B5 is not asked by TCP by who wants to know whether UDP works', async (t) => {
    const server = await serve(t, ({ by }) => (by === 'tcp' ? good() : undefined))
    await assert.rejects(
      resolver([server], { timeoutMs: 200 }).resolveTxt(NAME, { transport: 'udp' }),
      /no answer within/,
    )
    assert.deepEqual([...new Set(server.asked.map(({ by }) => by))], ['udp'])
  })

  test('B5 at all costs four packets and one wait', async (t) => {
    const server = await serve(t, () => undefined)
    await assert.rejects(resolver([server], { timeoutMs: 200 }).resolveTxt(NAME), /no answer within 200 ms/)
    assert.ok(server.asked.length <= 4, `it was asked ${server.asked.length} times`)
  })
})

suite('B5 a reply that was cut', () => {
  test('B5 in the middle of a record, or to nothing at all, is asked for by TCP', async (t) => {
    for (const bytes of [(id: number) => cut(id, 7), (id: number) => cut(id, 200)]) {
      const server = await serve(t, ({ by, id }) => (by === 'tcp' ? good() : bytes(id)))
      assert.deepEqual(await resolver([server]).resolveTxt(NAME, { transport: 'udp' }), ['V'])
    }
  })

  test('B5 without TCP is good for what it holds, when no other server has more', async (t) => {
    const server = await serve(t, ({ by }) => (by === 'tcp' ? undefined : { flags: AA | TC, answers: txt('V') }))
    assert.deepEqual(await resolver([server]).resolveTxt(NAME), ['V'])
    const whole = await serve(t, () => ({ answers: txt('V', 'W') }))
    assert.deepEqual(await resolver([server, whole]).resolveTxt(NAME), ['V', 'W'])
  })

  test('B5 without TCP that holds nothing is an error that says so', async (t) => {
    const server = await serve(t, ({ by }) => (by === 'tcp' ? undefined : { flags: AA | TC }))
    await assert.rejects(resolver([server]).resolveTxt(NAME), /cut its reply, and gave no whole one by TCP/)
  })
})

suite('B5 a server that does not know the zone', () => {
  const referral = { flags: 0, authorities: [{ type: 'NS', name: 'net', ttl: 5, data: 'ns.example.com' }] } as const

  test('B5 is left for the next one, whether it refuses, fails, refers or says nothing', async (t) => {
    for (const reply of [{ rcode: 5 }, { rcode: 2 }, { rcode: 4 }, referral, { flags: 0 }]) {
      const [lame, other] = [await serve(t, () => reply), await serve(t, good)]
      assert.deepEqual(await resolver([lame, other]).resolveTxt(NAME), ['V'], JSON.stringify(reply))
    }
  })

  test('B5 and refers to others is no answer', async (t) => {
    const lame = await serve(t, () => referral)
    await assert.rejects(resolver([lame]).resolveTxt(NAME), (error) => {
      assert.ok(error instanceof NoDnsAnswerError)
      assert.ok(error.attempts[0]?.error instanceof LameServerError)
      return true
    })
  })

  test('B5 is not what an empty answer with an SOA, of the zone’s server or of a resolver means', async (t) => {
    const soa: dnsPacket.Answer = {
      ...{ type: 'SOA', name: 'example.net', ttl: 5 },
      data: { mname: 'ns.example.net', rname: 'x.example.net', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 },
    }
    for (const reply of [{ flags: 0, authorities: [soa] }, { flags: AA }, { flags: dnsPacket.RECURSION_AVAILABLE }]) {
      const [empty, other] = [await serve(t, () => reply), await serve(t, good)]
      assert.deepEqual(await resolver([empty, other]).resolveTxt(NAME), [])
    }
  })
})

suite('B5 names that lead elsewhere', () => {
  const target = 'x.acme.example.org'

  test('B5 by CNAME, in whatever case, with its target in the reply or asked for', async (t) => {
    for (const inReply of [true, false]) {
      const server = await serve(t, ({ name }) => {
        const records: dnsPacket.Answer[] = [{ type: 'TXT', name: target, ttl: 5, data: ['V'] }]
        if (name.toLowerCase() === target) return { answers: records }
        const alias: dnsPacket.Answer = { type: 'CNAME', name: NAME.toUpperCase(), ttl: 5, data: target.toUpperCase() }
        return { answers: inReply ? [alias, ...records] : [alias] }
      })
      assert.deepEqual(await resolver([server]).resolveTxt(NAME), ['V'])
    }
  })

  test('B5 by DNAME, also where no CNAME was made of it', async (t) => {
    const server = await serve(t, ({ name }) =>
      name === '_acme-challenge.k51.moved.example'
        ? { answers: [{ type: 'TXT', name, ttl: 5, data: ['V'] }] }
        : { answers: [{ type: 'DNAME', name: 'Example.net', ttl: 5, data: 'moved.example' }] },
    )
    assert.deepEqual(await resolver([server]).resolveTxt(NAME), ['V'])
  })

  test('B5 end with the time for all of it, however many links are slow', async (t) => {
    const clock = manualClock()
    let links = 0
    const asked = Promise.withResolvers<void>()
    const server = await serve(t, ({ name }) => {
      if (name.startsWith('_acme')) return { answers: [{ type: 'CNAME', name, ttl: 5, data: 'slow.example.org' }] }
      links++
      asked.resolve()
      return undefined
    })
    const asks = resolver([server], { clock, timeoutMs: 4_000, totalMs: 900 })
    const looked = assert.rejects(asks.resolveTxt(NAME), /no answer within 900 ms in all/)
    await asked.promise
    await clock.advance(900)
    await looked
    assert.equal(links, 1)
  })

  test('B5 CAA is read through them as well, and none is no error', async (t) => {
    const server = await serve(t, ({ name }) => {
      if (name === 'none.example') return { rcode: 3 }
      if (name === NAME) return { answers: [{ type: 'CNAME', name, ttl: 5, data: target }] }
      return { answers: [{ type: 'CAA', name, ttl: 5, data: { flags: 0, tag: 'issue', value: 'ca.example' } }] }
    })
    const asks = resolver([server])
    assert.deepEqual(await asks.resolveCaa(NAME), [{ flags: 0, tag: 'issue', value: 'ca.example' }])
    assert.deepEqual(await asks.resolveCaa('none.example'), [])
    assert.equal(server.asked.at(0)?.type, 'CAA')
    assert.equal((await asks.query(NAME, TYPE.CAA)).answers.length, 1)
  })
})

/** A reply that says TC and ends after so many bytes behind its header. */
function cut(id: number, length: number): Buffer {
  const whole = dnsPacket.encode({
    ...{ type: 'response', id, flags: AA | TC, questions: [{ type: 'TXT', name: NAME }] },
    answers: txt('V'.repeat(200), 'W'.repeat(200)),
  })
  return Buffer.from(whole.subarray(0, 12 + length))
}
