// Dial-backs as somebody might misuse them: to have a victim dialled by us, or to keep everybody else from being dialled.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { silentLog } from '../../core/log.ts'
import { parseIp } from '../../proto/ip.ts'
import { createDialBack } from '../../servers/broker/dial-back.ts'
import { createDialBudget } from '../../servers/broker/dial-budget.ts'
import { manualClock } from '../support/manual-clock.ts'
import { makePeer } from './support.ts'

function ip(text: string) {
  const parsed = parseIp(text)
  assert.ok(parsed)
  return parsed
}

const LIMITS = { network: { count: 6, windowMs: 60_000 }, all: { count: 20, windowMs: 60_000 } }

describe('a network that others name', () => {
  it('is dialled a few times and then rests, whoever names it and whichever of its addresses', async () => {
    const clock = manualClock()
    const mayDial = createDialBudget(clock, LIMITS)
    const ask = (at: number) => mayDial(ip(`9.9.9.${at}`), ip(`1.2.${at}.4`))
    assert.equal(Array.from({ length: 30 }, (_, at) => ask(at)).filter(Boolean).length, 6)
    assert.equal(mayDial(ip('8.8.8.8'), ip('1.2.3.4')), true, 'another one')
    await clock.advance(10_000)
    assert.equal(ask(1), true)
    assert.equal(ask(2), false)
  })

  it('is an IPv6 /48, and an IPv4 address under another name is the same one', () => {
    const dialled = (text: (at: number) => string) => {
      const mayDial = createDialBudget(manualClock(), LIMITS)
      return Array.from({ length: 30 }, (_, at) => mayDial(ip(text(at)), ip('1.2.3.4'))).filter(Boolean).length
    }
    assert.equal(
      dialled((at) => `2600:1:2:${at}::${at}`),
      6,
    )
    assert.equal(
      dialled((at) => (at % 2 ? `::ffff:9.9.9.${at}` : `9.9.9.${at}`)),
      6,
    )
  })

  it('shares with all others what the broker dials at strangers’ words', () => {
    const mayDial = createDialBudget(manualClock(), LIMITS)
    const dialled = Array.from({ length: 200 }, (_, at) => mayDial(ip(`9.9.${at}.1`), ip('1.2.3.4'))).filter(Boolean)
    assert.equal(dialled.length, 20)
  })

  it('is dialled as often as it asks itself', () => {
    const mayDial = createDialBudget(manualClock(), LIMITS)
    for (let at = 0; at < 100; at++) {
      assert.equal(mayDial(ip('1.2.3.4'), ip('1.2.3.4')), true)
      assert.equal(mayDial(ip('2600::1'), ip(`2600::${at + 1}`)), true)
    }
  })

  it('that must rest is not dialled, and the answer takes as long as any other that fails', async () => {
    const clock = manualClock()
    const asked: string[] = []
    const dial = createDialBack({
      ...{ timeoutMs: 1_000, atOnce: 4, clock, log: silentLog },
      budget: (at) => {
        asked.push(at.text)
        return false
      },
      translate: () => assert.fail('nothing is dialled'),
    })
    const { id } = await makePeer()
    const candidates = ['9.9.9.9', '9.9.9.8'].map((text) => ({
      address: multiaddr(`/ip4/${text}/tcp/1`),
      ip: ip(text),
    }))
    const outcome = dial(id, candidates, new AbortController().signal, ip('1.2.3.4'))
    let isOver = false
    void outcome.finally(() => (isOver = true))
    while (clock.sleeping === 0 || asked.length < 2) await clock.advance(0)
    await clock.advance(999)
    assert.equal(isOver, false)
    await clock.advance(1)
    assert.equal((await outcome).kind, 'unreachable')
    assert.deepEqual(asked, ['9.9.9.9', '9.9.9.8'])
  })
})

describe('places for dial-backs', () => {
  it('that one machine has filled are there for the next one that comes, and for no more of itself', async () => {
    const clock = manualClock()
    const dial = createDialBack({ timeoutMs: 1_000, atOnce: 3, clock, log: silentLog })
    const { id } = await makePeer()
    const { signal } = new AbortController()
    const greedy = [1, 2, 3].map(() => dial(id, [], signal, ip('198.51.100.4')))
    assert.equal((await dial(id, [], signal, ip('198.51.100.4'))).kind, 'busy')
    const quiet = dial(id, [], signal, ip('203.0.113.7'))
    const first = await Promise.race([...greedy.slice(0, 1), quiet.then(() => 'the newcomer was turned away')])
    assert.deepEqual(first, { kind: 'busy' })
    assert.equal(dial.underWay(), 3)
    await clock.advance(1_000)
    assert.equal((await quiet).kind, 'unreachable')
    assert.deepEqual(
      (await Promise.all(greedy)).map(({ kind }) => kind),
      ['busy', 'unreachable', 'unreachable'],
    )
    assert.equal(dial.underWay(), 0)
  })
})
