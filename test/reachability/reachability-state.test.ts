// What is known of whether others can reach this node, event by event and over any course of events.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { describe, test } from 'node:test'
import {
  believed,
  isWorthAnother,
  leadingHere,
  next,
  NOTHING_KNOWN,
  type ReachabilityEvent,
  type ReachabilityState,
  RECHECK_MS,
  VERDICT_MS,
} from '../../main/reachability/reachability-state.ts'
import { type DialBack, judge, type ReachabilityFacts } from '../../main/reachability/verdict.ts'
import type { RouterAnswer } from '../../main/reachability/router/port-mapper.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')

const FACTS: ReachabilityFacts = {
  ...{ network: 'public', serversReached: 1, localAddresses: ['192.168.1.20'], publicAddresses: ['203.0.113.7'] },
  ...{ gateway: '192.168.1.1', routerExternalIp: '203.0.113.7', routerWithoutOutside: false, router: 'none' },
  ...{ mappings: [], ports: { tcp: 4431, wss: 4430 }, portTaken: false, wssServed: true, dialBacks: [] },
}
const NO_ANSWER: RouterAnswer = {
  ...{ outcome: 'none', gateway: '192.168.1.1', externalIp: '203.0.113.7', withoutOutside: false, mappings: [] },
}
const passing = (external: number): RouterAnswer['mappings'] => [
  { protocol: 'pcp', internal: 4430, external, expires: NOW + 3_600_000 },
]

const checked = (facts: Partial<ReachabilityFacts> = {}, at = NOW): ReachabilityEvent => ({
  event: 'checked',
  verdict: judge({ ...FACTS, ...facts }, at),
})
const changed: ReachabilityEvent = { event: 'changed' }
const begun: ReachabilityEvent = { event: 'check-begun' }
const asked = (answer: Partial<RouterAnswer> = {}): ReachabilityEvent => ({
  event: 'router-asked',
  answer: { ...NO_ANSWER, ...answer },
})

const after = (...events: readonly ReachabilityEvent[]): ReachabilityState =>
  events.reduce((state, event) => next(state, event), NOTHING_KNOWN)

describe('a verdict', () => {
  for (const [title, events, at, expected] of [
    ['is none before the first check', [], NOW, false],
    ['is believed as it comes', [begun, checked()], NOW, true],
    ['is believed for ten minutes', [checked()], NOW + VERDICT_MS - 1, true],
    ['is not believed after that', [checked()], NOW + VERDICT_MS, false],
    ['is not believed where the clock was set back behind it', [checked()], NOW - 1, false],
    ['is not believed once something has changed', [checked(), changed], NOW, false],
    ['is not believed where something changed while it was found', [begun, changed, checked()], NOW, false],
    ['is believed where the router says the same as before', [checked(), asked()], NOW, true],
    [
      'is not believed where the router passes other ports on',
      [checked(), asked({ mappings: passing(4430) })],
      NOW,
      false,
    ],
    [
      'is not believed where the router has another address',
      [checked(), asked({ externalIp: '203.0.113.8' })],
      NOW,
      false,
    ],
  ] as const) {
    test(title, () => {
      assert.equal(believed(after(...events), at) !== undefined, expected)
    })
  }

  test('stays known while another check is under way', () => {
    assert.equal(after(checked(), changed, begun).verdict?.checkedAt, NOW)
  })

  test('that nobody could give is worth another check after a minute', () => {
    const unknown = after(checked({ serversReached: 0, publicAddresses: [] }))
    assert.equal(unknown.verdict?.status, 'unknown')
    assert.equal(isWorthAnother(unknown, NOW + RECHECK_MS - 1), false)
    assert.equal(isWorthAnother(unknown, NOW + RECHECK_MS), true)
    assert.equal(isWorthAnother(after(checked({ network: 'local' })), NOW + RECHECK_MS), false)
    assert.equal(isWorthAnother(after(), NOW), false)
  })
})

describe('how the node looks from outside', () => {
  test('is the router’s port, the addresses that were reached, and every address that leads here', () => {
    const reached = (address: string, port: DialBack['port'], outcome: DialBack['outcome']): DialBack => ({
      ...{ by: 'a server', address, port, outcome },
    })
    const dialBacks = [
      reached('/ip4/203.0.113.7/tcp/4431', 'tcp', 'reached'),
      reached('/ip4/203.0.113.7/tcp/4431', 'tcp', 'reached'),
      reached('/ip4/203.0.113.7/tcp/44300', 'wss', 'reached'),
      reached('/ip4/203.0.113.9/tcp/4431', 'tcp', 'no-answer'),
    ]
    const { outside } = after(checked({ mappings: passing(44_300), dialBacks }))
    assert.equal(outside.wssPort, 44_300)
    assert.deepEqual(outside.addresses.map(String), ['/ip4/203.0.113.7/tcp/4431'])
    assert.deepEqual(outside.ips, ['203.0.113.7', '192.168.1.20'])
  })

  test('takes the port at once, and keeps the rest until the next check', () => {
    const before = after(checked())
    const { outside } = next(before, { event: 'port-passed-on', wssPort: 44_300 })
    assert.deepEqual(outside, { ...before.outside, wssPort: 44_300 })
  })
})

describe('over any course of events', () => {
  const address = fc.constantFrom('203.0.113.7', '203.0.113.8', undefined)
  const port = fc.constantFrom(4430, 44_300)
  const events: fc.Arbitrary<ReachabilityEvent> = fc.oneof(
    fc.constantFrom(changed, begun),
    address.map((routerExternalIp) => checked({ routerExternalIp })),
    port.map((external) => checked({ mappings: passing(external) })),
    fc.option(port, { nil: undefined }).map((wssPort): ReachabilityEvent => ({ event: 'port-passed-on', wssPort })),
    fc.tuple(address, port).map(([externalIp, external]) => asked({ externalIp, mappings: passing(external) })),
  )

  test('only a check makes a verdict be believed again, and a change during it outlives it', () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 40 }), (happened) => {
        let state = Object.freeze(NOTHING_KNOWN)
        let isOld = false
        for (const event of happened) {
          const before = state
          state = Object.freeze(next(state, event))
          if (event.event === 'changed') isOld = true
          if (event.event === 'check-begun') isOld = false
          if (isOld) assert.equal(believed(state, NOW), undefined)
          // asking the router between checks gives no verdict and takes none away
          if (event.event === 'router-asked') assert.equal(state.verdict?.status, before.verdict?.status)
          if (
            state.verdict &&
            event.event !== 'port-passed-on' &&
            event.event !== 'changed' &&
            event.event !== 'check-begun'
          )
            assert.deepEqual(state.outside.ips, leadingHere(state.verdict.facts))
        }
      }),
    )
  })
})
