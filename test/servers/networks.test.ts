// Who counts as one at the issue server: IPv6 as much as IPv4, whatever place an address has among the proofs of a request.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parseIp } from '../../proto/ip.ts'
import { sealProof } from '../../core/records/proof.ts'
import { converse, createClient, isProblem, roleKey, startNetwork } from '../support/network.ts'
import type { SandboxNetwork } from '../../servers/sandbox/network.ts'
import type { PrivateKey } from '@libp2p/interface'

describe('A5 clients of the issue server', () => {
  let network: SandboxNetwork
  let proofKey: PrivateKey

  before(async () => {
    network = await startNetwork({ issue: { budget: { newPerPrefix: 1 }, addressClasses: ['public'] } })
    proofKey = await roleKey(network, 'proof')
  })

  after(() => network.stop())

  /** A new peer whose addresses a proof server has seen. */
  const get = async (...texts: readonly string[]): Promise<void> => {
    const client = await createClient()
    try {
      const proofs = await Promise.all(
        texts.map(async (text) => {
          const address = parseIp(text)
          assert.ok(address)
          return sealProof({ timestampMs: Date.now(), peer: client.host.peerId, addresses: [address] }, proofKey)
        }),
      )
      await converse(client.host, network, { proofs, wanted: [1] })
    } finally {
      await client.stop()
    }
  }

  it('are as many networks with IPv6 as there are /48, whatever stands before an address', async () => {
    await get('2a01:4f8:1:2::1')
    await get('2400:4050:1234:5600::7')
    await get('2600:1700:abcd:ef00::9')
    await get('91.10.20.30', '2a0b:beef::7')
    await get('91.10.21.30', '2a0b:beef:1::7')
    await get('2a0b:beef:2::7', '91.10.22.30')
    await get('2a0b:beef:3::7', '2a0b:beef:4::7', '2a0b:beef:5::7', '91.10.23.30')
  })

  it('are one network in one /48 or one /24', async () => {
    await get('2001:41d0:1::1')
    await assert.rejects(get('2001:41d0:1:ffff::2'), isProblem('RATE_LIMIT', /your network/))
    await assert.rejects(get('78.46.1.1', '2001:41d0:1:1::3'), isProblem('RATE_LIMIT', /your network/))
    await get('78.46.2.1')
    await assert.rejects(get('78.46.2.200'), isProblem('RATE_LIMIT', /your network/))
  })
})

describe('A6 conversations with the issue server', () => {
  it('cost their network something even where nothing comes of them', async () => {
    const network = await startNetwork({ issue: { budget: { attemptsPerNetwork: 3 } } })
    const client = await createClient()
    try {
      const noProofs = () => converse(client.host, network, { proofs: [] })
      const badCsr = () => converse(client.host, network, { csr: async () => Uint8Array.of(1) })
      await assert.rejects(noProofs(), isProblem('INVALID_PROOF', /./))
      await assert.rejects(badCsr(), isProblem('INVALID_CSR', /./))
      await assert.rejects(noProofs(), isProblem('INVALID_PROOF', /./))
      const over = isProblem('RATE_LIMIT', /your network has tried/, ({ retryAfterMs = 0 }) => retryAfterMs > 0)
      await assert.rejects(noProofs(), over)
      await assert.rejects(badCsr(), over)
    } finally {
      await client.stop()
      await network.stop()
    }
  })
})
