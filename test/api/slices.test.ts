// Slices: tables of facts and what the page is told of them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as v from 'valibot'
import { LIFE_STATES, StateSchema, STEP_NAMES, WAY_STEPS } from '../../proto/api/index.ts'
import { activityAfter, attemptAfter, firstWay, NO_ACTIVITY, stateOf } from '../../main/api/slices/index.ts'
import { certificateSlice } from '../../main/api/slices/certificate.ts'
import { addressesSlice } from '../../main/api/slices/addresses.ts'
import { lifeOf } from '../../main/api/slices/life.ts'
import { peersSlice } from '../../main/api/slices/peers.ts'
import { problemOfFailure } from '../../main/api/slices/problems.ts'
import { reachabilitySlice } from '../../main/api/slices/reachability.ts'
import { classifyFailure } from '../../core/acme/back-off.ts'
import { FAKE_FACTS, FAKE_NODE } from '../support/fake-program.ts'
import { DAY_MS, makeBundle, NOW, testAuthority } from '../main/support.ts'
import { peerAddress } from '../support/peer-address.ts'
import type { LifeState, State, Way } from '../../proto/api/index.ts'
import type { NodeEvent, NodeEventLine, StepMark } from '../../proto/node-events.ts'
import type { CertificateBundle } from '../../core/x509/index.ts'
import type { AttemptView } from '../../main/api/slices/index.ts'
import type { NodeFacts, ProgramFacts } from '../../main/program/program.ts'
import type { FailedAttempt } from '../../main/certificates/retry.ts'
import type { ReachabilityFacts, Verdict } from '../../main/reachability/verdict.ts'

const AT = '2026-11-20T12:00:00.000Z'
const NAME = 'pabc.nt.example.net'
const good: CertificateBundle = await makeBundle({ authority: await testAuthority(), names: [NAME, `*.${NAME}`] })
const expired: CertificateBundle = { ...good, notAfter: NOW - 1 }
const NETWORK: Way = { kind: 'network' }
const ATTEMPT = { id: 'attempt-1', kind: 'first', startedAt: NOW - 1_000 } as const

function failed(code: string, retryAt: number | null = NOW + 60_000, retryAfterMs?: number): FailedAttempt {
  const kind = classifyFailure({ code, retryAfterMs })
  return {
    failure: { code, message: `it was ${code}`, nextStep: 'do it', kind, retryAfterMs },
    at: NOW - 1_000,
    retryAt,
  }
}

const REACH_FACTS: ReachabilityFacts = {
  ...{ network: 'public', serversReached: 1, localAddresses: ['192.168.1.2'], publicAddresses: ['203.0.113.7'] },
  ...{
    gateway: '192.168.1.1',
    routerExternalIp: '203.0.113.7',
    router: 'mapped',
    routerWithoutOutside: false,
    portTaken: false,
    wssServed: false,
  },
  mappings: [{ protocol: 'upnp', external: 14_430, internal: 4_430, expires: undefined }],
  ports: { tcp: 4_431, wss: 4_430 },
  dialBacks: [
    { by: 'proof.example.net', address: '/ip4/203.0.113.7/tcp/14430', port: 'wss', outcome: 'open' },
    { by: 'proof.example.net', address: '/ip4/203.0.113.7/tcp/4431', port: 'tcp', outcome: 'reached' },
  ],
}
const verdict = (status: Verdict['status'], reason?: Verdict['reason']): Verdict => {
  return { status, reason, checkedAt: NOW, facts: REACH_FACTS }
}

const facts = (node: Partial<NodeFacts> | undefined, rest: Partial<ProgramFacts> = {}): ProgramFacts => {
  return { ...FAKE_FACTS, node: node && { ...FAKE_NODE, ...node }, ...rest }
}

const PEER: NodeFacts['peers'][number] = {
  ...{ peerId: FAKE_NODE.peerId, connected: true, pingMs: 12, lastSeenAt: NOW, addresses: [] },
}

/** What is known, and the word for it. */
const LIVES: readonly (readonly [
  what: string,
  facts: ProgramFacts,
  state: LifeState,
  also?: Partial<State['certificate']['life']>,
])[] = [
  ['the program starts', facts(undefined, { phase: 'starting' }), 'starting'],
  ['it has not been started', facts(undefined, { phase: 'stopped' }), 'starting'],
  [
    'the key cannot be read',
    facts(undefined, { phase: 'failed', identity: { ...FAKE_FACTS.identity, state: 'locked' } }),
    'key-locked',
  ],
  [
    'a passphrase is needed',
    facts(undefined, { phase: 'failed', identity: { ...FAKE_FACTS.identity, state: 'passphrase-needed' } }),
    'key-locked',
  ],
  ['the port is taken', facts(undefined, { phase: 'failed' }), 'failed'],
  ['no network was chosen', facts({ hasIssuer: false }), 'no-network'],
  ['nothing was asked for', facts({}), 'idle'],
  ['a first attempt runs', facts({ attempt: ATTEMPT }), 'working'],
  ['an attempt runs after the end', facts({ certificate: expired, attempt: ATTEMPT }), 'working'],
  ['a certificate is served', facts({ certificate: good }), 'serving'],
  ['it is served after the network was left', facts({ certificate: good, hasIssuer: false }), 'serving'],
  ['only another network has given one', facts({ certificate: good, otherZone: 'old.example' }), 'idle'],
  ['it is renewed', facts({ certificate: good, attempt: { ...ATTEMPT, kind: 'renewal' } }), 'renewing'],
  [
    'its renewal has failed',
    facts({ certificate: good, failed: failed('ca-unavailable') }),
    'renewal-failed',
    { nextTryAt: NOW + 60_000 },
  ],
  [
    'its renewal waits for a limit',
    facts({ certificate: good, failed: failed('rate-limit', NOW + DAY_MS, DAY_MS) }),
    'renewal-failed',
    { nextTryAt: NOW + DAY_MS },
  ],
  [
    'it is served, and nobody gets through',
    facts({ certificate: good, verdict: verdict('unreachable', 'firewall') }),
    'unreachable',
    { reason: 'firewall' },
  ],
  [
    'it is served, and there is no internet',
    facts({ certificate: good, verdict: verdict('unreachable', 'offline') }),
    'offline',
    { reason: 'offline' },
  ],
  [
    'it is served, and no server answers',
    facts({ certificate: good, verdict: verdict('unknown', 'offline') }),
    'offline',
    { reason: null },
  ],
  [
    'it is served, and no server answers but a peer does',
    facts({ certificate: good, verdict: verdict('unknown', 'offline'), peers: [PEER] }),
    'serving',
  ],
  ['no server answers, and nobody has asked yet', facts({ verdict: verdict('unknown', 'offline') }), 'idle'],
  ['no server answers', facts({ failed: failed('unreachable'), verdict: verdict('unknown', 'offline') }), 'failed'],
  [
    'another key answers in place of the server',
    facts({ failed: failed('other-key'), verdict: verdict('unknown', 'offline') }),
    'failed',
  ],
  ['it is served, and nobody could tell', facts({ certificate: good, verdict: verdict('unknown') }), 'serving'],
  [
    'it has expired',
    facts({ certificate: expired, failed: failed('ca-unavailable') }),
    'expired',
    { nextTryAt: NOW + 60_000 },
  ],
  [
    'it has expired behind a closed router',
    facts({ certificate: expired, verdict: verdict('unreachable', 'router-refused') }),
    'expired',
    { reason: 'router-refused' },
  ],
  ['it has expired and the network was left', facts({ certificate: expired, hasIssuer: false }), 'no-network'],
  [
    'nobody gets through, so no order was begun',
    facts({ failed: failed('not-reachable'), verdict: verdict('unreachable', 'carrier-nat') }),
    'unreachable',
    { reason: 'carrier-nat' },
  ],
  ['visitors get through again', facts({ failed: failed('not-reachable'), verdict: verdict('reachable') }), 'idle'],
  ['nobody gets through, and nobody has asked yet', facts({ verdict: verdict('unreachable', 'carrier-nat') }), 'idle'],
  [
    'the CA has a limit',
    facts({ failed: failed('rate-limit', NOW + DAY_MS, DAY_MS) }),
    'rate-limited',
    { nextTryAt: NOW + DAY_MS },
  ],
  ['the CA has paused us', facts({ failed: failed('rateLimited', null) }), 'rate-limited', { nextTryAt: null }],
  ['the server refuses', facts({ failed: failed('not-authorized') }), 'refused'],
  [
    'there is no internet',
    facts({ failed: failed('no-proofs'), verdict: verdict('unreachable', 'offline') }),
    'offline',
  ],
  ['there is no internet, and nobody has asked', facts({ verdict: verdict('unreachable', 'offline') }), 'offline'],
  ['the issue server keeps silent', facts({ failed: failed('unreachable') }), 'failed'],
  [
    'the broker could not come in',
    facts({ failed: failed('not-dialled'), verdict: verdict('unknown') }),
    'unreachable',
    { reason: 'not-dialled' },
  ],
  [
    'the broker could not come in when nobody had looked since',
    facts({ failed: failed('not-dialled'), verdict: { ...verdict('reachable'), checkedAt: NOW - 2_000 } }),
    'unreachable',
    { reason: 'not-dialled' },
  ],
  [
    'the broker could not come in, and others can by now',
    facts({ failed: failed('not-dialled'), verdict: verdict('reachable') }),
    'idle',
  ],
  [
    'there is no address to tell a broker',
    facts({ failed: failed('no-address') }),
    'unreachable',
    { reason: 'no-public-address' },
  ],
  [
    'the router tells no address',
    facts({
      failed: failed('no-address'),
      verdict: { ...verdict('unknown'), facts: { ...REACH_FACTS, router: 'none' } },
    }),
    'unreachable',
    { reason: 'no-router-control' },
  ],
  [
    'the provider has the address',
    facts({ failed: failed('no-address'), verdict: verdict('unknown', 'carrier-nat') }),
    'unreachable',
    { reason: 'carrier-nat' },
  ],
  [
    'another program has the port for browsers',
    facts({ failed: failed('wss-listen') }),
    'unreachable',
    { reason: 'port-taken' },
  ],
  ['a forge has enough', facts({ failed: failed('broker-limit', NOW + DAY_MS, DAY_MS) }), 'rate-limited'],
  ['a forge wants a token', facts({ failed: failed('forge-token') }), 'refused'],
  ['something is wrong for ever', facts({ failed: failed('nonsense', null) }), 'failed', { nextTryAt: null }],
]

describe('the life of a certificate', () => {
  for (const [what, known, state, also] of LIVES) {
    test(`is ${state} where ${what}`, () => {
      const life = lifeOf(known, NOW)
      assert.deepEqual({ ...life, ...also, state }, life)
      if (['failed', 'refused', 'rate-limited', 'renewal-failed'].includes(state) && known.node) assert.ok(life.problem)
    })
  }

  test('has a case in this table for every state', () => {
    assert.deepEqual([...new Set(LIVES.map(([, , state]) => state))].sort(), [...LIFE_STATES].sort())
  })
})

describe('a failure', () => {
  const CODES = [
    ...[
      ['rate-limit', 'ca-limit'],
      ['not-authorized', 'refused'],
      ['ca-refused', 'refused'],
      ['unreachable', 'server-unreachable'],
      ['other-key', 'server-other-key'],
    ],
    ...[
      ['no-proofs', 'no-proofs'],
      ['ca-unavailable', 'ca-unavailable'],
      ['bad-certificate', 'bad-certificate'],
      ['rehearsed', 'rehearsed'],
    ],
    ...[
      ['invalid-proof', 'wrong-clock'],
      ['wss-listen', 'port-taken'],
      ['disk', 'disk'],
      ['not-reachable', 'unreachable'],
    ],
    ...[
      ['other', 'failed'],
      ['timeout', 'failed'],
      ['toString', 'failed'],
      ['cancelled', 'cancelled'],
    ],
  ]
  for (const [code = '', expected] of CODES) {
    test(`${code} is told as ${expected}`, () => assert.equal(problemOfFailure(failed(code)).code, expected))
  }

  test('at a forge says at which, and how many others did not do it', () => {
    const { failure, ...rest } = failed('broker-unavailable', null)
    const at = (more: object) => problemOfFailure({ ...rest, failure: { ...failure, ...more } }).params
    assert.deepEqual(at({ forge: 'f.example.net' }), { code: 'broker-unavailable', forge: 'f.example.net', others: 0 })
    assert.deepEqual(at({ forge: 'f.example.net', others: 2 })['others'], 2)
    assert.deepEqual(at({}), { code: 'broker-unavailable' })
  })

  test('carries its own code, the time of the next try, and what to do', () => {
    assert.deepEqual(problemOfFailure(failed('other', NOW + 5)), {
      ...{ code: 'failed', params: { code: 'other', until: NOW + 5 }, retryable: true },
      detail: 'it was other. What to do: do it.',
    })
  })
})

describe('an attempt', () => {
  const step = (name: string, status: string, detail = ''): NodeEvent =>
    ({ event: 'step', step: name, status, ms: 5, detail }) as NodeEvent
  const WAY: readonly NodeEvent[] = [
    ...[step('reach', 'begin'), step('reach', 'done', 'looked'), step('info', 'begin'), step('info', 'done', 'zone x')],
    ...[
      step('proof', 'failed', 'one (ip4): no'),
      step('proof', 'done', 'two saw 203.0.113.7'),
      step('request', 'begin'),
    ],
    ...[step('request', 'done', 'granted'), step('key', 'begin'), step('key', 'done', 'made'), step('order', 'begin')],
    ...[step('order', 'progress', 'accepted'), step('order', 'progress', 'queued: number 3 in the line, about 40 s')],
    ...[step('order', 'progress', 'account'), step('order', 'progress', 'order: new')],
    ...[step('order', 'progress', 'challenge-set'), step('order', 'progress', 'challenge-told')],
    ...[step('order', 'progress', 'validated'), step('order', 'progress', 'challenge-removed')],
    ...[
      step('order', 'progress', 'finalized'),
      step('order', 'progress', 'downloaded'),
      step('order', 'done', 'the certificate came'),
    ],
    ...[
      step('verify', 'begin'),
      step('verify', 'done', 'right'),
      step('install', 'begin'),
      step('install', 'done', 'new'),
    ],
  ]
  const follow = (events: readonly NodeEvent[], look = verdict('reachable'), way: Way = NETWORK) => {
    const seen: AttemptView[] = []
    let view: AttemptView | null = null
    events.forEach((event, index) => {
      const line = { at: AT, ...event } as NodeEventLine
      view = attemptAfter(view, { attempt: ATTEMPT, line, verdict: look, way, now: NOW + index })
      if (view) seen.push(view)
    })
    return { seen, view: seen.at(-1) ?? assert.fail('no attempt') }
  }
  const shape = (view: AttemptView) => view.steps.map(({ name, status, note }) => `${name} ${status} ${note}`)

  test('goes through its seven steps, one at a time and never back', () => {
    const { seen, view } = follow(WAY)
    const last = attemptAfter(view, { attempt: undefined, verdict: undefined, way: NETWORK, now: NOW + 100 })
    assert.deepEqual(shape(last ?? view), [
      ...['reach done router-opened', 'prove done proved', 'order done ordered', 'publish done published'],
      ...['validate done validated', 'finish done issued', 'serve done serving'],
    ])
    assert.equal(last?.endedAt, NOW + 100)
    for (const { steps } of seen) {
      assert.ok(steps.filter(({ status }) => status === 'now').length <= 1)
      const waiting = steps.findIndex(({ status }) => status === 'waiting')
      if (waiting >= 0) assert.ok(steps.slice(waiting).every(({ status }) => status === 'waiting'))
    }
    const order = STEP_NAMES.indexOf('order')
    const queued = seen.find(({ steps }) => steps[order]?.note === 'queued')
    assert.deepEqual(queued?.steps[order]?.params, { position: 3, seconds: 40 })
    assert.deepEqual(view.steps[1]?.params, { count: 1 })
    assert.equal(view.steps[1]?.detail, 'zone x; one (ip4): no; two saw 203.0.113.7')
  })

  for (let length = 1; length < WAY.length; length++) {
    test(`that fails after ${length} events has one failed step and none that goes on`, () => {
      const { view } = follow([
        ...WAY.slice(0, length),
        { event: 'failed', code: 'other', message: 'broken', nextStep: '', retryAt: null },
      ])
      const last = attemptAfter(view, { attempt: undefined, verdict: undefined, way: NETWORK, now: NOW + 100 })
      assert.ok(last?.steps.every(({ status }) => status !== 'now'))
      assert.ok((last?.steps.filter(({ status }) => status === 'failed').length ?? 9) <= 1)
    })
  }

  test('whose first look shows that nobody gets through says so', () => {
    const { view } = follow(
      [step('reach', 'begin'), step('reach', 'failed', 'nobody')],
      verdict('unreachable', 'firewall'),
    )
    assert.deepEqual(shape(view).slice(0, 2), ['reach failed unreachable', 'prove waiting none'])
  })

  test('that gets a certificate which was issued before skips nothing and says why it was quick', () => {
    const { view } = follow([
      ...WAY.slice(0, 12),
      step('order', 'done', 'the certificate came; it had been issued before'),
    ])
    assert.deepEqual(shape(view).slice(2, 6), [
      'order done reused',
      'publish done reused',
      'validate done reused',
      'finish now none',
    ])
  })

  test('is not touched by what has nothing to do with it', () => {
    const { view } = follow(WAY.slice(0, 4))
    const line: NodeEventLine = {
      at: AT,
      event: 'failed',
      code: 'served-certificate',
      message: '',
      nextStep: '',
      retryAt: null,
    }
    assert.deepEqual(
      attemptAfter(view, { attempt: ATTEMPT, line, verdict: undefined, way: NETWORK, now: NOW })?.steps,
      view.steps,
    )
    assert.equal(attemptAfter(null, { attempt: undefined, line, verdict: undefined, way: NETWORK, now: NOW }), null)
    const install = { at: AT, ...step('install', 'done') } as NodeEventLine
    assert.equal(
      attemptAfter(null, { attempt: undefined, line: install, verdict: undefined, way: NETWORK, now: NOW }),
      null,
    )
  })

  const FORGE: Way = { kind: 'forge', forge: 'one.example.net', before: null }
  const at =
    (forge: string) =>
    (name: string, status: string, detail = '', mark?: StepMark): NodeEvent =>
      ({ event: 'step', step: name, status, ms: 5, detail, forge, mark }) as NodeEvent
  const one = at('one.example.net')
  const two = at('two.example.net')
  const ORDERED: readonly NodeEvent[] = [
    ...[step('reach', 'begin'), step('reach', 'done'), one('info', 'begin'), one('info', 'done', 'well')],
    ...[one('request', 'begin'), one('request', 'done', 'ordered'), one('key', 'begin'), one('key', 'done')],
    ...[one('order', 'begin'), one('order', 'progress', 'order: new')],
  ]
  const SHOWN: readonly NodeEvent[] = [
    ...[one('proof', 'begin'), one('proof', 'done', 'it reached us')],
    ...[one('order', 'progress', 'they show it', 'seen-at-forge')],
  ]
  const ENDED: readonly NodeEvent[] = [
    ...[one('order', 'progress', 'challenge-set'), one('order', 'progress', 'challenge-told')],
    ...[one('order', 'progress', 'validated'), one('order', 'progress', 'finalized'), one('order', 'done', 'it came')],
    ...[one('verify', 'begin'), one('verify', 'done'), step('install', 'begin'), step('install', 'done')],
  ]
  const moved = (from: string | null, to: string, code: string): NodeEvent => {
    return { event: 'next-forge', from, to, code, message: 'it said no' }
  }
  /** The step that is worked on after these events. */
  const nowOf = (events: readonly NodeEvent[], way: Way = FORGE) => {
    const { view } = follow(events, verdict('unknown'), way)
    const found = view.steps.find(({ status }) => status === 'now' || status === 'failed')
    return { way: view.way, step: `${found?.name} ${found?.status} ${found?.note}`, view }
  }

  test('by a forge begins with its steps: the order first, then the knock', () => {
    const { view } = follow([step('reach', 'begin')], verdict('unknown'), FORGE)
    assert.deepEqual(view.way, FORGE)
    assert.deepEqual(
      view.steps.map(({ name }) => name),
      WAY_STEPS.forge,
    )
  })

  test('by a forge says what is done at each moment', () => {
    const moments = [
      ...([
        [3, 'order now asked-forge'],
        [5, 'order now none'],
        [10, 'order now ordered'],
      ] as const),
      ...([
        [11, 'prove now none'],
        [12, 'publish now none'],
        [13, 'publish now seen-at-forge'],
      ] as const),
      ...([
        [15, 'validate now none'],
        [17, 'finish now none'],
      ] as const),
    ]
    const all = [...ORDERED, ...SHOWN, ...ENDED]
    for (const [count, said] of moments) assert.equal(nowOf(all.slice(0, count)).step, said, `${count} events`)
    assert.deepEqual(shape(nowOf(all).view), [
      ...['reach done reach-unknown', 'order done ordered', 'prove done knocked', 'publish done published'],
      ...['validate done validated', 'finish done issued', 'serve done serving'],
    ])
  })

  test('by a forge whose CA says no has not got as far as the knock', () => {
    const { view, step: said } = nowOf([...ORDERED.slice(0, 5), one('request', 'failed', 'too many')])
    assert.equal(said, 'order failed failed')
    assert.equal(view.steps[2]?.status, 'waiting')
  })

  test('by a forge whose broker does not come in fails at the door', () => {
    assert.equal(
      nowOf([...ORDERED, one('proof', 'begin'), one('proof', 'failed', 'closed')]).step,
      'prove failed not-knocked',
    )
  })

  test('that goes on with an order says that the rest was done before', () => {
    const events = [...ORDERED.slice(0, 9), one('order', 'progress', 'order: resumed'), ...ENDED.slice(3)]
    assert.deepEqual(shape(nowOf(events).view).slice(1, 6), [
      ...['order done ordered', 'prove done done-before', 'publish done done-before'],
      ...['validate done done-before', 'finish done issued'],
    ])
  })

  test('that goes to the next forge says so while it happens, and begins the steps anew', () => {
    const events = [...ORDERED, ...SHOWN, moved('one.example.net', 'two.example.net', 'value-not-shown')]
    const before = { forge: 'one.example.net', why: 'ca-unavailable' } as const
    const { way, step: said, view } = nowOf(events)
    assert.deepEqual(way, { kind: 'forge', forge: 'two.example.net', before })
    assert.equal(said, 'order now none')
    assert.equal(view.steps[0]?.status, 'done')
    assert.ok(view.steps.slice(2).every(({ status }) => status === 'waiting'))
    const later = nowOf([...events, two('info', 'begin'), two('request', 'begin')])
    assert.deepEqual(later.way, way)
  })

  test('that goes from the issue server to a forge changes its way', () => {
    const {
      way,
      step: said,
      view,
    } = nowOf([...WAY.slice(0, 6), moved(null, 'two.example.net', 'unreachable')], NETWORK)
    assert.deepEqual(way, {
      ...{ kind: 'forge', forge: 'two.example.net' },
      before: { forge: null, why: 'server-unreachable' },
    })
    assert.equal(said, 'order now none')
    assert.deepEqual(
      view.steps.map(({ name }) => name),
      WAY_STEPS.forge,
    )
  })

  test('begins with whoever is asked first', () => {
    const choice = { kind: 'configured', name: 'x', zone: null, test: false } as const
    const forges = ['one.example.net', 'two.example.net']
    assert.deepEqual(firstWay({ ...choice, issue: false, forges }), FORGE)
    assert.deepEqual(firstWay({ ...choice, issue: true, forges }), NETWORK)
    assert.deepEqual(firstWay(null), NETWORK)
  })

  test('that was ended by a person stays, ended; the next one begins anew', () => {
    const { view } = follow(WAY.slice(0, 4))
    const ended = attemptAfter(view, { attempt: undefined, verdict: undefined, way: NETWORK, now: NOW })
    assert.equal(ended?.steps[1]?.status, 'failed')
    const next = attemptAfter(ended, {
      attempt: { ...ATTEMPT, startedAt: NOW + 5 },
      verdict: undefined,
      way: NETWORK,
      now: NOW + 5,
    })
    assert.deepEqual([next?.endedAt, next?.steps[0]?.status, next?.steps[1]?.status], [null, 'now', 'waiting'])
  })
})

describe('addresses', () => {
  const wss4 = `/dns4/203-0-113-7.${NAME}/tcp/4430/tls/ws/p2p/${FAKE_NODE.peerId}`
  const wss6 = `/dns6/2001-db8--1.${NAME}/tcp/4430/tls/ws/p2p/${FAKE_NODE.peerId}`
  const tcp = `/ip4/203.0.113.7/tcp/4431/p2p/${FAKE_NODE.peerId}`

  test('for browsers come first, and the page is the one that most visitors reach', () => {
    const slice = addressesSlice({ ...FAKE_NODE, certificate: good, addresses: [tcp, wss6, wss4] }, NOW)
    assert.deepEqual(slice, {
      host: `203-0-113-7.${NAME}`,
      testUrl: `https://203-0-113-7.${NAME}:4430/`,
      list: [
        { address: wss6, kind: 'web', host: `2001-db8--1.${NAME}`, certified: true },
        { address: wss4, kind: 'web', host: `203-0-113-7.${NAME}`, certified: true },
        { address: tcp, kind: 'peer', host: '203.0.113.7', certified: false },
      ],
    })
  })

  test('of names that the certificate does not cover, or not any more, are not certified', () => {
    const other = `/dns4/a.b.${NAME}/tcp/4430/tls/ws`
    const list = (certificate: CertificateBundle | undefined, address: string) =>
      addressesSlice({ ...FAKE_NODE, certificate, addresses: [address] }, NOW)
    assert.equal(list(good, other).list[0]?.certified, false)
    assert.equal(list(expired, wss4).list[0]?.certified, false)
    assert.deepEqual(list(undefined, wss4), {
      host: null,
      testUrl: null,
      list: [{ address: wss4, kind: 'web', host: `203-0-113-7.${NAME}`, certified: false }],
    })
  })

  test('that are none are left out, and there are at most a hundred', () => {
    const addresses = ['', 'nonsense', ...Array.from({ length: 300 }, (_, index) => `/ip4/10.0.0.1/tcp/${index + 1}`)]
    assert.equal(addressesSlice({ ...FAKE_NODE, addresses }, NOW).list.length, 100)
    assert.deepEqual(addressesSlice(undefined, NOW), { host: null, testUrl: null, list: [] })
  })
})

describe('reachability', () => {
  test('tells the verdict with what is behind it', () => {
    const slice = reachabilitySlice({ ...FAKE_NODE, verdict: verdict('reachable') })
    assert.deepEqual(slice, {
      ...{ status: 'reachable', reason: null, checkedAt: NOW, ports: { tcp: 4431, wss: 4430 }, knock: null },
      router: {
        protocol: 'upnp',
        externalIp: '203.0.113.7',
        mappings: [{ external: 14_430, internal: 4_430, until: null }],
      },
      ...{ localAddresses: ['192.168.1.2'], publicAddresses: ['203.0.113.7'] },
      dialBacks: [
        { by: 'proof.example.net', address: '/ip4/203.0.113.7/tcp/14430', ok: false, detail: 'open' },
        { by: 'proof.example.net', address: '/ip4/203.0.113.7/tcp/4431', ok: true, detail: 'reached' },
      ],
    })
  })

  test('is unchecked before the first look, and being checked during each', () => {
    assert.equal(reachabilitySlice(undefined).status, 'unchecked')
    assert.equal(reachabilitySlice(FAKE_NODE).status, 'unchecked')
    assert.equal(reachabilitySlice({ ...FAKE_NODE, checking: true }).status, 'checking')
    assert.equal(reachabilitySlice({ ...FAKE_NODE, checking: true, verdict: verdict('reachable') }).status, 'checking')
  })
})

describe('a knock', () => {
  const byForge: CertificateBundle = { ...good, source: 'autotls', names: ['*.k51abc.forge.example.net'] }

  test('is told of who gave the certificate, because a forge looks before it helps', () => {
    const knock = { by: 'forge.example.net', at: byForge.obtainedAt, ok: true }
    const node = { ...FAKE_NODE, certificate: byForge }
    assert.deepEqual(reachabilitySlice({ ...node, verdict: verdict('unknown') }).knock, knock)
    assert.deepEqual(reachabilitySlice(node).knock, knock)
    assert.equal(reachabilitySlice({ ...node, certificate: good }).knock, null)
  })

  test('that failed since counts more', () => {
    const failure = { ...failed('not-dialled').failure, forge: 'other.example.net' }
    const { knock } = reachabilitySlice({ ...FAKE_NODE, certificate: byForge, failed: { ...failed('x'), failure } })
    assert.deepEqual(knock, { by: 'other.example.net', at: NOW - 1_000, ok: false })
  })
})

describe('peers', () => {
  test('are counted whole, listed by connection and by when they were seen, and cut to two hundred', () => {
    const peers = Array.from({ length: 300 }, (_, index) => ({
      ...{ peerId: `peer${index}`, connected: index % 100 === 0, pingMs: undefined, lastSeenAt: index },
      addresses: [peerAddress('/ip4/10.0.0.1/tcp/1', 'unverified'), peerAddress('x'.repeat(3_000), 'added')],
    }))
    const slice = peersSlice({ ...FAKE_NODE, peers })
    assert.deepEqual([slice.known, slice.connected, slice.list.length], [300, 3, 200])
    assert.deepEqual(
      slice.list.slice(0, 4).map(({ peerId }) => peerId),
      ['peer200', 'peer100', 'peer0', 'peer299'],
    )
    assert.equal(slice.list[0]?.addresses.length, 1)
  })

  test('have the names that a person gave them, also where nothing else is known of them', () => {
    const met = { peerId: 'met', connected: true, pingMs: undefined, lastSeenAt: undefined, addresses: [] }
    const slice = peersSlice({ ...FAKE_NODE, peers: [met] }, { met: 'Attic box', gone: 'Cellar' })
    assert.deepEqual(
      slice.list.map(({ peerId, name, connected }) => [peerId, name, connected]),
      [
        ['met', 'Attic box', true],
        ['gone', 'Cellar', false],
      ],
    )
    assert.deepEqual([slice.known, slice.connected], [2, 1])
    assert.equal(peersSlice({ ...FAKE_NODE, peers: [met] }).list[0]?.name, undefined)
  })
})

describe('activity', () => {
  const line = (event: NodeEvent): NodeEventLine => ({ at: AT, ...event })
  const discovered = (peer: number): NodeEvent => ({
    event: 'discovered',
    peer: `p${peer}`,
    via: 'broadcast',
    certified: false,
    addresses: [],
  })

  test('is newest first, with numbers that grow, and a crowd does not push out the rest', () => {
    let activity = activityAfter(
      NO_ACTIVITY,
      line({ event: 'failed', code: 'disk', message: 'full', nextStep: 'make room', retryAt: null }),
    )
    for (let peer = 0; peer < 1_000; peer++) activity = activityAfter(activity, line(discovered(peer)))
    assert.equal(activity.entries[0]?.id, 1_001)
    assert.equal(activity.entries.length, 101)
    const [oldest] = activity.entries.slice(-1)
    assert.deepEqual([oldest?.code, oldest?.level, oldest?.at], ['failed:disk', 'attention', Date.parse(AT)])
    for (let note = 0; note < 1_000; note++) activity = activityAfter(activity, line({ event: 'note', message: 'x' }))
    assert.equal(activity.entries.length, 200)
  })

  test('does not take an issue server that is unreachable for this computer', () => {
    const silent = { event: 'failed', code: 'unreachable', message: 'x', nextStep: '', retryAt: null } as const
    assert.equal(activityAfter(NO_ACTIVITY, line(silent)).entries[0]?.code, 'failed:server-unreachable')
    const history = [{ at: AT, what: 'failed', code: 'unreachable', detail: 'x' }] as const
    const { history: told } = certificateSlice(facts({ history }), null, NOW)
    assert.equal(told[0]?.code, 'server-unreachable')
  })

  test('leaves out repeated broadcasts and what only programs care about', () => {
    const broadcast = line({ event: 'broadcast', seq: '5', addresses: [] })
    let activity = activityAfter(activityAfter(NO_ACTIVITY, broadcast), broadcast)
    activity = activityAfter(activity, line({ event: 'step', step: 'order', status: 'progress', ms: 1, detail: 'x' }))
    assert.equal(activity.entries.length, 1)
  })
})

test('a state made of the largest facts there can be fits the contract', () => {
  const long = 'x'.repeat(10_000)
  const many = Array.from({ length: 500 }, (_, index) => index)
  const event = line500(long)
  const state = stateOf(
    facts({
      certificate: { ...good, names: many.map((index) => `n${index}.example.net`), issuer: long },
      failed: { ...failed('other'), failure: { ...failed('other').failure, message: long, nextStep: long } },
      history: many.map(() => ({ at: AT, what: 'failed' as const, code: long, detail: long })),
      addresses: many.map((index) => `/ip4/10.0.0.1/tcp/${index + 1}`),
      verdict: {
        ...verdict('unreachable', 'firewall'),
        facts: {
          ...REACH_FACTS,
          dialBacks: many.map(() => ({ by: long, address: long, port: 'tcp', outcome: 'closed' })),
          ...{ localAddresses: many.map(String), publicAddresses: many.map(String) },
          mappings: many.map((port) => ({ protocol: 'pcp', external: port, internal: port, expires: NOW })),
        },
      },
    }),
    {
      ...{ version: '1', host: 'headless', platform: 'linux', update: { available: null, checkedAt: null } },
      can: { startAtLogin: false, tray: false, notify: false, openFolders: false },
      attempt: attemptAfter(null, { attempt: ATTEMPT, line: event, verdict: undefined, way: NETWORK, now: NOW }),
      activity: activityAfter(NO_ACTIVITY, event),
      doctor: { startedAt: null, endedAt: null, findings: [] },
    },
    NOW,
  )
  const result = v.safeParse(StateSchema, state)
  assert.ok(
    result.success,
    JSON.stringify(result.issues?.slice(0, 3).map(({ message, path }) => [message, path?.map(({ key }) => key)])),
  )
  assert.ok(!JSON.stringify(state).includes('PRIVATE'))
})

function line500(detail: string): NodeEventLine {
  return { at: AT, event: 'failed', code: detail, message: detail, nextStep: detail, retryAt: null }
}

test('A10 a certificate counts as one that browsers trust only where its chain leads to a root of the platform', () => {
  const shown = (node: Partial<NodeFacts>) => certificateSlice(facts({ certificate: good, ...node }), null, NOW).current
  assert.equal(shown({ trusted: true })?.test, false)
  assert.equal(shown({ trusted: false })?.test, true)
})
