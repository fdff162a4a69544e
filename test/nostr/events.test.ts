// Events: believed only by our own look, read in every layout that is in use, and written as others read them.
import assert from 'node:assert/strict'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { finalizeEvent, verifyEvent } from 'nostr-tools'
import { eventId, EventError, newerFirst, readEvent, signEvent, takeEvent } from '../../core/nostr/event.ts'
import { makeNamingKey } from '../../core/nostr/keys.ts'
import { hasListsOfPeople, makeLegacyEvents, makeNameEvent, readNameEvents } from '../../core/nostr/name-events.ts'
import { readTags, writePin, writeRecord } from '../../core/nostr/name-records.ts'
import { sealNameBinding } from '../../core/records/name-binding.ts'
import { parseIp, type IpAddress } from '../../proto/ip.ts'
import type { NostrEvent } from '../../core/nostr/event.ts'

const NOW = 1_790_000_000
const key = makeNamingKey()
const other = makeNamingKey()
const PIN = 'ab'.repeat(32)

const ip = (text: string): IpAddress => parseIp(text) ?? assert.fail(text)
const event = (kind: number, tags: string[][] = [], content = '', at = NOW, by = key): NostrEvent =>
  signEvent({ kind, tags, content, created_at: at }, by)
const long = (type: string, name: string, values: readonly string[], ttl = '300') => [
  ...['record', type, name],
  ...Array.from({ length: 7 }, (_, at) => values[at] ?? ''),
  ttl,
]
const facts = async (...events: NostrEvent[]) => (await readNameEvents(key.pubkey, events, NOW)).facts

describe('an event', () => {
  test('of ours is one to another library, and its are to us', () => {
    const ours = event(1, [['a', 'é "\\\n\u2028']], 'tab\tand 😀')
    assert.ok(verifyEvent({ ...ours, tags: ours.tags.map((tag) => [...tag]) }))
    const theirs = finalizeEvent(
      { kind: 7, created_at: 5, tags: [['x', 'y', 'z']], content: '\b\f\u0000' },
      other.secret,
    )
    assert.deepEqual(readEvent(JSON.parse(JSON.stringify(theirs))), JSON.parse(JSON.stringify(theirs)))
  })

  test('that was changed is not believed, even where a library has marked it as verified', () => {
    const good = finalizeEvent({ kind: 1, created_at: NOW, tags: [], content: 'a' }, key.secret)
    const forged = { ...good, content: 'b' }
    assert.equal(verifyEvent(forged), true, 'the mark of the library survives')
    assert.throws(() => readEvent(forged), { fault: 'id' })
    assert.throws(() => readEvent({ ...forged, id: eventId(forged) }), { fault: 'signature' })
    assert.throws(() => readEvent({ ...good, sig: 'ab'.repeat(64) }), { fault: 'signature' })
    assert.throws(
      () => readEvent({ ...good, pubkey: 'ff'.repeat(32), id: eventId({ ...good, pubkey: 'ff'.repeat(32) }) }),
      {
        fault: 'signature',
      },
    )
  })

  test('of a wrong form or size is refused before its signature is looked at', () => {
    const good = event(1)
    const wrong: readonly (readonly [unknown, string])[] = [
      [null, 'form'],
      ['text', 'form'],
      [[good], 'form'],
      [{ ...good, id: good.id.toUpperCase() }, 'form'],
      [{ ...good, created_at: 1.5 }, 'form'],
      [{ ...good, created_at: -1 }, 'form'],
      [{ ...good, created_at: 1e15 }, 'form'],
      [{ ...good, kind: 65_536 }, 'form'],
      [{ ...good, content: 5 }, 'form'],
      [{ ...good, tags: [['a', 5]] }, 'form'],
      [{ ...good, tags: 'x' }, 'form'],
      [{ ...good, content: 'x'.repeat(65_537) }, 'size'],
      [{ ...good, tags: Array.from({ length: 501 }, () => ['a']) }, 'size'],
      [{ ...good, tags: [Array.from({ length: 21 }, () => 'a')] }, 'size'],
    ]
    for (const [value, fault] of wrong) assert.throws(() => takeEvent(value), { name: 'EventError', fault })
  })

  test('whatever it is, throws nothing else', () => {
    const part = fc.oneof(fc.jsonValue(), fc.constantFrom(event(11_111).id, event(1).sig, key.pubkey, NOW, 11_111))
    const like = fc.record({
      id: part,
      pubkey: part,
      created_at: part,
      kind: part,
      tags: part,
      content: part,
      sig: part,
    })
    fc.assert(
      fc.property(fc.oneof(like, fc.jsonValue()), (value) => {
        try {
          readEvent(value)
        } catch (error) {
          assert.ok(error instanceof EventError)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('the newest counts, and of equally old ones the lowest id, in any order', () => {
    const three = [event(1, [], 'a'), event(1, [], 'b'), event(1, [], 'c', NOW - 1)]
    const first = [...three].filter(({ created_at }) => created_at === NOW).sort((a, b) => (a.id < b.id ? -1 : 1))[0]
    for (const order of [three, three.toReversed(), [three[1], three[0], three[2]]]) {
      assert.equal(order.filter((one) => one !== undefined).sort(newerFirst)[0]?.id, first?.id)
    }
  })
})

describe('a name', () => {
  test('that we write says the same when it is read', async () => {
    const peerKey = await generateKeyPair('Ed25519')
    const peer = { id: peerIdFromPrivateKey(peerKey), binding: await sealNameBinding(peerKey, key.pubkey) }
    const records = [
      { type: 'A', name: '@', ttl: 60, address: ip('203.0.113.7') },
      { type: 'AAAA', name: '@', ttl: 60, address: ip('2001:db8::7') },
      { type: 'CNAME', name: 'www', ttl: 300, target: 'example.net' },
      { type: 'TXT', name: 'a.b', ttl: 3_600, text: 'hello "there"' },
      { type: 'SRV', name: '_https._tcp', ttl: 60, priority: 1, weight: 2, port: 4_433, target: `${key.npub}.nostr` },
    ] as const
    const pins = [{ port: 443, sha256: PIN }]
    const written = makeNameEvent({ records, pins, peer, expiresAt: NOW + 7, createdAt: NOW }, key)
    assert.equal(written.kind, 11_111)
    assert.equal(written.content, '')
    assert.ok(written.tags.filter(([name]) => name === 'record').every(({ length }) => length === 11))
    const read = await facts(readEvent(JSON.parse(JSON.stringify(written))))
    assert.deepEqual(read?.records, records)
    assert.deepEqual(read?.pins, pins)
    assert.equal(read?.peer?.toString(), peer.id.toString())
    assert.deepEqual([read?.expiresAt, read?.layout, read?.left], [NOW + 7, 'native', []])
  })

  test('is bound to a peer only where the peer has signed this name', async () => {
    const peerKey = await generateKeyPair('Ed25519')
    const id = peerIdFromPrivateKey(peerKey)
    const bond = Buffer.from(await sealNameBinding(peerKey, key.pubkey)).toString('base64')
    const foreign = Buffer.from(await sealNameBinding(peerKey, other.pubkey)).toString('base64')
    const another = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()
    assert.equal((await facts(event(11_111, [['peer', id.toString(), bond]])))?.peer?.toString(), id.toString())
    for (const tag of [
      ['peer', id.toString()],
      ['peer', id.toString(), foreign],
      ['peer', another, bond],
      ['peer', '', 'x'],
    ]) {
      const read = await facts(event(11_111, [tag]))
      assert.equal(read?.peer, undefined)
      assert.match(read?.left[0]?.why ?? '', /signed the name/)
    }
  })

  test('is read in the short layout too, and from several events of kind 31111', async () => {
    const short = event(11_111, [
      ['record', 'A', '@', '120', '203.0.113.7'],
      ['record', 'TXT', '@', '', '"a \\"b\\""'],
      ['record', 'SRV', '_x._tcp', '60', '1 2 443 h.example.net.'],
    ])
    const read = await facts(short)
    assert.deepEqual(
      read?.records.map((record) => [record.type, record.ttl]),
      [
        ['A', 120],
        ['TXT', 3_600],
        ['SRV', 60],
      ],
    )
    assert.equal(read?.records[1]?.type === 'TXT' && read.records[1].text, 'a "b"')
    const parts = await facts(
      event(31_111, [['d', 'A:@.x.nostr'], long('A', '@', ['203.0.113.1'])], '', NOW - 5),
      event(31_111, [['d', 'A:@.x.nostr'], long('A', '@', ['203.0.113.2'])], '', NOW - 1),
      event(31_111, [['d', 'TXT:@.x.nostr'], long('TXT', '@', ['t'])], '', NOW - 9),
      event(11_111, [long('A', '@', ['203.0.113.3'])], '', NOW - 3),
    )
    assert.deepEqual(
      parts?.records.map((record) => (record.type === 'A' ? record.address.text : record.type)),
      ['203.0.113.2', 'TXT'],
      'the newest of each part, since one of them is newer than the whole',
    )
  })

  test('leaves out what makes no sense, says why, and keeps the rest', async () => {
    const npubName = `${key.npub}.nostr`
    const bad: readonly (readonly [string[], RegExp])[] = [
      [long('A', '@', ['300.1.1.1']), /IPv4/],
      [long('AAAA', '@', ['203.0.113.1']), /IPv6/],
      [long('NS', '@', ['ns.example']), /type/],
      [long('A', '', ['203.0.113.1']), /name/],
      [long('A', 'a b', ['203.0.113.1']), /name/],
      [long('CNAME', '@', [npubName]), /itself/],
      [long('CNAME', 'x', [`x.${npubName}.`]), /itself/],
      [long('CNAME', 'y', ['']), /target/],
      [long('TXT', '@', ['']), /1 to/],
      [long('TXT', '@', ['x'.repeat(1_025)]), /1 to/],
      [long('SRV', '@', ['1', '2', '70000', 'a.example']), /port/],
      [['record', 'A', '@'], /elements/],
      [['tlsa', '_443._tcp', '3', '1', '1', PIN.slice(2)], /64/],
      [['tlsa', '_443._tcp', '2', '1', '1', PIN], /3 1 1/],
      [['tlsa', '_0._tcp', '3', '1', '1', PIN], /port/],
      [['tlsa', 'x', '3', '1', '1', PIN], /port/],
    ]
    const good = long('A', 'ok', ['203.0.113.9'])
    for (const [tag, why] of bad) {
      const read = await facts(event(11_111, [tag, good]))
      assert.equal(read?.records.length, 1, tag.join(' '))
      assert.equal(read?.pins.length, 0)
      assert.match(read?.left[0]?.why ?? '', why)
    }
    const beside = readTags([long('CNAME', 'w', ['a.example']), long('A', 'w', ['203.0.113.9'])], key.npub)
    assert.deepEqual([beside.records.length, beside.left.length], [1, 1])
  })

  test('holds times within bounds, and sixty-four records', () => {
    const ttl = (text: string) => readTags([long('A', '@', ['203.0.113.9'], text)], key.npub).records[0]?.ttl
    assert.deepEqual(
      [ttl('0'), ttl('60'), ttl('2147483648'), ttl('-1'), ttl('x'), ttl('99999999999')],
      [30, 60, 86_400, 3_600, 3_600, 3_600],
    )
    const many = readTags(
      Array.from({ length: 200 }, (_, at) => long('A', `h${at}`, ['203.0.113.9'])),
      key.npub,
    )
    assert.deepEqual([many.records.length, many.left.length], [64, 20])
  })

  test('of another author, from the future or over does not count', async () => {
    const ahead = NOW + 15 * 60
    const at = (created: number, tags: string[][] = []) => event(11_111, tags, '', created)
    assert.equal((await facts(at(ahead)))?.createdAt, ahead)
    assert.equal(await facts(at(ahead + 1)), undefined)
    assert.equal((await facts(at(ahead + 1), at(NOW)))?.createdAt, NOW)
    assert.equal(await facts(event(11_111, [], '', NOW, other)), undefined)
    assert.equal(await facts(at(NOW, [['expiration', String(NOW)]])), undefined)
    assert.equal(await facts(at(NOW, [['expiration', 'soon']])), undefined)
    assert.ok(await facts(at(NOW, [['expiration', String(NOW + 1)]])))
    const over = await facts(
      at(NOW - 60, [['expiration', String(NOW + 60)]]),
      at(NOW, [['expiration', String(NOW - 1)]]),
    )
    assert.equal(over, undefined, 'one that is over does not bring an older one back')
  })

  test('without an end has pins for thirty days, and addresses for longer', async () => {
    const tags = [long('A', '@', ['203.0.113.9']), ['tlsa', '_443._tcp', '3', '1', '1', PIN]]
    const fresh = await facts(event(11_111, tags, '', NOW - 29 * 86_400))
    const old = await facts(event(11_111, tags, '', NOW - 31 * 86_400))
    assert.deepEqual([fresh?.pins.length, old?.pins.length, old?.records.length], [1, 0, 1])
  })
})

describe('a name in parts', () => {
  const pin = ['tlsa', '_443._tcp', '3', '1', '1', PIN]
  const part = (d: string, tags: string[][], at: number) => event(31_111, [['d', d], ...tags], '', at)

  test('has the pins of each part for as long as that part counts, and ends with the first that does', async () => {
    const old = part('TLSA:@', [pin], NOW - 31 * 86_400)
    const fresh = part('A:@', [long('A', '@', ['203.0.113.9'])], NOW)
    const read = await facts(old, fresh)
    assert.deepEqual([read?.pins, read?.records.length], [[], 1])
    assert.match(read?.left[0]?.why ?? '', /too long ago/)
    const ending = (d: string, end: number) => part(d, [['expiration', String(end)]], NOW)
    assert.equal((await facts(ending('a', NOW + 9), ending('b', NOW + 5), fresh))?.expiresAt, NOW + 5)
  })
})

describe('whatever tags a stranger signs', () => {
  const word = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom('A', 'AAAA', 'CNAME', 'TXT', 'SRV', 'a', '@', '*', 'www', '0', '60', '2147483648', '-1', '1e9'),
    fc.constantFrom(
      '203.0.113.7',
      '::1',
      '_443._tcp',
      '3',
      '1',
      PIN,
      PIN.toUpperCase(),
      `${key.npub}.nostr`,
      'x.example.',
    ),
  )
  const kindOfTag = fc.constantFrom(
    'record',
    'record',
    'record',
    'tlsa',
    'ip4',
    'ip6',
    'peer',
    'expiration',
    'd',
    'alt',
  )
  const tag = fc.oneof(
    fc.tuple(kindOfTag, fc.array(word, { maxLength: 11 })).map(([kind, rest]) => [kind, ...rest]),
    fc
      .tuple(word, word, fc.array(word, { minLength: 7, maxLength: 7 }), word)
      .map(([type, name, values, ttl]) => ['record', type, name, ...values, ttl]),
    fc.tuple(word, word).map(([port, hex]) => ['tlsa', port, '3', '1', '1', hex]),
  )
  const LABELS = /^(?:@|[a-z0-9_*-]{1,63}(?:\.[a-z0-9_*-]{1,63})*)$/

  test('what is read is within bounds, and is read the same from what we would write of it', () => {
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 120 }), (tags) => {
        const { records, pins, left } = readTags(tags, key.npub)
        assert.ok(records.length <= 64 && pins.length <= 16 && left.length <= 20)
        for (const { name, ttl } of records) {
          assert.match(name, LABELS)
          assert.ok(ttl >= 30 && ttl <= 86_400)
        }
        for (const { port, sha256 } of pins) {
          assert.ok(port >= 1 && port <= 65_535)
          assert.match(sha256, /^[0-9a-f]{64}$/)
        }
        for (const { name, type } of records) {
          if (type === 'CNAME') assert.equal(records.filter((one) => one.name === name).length, 1)
        }
        const again = readTags(
          [...records.map((one) => writeRecord(one)), ...pins.map((one) => writePin(one))],
          key.npub,
        )
        assert.deepEqual(again, { records, pins, left: [] })
      }),
      { numRuns: 300 },
    )
  })

  test('in events of any kind, order and age, the same facts come out, of this author alone', async () => {
    const kinds = fc.constantFrom(11_111, 31_111, 30_000, 30_001, 30_003, 30_053)
    const content = fc.constantFrom('', '{"ip":"203.0.113.5"}', '{"ip":5}', '-----BEGIN CERTIFICATE-----', '[')
    const made = fc
      .tuple(kinds, fc.array(tag, { maxLength: 6 }), content, fc.integer({ min: -3_000_000, max: 1_800 }), fc.boolean())
      .map(([kind, tags, text, age, isOurs]): NostrEvent => ({
        // signatures are looked at before (event.ts); here only what is said counts
        ...{ kind, tags, content: text, created_at: NOW + age, pubkey: isOurs ? key.pubkey : other.pubkey, sig: '' },
        id: eventId({ kind, tags, content: text, created_at: NOW + age, pubkey: key.pubkey }),
      }))
    await fc.assert(
      fc.asyncProperty(fc.array(made, { maxLength: 8 }), async (events) => {
        const read = await readNameEvents(key.pubkey, events, NOW)
        assert.deepEqual((await readNameEvents(key.pubkey, events.toReversed(), NOW)).facts, read.facts)
        const ours = events.filter(({ pubkey }) => pubkey === key.pubkey)
        assert.deepEqual((await readNameEvents(key.pubkey, ours, NOW)).facts, read.facts)
        if (!read.facts) return
        assert.ok(read.facts.createdAt <= NOW + 15 * 60)
        assert.ok((read.facts.expiresAt ?? Infinity) > NOW)
        assert.ok(read.facts.layout === 'native' || read.facts.pins.length === 0, 'the older layouts have no pins')
      }),
      { numRuns: 150 },
    )
  })
})

describe('the older layouts', () => {
  test('are read where there is nothing better', async () => {
    const address = event(30_000, [], '{"ip":"203.0.113.5"}')
    const read = await facts(address)
    assert.deepEqual([read?.layout, read?.records[0]?.type, read?.pins], ['legacy', 'A', []])
    assert.equal((await facts(event(30_000, [['d', '']], '{"ip":"2001:db8::5"}')))?.records[0]?.type, 'AAAA')
    const native = event(11_111, [long('A', '@', ['203.0.113.9'])], '', NOW - 100)
    assert.equal(
      (await facts(address, native))?.kind,
      11_111,
      'also where it is older: or whoever may write one could go around the pins',
    )
    const over = event(11_111, [['expiration', String(NOW - 1)]], '', NOW - 100)
    assert.equal(await facts(address, over), undefined, 'also where that is over')
  })

  test('are not confused with lists of people that share their kinds', async () => {
    const list = event(
      30_000,
      [
        ['d', ''],
        ['p', other.pubkey],
      ],
      'encrypted',
      NOW,
    )
    const named = event(30_000, [['d', 'friends']], '{"ip":"203.0.113.6"}', NOW)
    const plain = event(30_000, [], '{"ip":"203.0.113.5"}', NOW - 10)
    assert.equal(await facts(list), undefined)
    assert.equal(await facts(named), undefined)
    assert.equal((await facts(named, plain))?.records.length, 1)
    assert.deepEqual(
      [[list], [named], [plain], [event(30_001, [], 'encrypted')], [event(30_001, [], '')], []].map((events) =>
        hasListsOfPeople(events),
      ),
      [true, true, false, true, false, false],
    )
  })

  test('say nothing where what they hold is none', async () => {
    for (const content of [
      '',
      'x',
      '[]',
      '{}',
      '{"ip":5}',
      '{"ip":"host.example"}',
      'null',
      '{"ip":"203.0.113.5/24"}',
    ]) {
      assert.equal(await facts(event(30_000, [], content)), undefined, content)
    }
  })

  test('of NIP-97 are read as addresses', async () => {
    const read = await facts(
      event(30_053, [
        ['d', ''],
        ['ip4', '203.0.113.4', '90'],
        ['ip6', '2001:db8::4'],
      ]),
      event(30_053, [
        ['d', 'www'],
        ['ip4', '203.0.113.5'],
      ]),
    )
    assert.deepEqual(read?.records.map((record) => [record.name, record.type, record.ttl]).sort(), [
      ['@', 'A', 90],
      ['@', 'AAAA', 3_600],
      ['www', 'A', 3_600],
    ])
  })

  test('are written as the proof of concept reads them', () => {
    const [address, certificate] = makeLegacyEvents({ ip: '203.0.113.5', pem: 'PEM', createdAt: NOW }, key)
    assert.deepEqual(
      [address.kind, JSON.parse(address.content), address.tags],
      [30_000, { ip: '203.0.113.5' }, [['d', '']]],
    )
    assert.deepEqual([certificate.kind, certificate.content], [30_001, 'PEM'])
  })
})
