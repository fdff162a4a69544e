// How reachability goes about its work: what it asks whom, what it remembers, and how it ends. What real routers and servers
// answer is tried in namespaces.test.ts; here nothing leaves the machine.
import assert from 'node:assert/strict'
import { type TestContext, describe, test } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { ListenError } from '../../core/host.ts'
import { silentLog } from '../../core/log.ts'
import { createReachability, type Reachability, type ReachabilityInit } from '../../main/reachability/reachability.ts'
import type { OutsideServer } from '../../main/reachability/links.ts'
import { NO_ROUTER, type RouterAnswer } from '../../main/reachability/router/port-mapper.ts'
import { manualClock, settle, startHost, until } from '../main/support.ts'
import type { OutsideView } from '../../main/node/node-host.ts'

const PUBLIC = multiaddr('/ip4/8.8.4.4/tcp/4431')
const never = new AbortController().signal
const MINUTE_MS = 60_000

const MAPPED: RouterAnswer = {
  ...NO_ROUTER,
  outcome: 'mapped',
  externalIp: '8.8.8.8',
  mappings: [{ protocol: 'upnp', external: 24_430, internal: 4_430, expires: undefined }],
}

interface Scene {
  readonly reachability: Reachability
  readonly clock: ReturnType<typeof manualClock>
  /** Ports that the router was asked for. */
  readonly asked: (readonly number[])[]
  readonly outside: OutsideView[]
  readonly counts: { servers: number; released: number; probes: number }
  router: () => Promise<RouterAnswer>
}

async function scene(
  t: TestContext,
  init: Partial<ReachabilityInit> = {},
  probe?: () => Promise<undefined>,
): Promise<Scene> {
  // the gater sees to it that nobody is dialled
  const host = await startHost(t, { connectionGater: { denyDialMultiaddr: () => true } })
  const clock = manualClock()
  const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
  const servers: readonly OutsideServer[] = [{ peer, addresses: [PUBLIC], displayName: 'proof' }]
  const counts = { servers: 0, released: 0, probes: 0 }
  const asked: (readonly number[])[] = []
  const outside: OutsideView[] = []
  const made: Scene = {
    ...{ clock, asked, outside, counts, router: async () => MAPPED },
    reachability: createReachability({
      node: {
        host,
        ports: () => ({ tcp: 4_431, wss: 4_430 }),
        isServed: () => false,
        async openWssProbe() {
          counts.probes++
          return await probe?.()
        },
        useOutside: async (view) => void outside.push(view),
      },
      servers: async () => {
        counts.servers++
        return servers
      },
      mapper: {
        ensure: async (ports) => {
          asked.push(ports)
          return await made.router()
        },
        release: async () => void counts.released++,
      },
      ...{ networkAddresses: [PUBLIC], clock, log: silentLog, localAddresses: () => ['192.168.1.7'] },
      ...init,
    }),
  }
  t.after(() => made.reachability.stop())
  return made
}

describe('reachability', () => {
  test('asks nobody in a network that nobody outside can reach', async (t) => {
    for (const text of ['/ip4/127.0.0.1/tcp/1', '/ip4/192.168.1.9/tcp/1', '/ip6/::1/tcp/1']) {
      const { reachability, asked, counts } = await scene(t, { networkAddresses: [multiaddr(text)] })
      assert.equal((await reachability.check(never)).status, 'local')
      assert.deepEqual([asked.length, counts.servers, counts.probes], [0, 0, 0])
    }
  })

  test('does not know without a network', async (t) => {
    const { reachability, asked } = await scene(t, { networkAddresses: [], servers: async () => [] })
    const { status, reason } = await reachability.check(never)
    assert.deepEqual([status, reason, asked.length], ['unknown', undefined, 0])
  })

  test('does not know while no server answers, or none is known', async (t) => {
    const silent = await scene(t)
    assert.deepEqual(pick(await silent.reachability.check(never)), ['unknown', 'offline'])
    const failing = await scene(t, { servers: async () => Promise.reject(new Error('no issue server')) })
    assert.deepEqual(pick(await failing.reachability.check(never)), ['unknown', 'offline'])
  })

  test('counts the address that others see, public ones only, and announces what leads there', async (t) => {
    const seenAs = async () => [
      { by: 'forge.example.net', address: '8.8.8.8' },
      { by: 'other.example.net', address: '192.168.1.7' },
    ]
    const steps: string[] = []
    const { reachability, outside } = await scene(t, {
      ...{ seenAs, servers: async () => [] },
      onStep: (step) => void (step.step === 'observed' && steps.push(`${step.by} ${step.address}`)),
    })
    const { facts, status } = await reachability.check(never)
    assert.equal(status, 'unknown')
    assert.deepEqual(facts.publicAddresses, ['8.8.8.8'])
    assert.deepEqual(outside.at(-1)?.ips, ['8.8.8.8', '192.168.1.7'])
    assert.equal(steps[0], 'forge.example.net 8.8.8.8')
  })

  test('goes on without those who do not say how they see us', async (t) => {
    const seenAs = async () => Promise.reject(new Error('no answer'))
    const { reachability } = await scene(t, { seenAs, servers: async () => [] })
    assert.deepEqual((await reachability.check(never)).facts.publicAddresses, [])
  })

  test('asks the router for both ports, and announces the one outside', async (t) => {
    const { reachability, asked, outside } = await scene(t)
    const { facts } = await reachability.check(never)
    assert.deepEqual(asked, [[4_430, 4_431]])
    assert.equal(facts.routerExternalIp, '8.8.8.8')
    assert.equal(outside.at(-1)?.wssPort, 24_430)
  })

  test('asks no router for a machine with a public address, or where that is switched off', async (t) => {
    const open = await scene(t, { localAddresses: () => ['8.8.8.8', '10.0.0.1'] })
    await open.reachability.check(never)
    assert.equal(open.asked.length, 0)
    const off = await scene(t, { mapper: undefined })
    assert.equal((await off.reachability.check(never)).facts.router, 'not-asked')
  })

  test('says that another program has the port', async (t) => {
    const { reachability } = await scene(t, {}, () => Promise.reject(new ListenError('in use')))
    assert.deepEqual(pick(await reachability.check(never)), ['unreachable', 'port-taken'])
  })

  test('says that there is no address at all', async (t) => {
    const { reachability, counts } = await scene(t, { localAddresses: () => [] })
    assert.deepEqual(pick(await reachability.check(never)), ['unreachable', 'offline'])
    assert.equal(counts.probes, 0)
  })

  test('remembers its verdict for ten minutes, until something changes or somebody insists', async (t) => {
    const { reachability, counts, clock } = await scene(t)
    const first = await reachability.check(never)
    assert.equal(await reachability.check(never), first)
    assert.equal(reachability.current(), first)
    await clock.advance(9 * MINUTE_MS)
    assert.equal(await reachability.check(never), first)
    await clock.advance(MINUTE_MS)
    const second = await reachability.check(never)
    assert.notEqual(second, first)
    reachability.trigger()
    const third = await reachability.check(never)
    assert.notEqual(third, second)
    assert.notEqual(await reachability.check(never, { fresh: true }), third)
    assert.equal(counts.servers, 4)
  })

  test('remembers nothing of a clock that was set back', async (t) => {
    const { reachability, clock } = await scene(t)
    const first = await reachability.check(never)
    clock.set(clock.now() - MINUTE_MS)
    assert.notEqual(await reachability.check(never), first)
  })

  test('checks once for all who ask at the same time, and goes on when one of them leaves', async (t) => {
    const gate = Promise.withResolvers<RouterAnswer>()
    const made = await scene(t)
    made.router = () => gate.promise
    const leaving = new AbortController()
    const [one, other] = [made.reachability.check(leaving.signal), made.reachability.check(never)]
    await until('the router is asked', () => made.asked.length === 1)
    assert.equal(made.reachability.isChecking(), true)
    leaving.abort(new Error('closed'))
    await assert.rejects(one, /closed/)
    gate.resolve(MAPPED)
    assert.equal((await other).status, 'unknown')
    assert.equal(made.reachability.isChecking(), false)
    assert.equal(made.counts.servers, 1)
  })

  test('tells listeners of a verdict until they have had enough', async (t) => {
    const { reachability } = await scene(t)
    let heard = 0
    const end = reachability.onChange(() => heard++)
    await reachability.check(never)
    end()
    await reachability.check(never, { fresh: true })
    assert.equal(heard, 1)
  })

  test('asks the router again every ten minutes, and checks anew when that says something else', async (t) => {
    const made = await scene(t)
    const { reachability, clock, asked, outside } = made
    await reachability.start()
    const first = await reachability.check(never)
    await clock.advance(10 * MINUTE_MS)
    await settle()
    assert.equal(asked.length, 2)
    made.router = async () => ({
      ...MAPPED,
      mappings: [{ protocol: 'upnp', external: 5, internal: 4_430, expires: 1 }],
    })
    await clock.advance(10 * MINUTE_MS)
    await settle()
    assert.equal(outside.at(-1)?.wssPort, 5)
    assert.equal(reachability.current()?.facts.mappings[0]?.external, 5)
    clock.set(first.checkedAt)
    assert.notEqual((await reachability.check(never)).facts, first.facts)
    assert.equal(asked.length, 4)
  })

  test('gives the ports back when it stops, and stops in time whatever the router does', async (t) => {
    const good = await scene(t)
    await good.reachability.start()
    await good.reachability.check(never)
    await good.reachability.stop()
    assert.equal(good.counts.released, 1)

    const stuck = await scene(t)
    stuck.router = () => new Promise(() => undefined)
    await stuck.reachability.start()
    await until('the router is asked', () => stuck.asked.length === 1)
    const began = performance.now()
    await stuck.reachability.stop()
    assert.ok(performance.now() - began < 3_500)
    assert.equal(stuck.clock.sleeping, 0)
  })

  test('tells its steps in their order', async (t) => {
    const steps: string[] = []
    const { reachability } = await scene(t, { onStep: ({ step }) => void steps.push(step) })
    await reachability.check(never)
    assert.deepEqual(steps, ['addresses', 'router', 'verdict'])
  })
})

function pick({ status, reason }: Awaited<ReturnType<Reachability['check']>>) {
  return [status, reason]
}
