// How orders are counted: per account as the CA counts, per peer, machine and network, with a reserve for renewals. The rules with a
// clock moved by hand, then clients of a whole network that hang up wherever they can, at a CA with Let's Encrypt's limits.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import * as v from 'valibot'
import { createResolver } from '../../core/dns/index.ts'
import { splitHostPort } from '../../core/net/host-port.ts'
import { machineOfText, networkOfText } from '../../core/net/network.ts'
import { createCsr } from '../../core/x509/index.ts'
import { parseIp } from '../../proto/ip.ts'
import { ISSUE_PROTOCOL, MAX_MESSAGE_BYTES } from '../../proto/protocols.ts'
import { sealProof } from '../../core/records/proof.ts'
import { wireStream } from '../../proto/wire/codec.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { type Ca, createCa } from '../../servers/ca/ca.ts'
import { LETS_ENCRYPT_LIMITS } from '../../servers/ca/limits.ts'
import { ServersConfig } from '../../servers/config.ts'
import { createOrderLimits, type Orderer, type OrderLimits } from '../../servers/issue/order-limits.ts'
import { fairShare } from '../../core/fair-share.ts'
import { createNetworkRate, MAX_NETWORKS } from '../../servers/quota/network-rate.ts'
import { openSqliteLedger } from '../../servers/store/sqlite-ledger.ts'
import { manualClock, type ManualClock } from '../support/manual-clock.ts'
import { converse, createClient, isProblem, keptCsr, roleKey, startNetwork } from '../support/network.ts'
import type { SandboxInit, SandboxNetwork } from '../../servers/sandbox/network.ts'
import type { Ledger } from '../../servers/store/store.ts'
import type { Host } from '../../core/host.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** The section's defaults. */
function budgetSection(changes: Readonly<Record<string, number>> = {}) {
  const config = v.parse(ServersConfig, {
    zone: 'nt.example.net',
    dir: '.',
    issue: {
      listen: ['/ip4/127.0.0.1/tcp/0'],
      proofServers: [{ peer: PEER, addresses: ['/ip4/127.0.0.1/tcp/1'] }],
      dnsServers: [`/ip4/127.0.0.1/tcp/1/p2p/${PEER}`],
      budget: changes,
    },
  })
  assert.ok(config.issue)
  return config.issue.budget
}

const PEER = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'

describe('A6 the share of one network', () => {
  it('is what the operator gives it where nobody else asks, and never less than one place', () => {
    let used = 0
    while (used < fairShare({ own: 10, all: 40, used })) used++
    assert.equal(used, 10)
    assert.equal(fairShare({ own: 10, all: 40, used: 40 }), 1)
    assert.equal(fairShare({ own: 1e6, all: 40, used: 40 }), 1e6)
    assert.equal(fairShare({ own: 2, all: 40, used: 3 }), 2)
  })

  it('leaves places to newcomers, however many networks take all that they can', () => {
    for (const networks of [1, 2, 4, 10, 32, 100]) {
      const held = Array.from({ length: networks }, () => 0)
      let used = 0
      for (let round = 0; round < 30; round++) {
        for (const [network, own] of held.entries()) {
          if (own + 1 > fairShare({ own: 30, all: 240, used })) continue
          held[network] = own + 1
          used++
        }
      }
      assert.ok(used < 240, `${networks} networks use ${used}`)
    }
  })
})

describe('A6 orders', () => {
  let clock: ManualClock
  let ledger: Ledger
  let limits: OrderLimits

  beforeEach(() => {
    clock = manualClock()
    ledger = openSqliteLedger(':memory:', 'https://ca.example')
    limits = make()
  })

  const make = (changes: Readonly<Record<string, number>> = {}) =>
    createOrderLimits({ section: budgetSection(changes), ledger, clock })

  const orderer = (peer: number, address: string, kind: Orderer['kind'] = 'new'): Orderer => ({
    peer: `peer-${peer}`,
    names: [`p${peer}.nt.example.net`, `*.p${peer}.nt.example.net`],
    networks: [networkOfText(address)],
    machines: [machineOfText(address)],
    kind,
  })

  /** Takes as many as there are, each for another peer. */
  const takeAll = async (addresses: (peer: number) => string, peers: number): Promise<number> => {
    let taken = 0
    for (let peer = 0; peer < peers; peer++) {
      const got = await limits.take(orderer(peer, addresses(peer))).then(
        () => true,
        () => false,
      )
      if (got) taken++
    }
    return taken
  }

  it('of one peer end after six in three hours, and the refusal says until when', async () => {
    for (let order = 0; order < 6; order++) await limits.take(orderer(1, `203.0.${order}.7`))
    let wait = 0
    await assert.rejects(
      limits.take(orderer(1, '203.0.113.7')),
      isProblem('RATE_LIMIT', /this peer.*about 30 minutes/, ({ retryAfterMs = 0 }) => (wait = retryAfterMs) > 0),
    )
    await clock.advance(wait)
    await limits.take(orderer(1, '203.0.113.7'))
  })

  it('of one network are thirty at most, of one address half of them', async () => {
    assert.equal(await takeAll(() => '203.0.113.7', 100), 15)
    await limits.take(orderer(1_000, '203.0.113.8'))
    const taken = await takeAll((peer) => `198.51.100.${peer % 250}`, 200)
    assert.ok(taken > 25 && taken <= 30, `${taken} orders`)
  })

  it('of a newcomer from a quiet network are taken after any attack from a hundred networks, and renewals as well', async () => {
    const taken = await takeAll((peer) => `10.0.${peer % 100}.${peer % 250}`, 3_000)
    assert.ok(taken < 240, `${taken} orders`)
    await limits.take(orderer(9_999, '203.0.113.7'))
    for (let peer = 0; peer < 20; peer++) await limits.take(orderer(peer + 5_000, `192.0.${peer}.7`, 'renewal'))
  })

  it('for renewals have a part of the account that new names cannot use', async () => {
    limits = make({ orders: 10, ordersPerNetwork: 100, ordersPerPeer: 100 })
    assert.equal(await takeAll((peer) => `10.0.${peer}.1`, 50), 8)
    await assert.rejects(limits.check(orderer(60, '10.1.0.1')), isProblem('RATE_LIMIT', /kept for renewals/))
    await limits.take(orderer(61, '10.1.1.1', 'renewal'))
    await limits.take(orderer(62, '10.1.2.1', 'renewal'))
    await assert.rejects(limits.take(orderer(63, '10.1.3.1', 'renewal')), isProblem('RATE_LIMIT', /all the orders/))
    await limits.take(orderer(64, '10.1.4.1', 'free'))
  })

  it('of a network’s new peers do not use up the renewals of its others', async () => {
    await takeAll((peer) => `203.0.113.${peer % 250}`, 200)
    for (let peer = 0; peer < 10; peer++) await limits.take(orderer(peer + 500, '203.0.113.7', 'renewal'))
  })

  it('of a peer that renews again and again end as well, so that it cannot use up the reserve', async () => {
    for (let order = 0; order < 6; order++) await limits.take(orderer(1, '203.0.113.7', 'free'))
    await assert.rejects(limits.take(orderer(1, '203.0.113.7', 'renewal')), isProblem('RATE_LIMIT', /this peer/))
  })

  it('that surely never reached the CA are given back to the account, not to the peer and its network', async () => {
    limits = make({ orders: 10, newOrdersShare: 1, ordersPerPeer: 2 })
    for (let order = 0; order < 2; order++) {
      await limits.take(orderer(1, '203.0.113.7'))
      await limits.giveBack(orderer(1, '203.0.113.7'))
    }
    assert.deepEqual(await limits.state(), { used: 0, limit: 10 })
    await assert.rejects(limits.take(orderer(1, '203.0.113.7')), isProblem('RATE_LIMIT', /this peer/))
  })

  it('are remembered over a restart, and as nothing after three hours', async () => {
    assert.equal(await takeAll(() => '203.0.113.7', 100), 15)
    limits = make()
    await assert.rejects(limits.take(orderer(900, '203.0.113.7')), isProblem('RATE_LIMIT', /this address/))
    await clock.advance(3 * HOUR_MS)
    assert.deepEqual(await limits.state(), { used: 0, limit: 300 })
    assert.equal(await takeAll(() => '203.0.113.7', 100), 15)
  })

  it('for a name end after five failed validations in an hour, for its wildcard too', async () => {
    const one = orderer(1, '203.0.113.7')
    for (let failure = 0; failure < 5; failure++) await limits.countFailure('*.p1.nt.example.net')
    await assert.rejects(limits.check(one), isProblem('RATE_LIMIT', /could not validate.*about 12 minutes/))
    await limits.check(orderer(2, '203.0.113.7'))
    await clock.advance(12 * MINUTE_MS)
    await limits.take(one)
  })
})

describe('A6 conversations', () => {
  it('cost their network something each, and others nothing', async () => {
    const clock = manualClock()
    const rate = createNetworkRate({ count: 3, windowMs: 10 * MINUTE_MS }, clock)
    for (let attempt = 0; attempt < 3; attempt++) assert.equal(rate('203.0.113.0/24'), 0)
    assert.ok(rate('203.0.113.0/24') > 0)
    assert.equal(rate('198.51.100.0/24'), 0)
    await clock.advance(10 * MINUTE_MS)
    assert.equal(rate('203.0.113.0/24'), 0)
  })

  it('A7 are counted for so many networks and no more', () => {
    const rate = createNetworkRate({ count: 3, windowMs: MINUTE_MS }, manualClock())
    for (let network = 0; network < MAX_NETWORKS + 500; network++) rate(`network ${network}`)
    assert.equal(rate.size(), MAX_NETWORKS)
  })
})

/** An order takes as long as at a public CA, so that there is a moment in which the client can hang up. */
const NEW_ORDER_MS = 60

describe('A6 who hangs up', () => {
  let network: SandboxNetwork
  let ca: Ca

  const startCa: NonNullable<SandboxInit['startCa']> = async (dns, dir) => {
    ca = createCa({
      ...{ dir: join(dir, 'ca'), resolver: createResolver({ servers: [splitHostPort(dns)] }) },
      ...{ limits: LETS_ENCRYPT_LIMITS, registeredDomain: () => 'sandbox.nodetrust.test' },
      faults: {
        async after({ path }, answer) {
          if (/new-?order/i.test(path)) await new Promise((resolve) => setTimeout(resolve, NEW_ORDER_MS))
          return answer
        },
      },
    })
    const { directoryUrl, rootPath = '' } = await ca.start()
    return { directory: directoryUrl, root: rootPath, trustAnchor: rootPath, stop: () => ca.stop() }
  }

  before(async () => {
    // what an operator has who sets nothing
    const issue = { budget: {}, queue: {}, addressClasses: ['public'] }
    network = await startNetwork({ issue, startCa, week: { newCertificates: 50 } })
  })

  after(() => network.stop())

  /** All that the CA was ever asked for, whatever became of them. */
  const orders = () => Object.values(ca.stats().orders).reduce((sum, count) => sum + count, 0)

  const proofOf = async (host: Host, text: string): Promise<Uint8Array> => {
    const address = parseIp(text)
    assert.ok(address)
    const key = await roleKey(network, 'proof')
    return sealProof({ timestampMs: Date.now(), peer: host.peerId, addresses: [address] }, key)
  }

  /** A conversation that ends with a reset when a step is told. @returns what the server refused it with, or that it was broken off */
  const hangUp = async (host: Host, address: string, at: string): Promise<string> => {
    const proof = await proofOf(host, address)
    const stream = await host.dialProtocol(multiaddr(network.issue), ISSUE_PROTOCOL)
    const wire = wireStream(stream, { maxBytes: MAX_MESSAGE_BYTES.issueFromServer })
    try {
      await wire.write(nodetrust.IssueClientMessage, {
        request: { proofs: [proof], keyAlgorithms: [nodetrust.KeyAlgorithm.ECDSA_P256], wanted: [1], profile: '' },
      })
      const { grant, problem } = await wire.read(nodetrust.IssueServerMessage)
      if (!grant) return problem?.message ?? 'no grant'
      const { csr } = await createCsr({ names: grant.names ?? [] })
      await wire.write(nodetrust.IssueClientMessage, { csr: { der: csr } })
      for (;;) {
        const message = await wire.read(nodetrust.IssueServerMessage)
        if (message.problem) return message.problem.message ?? 'refused'
        if (message.certificate) return 'certificate'
        if (message.progress?.step === at) return 'broken off'
      }
    } finally {
      stream.abort(new Error('goes away'))
    }
  }

  const get = async (address: string): Promise<string> => {
    const client = await createClient()
    try {
      const proofs = [await proofOf(client.host, address)]
      return (await converse(client.host, network, { proofs, wanted: [1], csr: keptCsr() })).certificate.chain
    } finally {
      await client.stop()
    }
  }

  it('at any step, again and again, costs the CA six orders and then hears until when', async () => {
    const ordersBefore = orders()
    const client = await createClient()
    try {
      const steps = ['account', 'order', 'challenge-set', 'account', 'challenge-told', 'order', 'account']
      const said: string[] = []
      for (let round = 0; round < 3; round++)
        for (const step of steps) said.push(await hangUpWhenFree(client.host, step))
      assert.ok(orders() - ordersBefore <= 6, `${orders() - ordersBefore} orders`)
      assert.match(said.at(-1) ?? '', /this peer.*there is room in about/)
    } finally {
      await client.stop()
    }
    assert.match(await get('203.0.112.9'), /BEGIN CERTIFICATE/)
    // neither is a neighbour held responsible for it, for whatever the peer left undone
    assert.match(await get('8.8.8.200'), /BEGIN CERTIFICATE/)
  })

  /** The order before ends a little after its client has gone. */
  const hangUpWhenFree = async (host: Host, step: string): Promise<string> => {
    for (;;) {
      const said = await hangUp(host, '8.8.8.8', step)
      if (!/under way/.test(said)) return said
    }
  }

  it('from four networks with as many peers as it likes holds no place of the week', async () => {
    const ordersBefore = orders()
    const clients: Awaited<ReturnType<typeof createClient>>[] = []
    try {
      // one after the other: so many handshakes at once take a slow machine longer than a handshake may take
      for (let count = 0; count < 16; count++) {
        const one = await createClient()
        clients.push(one)
        await one.host.dial(multiaddr(network.issue))
      }
      await Promise.all(
        clients.map(async ({ host }, index) => {
          const address = `${20 + (index % 4)}.1.1.${index + 1}`
          for (const step of ['account', 'order', 'challenge-set']) await hangUp(host, address, step)
        }),
      )
    } finally {
      await Promise.all(clients.map((client) => client.stop()))
    }
    assert.ok(orders() - ordersBefore <= 48, `${orders() - ordersBefore} orders`)
    assert.match(await get('91.10.20.30'), /BEGIN CERTIFICATE/)
    assert.match(await get('2a0b:beef::7'), /BEGIN CERTIFICATE/)
  })
})
