// The issue role, asked by clients that are honest and by clients that are not, with the real DNS role and the embedded CA.
import assert from 'node:assert/strict'
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { createCsr, verifyChain } from '../../core/x509/index.ts'
import { parseIp } from '../../proto/ip.ts'
import { dns2ipName, id0Name } from '../../proto/names.ts'
import { sealProof } from '../../core/records/proof.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import {
  askInfo,
  askProof,
  converse,
  createClient,
  isProblem,
  leftovers,
  NOTHING_LEFT,
  roleKey,
  startNetwork,
} from '../support/network.ts'
import { der, derCsr } from '../support/der.ts'
import type { Host } from '../../core/host.ts'
import type { SandboxNetwork } from '../../servers/sandbox/network.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'

const { KeyAlgorithm, NameKind } = nodetrust

/** A number that no version has given to an algorithm. */
const UNKNOWN_ALGORITHM: nodetrust.KeyAlgorithm = JSON.parse('99')
const MINUTE_MS = 60_000

async function weakCsr(names: readonly string[]): Promise<Uint8Array> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  return derCsr({ key: privateKey, names, algorithm: der.sha256WithRsa, hash: 'sha256' })
}

describe('the issue server', () => {
  let network: SandboxNetwork
  let client: { host: Host; stop(): Promise<void> }
  let proofKey: PrivateKey

  before(async () => {
    network = await startNetwork()
    client = await createClient()
    proofKey = await roleKey(network, 'proof')
  })

  after(async () => {
    await client.stop()
    await network.stop()
  })

  /** A proof as our own proof server would have made it. */
  const seal = (given: { peer?: PeerId; address?: string; timestampMs?: number; key?: PrivateKey } = {}) => {
    const address = parseIp(given.address ?? '127.0.0.1')
    assert.ok(address)
    const { peer = client.host.peerId, timestampMs = Date.now(), key = proofKey } = given
    return sealProof({ peer, timestampMs, addresses: [address] }, key)
  }

  const refused = async (said: Parameters<typeof converse>[2], check: (error: unknown) => boolean) => {
    await assert.rejects(converse(client.host, network, said), check)
    assert.deepEqual(await leftovers(network, client.host), NOTHING_LEFT)
  }

  it('tells its zone, proof servers, algorithms, profiles and policy', async () => {
    const info = await askInfo(client.host, network.issue)
    assert.equal(info.zone, network.zone)
    assert.equal(info.proofServers.length, 1)
    assert.deepEqual(info.keyAlgorithms, [KeyAlgorithm.ECDSA_P256, KeyAlgorithm.ECDSA_P384, KeyAlgorithm.RSA_2048])
    assert.deepEqual(
      info.profiles?.map(({ name }) => name),
      ['classic', 'shortlived'],
    )
    assert.deepEqual(info.policy?.addressClasses, ['loopback'])
  })

  it('issues a certificate for the identity, its wildcard and the proved address', async () => {
    const { grant, certificate, progress } = await converse(client.host, network)
    const identity = id0Name(client.host.peerId, network.zone)
    const address = parseIp('127.0.0.1')
    assert.ok(address)
    assert.deepEqual(grant.names, [identity, `*.${identity}`, dns2ipName(address, network.zone)])
    const leaf = new X509Certificate(certificate.chain)
    const facts = verifyChain({
      chainPem: certificate.chain,
      names: grant.names,
      spki: leaf.publicKey.export({ type: 'spki', format: 'der' }),
      now: Date.now(),
      trustAnchorPem: await readFile(network.root, 'utf8'),
    })
    assert.match(facts.issuer, /not trusted/)
    assert.ok(certificate.renewFromMs > Date.now() && certificate.renewFromMs < facts.notAfter)
    assert.ok(progress.includes('validated') && progress.includes('finalized'), progress.join())
    assert.deepEqual(await leftovers(network, client.host), NOTHING_LEFT)
  })

  it('gives the same certificate again for the same names and key, and a new one for a new key', async () => {
    const { privateKeyPem } = await createCsr({ names: ['a.example'] })
    const csr = async (names: readonly string[]) => (await createCsr({ names, privateKeyPem })).csr
    const first = await converse(client.host, network, { csr })
    const second = await converse(client.host, network, { csr })
    const third = await converse(client.host, network)
    assert.equal(first.certificate.reused, false)
    assert.equal(second.certificate.reused, true)
    assert.equal(second.certificate.chain, first.certificate.chain)
    assert.notEqual(third.certificate.chain, first.certificate.chain)
  })

  it('grants only the kinds of names that are wanted', async () => {
    const { grant } = await converse(client.host, network, { wanted: [NameKind.IDENTITY] })
    assert.equal(grant.names.length, 2)
  })

  it('takes the first algorithm of the client that it has too', async () => {
    const csr = async (names: readonly string[]) => (await createCsr({ names, algorithm: 'ecdsa-p384' })).csr
    const { grant } = await converse(client.host, network, {
      csr,
      keyAlgorithms: [UNKNOWN_ALGORITHM, KeyAlgorithm.ECDSA_P384, KeyAlgorithm.RSA_2048],
    })
    assert.equal(grant.keyAlgorithm, KeyAlgorithm.ECDSA_P384)
  })

  it('issues by the profile that is asked for', async () => {
    const { certificate } = await converse(client.host, network, { profile: 'shortlived' })
    const leaf = new X509Certificate(certificate.chain)
    assert.ok(Date.parse(leaf.validTo) - Date.now() < 8 * 24 * 60 * MINUTE_MS)
  })

  it('refuses a profile the CA does not have', () =>
    refused({ profile: 'gold' }, isProblem('INVALID_REQUEST', /gold.*classic/)))

  it('refuses a request without a proof', () => refused({ proofs: [] }, isProblem('INVALID_PROOF', /no proof/)))

  it('refuses a proof that has expired', async () =>
    refused(
      { proofs: [await seal({ timestampMs: Date.now() - 6 * MINUTE_MS })] },
      isProblem('INVALID_PROOF', /expired.*5 minutes/),
    ))

  it('refuses a proof from the future', async () =>
    refused(
      { proofs: [await seal({ timestampMs: Date.now() + 6 * MINUTE_MS })] },
      isProblem('INVALID_PROOF', /future/),
    ))

  it('accepts a proof that is four minutes old', async () => {
    await converse(client.host, network, { proofs: [await seal({ timestampMs: Date.now() - 4 * MINUTE_MS })] })
  })

  it('refuses a proof for another peer', async () => {
    const other = await createClient()
    await other.stop()
    await refused({ proofs: [await seal({ peer: other.host.peerId })] }, isProblem('INVALID_PROOF', /is for peer/))
  })

  it('refuses a genuine proof that another peer replays', async () => {
    const other = await createClient()
    try {
      const stolen = await askProof(other.host, network.proof)
      await refused(
        { proofs: [stolen] },
        isProblem('INVALID_PROOF', new RegExp(`is for peer ${other.host.peerId.toString()}`)),
      )
    } finally {
      await other.stop()
    }
  })

  it('refuses a proof by a signer it does not list', async () =>
    refused(
      { proofs: [await seal({ key: await generateKeyPair('Ed25519') })] },
      isProblem('INVALID_PROOF', /none of our proof servers/),
    ))

  it('refuses a proof that was altered', async () => {
    const proof = await seal()
    const at = proof.length - 80
    proof[at] = (proof[at] ?? 0) ^ 1
    await refused({ proofs: [proof] }, isProblem('INVALID_PROOF', /good signature|cannot be read/))
  })

  it('refuses all when one of several proofs is bad', async () =>
    refused({ proofs: [await seal(), Uint8Array.of(1, 2, 3)] }, isProblem('INVALID_PROOF', /envelope/)))

  it('refuses a proof for an address of a class that is not allowed', async () =>
    refused(
      { proofs: [await seal({ address: '192.168.1.7' })] },
      isProblem('ADDRESS_REFUSED', /192\.168\.1\.7 is a private address; allowed here: loopback/),
    ))

  it('refuses a client that shares no algorithm', () =>
    refused({ keyAlgorithms: [UNKNOWN_ALGORITHM] }, isProblem('NO_MATCHING_CRYPTO', /number 99.*ecdsa-p256/)))

  it('refuses a CSR for another name', () =>
    refused(
      { csr: async (names) => (await createCsr({ names: [...names, `evil.${network.zone}`] })).csr },
      isProblem('INVALID_CSR', /evil/),
    ))

  it('refuses a CSR for fewer names than were granted', () =>
    refused(
      { csr: async (names) => (await createCsr({ names: names.slice(0, 1) })).csr },
      isProblem('INVALID_CSR', /granted/),
    ))

  it('refuses a CSR with a weak key', () => refused({ csr: weakCsr }, isProblem('INVALID_CSR', /1024/)))

  it('refuses a CSR of another algorithm than the granted one', () =>
    refused(
      { csr: async (names) => (await createCsr({ names, algorithm: 'rsa-2048' })).csr },
      isProblem('INVALID_CSR', /ecdsa-p256/),
    ))

  it('refuses a CSR that is garbage', () =>
    refused(
      { csr: async () => Uint8Array.from({ length: 400 }, (_, index) => index & 0xff) },
      isProblem('INVALID_CSR', /no certificate signing request/),
    ))

  it('refuses a CSR that uses the key of the ACME account', async () => {
    const account = (await readdir(network.dir)).find((file) => file.startsWith('acme-account-'))
    assert.ok(account)
    const { keyPem } = JSON.parse(await readFile(`${network.dir}/${account}`, 'utf8'))
    await refused(
      { csr: async (names) => (await createCsr({ names, privateKeyPem: keyPem })).csr },
      isProblem('INVALID_CSR', /belongs to an account/),
    )
  })

  it('resets the stream of a client that sends 1 MiB, and goes on', async () => {
    const huge = { csr: async () => new Uint8Array(1024 * 1024) }
    await assert.rejects(converse(client.host, network, huge), (error: Error) => error.name !== 'ProblemError')
    assert.deepEqual(await leftovers(network, client.host), NOTHING_LEFT)
    await converse(client.host, network)
  })

  it('runs one order for a peer at a time', async () => {
    const both = await Promise.allSettled([converse(client.host, network), converse(client.host, network)])
    const refusals = both.filter((outcome) => outcome.status === 'rejected')
    assert.equal(refusals.length, 1)
    assert.ok(
      isProblem('ORDER_IN_PROGRESS', /under way/, ({ retryAfterMs }) => retryAfterMs === 30_000)(refusals[0]?.reason),
    )
    await converse(client.host, network)
  })

  it('serves many peers at the same time', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, createClient))
    try {
      const answers = await Promise.all(clients.map(({ host }) => converse(host, network)))
      assert.equal(new Set(answers.map(({ certificate }) => certificate.chain)).size, 8)
    } finally {
      await Promise.all(clients.map((one) => one.stop()))
    }
  })
})

describe('the issue server with IP names switched off', () => {
  it('says which names it left out and why', async () => {
    const network = await startNetwork({ issue: { ipNames: false } })
    const client = await createClient()
    try {
      const { grant } = await converse(client.host, network)
      assert.equal(grant.names.length, 2)
      assert.equal(grant.leftOut[0]?.name, `ip4127-0-0-1.ip.${network.zone}`)
      assert.match(grant.leftOut[0]?.reason ?? '', /operator/)
      const onlyIp = { wanted: [NameKind.IP] }
      await assert.rejects(converse(client.host, network, onlyIp), isProblem('NOTHING_TO_GRANT', /ip4127-0-0-1/))
    } finally {
      await client.stop()
      await network.stop()
    }
  })
})
