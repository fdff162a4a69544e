// Renewals by the issue server: the CA hears which certificate is replaced, and clients hear when the CA would like to see
// the next renewal.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { certId } from '../../core/x509/index.ts'
import { createRenewalWindows } from '../../servers/issue/renewal.ts'
import { openSqliteLedger } from '../../servers/store/sqlite-ledger.ts'
import { manualClock, type ManualClock } from '../support/manual-clock.ts'
import { askRenewal, converse, countedCa, createClient, isProblem, startNetwork } from '../support/network.ts'
import type { CaAnswer, CaRequest, Faults } from '../../servers/ca/http.ts'
import type { Ledger, StoredWindow } from '../../servers/store/store.ts'

const DAY_MS = 24 * 3_600_000

/** What a new order says it replaces; undefined for other requests and orders that replace nothing. */
function replacesOf({ path, body }: CaRequest): string | undefined {
  if (!path.endsWith('/new-order')) return undefined
  const payload = Buffer.from(JSON.parse(body).payload, 'base64url').toString('utf8')
  return JSON.parse(payload).replaces
}

async function withNetwork(
  faults: Faults,
  work: (
    network: Awaited<ReturnType<typeof startNetwork>>,
    client: Awaited<ReturnType<typeof createClient>>,
    issued: () => number,
  ) => Promise<void>,
): Promise<void> {
  const { startCa, ca } = countedCa(faults)
  const network = await startNetwork({ startCa, acme: { pollFirstMs: 20 } })
  const client = await createClient()
  try {
    await work(network, client, () => ca().issued().length)
  } finally {
    await client.stop()
    await network.stop()
  }
}

describe('an order for names that have a certificate', () => {
  it('says which one it replaces, each the one before', async () => {
    const replaced: (string | undefined)[] = []
    const before = (request: CaRequest) => {
      if (request.path.endsWith('/new-order')) replaced.push(replacesOf(request))
      return undefined
    }
    await withNetwork({ before }, async (network, client) => {
      const chains: string[] = []
      for (let round = 0; round < 3; round++) chains.push((await converse(client.host, network)).certificate.chain)
      assert.deepEqual(replaced, [undefined, certId(chains[0] ?? ''), certId(chains[1] ?? '')])
    })
  })

  for (const [status, type] of [
    [404, 'malformed'],
    [409, 'alreadyReplaced'],
    [403, 'unauthorized'],
    [400, 'malformed'],
  ] as const) {
    it(`is made once more without that where the CA answers ${status} ${type}`, async () => {
      let refused = 0
      const before = (request: CaRequest): CaAnswer | undefined => {
        if (replacesOf(request) === undefined) return undefined
        refused += 1
        const body = { type: `urn:ietf:params:acme:error:${type}`, detail: 'not so', status }
        return { status, headers: { 'content-type': 'application/problem+json' }, body }
      }
      await withNetwork({ before }, async (network, client, issued) => {
        await converse(client.host, network)
        await converse(client.host, network)
        assert.equal(refused, 1)
        assert.equal(issued(), 2)
      })
    })
  }
})

describe('the renewal protocol', () => {
  it("passes on the CA's window, and asks the CA once for many questions", async () => {
    let asked = 0
    const before = ({ path }: CaRequest) => {
      if (path.includes('/renewal-info/')) asked += 1
      return undefined
    }
    await withNetwork({ before }, async (network, client) => {
      const { certificate } = await converse(client.host, network)
      const id = certId(certificate.chain)
      for (let round = 0; round < 3; round++) {
        const answer = await askRenewal(client.host, network.issue, id)
        assert.equal(answer.renewFromMs, certificate.renewFromMs)
        assert.equal(answer.renewUntilMs, certificate.renewUntilMs)
        assert.ok(answer.askAgainMs >= 60_000 && answer.askAgainMs <= DAY_MS, String(answer.askAgainMs))
      }
      assert.equal(asked, 1)
    })
  })

  it('answers by the usual rule where the CA says nothing about renewals', async () => {
    const after = ({ path }: CaRequest, answer: CaAnswer): CaAnswer => {
      if (!path.endsWith('/directory')) return answer
      const { renewalInfo, ...body } = JSON.parse(JSON.stringify(answer.body))
      assert.ok(renewalInfo)
      return { ...answer, body }
    }
    await withNetwork({ after }, async (network, client) => {
      const { certificate } = await converse(client.host, network, { wanted: [1] })
      const { renewFromMs, renewUntilMs } = await askRenewal(client.host, network.issue, certId(certificate.chain))
      const left = 30 * DAY_MS
      assert.ok(Math.abs(renewFromMs - (Date.now() + 2 * left)) < 3_600_000 * 2, new Date(renewFromMs).toISOString())
      assert.ok(renewUntilMs > renewFromMs)
    })
  })

  it('refuses ids that it does not know, and those of another peer', async () => {
    await withNetwork({}, async (network, client) => {
      const other = await createClient()
      try {
        const id = certId((await converse(client.host, network)).certificate.chain)
        const refusal = isProblem('UNKNOWN_CERTIFICATE', /issued here/)
        await assert.rejects(askRenewal(other.host, network.issue, id), refusal)
        await assert.rejects(askRenewal(client.host, network.issue, ''), refusal)
        await assert.rejects(askRenewal(client.host, network.issue, `${id}AA`), refusal)
      } finally {
        await other.stop()
      }
    })
  })
})

describe('renewal windows', () => {
  const NOW = Date.parse('2026-11-20T12:00:00Z')
  let ledger: Ledger
  let clock: ManualClock
  let asked: number
  let says: StoredWindow

  beforeEach(async () => {
    clock = manualClock(NOW)
    asked = 0
    says = {
      renewFrom: NOW + 60 * DAY_MS,
      renewUntil: NOW + 61 * DAY_MS,
      askAgainAt: NOW + DAY_MS,
      explanationUrl: undefined,
    }
    ledger = openSqliteLedger(':memory:', 'https://ca')
    const work = { csr: Uint8Array.of(1), spki: 'aa', profile: undefined }
    const id = await ledger.openOrder({ peer: 'p1', names: ['a.example'], work, charges: [], at: NOW })
    const facts = { peer: 'p1', names: ['a.example'], spki: 'aa', chainPem: 'pem', certId: 'k.1', account: 'a' }
    await ledger.finishOrder(id, { ...facts, notBefore: NOW, notAfter: NOW + 90 * DAY_MS, ...says }, NOW)
  })

  afterEach(() => ledger.close())

  const windows = () =>
    createRenewalWindows({
      ledger,
      clock,
      async ask() {
        asked += 1
        return { ...says, askAgainAt: clock.now() + DAY_MS }
      },
    })

  it("ask the CA again at the CA's own time, and pass a moved window on", async () => {
    says = { ...says, renewFrom: NOW - DAY_MS, renewUntil: NOW, explanationUrl: 'https://ca/incident' }
    assert.equal((await windows().of('p1', 'k.1')).renewFrom, NOW + 60 * DAY_MS)
    assert.equal(asked, 0)
    clock.set(NOW + DAY_MS)
    const moved = await windows().of('p1', 'k.1')
    assert.equal(moved.renewFrom, NOW - DAY_MS)
    assert.equal(moved.explanationUrl, 'https://ca/incident')
    assert.equal((await ledger.findByCertId('k.1'))?.renewFrom, NOW - DAY_MS, 'a restart remembers')
    await windows().of('p1', 'k.1')
    assert.equal(asked, 1)
  })

  it('ask once for questions at the same time', async () => {
    clock.set(NOW + 2 * DAY_MS)
    const same = windows()
    await Promise.all(Array.from({ length: 20 }, () => same.of('p1', 'k.1')))
    assert.equal(asked, 1)
  })

  it('are asked for when the clock was set back by years', async () => {
    clock.set(NOW - 2_000 * DAY_MS)
    await windows().of('p1', 'k.1')
    assert.equal(asked, 1)
  })

  it('are not told for a certificate that has ended', async () => {
    clock.set(NOW + 90 * DAY_MS)
    await assert.rejects(windows().of('p1', 'k.1'), isProblem('UNKNOWN_CERTIFICATE', /has ended/))
    assert.equal(asked, 0)
  })
})
