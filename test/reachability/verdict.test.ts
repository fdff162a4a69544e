// The verdict: a table of what was found out and what follows, and what must hold for all of them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import {
  blocksOrder,
  type DialBack,
  type DialBackOutcome,
  judge,
  type ReachabilityFacts,
  type Verdict,
} from '../../main/reachability/verdict.ts'

const PUBLIC = '93.184.216.34'
const OTHER_PUBLIC = '8.8.4.4'
const HOME = '192.168.1.7'
const PUBLIC6 = '2a00:1450::7'

const tried = (tcp: DialBackOutcome | undefined, wss: DialBackOutcome | undefined, by = 'a'): DialBack[] => [
  ...(tcp ? [{ by, port: 'tcp', address: `/ip4/${PUBLIC}/tcp/4431`, outcome: tcp } as const] : []),
  ...(wss ? [{ by, port: 'wss', address: `/ip4/${PUBLIC}/tcp/4430`, outcome: wss } as const] : []),
]

/** A home behind a router that says nothing, where a server tried both ports in vain. */
const FACTS: ReachabilityFacts = {
  network: 'public',
  serversReached: 1,
  localAddresses: [HOME],
  publicAddresses: [PUBLIC],
  gateway: '192.168.1.1',
  routerExternalIp: undefined,
  routerWithoutOutside: false,
  router: 'none',
  mappings: [],
  ports: { tcp: 4431, wss: 4430 },
  portTaken: false,
  wssServed: false,
  dialBacks: tried('closed', 'closed'),
}

interface Case {
  readonly title: string
  readonly facts: Partial<ReachabilityFacts>
  readonly expected: readonly [status: Verdict['status'], reason?: Verdict['reason']]
}

const cases: readonly Case[] = [
  { title: 'a network on loopback or a LAN', facts: { network: 'local' }, expected: ['local'] },
  {
    title: 'a local network without any address',
    facts: { network: 'local', localAddresses: [] },
    expected: ['local'],
  },
  { title: 'no address at all', facts: { localAddresses: [] }, expected: ['unreachable', 'offline'] },
  { title: 'the port of another program', facts: { portTaken: true }, expected: ['unreachable', 'port-taken'] },
  {
    title: 'no network chosen',
    facts: { network: 'none', serversReached: 0, dialBacks: [], publicAddresses: [] },
    expected: ['unknown'],
  },
  {
    title: 'no server that answers',
    facts: { serversReached: 0, dialBacks: [], publicAddresses: [] },
    expected: ['unknown', 'offline'],
  },
  {
    title: 'B17 peers that have reached us, where the network has nobody to ask',
    facts: { nobodyToAsk: true, serversReached: 0, dialBacks: tried('reached', undefined) },
    expected: ['reachable'],
  },
  {
    title: 'B17 peers that have reached us, where no server answers',
    facts: { serversReached: 0, dialBacks: tried(undefined, 'reached') },
    expected: ['reachable'],
  },
  {
    title: 'servers that see a private address',
    facts: { publicAddresses: [], dialBacks: [] },
    expected: ['unreachable', 'no-public-address'],
  },
  {
    title: 'a public IPv6 address that no server could say',
    facts: { publicAddresses: [], dialBacks: [], localAddresses: [HOME, PUBLIC6] },
    expected: ['unknown'],
  },
  { title: 'a router that says nothing', facts: {}, expected: ['unreachable', 'no-router-control'] },
  {
    title: 'a router that is not asked',
    facts: { router: 'not-asked' },
    expected: ['unreachable', 'no-router-control'],
  },
  { title: 'a router that refuses', facts: { router: 'refused' }, expected: ['unreachable', 'router-refused'] },
  {
    title: 'a mapping, and still nobody gets through',
    facts: { router: 'mapped', routerExternalIp: PUBLIC },
    expected: ['unreachable', 'firewall'],
  },
  {
    title: 'a public address of our own, and still nobody gets through',
    facts: { localAddresses: [PUBLIC], router: 'not-asked' },
    expected: ['unreachable', 'firewall'],
  },
  ...['100.64.3.4', '10.1.2.3', '192.168.178.20', OTHER_PUBLIC].map((routerExternalIp): Case => ({
    title: `a router whose address outside is ${routerExternalIp}`,
    facts: { router: 'mapped', routerExternalIp },
    expected: ['unreachable', 'carrier-nat'],
  })),
  {
    title: 'a router that has no address outside, while the internet sees one',
    facts: { router: 'refused', routerWithoutOutside: true },
    expected: ['unreachable', 'carrier-nat'],
  },
  {
    title: 'a carrier’s NAT, and IPv6 that is turned away',
    facts: {
      router: 'mapped',
      routerExternalIp: '100.64.3.4',
      localAddresses: [HOME, PUBLIC6],
      publicAddresses: [PUBLIC, PUBLIC6],
    },
    expected: ['unreachable', 'firewall'],
  },
  {
    title: 'a router that says nothing, and IPv6 that is turned away',
    facts: { localAddresses: [HOME, PUBLIC6], publicAddresses: [PUBLIC, PUBLIC6] },
    expected: ['unreachable', 'no-router-control'],
  },
  { title: 'both ports reached', facts: { dialBacks: tried('reached', 'reached') }, expected: ['reachable'] },
  {
    title: 'a carrier’s NAT that lets us through all the same',
    facts: { dialBacks: tried('reached', 'reached'), routerExternalIp: '100.64.3.4', router: 'mapped' },
    expected: ['reachable'],
  },
  {
    title: 'only the browsers’ port reached',
    facts: { dialBacks: tried('closed', 'reached') },
    expected: ['reachable'],
  },
  {
    title: 'only the plain port reached',
    facts: { dialBacks: tried('reached', 'closed'), router: 'mapped', routerExternalIp: PUBLIC },
    expected: ['unreachable', 'firewall'],
  },
  {
    title: 'the plain port reached, the other not tried',
    facts: { dialBacks: tried('reached', undefined) },
    expected: ['reachable'],
  },
  {
    title: 'the plain port closed, the other not tried',
    facts: { dialBacks: tried('closed', undefined) },
    expected: ['unreachable', 'no-router-control'],
  },
  {
    title: 'our TLS listener taking the connection',
    facts: { wssServed: true, dialBacks: tried('closed', 'open') },
    expected: ['reachable'],
  },
  {
    title: 'something that is not us taking connections',
    facts: { dialBacks: tried('open', 'open') },
    expected: ['unknown'],
  },
  {
    title: 'one server reaching us where another did not',
    facts: { dialBacks: [...tried('closed', 'closed', 'a'), ...tried('reached', 'reached', 'b')] },
    expected: ['reachable'],
  },
  { title: 'servers that would not try', facts: { dialBacks: tried('refused', 'refused') }, expected: ['unknown'] },
  {
    title: 'servers that did not answer',
    facts: { dialBacks: tried('no-answer', 'no-answer') },
    expected: ['unknown'],
  },
  {
    title: 'nobody who tried, behind what looks like a carrier’s NAT',
    facts: { dialBacks: [], routerExternalIp: '100.64.3.4', router: 'mapped' },
    expected: ['unknown', 'carrier-nat'],
  },
]

describe('the verdict', () => {
  for (const { title, facts, expected } of cases)
    test(`on ${title} is ${expected.filter(Boolean).join(', ')}`, () => {
      const verdict = judge({ ...FACTS, ...facts }, 7)
      assert.deepEqual([verdict.status, verdict.reason], [expected[0], expected[1]])
      assert.equal(verdict.checkedAt, 7)
      assert.equal(blocksOrder(verdict), expected[0] === 'unreachable')
    })

  test('does not block an order while there is none', () => {
    assert.equal(blocksOrder(undefined), false)
  })

  const outcomes = fc.constantFrom<DialBackOutcome>('reached', 'open', 'closed', 'refused', 'no-answer')
  const someFacts = fc
    .record({
      network: fc.constantFrom<ReachabilityFacts['network']>('public', 'local', 'none'),
      serversReached: fc.nat(3),
      localAddresses: fc.subarray([HOME, PUBLIC, PUBLIC6]),
      publicAddresses: fc.subarray([PUBLIC, PUBLIC6]),
      routerExternalIp: fc.constantFrom(undefined, PUBLIC, OTHER_PUBLIC, '100.64.3.4', 'nonsense'),
      routerWithoutOutside: fc.boolean(),
      router: fc.constantFrom<ReachabilityFacts['router']>('mapped', 'refused', 'none', 'not-asked'),
      portTaken: fc.boolean(),
      wssServed: fc.boolean(),
      dialBacks: fc.array(fc.tuple(outcomes, outcomes)).map((pairs) => pairs.flatMap(([tcp, wss]) => tried(tcp, wss))),
    })
    .map((facts): ReachabilityFacts => ({ ...FACTS, ...facts }))

  test('gives a reason for every unreachable one, and none for the reachable', () => {
    fc.assert(
      fc.property(someFacts, (facts) => {
        const { status, reason } = judge(facts, 0)
        if (status === 'unreachable') assert.ok(reason)
        if (status === 'reachable' || status === 'local') assert.equal(reason, undefined)
      }),
    )
  })

  test('blocks no order where somebody has come through to the browsers’ port', () => {
    fc.assert(
      fc.property(someFacts, (facts) => {
        const open = facts.dialBacks.some(({ port, outcome }) => port === 'wss' && outcome === 'reached')
        fc.pre(open && !facts.portTaken && facts.localAddresses.length > 0 && facts.publicAddresses.length > 0)
        assert.equal(blocksOrder(judge(facts, 0)), false)
      }),
    )
  })

  test('blocks no order on the network’s word alone: somebody must have tried, or the fault be our own', () => {
    fc.assert(
      fc.property(someFacts, (facts) => {
        fc.pre(!facts.dialBacks.some(({ outcome }) => outcome === 'closed'))
        const { status, reason } = judge(facts, 0)
        if (status === 'unreachable') assert.ok(['offline', 'port-taken', 'no-public-address'].includes(reason ?? ''))
      }),
    )
  })
})
