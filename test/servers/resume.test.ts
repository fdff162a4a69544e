// Orders that are cut in the middle: the issue server killed before and after each request to the CA, and each answer of
// the CA lost once. However it is cut, the client that comes back with its key has one certificate, counted at the CA.
import assert from 'node:assert/strict'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { stringify } from 'yaml'
import { ProblemError } from '../../proto/problem.ts'
import { startCommand } from '../support/command.ts'
import { freePorts } from '../support/free-port.ts'
import { converse, countedCa, createClient, keptCsr, leftovers, startNetwork } from '../support/network.ts'
import type { Faults } from '../../servers/ca/http.ts'
import type { SandboxNetwork } from '../../servers/sandbox/network.ts'

const ORDER_TIMEOUT_MS = 20_000

type Client = Awaited<ReturnType<typeof createClient>>

/** Asks until there is a certificate, as a client does; what it is told in between must be worth another try. */
async function persist(client: Client, network: Parameters<typeof converse>[1], csr: ReturnType<typeof keptCsr>) {
  const deadline = AbortSignal.timeout(ORDER_TIMEOUT_MS)
  for (;;) {
    try {
      return await converse(client.host, network, { csr })
    } catch (error) {
      if (error instanceof ProblemError) assert.ok(error.retryAfterMs, error.message)
      deadline.throwIfAborted()
    }
  }
}

async function untilClean(network: Parameters<typeof leftovers>[0], client: Client): Promise<void> {
  const deadline = AbortSignal.timeout(ORDER_TIMEOUT_MS)
  for (;;) {
    const left = await leftovers(network, client.host)
    if (left.txt.length === 0 && left.open.length === 0) return
    if (deadline.aborted) assert.deepEqual(left, { txt: [], open: [] })
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const STEPS = ['new-order', 'authorization', 'challenge', 'order/', 'finalize', 'certificate'] as const
const SIDES = ['before', 'after'] as const

/** Faults that happen so many times, when the test says so. */
function cuts(): {
  readonly faults: Faults
  /** @returns whether all has happened */
  readonly arm: (side: 'before' | 'after', step: string, act?: () => void, times?: number) => () => boolean
} {
  let armed: { readonly side: string; readonly step: string; readonly act: () => void } | undefined
  let left = 0
  const cut = (side: string, path: string): 'drop' | undefined => {
    if (armed?.side !== side || !path.includes(armed.step)) return undefined
    // the order's own address is part of the one of its finalization
    if (armed.step === 'order/' && path.includes('finalize')) return undefined
    const { act } = armed
    left -= 1
    if (left === 0) armed = undefined
    act()
    return 'drop'
  }
  return {
    faults: {
      before: ({ path }) => cut('before', path),
      after: ({ path }, answer) => cut('after', path) ?? answer,
    },
    arm(side, step, act = () => undefined, times = 1) {
      armed = { side, step, act }
      left = times
      return () => armed === undefined
    },
  }
}

describe('an issue server that is killed', () => {
  const { faults, arm } = cuts()
  const { startCa, ca } = countedCa(faults)
  let network: SandboxNetwork
  let dir: string
  let served: Pick<SandboxNetwork, 'zone' | 'dns' | 'dir' | 'acme' | 'issue' | 'proof'>
  let issue: ReturnType<typeof startCommand>

  const start = async (): Promise<void> => {
    issue = startCommand(['serve', 'issue', '--config', join(dir, 'nodetrust.yaml')])
    await issue.line((line) => line.includes('"role":"issue"'))
  }

  before(async () => {
    // the network's own issue server lends its key and is not asked
    network = await startNetwork({ startCa })
    dir = await mkdtemp(join(tmpdir(), 'nodetrust-resume-'))
    await copyFile(join(network.dir, 'issue.key'), join(dir, 'issue.key'))
    const [port] = await freePorts(1)
    const listen = `/ip4/127.0.0.1/tcp/${port}`
    const [address, peer] = network.proof.split('/p2p/')
    const dnsServers = [{ control: network.dnsControl, query: network.dns }]
    const acme = { directory: network.acme, trustAnchor: network.root, pollFirstMs: 50 }
    await writeFile(
      join(dir, 'nodetrust.yaml'),
      stringify({
        ...{ zone: network.zone, dir, log: 'warn' },
        issue: {
          ...{ listen: [listen], addressClasses: ['loopback'], acme, dnsServers },
          proofServers: [{ peer, addresses: [address] }],
        },
      }),
    )
    const issuePeer = network.issue.split('/p2p/')[1]
    served = { ...network, dir, issue: `${listen}/p2p/${issuePeer}` }
    await start()
  })

  after(async () => {
    issue.child.kill('SIGKILL')
    await issue.ended
    await network.stop()
    await rm(dir, { recursive: true, force: true })
  })

  for (const [side, step] of [
    ['after', 'new-order'],
    ['after', 'challenge'],
    ['before', 'finalize'],
    ['after', 'finalize'],
    ['before', 'certificate'],
    ['after', 'certificate'],
  ] as const) {
    it(`${side} the CA has seen "${step}" has one certificate for the client that comes back`, async () => {
      const client = await createClient()
      try {
        const csr = keptCsr()
        const issuedBefore = ca().issued().length
        const happened = arm(side, step, () => issue.child.kill('SIGKILL'))
        await assert.rejects(converse(client.host, served, { csr }))
        assert.ok(happened())
        await issue.ended
        await start()
        await persist(client, served, csr)
        await untilClean(served, client)
        assert.equal(ca().issued().length - issuedBefore, 1)
      } finally {
        await client.stop()
      }
    })
  }
})

describe('an order at a CA whose answers get lost', () => {
  const { faults, arm } = cuts()
  const { startCa, ca } = countedCa(faults)
  let network: SandboxNetwork

  before(async () => {
    network = await startNetwork({ startCa, acme: { pollFirstMs: 20 } })
  })

  after(() => network.stop())

  for (const step of STEPS) {
    for (const side of SIDES) {
      it(`ends with one certificate when "${step}" is cut ${side} the CA has seen it`, async () => {
        const client = await createClient()
        try {
          const csr = keptCsr()
          const issuedBefore = ca().issued().length
          const happened = arm(side, step)
          const { certificate } = await persist(client, network, csr)
          assert.ok(happened())
          const again = await converse(client.host, network, { csr })
          assert.equal(again.certificate.reused, true)
          assert.equal(again.certificate.chain, certificate.chain)
          await untilClean(network, client)
          assert.equal(ca().issued().length - issuedBefore, 1)
        } finally {
          await client.stop()
        }
      })
    }
  }

  for (const step of ['finalize', 'order/', 'certificate']) {
    it(`is gone on with by the client that comes back after "${step}" was cut twelve times`, async () => {
      const client = await createClient()
      try {
        const csr = keptCsr()
        const issuedBefore = ca().issued().length
        const happened = arm('after', step, undefined, 12)
        await persist(client, network, csr)
        await untilClean(network, client)
        assert.ok(happened() || step === 'finalize', 'a finalization is never sent that often')
        assert.equal(ca().issued().length - issuedBefore, 1)
        arm('before', 'never')
      } finally {
        await client.stop()
      }
    })
  }

  it('is joined by the same peer with the same key, on another connection', async () => {
    const client = await createClient()
    try {
      const csr = keptCsr()
      const issuedBefore = ca().issued().length
      const both = await Promise.all([converse(client.host, network, { csr }), converse(client.host, network, { csr })])
      assert.equal(both[0].certificate.chain, both[1].certificate.chain)
      assert.equal(ca().issued().length - issuedBefore, 1)
    } finally {
      await client.stop()
    }
  })

  it('goes on without the client once the names are validated', async () => {
    const client = await createClient()
    const issuedBefore = ca().issued().length
    const gone = arm('before', 'finalize')
    // the finalization is cut, so the client has gone before it is sent again
    await assert.rejects(
      converse(client.host, network, {
        onProgress: (step) => {
          if (step === 'validated') throw new Error('the client goes away')
        },
      }),
    )
    await client.stop()
    await untilClean(network, client)
    assert.ok(gone())
    assert.equal(ca().issued().length - issuedBefore, 1)
  })
})
