// Which addresses are tried and in which order: a table of what people expect, and what holds of any addresses.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import * as v from 'valibot'
import { isSunk, orderOf } from '../../main/peers/dial/order.ts'
import { DialSection, keyOf, NAMED, narrowed, policyNamed, stageOf, StageSchema } from '../../main/peers/dial/policy.ts'
import { ADDRESS_KINDS, PROVENANCES } from '../../proto/peers.ts'
import { DAY_MS, known, NOW } from './dial-scene.ts'
import type { DialPolicy } from '../../main/peers/dial/policy.ts'
import type { KnownAddress } from '../../main/peers/book/index.ts'

const TCP = '/ip4/8.8.8.8/tcp/4431'
const OTHER = '/ip4/9.9.9.9/tcp/4431'
const WSS = '/dns4/a.example.org/tcp/443/tls/ws'
const SIX = '/ip6/2606:4700::1111/tcp/4431'

const order = (policy: DialPolicy, ...addresses: readonly KnownAddress[]) =>
  orderOf(policy, addresses, NOW).placed.map(({ known: { address }, stage }) => `${stage} ${address.toString()}`)

const texts = (policy: DialPolicy, ...addresses: readonly KnownAddress[]) =>
  orderOf(policy, addresses, NOW).placed.map(({ known: { address } }) => address.toString())

describe('a policy that everybody has', () => {
  const user = known('/ip4/1.1.1.1/tcp/4431', ['user'])
  const certified = known('/ip4/2.2.2.2/tcp/4431', ['certified'])
  const told = known('/ip4/3.3.3.3/tcp/4431', ['broadcast'])
  const table = [
    ['default', ['0 /ip4/1.1.1.1/tcp/4431', '0 /ip4/2.2.2.2/tcp/4431', '1 /ip4/3.3.3.3/tcp/4431']],
    ['certified-only', ['0 /ip4/2.2.2.2/tcp/4431']],
    ['user-only', ['0 /ip4/1.1.1.1/tcp/4431']],
    ['any', ['0 /ip4/1.1.1.1/tcp/4431', '0 /ip4/2.2.2.2/tcp/4431', '0 /ip4/3.3.3.3/tcp/4431']],
  ] as const
  for (const [name, expected] of table)
    test(`${name} takes what it says`, () => {
      assert.deepEqual(order(NAMED[name], told, certified, user), expected)
    })

  test('says of what it does not take where that comes from', () => {
    const { leftOut } = orderOf(NAMED['certified-only'], [told], NOW)
    assert.match(leftOut[0]?.why ?? '', /certified-only does not take it: heard on the topic/)
  })
})

describe('addresses of one stage', () => {
  const table: readonly (readonly [what: string, first: KnownAddress, second: KnownAddress])[] = [
    [
      'one that worked before one that nobody has tried',
      known(OTHER, ['certified'], { lastSuccessMs: NOW - DAY_MS }),
      known(TCP, ['user']),
    ],
    ['one that nobody has tried before one that failed', known(OTHER), known(TCP, ['certified'], { failures: 1 })],
    [
      'of two that worked, the faster one',
      known(OTHER, ['certified'], { lastSuccessMs: 1, latencyMs: 20 }),
      known(TCP, ['certified'], { lastSuccessMs: 2, latencyMs: 90 }),
    ],
    [
      'of two that failed, the one that failed less',
      known(OTHER, ['certified'], { failures: 1 }),
      known(TCP, ['certified'], { failures: 2 }),
    ],
    ['what a person typed in before what the peer signed', known(OTHER, ['user']), known(TCP, ['certified'])],
    ['what the peer signed before what a stranger said', known(OTHER, ['certified']), known(TCP, ['broadcast'])],
    ['the nearer one', known('/ip4/192.168.1.7/tcp/4431', ['certified'], {}, 'private'), known(TCP)],
    ['TCP before a secure WebSocket', known(TCP), known(WSS)],
    [
      'anything before a relay that worked',
      known(TCP, ['broadcast'], { failures: 3 }),
      known(
        `${OTHER}/p2p/12D3KooWQKm3oyGpXrkcg3Wh94eAfVydke36b2SSgCsTKorYTWRU/p2p-circuit`,
        ['certified'],
        { lastSuccessMs: 1 },
        'relay',
      ),
    ],
  ]
  for (const [what, first, second] of table)
    test(`are tried in this order: ${what}`, () => {
      const expected = [first, second].map(({ address }) => address.toString())
      assert.deepEqual(texts(NAMED.any, second, first), expected)
      assert.deepEqual(texts(NAMED.any, first, second), expected)
    })

  test('take turns by family, beginning with that of the first one', () => {
    const fours = ['/ip4/1.1.1.1/tcp/4431', '/ip4/2.2.2.2/tcp/4431', '/ip4/3.3.3.3/tcp/4431']
    const all = [...fours.map((text) => known(text)), known(SIX)]
    assert.deepEqual(texts(NAMED.any, ...all), [fours[0], SIX, fours[1], fours[2]])
  })

  test('say in words why they are where they are', () => {
    const one = known(TCP, ['certified', 'broadcast'], { lastSuccessMs: NOW - 3 * 60_000, latencyMs: 31.4 })
    assert.equal(
      orderOf(NAMED.any, [one], NOW).placed[0]?.why,
      'signed by the peer, heard on the topic; public; worked 3 minutes ago, in 31 ms',
    )
  })
})

describe('an address that nobody can be reached at for long', () => {
  const dead = { failures: 9, lastFailureMs: NOW, failingSinceMs: NOW - 2 * DAY_MS }

  test('sinks behind those that strangers have told, although its owner has signed it', () => {
    const certified = known(TCP, ['certified'], dead)
    assert.deepEqual(order(NAMED.default, certified, known(OTHER, ['broadcast'], { failures: 1 })), [
      `1 ${OTHER}`,
      `1 ${TCP}`,
    ])
    assert.match(
      orderOf(NAMED.default, [certified], NOW).placed[0]?.why ?? '',
      /9 times in a row, so it comes after all others/,
    )
  })

  test('is tried all the same, and stays where it is when a person has typed it in', () => {
    assert.deepEqual(order(NAMED['certified-only'], known(TCP, ['certified'], dead)), [`0 ${TCP}`])
    assert.equal(isSunk(known(TCP, ['user'], dead), NOW), false)
  })

  test('has not sunk after a night, or after two failures', () => {
    assert.equal(isSunk(known(TCP, ['certified'], { ...dead, failingSinceMs: NOW - DAY_MS / 2 }), NOW), false)
    assert.equal(isSunk(known(TCP, ['certified'], { ...dead, failures: 2 }), NOW), false)
  })
})

const anyAddress = fc
  .record({
    host: fc.integer({ min: 1, max: 60 }),
    way: fc.constantFrom('/tcp/4431', '/tcp/4431/ws', '/tcp/443/tls/ws', '/udp/4431/quic-v1', '/tcp/4431/p2p-circuit'),
    family: fc.constantFrom('/ip4/8.8.8.', '/ip6/2606:4700::'),
    from: fc.subarray([...PROVENANCES]),
    kind: fc.constantFrom(...ADDRESS_KINDS),
    failures: fc.integer({ min: 0, max: 9 }),
    lastSuccessMs: fc.option(fc.integer({ min: NOW - 9 * DAY_MS, max: NOW }), { nil: undefined }),
    failingSinceMs: fc.option(fc.integer({ min: NOW - 9 * DAY_MS, max: NOW }), { nil: undefined }),
    latencyMs: fc.option(fc.integer({ min: 0, max: 9_000 }), { nil: undefined }),
  })
  .map(({ host, way, family, from, kind, ...experience }) => known(`${family}${host}${way}`, from, experience, kind))

const anyStage = fc.record({
  from: fc.option(fc.subarray([...PROVENANCES], { minLength: 1 }), { nil: undefined }),
  kinds: fc.option(fc.subarray([...ADDRESS_KINDS], { minLength: 1 }), { nil: undefined }),
  transports: fc.option(fc.subarray(['tcp', 'ws', 'wss'] as const, { minLength: 1 }), { nil: undefined }),
  tried: fc.constantFrom('worked', 'never-failed', 'any', undefined),
  joinsAfterMs: fc.integer({ min: 0, max: 60_000 }),
})

const anyPolicy = fc
  .array(anyStage, { minLength: 1, maxLength: 5 })
  .map((stages): DialPolicy => ({ name: 'made-up', stages }))

const anyAddresses = fc.uniqueArray(anyAddress, { maxLength: 40, selector: ({ address }) => address.toString() })

describe('whatever the addresses and the policy', () => {
  test('each address is placed once or left out, in a stage that is not before the first that takes it', () => {
    fc.assert(
      fc.property(anyPolicy, anyAddresses, (policy, addresses) => {
        const { placed, leftOut } = orderOf(policy, addresses, NOW)
        assert.equal(placed.length + leftOut.length, addresses.length)
        assert.deepEqual(new Set([...placed, ...leftOut].map((one) => one.known)), new Set(addresses))
        for (const one of placed) {
          const first = stageOf(policy, one.known)
          assert.ok(first !== undefined && one.stage >= first)
          assert.ok(one.stage === first || isSunk(one.known, NOW))
        }
        for (const one of leftOut) assert.equal(stageOf(policy, one.known), undefined)
      }),
    )
  })

  test('stages follow each other, relays and what has sunk come last in theirs, and the order is always the same', () => {
    fc.assert(
      fc.property(anyPolicy, anyAddresses, (policy, addresses) => {
        const { placed } = orderOf(policy, addresses, NOW)
        const rank = placed.map(
          (one) => one.stage * 10 + Number(one.known.kind === 'relay') * 2 + Number(isSunk(one.known, NOW)),
        )
        assert.deepEqual(
          rank,
          rank.toSorted((one, other) => one - other),
        )
        assert.deepEqual(orderOf(policy, addresses.toReversed(), NOW).placed, placed)
      }),
    )
  })

  test('certified-only places nothing that is not certified, and user-only nothing that nobody typed in', () => {
    fc.assert(
      fc.property(anyAddresses, (addresses) => {
        for (const [name, needed] of [
          ['certified-only', 'certified'],
          ['user-only', 'user'],
        ] as const)
          for (const one of orderOf(NAMED[name], addresses, NOW).placed)
            assert.ok(one.known.sources.some(({ provenance }) => provenance === needed))
      }),
    )
  })

  test('a narrowed policy takes nothing that the policy or the narrowing would not', () => {
    fc.assert(
      fc.property(anyPolicy, anyAddresses, (policy, addresses) => {
        const by = { from: ['certified'], transports: ['wss'] } as const
        for (const one of orderOf(narrowed(policy, by), addresses, NOW).placed) {
          assert.notEqual(stageOf(policy, one.known), undefined)
          assert.equal(stageOf({ name: 'by', stages: [{ ...by, joinsAfterMs: 0 }] }, one.known), 0)
        }
      }),
    )
  })
})

describe('a policy in the configuration', () => {
  const read = (section: unknown) => v.safeParse(DialSection, section)
  const why = (section: unknown) =>
    read(section)
      .issues?.map(({ message }) => message)
      .join('; ') ?? ''

  test('is a list of stages under a name of its own', () => {
    const own = { 'lan-first': [{ kinds: ['private'] }, { from: ['user', 'certified'], joinsAfterMs: 500 }] }
    const { success, output } = read({ policy: 'lan-first', policies: own })
    assert.ok(success)
    const policy = policyNamed(output.policy, output.policies)
    assert.deepEqual(
      policy.stages.map(({ joinsAfterMs }) => joinsAfterMs),
      [0, 500],
    )
    assert.deepEqual(order(policy, known(TCP), known('/ip4/10.0.0.1/tcp/1', ['dht'], {}, 'private')), [
      '0 /ip4/10.0.0.1/tcp/1',
      `1 ${TCP}`,
    ])
  })

  const wrong: readonly (readonly [section: unknown, says: RegExp])[] = [
    [
      { policy: 'certifed-only' },
      /there is no policy "certifed-only": expected default, certified-only, user-only, any/,
    ],
    [{ policies: { default: [{}] } }, /the policy default is there already/],
    [{ policies: { 'My Policy': [{}] } }, /small letters, digits and dashes/],
    [{ policies: { mine: [] } }, /at least one stage/],
    [{ policies: { mine: Array.from({ length: 11 }, () => ({})) } }, /10 stages at most/],
    [{ policies: { mine: [{ from: ['friends'] }] } }, /"friends"/],
    [{ policies: { mine: [{ transports: ['quic'] }] } }, /"quic"/],
    [{ policies: { mine: [{ kinds: [] }] } }, /expected some of public/],
    [{ policies: { mine: [{ joinsAfterMs: -1 }] } }, />=0/],
    [{ policies: { mine: [{ joinsAfterMs: 1e9 }] } }, /<=60000/],
    [{ policies: { mine: [{ after: 1 }] } }, /after/],
    [{ policies: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`p${at}`, [{}]])) }, /20 policies at most/],
  ]
  for (const [section, says] of wrong)
    test(`is refused: ${JSON.stringify(section).slice(0, 60)}`, () => {
      assert.match(why(section), says)
    })

  test('is the same as another one whose stages are the same, whatever their names', () => {
    const stages = [v.parse(StageSchema, { from: ['user', 'certified'] })]
    const turned = [v.parse(StageSchema, { from: ['certified', 'user'] })]
    assert.equal(keyOf({ name: 'one', stages }), keyOf({ name: 'other', stages: turned }))
    assert.notEqual(keyOf({ name: 'one', stages }), keyOf(NAMED.default))
  })

  test('that nobody has says which there are', () => {
    assert.throws(() => policyNamed('toString'), /no dial policy "toString": expected default, certified-only/)
  })
})
