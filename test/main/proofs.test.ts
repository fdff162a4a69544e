// Proofs over both families, from a real proof server: each one must be about the address that its own connection came from.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { parse } from 'valibot'
import { systemClock } from '../../core/clock.ts'
import { silentLog } from '../../core/log.ts'
import { collectProofs, type ProofOutcome } from '../../main/issuers/nodetrust/proofs.ts'
import { ServersConfig } from '../../servers/config.ts'
import { proofRole } from '../../servers/proof/role.ts'
import { newIdentity, startHost, temporaryDir, ZONE } from './support.ts'
import type { TestContext } from 'node:test'

async function proofServer(t: TestContext) {
  const dir = await temporaryDir(t)
  const values = { listen: ['/ip4/127.0.0.1/tcp/0', '/ip6/::1/tcp/0'], addressClasses: ['loopback'] }
  const section = parse(ServersConfig, { zone: ZONE, dir, proof: values }).proof
  assert.ok(section)
  const role = proofRole({ dir, section, clock: systemClock, log: silentLog })
  const facts = await role.start()
  t.after(() => role.stop())
  const addresses = (facts['addresses'] as readonly string[]).map((text) => multiaddr(text))
  return { peer: peerIdFromString(String(facts['peer'])), addresses, displayName: 'both families' }
}

test('a server that is reached over both families proves an address of each', async (t) => {
  const server = await proofServer(t)
  const host = await startHost(t)
  const signal = AbortSignal.timeout(20_000)
  // a connection that is there already is not the one that a proof comes over
  await host.dial(server.addresses)
  for (let round = 0; round < 3; round++) {
    const proofs = await collectProofs({ host, servers: [server], maxProofs: 4, signal })
    const proved = proofs.flatMap(({ addresses }) => addresses.map(({ text }) => text))
    assert.deepEqual(proved.sort(), ['127.0.0.1', '::1'])
  }
  assert.ok(host.getConnections(server.peer).length <= 1, 'connections do not pile up')
})

test('an address where another peer answers proves nothing, and the message names both', async (t) => {
  const server = await proofServer(t)
  const host = await startHost(t)
  const { peerId: other } = await newIdentity()
  const outcomes: ProofOutcome[] = []
  const collecting = collectProofs({
    ...{ host, maxProofs: 4, signal: AbortSignal.timeout(20_000), onOutcome: (outcome) => void outcomes.push(outcome) },
    servers: [{ ...server, peer: other, addresses: server.addresses.map((address) => address.decapsulateCode(421)) }],
  })
  await assert.rejects(collecting, { name: 'NoProofsError' })
  for (const { result } of outcomes)
    assert.match(
      result instanceof Error ? result.message : '',
      new RegExp(`is ${server.peer.toString()}, not ${other.toString()}`),
    )
})
