// Names that contain an address: only for who answers there, for days and not months, and not at all unless the operator wants them.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import * as v from 'valibot'
import { parse } from 'yaml'
import { multiaddr } from '@multiformats/multiaddr'
import { createHost, stopHost } from '../../core/host.ts'
import { generatePeerKey } from '../../core/peer-key.ts'
import { parseIp } from '../../proto/ip.ts'
import { sealProof } from '../../core/records/proof.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { initRoles } from '../../servers/cli/init.ts'
import { ServersConfig } from '../../servers/config.ts'
import { converse, createClient, isProblem, keptCsr, roleKey, startNetwork } from '../support/network.ts'
import type { Host } from '../../core/host.ts'
import type { SandboxInit, SandboxNetwork } from '../../servers/sandbox/network.ts'

const { IDENTITY, IP } = nodetrust.NameKind
const DAY_MS = 24 * 3_600_000

async function start(t: TestContext, init: Partial<SandboxInit> = {}): Promise<SandboxNetwork> {
  const network = await startNetwork({ ...init, issue: { ipNames: true, ...init.issue } })
  t.after(() => network.stop())
  return network
}

async function client(t: TestContext, listen: readonly string[]): Promise<Host> {
  const made = await createClient({ listen })
  t.after(() => made.stop())
  return made.host
}

const LISTENING = ['/ip4/127.0.0.1/tcp/0']

/** Dates of a certificate, days. */
function daysOf(chain: string): number {
  const leaf = new X509Certificate(chain)
  return (leaf.validToDate.getTime() - leaf.validFromDate.getTime()) / DAY_MS
}

describe('A12 a name that contains an address', () => {
  it('is given to a peer that answers at this address, in a certificate of days', async (t) => {
    const network = await start(t)
    const { grant, certificate } = await converse(await client(t, LISTENING), network)
    assert.ok((grant.names ?? []).includes(`ip4127-0-0-1.ip.${network.zone}`))
    assert.ok(daysOf(certificate.chain) <= 10, `${daysOf(certificate.chain)} days`)
  })

  it('is given in each of several conversations of one peer at once', async (t) => {
    const network = await start(t)
    const host = await client(t, LISTENING)
    const csr = keptCsr()
    const both = await Promise.all([converse(host, network, { csr }), converse(host, network, { csr })])
    assert.deepEqual(
      both.map(({ grant }) => grant.names?.length),
      [3, 3],
    )
  })

  it('is left out for a peer that only makes connections, and the answer says why', async (t) => {
    const network = await start(t)
    const host = await client(t, [])
    const { grant, certificate } = await converse(host, network)
    assert.equal(grant.names?.length, 2)
    assert.equal(grant.leftOut?.[0]?.name, `ip4127-0-0-1.ip.${network.zone}`)
    assert.match(grant.leftOut?.[0]?.reason ?? '', /no TCP port at this address/)
    assert.ok(daysOf(certificate.chain) > 60, 'names of a peer are as good for months')
    await assert.rejects(converse(host, network, { wanted: [IP] }), isProblem('NOTHING_TO_GRANT', /no TCP port/))
  })

  it('is left out where somebody else answers at the port that a peer announces', async (t) => {
    const network = await start(t)
    const other = await client(t, LISTENING)
    const [announced] = other.getMultiaddrs()
    assert.ok(announced)
    const at = multiaddr(announced.toString().replace(/\/p2p\/.*/, ''))
    const host = await createHost({ privateKey: await generatePeerKey(), listen: LISTENING, announce: () => [at] })
    t.after(() => stopHost(host))
    const { grant } = await converse(host, network)
    assert.match(grant.leftOut?.[0]?.reason ?? '', /nobody answered there as you \(port \d+\)/)
  })

  it('is left out where nothing answers, and for each address by itself', async (t) => {
    const network = await start(t)
    const host = await client(t, LISTENING)
    const key = await roleKey(network, 'proof')
    const addresses = ['127.0.0.1', '127.0.0.9'].map((text) => parseIp(text)).filter((ip) => ip !== undefined)
    const proofs = [await sealProof({ timestampMs: Date.now(), peer: host.peerId, addresses }, key)]
    const { grant } = await converse(host, network, { proofs, wanted: [IP] })
    assert.deepEqual(grant.names, [`ip4127-0-0-1.ip.${network.zone}`])
    assert.deepEqual(
      grant.leftOut?.map(({ name }) => name),
      [`ip4127-0-0-9.ip.${network.zone}`],
    )
  })

  it('is not given for months because a client asks for another profile', async (t) => {
    const network = await start(t)
    const host = await client(t, LISTENING)
    const { grant, certificate } = await converse(host, network, { profile: 'classic' })
    assert.match(grant.leftOut?.[0]?.reason ?? '', /shortlived/)
    assert.ok(daysOf(certificate.chain) > 60)
    const short = await converse(host, network, { profile: 'shortlived' })
    assert.equal(short.grant.leftOut?.length ?? 0, 0)
  })

  it('is not given where the operator has not asked for it: by default, and in what init writes', async (t) => {
    const network = await start(t, { issue: { ipNames: false } })
    const { grant } = await converse(await client(t, LISTENING), network, { wanted: [IDENTITY, IP] })
    assert.match(grant.leftOut?.[0]?.reason ?? '', /operator issues no names/)
    const peer = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'
    const { issue } = v.parse(ServersConfig, {
      zone: 'nt.example.net',
      dir: '.',
      issue: {
        listen: LISTENING,
        proofServers: [{ peer, addresses: LISTENING }],
        dnsServers: [`/ip4/127.0.0.1/tcp/1/p2p/${peer}`],
      },
    })
    assert.equal(issue?.ipNames, false)
    const dir = await mkdtemp(join(tmpdir(), 'nodetrust-init-'))
    t.after(() => rm(dir, { recursive: true, force: true }))
    const { path } = await initRoles({ roles: ['all'], zone: 'nt.example.net', dir, address: '203.0.113.5' })
    const written: unknown = parse(await readFile(path, 'utf8'))
    assert.equal(v.parse(ServersConfig, written).issue?.ipNames, false)
  })
})
