// The dialler over a host that only pretends, by a clock that is moved by hand: what is tried when, what a caller gets, what the report
// says and what the book learns. Real connections are made in dial-real.test.ts.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { DialError } from '../../main/peers/dial/dial-error.ts'
import { NAMED } from '../../main/peers/dial/policy.ts'
import { settle } from '../support/manual-clock.ts'
import { DAY_MS, dialScene, fakeConnection, known, NOW, OTHER_PEER, OURS, PEER } from './dial-scene.ts'
import type { DialOptions, Reached } from '../../main/peers/dial/dialler.ts'

const A = '/ip4/1.1.1.1/tcp/4431'
const B = '/ip4/2.2.2.2/tcp/4431'
const C = '/ip4/3.3.3.3/tcp/4431'

/** Dials, and holds what comes of it. */
function begin(scene: ReturnType<typeof dialScene>, options?: DialOptions) {
  const outcome: { reached?: Reached; error?: unknown } = {}
  const ended = scene.dialler.dial(PEER, options).then(
    (reached) => (outcome.reached = reached),
    (error: unknown) => (outcome.error = error),
  )
  return { outcome, ended }
}

const addressesOf = (scene: ReturnType<typeof dialScene>) => scene.dials.map(({ address }) => address)

const reportOf = (error: unknown) => {
  assert.ok(error instanceof DialError)
  return error.report
}

const results = (attempts: Reached['attempts']) =>
  attempts.map(({ address, startedMs, result }) => [address.toString(), startedMs, result.kind])

describe('addresses of a stage', () => {
  test('are tried a quarter of a second apart, side by side, and the first that answers is it', async () => {
    const scene = dialScene([known(A), known(B), known(C)])
    const { outcome, ended } = begin(scene)
    await settle()
    assert.deepEqual(addressesOf(scene), [A])
    await scene.clock.advance(249)
    assert.equal(scene.dials.length, 1)
    await scene.clock.advance(1)
    await scene.clock.advance(250)
    assert.deepEqual(addressesOf(scene), [A, B, C])
    scene.dials[1]?.answer()
    await ended
    assert.equal(outcome.reached?.connection.remoteAddr.toString(), `${B}/p2p/${PEER.toString()}`)
    assert.deepEqual(results(outcome.reached.attempts), [
      [A, 0, 'slower'],
      [B, 250, 'reached'],
      [C, 500, 'slower'],
    ])
    assert.deepEqual(
      scene.dials.map(({ signal }) => signal.aborted),
      [true, false, true],
    )
    assert.deepEqual(scene.observed, [{ address: B, kind: 'reached' }])
    assert.equal(scene.clock.sleeping, 0)
    assert.equal(scene.listeners.size, 0)
  })

  test('follow at once where one has failed', async () => {
    const scene = dialScene([known(A), known(B)])
    const { outcome, ended } = begin(scene)
    await settle()
    scene.dials[0]?.fail()
    await settle()
    assert.deepEqual(addressesOf(scene), [A, B])
    scene.dials[1]?.answer()
    await ended
    assert.deepEqual(results(outcome.reached?.attempts ?? []), [
      [A, 0, 'failed'],
      [B, 0, 'reached'],
    ])
    assert.deepEqual(
      scene.observed.map(({ kind }) => kind),
      ['failed', 'reached'],
    )
  })

  test('are six at a time; who says nothing makes room for those that wait', async () => {
    const many = Array.from({ length: 9 }, (_, at) => known(`/ip4/1.1.${at}.1/tcp/4431`))
    const scene = dialScene(many)
    const { ended, outcome } = begin(scene)
    await scene.clock.advance(6 * 250)
    // the first one has had its second and a half by now
    assert.equal(scene.dials.length, 7)
    assert.equal(scene.dials.filter(({ signal }) => !signal.aborted).length, 6)
    scene.dials.at(-1)?.answer()
    await ended
    assert.equal(outcome.reached?.attempts[0]?.result.kind, 'no-answer')
    assert.equal(outcome.reached.attempts.length, 7)
  })

  test('that say nothing are given up after eight seconds each, and twenty all together', async () => {
    const scene = dialScene([known(A)])
    const { outcome, ended } = begin(scene)
    await scene.clock.advance(8_000)
    await ended
    assert.match(String(outcome.error), /no answer within 8000 ms/)
    assert.deepEqual(scene.observed, [{ address: A, kind: 'failed' }])
    const other = dialScene(Array.from({ length: 24 }, (_, at) => known(`/ip4/1.${at}.1.1/tcp/4431`)))
    const all = begin(other)
    await other.clock.advance(20_000)
    await all.ended
    assert.equal(reportOf(all.outcome.error).attempts.length, 24)
  })

  test('are held nothing against that had no time to answer before the dial was over', async () => {
    for (const [withinMs, observed] of [
      [500, []],
      [1_600, [{ address: A, kind: 'failed' }]],
    ] as const) {
      const scene = dialScene([known(A), known(B)])
      const { ended, outcome } = begin(scene, { withinMs })
      await scene.clock.advance(withinMs)
      await ended
      assert.deepEqual(addressesOf(scene), [A, B])
      assert.equal(reportOf(outcome.error).attempts.length, 2)
      assert.deepEqual(scene.observed, observed)
    }
  })

  test('are no more than twenty-five of ten thousand, and each is tried once', async () => {
    const scene = dialScene(
      Array.from({ length: 10_000 }, (_, at) => known(`/ip4/${1 + (at >> 8)}.${at & 255}.1.1/tcp/4431`)),
    )
    const { outcome, ended } = begin(scene)
    for (let at = 0; at < 30; at++) {
      await settle(3)
      scene.dials.at(-1)?.fail()
    }
    await ended
    assert.equal(scene.dials.length, 25)
    assert.equal(new Set(addressesOf(scene)).size, 25)
    const { leftOut, attempts } = reportOf(outcome.error)
    assert.equal(attempts.length, 25)
    assert.ok(leftOut.length <= 50)
  })
})

describe('the policy that is there from the start', () => {
  test('falls back on everything else where there is neither a typed-in address nor a certified one', async () => {
    const scene = dialScene([known(A, ['broadcast'])])
    const { outcome, ended } = begin(scene)
    await settle()
    scene.dials[0]?.answer()
    await ended
    assert.equal(outcome.reached?.attempts[0]?.stage, 1)
  })

  test('falls back at once where those have failed', async () => {
    const scene = dialScene([known(A, ['dht']), known(B, ['user']), known(C, ['certified'])])
    begin(scene)
    await settle()
    scene.dials[0]?.fail()
    await settle()
    scene.dials[1]?.fail()
    await settle()
    assert.deepEqual(addressesOf(scene), [B, C, A])
  })

  test('falls back after three seconds where those say nothing', async () => {
    const scene = dialScene([known(A, ['exchange']), known(C, ['certified'])])
    begin(scene)
    await scene.clock.advance(2_999)
    assert.deepEqual(addressesOf(scene), [C])
    await scene.clock.advance(1)
    assert.deepEqual(addressesOf(scene), [C, A])
    assert.equal(scene.dials[0]?.signal.aborted, false)
  })
})

describe('addresses that become known meanwhile', () => {
  test('join a dial that is under way', async () => {
    const scene = dialScene([known(A)])
    const { outcome, ended } = begin(scene)
    await scene.clock.advance(1_000)
    scene.set([known(A), known(B)])
    await settle()
    assert.deepEqual(addressesOf(scene), [A, B])
    scene.dials[1]?.answer()
    await ended
    assert.deepEqual(results(outcome.reached?.attempts ?? []), [
      [A, 0, 'slower'],
      [B, 1_000, 'reached'],
    ])
  })

  test('join in their place: a certified one before those that wait', async () => {
    const scene = dialScene([known(A, ['dht']), known(B, ['broadcast'])])
    begin(scene)
    await settle()
    scene.set([known(A, ['dht']), known(B, ['broadcast']), known(C, ['certified'])])
    await scene.clock.advance(250)
    assert.deepEqual(addressesOf(scene), [A, C])
  })

  test('do not join the dial of another peer, nor one whose policy does not take them', async () => {
    const scene = dialScene([known(A)])
    begin(scene, { policy: 'certified-only' })
    await settle()
    scene.set([known(A), known(B, ['broadcast', 'dht', 'exchange', 'identify'])])
    await scene.clock.advance(5_000)
    assert.deepEqual(addressesOf(scene), [A])
  })

  test('are looked for elsewhere when those that are known have led nowhere for two seconds, and only then', async () => {
    let asked = 0
    const seek = () => {
      asked++
      return Promise.resolve()
    }
    const scene = dialScene([known(A)], { seek })
    const [one, other] = [begin(scene), begin(scene, { seek: false, policy: 'any' })]
    await scene.clock.advance(1_999)
    assert.equal(asked, 0)
    await scene.clock.advance(1)
    assert.equal(asked, 1)
    scene.dials[0]?.fail()
    await Promise.all([one.ended, other.ended])
    assert.equal(asked, 1)
    assert.match(String(one.outcome.error), /ECONNREFUSED/)
  })

  test('are waited for while others are asked where the peer is', async () => {
    const asked = Promise.withResolvers<void>()
    const scene = dialScene([], { seek: () => asked.promise })
    const { outcome, ended } = begin(scene)
    await scene.clock.advance(3_000)
    scene.set([known(A)])
    await settle()
    scene.dials[0]?.fail()
    await settle()
    assert.deepEqual(outcome, {})
    asked.resolve()
    await ended
    assert.match(String(outcome.error), /ECONNREFUSED/)
  })
})

describe('two dials to one peer at the same time', () => {
  test('are one where their policy is the same, which goes on until nobody waits for it', async () => {
    const scene = dialScene([known(A)])
    const [one, other] = [new AbortController(), new AbortController()]
    const first = begin(scene, { signal: one.signal })
    const second = begin(scene, { signal: other.signal })
    await settle()
    assert.equal(scene.dials.length, 1)
    one.abort(new Error('enough'))
    await first.ended
    assert.match(String(first.outcome.error), /enough/)
    assert.equal(scene.dials[0]?.signal.aborted, false)
    other.abort(new Error('enough too'))
    await second.ended
    assert.equal(scene.dials[0]?.signal.aborted, true)
    assert.deepEqual(scene.observed, [])
  })

  test('do not share what only the tolerant one may use', async () => {
    const scene = dialScene([known(A, ['certified']), known(B, ['broadcast'])])
    const tolerant = begin(scene, { policy: 'any' })
    const strict = begin(scene, { policy: 'certified-only' })
    await scene.clock.advance(250)
    // the certified address is dialled once for both
    assert.deepEqual(addressesOf(scene), [A, B])
    const loose = scene.dials[1]?.answer()
    await tolerant.ended
    assert.equal(tolerant.outcome.reached?.connection, loose)
    assert.deepEqual(strict.outcome, {})
    assert.equal(scene.dials[0]?.signal.aborted, false, 'the strict one still waits for it')
    const good = scene.dials[0]?.answer()
    await strict.ended
    assert.equal(strict.outcome.reached?.connection, good)
    assert.deepEqual([loose?.status, good?.status], ['open', 'open'])
  })

  test('fail for the strict one although the tolerant one has a connection', async () => {
    const scene = dialScene([known(B, ['broadcast'])])
    const tolerant = begin(scene, { policy: 'any' })
    await settle()
    scene.dials[0]?.answer()
    await tolerant.ended
    const strict = begin(scene, { policy: 'certified-only' })
    await strict.ended
    const { attempts, leftOut } = reportOf(strict.outcome.error)
    assert.deepEqual(attempts, [])
    assert.deepEqual(
      leftOut.map(({ address }) => address.toString()),
      [B],
    )
  })
})

describe('a connection that is there', () => {
  const cases = [
    ['over a certified address', A, 'certified-only', true],
    ['over an address that only strangers have told', B, 'certified-only', false],
    ['over an address that only strangers have told', B, 'default', true],
    ['that came in from a port that nobody knows', '/ip4/7.7.7.7/tcp/50123', 'certified-only', false],
    ['that came in from a port that nobody knows', '/ip4/7.7.7.7/tcp/50123', 'any', true],
  ] as const
  test('A13 is given to a strict caller only over an address that its policy takes', async () => {
    for (const [what, address, policy, isUsed] of cases) {
      const scene = dialScene([known(A), known(B, ['broadcast'])])
      const connection = fakeConnection(address)
      scene.connections.push(connection)
      const { outcome } = begin(scene, { policy })
      await settle()
      assert.equal(outcome.reached?.connection === connection, isUsed, `${what}, by ${policy}`)
      assert.equal(outcome.reached?.reused, isUsed ? true : undefined)
      assert.deepEqual(addressesOf(scene), isUsed ? [] : [A])
      scene.dialler.stop()
    }
  })

  test('is not given to anybody when it is closed', async () => {
    const scene = dialScene([known(A)])
    const connection = fakeConnection(A)
    connection.status = 'closed'
    scene.connections.push(connection)
    begin(scene)
    await settle()
    assert.equal(scene.dials.length, 1)
  })
})

describe('an address', () => {
  test('of another peer is told as that, and its connection is not kept', async () => {
    const scene = dialScene([known(A)])
    const { outcome, ended } = begin(scene)
    await settle()
    const wrong = scene.dials[0]?.answer(OTHER_PEER)
    await ended
    assert.equal(reportOf(outcome.error).attempts[0]?.result.kind, 'other-peer')
    assert.equal(wrong?.status, 'aborted')
    assert.deepEqual(scene.observed, [{ address: A, kind: 'failed' }])
  })

  test('of our own is not dialled', async () => {
    const scene = dialScene([known('/ip4/8.8.4.4/tcp/4431')])
    const { outcome, ended } = begin(scene)
    await ended
    assert.equal(reportOf(outcome.error).attempts[0]?.result.kind, 'ourselves')
    assert.deepEqual([scene.dials, scene.observed], [[], []])
  })

  test('over a relay, by an unknown protocol, or with a name that is none, is left out and told', async () => {
    const scene = dialScene([
      known(`${A}/p2p/${OTHER_PEER.toString()}/p2p-circuit`, ['certified'], {}, 'relay'),
      known('/ip4/1.1.1.1/udp/4431/quic-v1'),
      known('/dns4/a_b-.example/tcp/443/tls/ws'),
      known('/dnsaddr/boot.example.org', ['broadcast']),
    ])
    const { outcome, ended } = begin(scene)
    await ended
    assert.equal(scene.dials.length, 0)
    const { leftOut } = reportOf(outcome.error)
    assert.equal(leftOut.length, 4)
    assert.match(String(outcome.error), /the policy default takes no known address/)
  })

  test('of a class that others may not name is dialled only where a person has typed it in', async () => {
    const home = '/ip4/192.168.1.7/tcp/4431'
    const scene = dialScene([known(home, ['certified'], {}, 'private')])
    const { outcome, ended } = begin(scene)
    await ended
    assert.match(reportOf(outcome.error).leftOut[0]?.why ?? '', /others may not send us to a private address/)
    scene.set([known(home, ['user'], {}, 'private')])
    begin(scene)
    await settle()
    assert.deepEqual(scene.trusted, [home])
    assert.deepEqual(addressesOf(scene), [home])
  })

  test('in a network that others have named often is held back, as is a port of other programs; what a person typed in is not', async () => {
    const scene = dialScene(Array.from({ length: 8 }, (_, at) => known(`/ip4/5.5.5.${at}/tcp/4431`)))
    const { outcome, ended } = begin(scene)
    for (let at = 0; at < 9; at++) {
      await settle(3)
      scene.dials.at(-1)?.fail()
    }
    await ended
    assert.equal(scene.dials.length, 6)
    assert.deepEqual(
      reportOf(outcome.error)
        .attempts.slice(6)
        .map(({ result }) => result.kind),
      ['held-back', 'held-back'],
    )
    scene.set([known('/ip4/6.6.6.6/tcp/22', ['certified']), known('/ip4/5.5.5.9/tcp/22', ['user'])])
    begin(scene)
    await scene.clock.advance(1_000)
    assert.deepEqual(addressesOf(scene).slice(6), ['/ip4/5.5.5.9/tcp/22'])
    assert.equal(scene.dialler.plan(PEER).leftOut[0]?.why, 'its port is one of other programs')
  })

  test('of strangers takes no dial from one that a person asks for, nor from one that has worked', async () => {
    const scene = dialScene([])
    // each /24 is dialled once, until what there is for all that is heard of is used up
    let held = 0
    for (let at = 0; at < 130; at++) {
      scene.set([known(`/ip4/20.1.${at}.1/tcp/4431`)])
      const { ended, outcome } = begin(scene)
      await settle(3)
      scene.dials[at]?.fail()
      await ended
      if (!String(outcome.error).includes('heard of were dialled often enough for now')) continue
      held++
    }
    assert.deepEqual([scene.dials.length, held], [120, 10])
    scene.set([known('/ip4/30.1.1.1/tcp/4431')])
    begin(scene, { cause: 'asked' })
    await settle()
    scene.set([known('/ip4/40.1.1.1/tcp/4431', ['certified'], { lastSuccessMs: NOW })], OTHER_PEER)
    void scene.dialler.dial(OTHER_PEER).catch(() => undefined)
    await settle()
    assert.deepEqual(addressesOf(scene).slice(120), ['/ip4/30.1.1.1/tcp/4431', '/ip4/40.1.1.1/tcp/4431'])
  })

  test('is held nothing against while this computer has no network, but for one on this computer', async () => {
    const scene = dialScene([known(A), known('/ip4/127.0.0.1/tcp/4431', ['user'], {}, 'loopback')], {
      hasNetwork: () => false,
    })
    const { ended } = begin(scene)
    await settle()
    scene.dials[0]?.fail()
    await settle()
    scene.dials[1]?.fail()
    await ended
    assert.deepEqual(scene.observed, [{ address: '/ip4/127.0.0.1/tcp/4431', kind: 'failed' }])
  })
})

describe('a dial', () => {
  test('of the node itself, or with a policy that nobody has, is refused', async () => {
    const { dialler } = dialScene()
    await assert.rejects(dialler.dial(OURS), /this peer is the node itself/)
    await assert.rejects(dialler.dial(PEER, { policy: 'all' }), /there is no dial policy "all"/)
  })

  test('of a peer without addresses says so', async () => {
    const { dialler } = dialScene()
    await assert.rejects(dialler.dial(PEER), /no address of 12D3KooW\S+ is known/)
  })

  test('ends when the node stops', async () => {
    const scene = dialScene([known(A)])
    const { outcome, ended } = begin(scene)
    await settle()
    scene.dialler.stop()
    await ended
    assert.match(String(outcome.error), /the node stops/)
    assert.equal(scene.dials[0]?.signal.aborted, true)
    assert.equal(scene.clock.sleeping, 0)
    await assert.rejects(scene.dialler.dial(PEER), /the node stops/)
  })

  test('A7 is refused while two hundred are under way', async () => {
    const scene = dialScene([known(A)])
    const begun = Array.from({ length: 200 }, (_, at) => begin(scene, { withinMs: 10_000 + at }))
    await assert.rejects(scene.dialler.dial(PEER), /too many peers are being dialled/)
    // the address is dialled once for all of them
    assert.equal(scene.dials.length, 1)
    scene.dialler.stop()
    await Promise.all(begun.map(({ ended }) => ended))
  })

  test('takes no connection that came too late', async () => {
    const scene = dialScene([known(A), known(B)])
    const { ended } = begin(scene)
    await scene.clock.advance(250)
    const [late, good] = [scene.dials[0]?.answer(), scene.dials[1]?.answer()]
    await ended
    await settle()
    assert.deepEqual(new Set([late?.status, good?.status]), new Set(['aborted', 'open']))
  })

  test('A13 by certified-only never dials a forged address, whatever becomes known and fails', async () => {
    const scene = dialScene([known(A, ['certified'])])
    const { outcome, ended } = begin(scene, { policy: 'certified-only' })
    await settle()
    scene.set([
      known(A, ['certified'], { failures: 9, failingSinceMs: NOW - 9 * DAY_MS }),
      ...(['identify', 'exchange', 'dht', 'broadcast', 'observed', 'user'] as const).map((from, at) =>
        known(`/ip4/6.6.${at}.6/tcp/4431`, [from]),
      ),
    ])
    scene.dials[0]?.fail()
    await scene.clock.advance(20_000)
    await ended
    assert.deepEqual(addressesOf(scene), [A])
    assert.equal(reportOf(outcome.error).leftOut.length, 6)
  })

  test('has a plan that can be shown without dialling', () => {
    const scene = dialScene([known(A, ['broadcast']), known(B, ['certified'])])
    const { placed } = scene.dialler.plan(PEER, NAMED.default)
    assert.deepEqual(
      placed.map(({ known: { address } }) => address),
      [multiaddr(B), multiaddr(A)],
    )
    assert.equal(scene.dials.length, 0)
  })
})
