// The look at the zone's DNS servers before the CA is told: each of them, over UDP and TCP, within a bounded time.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { systemClock } from '../../core/clock.ts'
import { createPreCheck, queryAddress } from '../../servers/dns/pre-check.ts'
import { startNetwork, converse, countedCa, createClient, isProblem, leftovers } from '../support/network.ts'
import { startTxtResponder, type TxtResponder } from '../support/txt-responder.ts'
import { createTxtZone, type TxtZone } from '../support/txt-zone.ts'

const PEER = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'
const NAME = '_acme-challenge.p1.nt.example.net'

describe('where a DNS server is asked', () => {
  for (const [what, server, expected] of [
    ['as configured', { control: `/ip4/10.0.0.1/tcp/1/p2p/${PEER}`, query: '192.0.2.1:5353' }, '192.0.2.1:5353'],
    [
      'as configured, by IPv6',
      { control: `/ip4/10.0.0.1/tcp/1/p2p/${PEER}`, query: '[2001:db8::1]:53' },
      '2001:db8::1:53',
    ],
    ['beside its control address', { control: `/ip4/203.0.113.7/tcp/25891/p2p/${PEER}` }, '203.0.113.7:53'],
    [
      'beside its control address, by name',
      { control: `/dns4/ns2.example.net/tcp/1/p2p/${PEER}` },
      'ns2.example.net:53',
    ],
  ] as const) {
    it(what, () => {
      const { host, port } = queryAddress(server)
      assert.equal(`${host}:${port}`, expected)
    })
  }
})

describe('the pre-check of a server', () => {
  let zone: TxtZone
  let responder: TxtResponder

  beforeEach(async () => {
    zone = createTxtZone()
    responder = await startTxtResponder(zone)
  })

  afterEach(() => responder.close())

  const check = (query: string, withinMs = 300) =>
    createPreCheck({ servers: [{ control: '', query }], withinMs, clock: systemClock })(
      NAME,
      'value',
      new AbortController().signal,
    )

  it('that answers over UDP alone names TCP', async () => {
    await zone.set(NAME, 'value', undefined)
    await assert.rejects(check(`127.0.0.1:${responder.port}`), {
      name: 'DnsServerError',
      message: new RegExp(`127.0.0.1:${responder.port} does not show the value of ${NAME} over TCP.*ECONNREFUSED`),
    })
  })

  it('that has another value names UDP', async () => {
    await zone.set(NAME, 'old', undefined)
    await assert.rejects(check(`127.0.0.1:${responder.port}`), { message: /over UDP .*1 other values/ })
  })

  it('ends with the signal', async () => {
    const gone = new AbortController()
    const servers = [{ control: '', query: `127.0.0.1:${responder.port}` }]
    const checking = createPreCheck({ servers, withinMs: 60_000, clock: systemClock })(NAME, 'value', gone.signal)
    gone.abort(new Error('the client went away'))
    await assert.rejects(checking, /went away/)
  })
})

describe('an order in a zone with two DNS servers', () => {
  const stale = createTxtZone()
  let responder: TxtResponder

  before(async () => {
    responder = await startTxtResponder(stale)
  })

  after(() => responder.close())

  it('is not shown to the CA while one of them is stale, and the client hears which', async () => {
    let told = 0
    const { startCa, ca } = countedCa({
      before({ path }) {
        if (path.includes('/challenge/')) told += 1
        return undefined
      },
    })
    const network = await startNetwork({
      startCa,
      issue: { dnsWaitMs: 300 },
      moreDnsServers: ({ control }) => [{ control, query: `127.0.0.1:${responder.port}` }],
    })
    const client = await createClient()
    try {
      const refusal = isProblem(
        'DNS_UNAVAILABLE',
        new RegExp(`127.0.0.1:${responder.port} .* over UDP`),
        ({ retryAfterMs }) => retryAfterMs === 60_000,
      )
      await assert.rejects(converse(client.host, network), refusal)
      assert.equal(told, 0, 'no failed validation was spent')
      assert.equal(ca().issued().length, 0)
      assert.deepEqual(await leftovers(network, client.host), { txt: [], open: [] })
    } finally {
      await client.stop()
      await network.stop()
    }
  })

  it('is shown to the CA when both have the value', async () => {
    const network = await startNetwork({ moreDnsServers: (own) => [own] })
    const client = await createClient()
    try {
      assert.match((await converse(client.host, network)).certificate.chain, /BEGIN CERTIFICATE/)
    } finally {
      await client.stop()
      await network.stop()
    }
  })
})
