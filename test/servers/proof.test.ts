// The proof role: it signs what it sees on a direct connection, and nothing else.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { createHost, type Host, stopHost } from '../../core/host.ts'
import { silentLog } from '../../core/log.ts'
import { MAX_MESSAGE_BYTES, PROOF_PROTOCOL } from '../../proto/protocols.ts'
import { openProof } from '../../core/records/proof.ts'
import { wireStream } from '../../proto/wire/codec.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { serveProofs } from '../../servers/proof/proof.ts'
import { manualClock } from '../support/manual-clock.ts'
import { askProof, createClient, isProblem } from '../support/network.ts'
import type { AddressClass } from '../../core/net/address-class.ts'
import type { Connection } from '@libp2p/interface'

const NOW = 1_800_000_000_000

describe('a proof server', () => {
  let client: Awaited<ReturnType<typeof createClient>>
  const hosts: Host[] = []

  before(async () => {
    client = await createClient()
  })

  after(() => client.stop())

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map(stopHost))
  })

  const start = async (addressClasses: readonly AddressClass[], idleMs?: number): Promise<Host> => {
    const key = await generateKeyPair('Ed25519')
    const host = await createHost({
      privateKey: key,
      listen: ['/ip4/127.0.0.1/tcp/0', '/ip6/::1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'],
    })
    hosts.push(host)
    const signal = new AbortController().signal
    await serveProofs({ host, key, addressClasses, clock: manualClock(NOW), log: silentLog, signal, idleMs })
    return host
  }

  const addressOf = (host: Host, part: string): string => {
    const address = host
      .getMultiaddrs()
      .map(String)
      .find((text) => text.includes(part))
    assert.ok(address)
    return address
  }

  for (const [way, part, expected] of [
    ['IPv4', '/ip4/127.0.0.1/tcp', '127.0.0.1'],
    ['IPv6', '/ip6/::1/tcp', '::1'],
    ['a WebSocket', '/ws', '127.0.0.1'],
  ] as const) {
    it(`signs the address of a client that comes by ${way}`, async () => {
      const host = await start(['loopback'])
      const visitor = await createClient()
      try {
        const proof = await openProof(await askProof(visitor.host, addressOf(host, part)))
        assert.equal(proof.signer.toString(), host.peerId.toString())
        assert.equal(proof.peer.toString(), visitor.host.peerId.toString())
        assert.equal(proof.timestampMs, NOW)
        assert.deepEqual(
          proof.addresses.map(({ text }) => text),
          [expected],
        )
      } finally {
        await visitor.stop()
      }
    })
  }

  it('refuses an address of a class that its policy does not allow', async () => {
    const host = await start(['public'])
    const asked = askProof(client.host, addressOf(host, '/ip4/127.0.0.1/tcp'))
    await assert.rejects(asked, isProblem('ADDRESS_REFUSED', /127\.0\.0\.1 is a loopback address.*public/))
  })

  it('refuses a connection that comes through a relay', async () => {
    const host = await start(['loopback'])
    // what a relayed connection looks like from here; the stream and the protocol are real
    const address = addressOf(host, '/ip4/127.0.0.1/tcp')
    await askProof(client.host, address)
    const direct = await client.host.dial(multiaddr(address))
    const inbound = host.getConnections(client.host.peerId)[0]
    assert.ok(inbound)
    pretendRelayed(inbound)
    const wire = wireStream(await direct.newStream(PROOF_PROTOCOL), { maxBytes: MAX_MESSAGE_BYTES.proof })
    await wire.write(nodetrust.ProofRequest, {})
    const { problem } = await wire.read(nodetrust.ProofResponse)
    await wire.close()
    await direct.close()
    assert.equal(problem?.code, nodetrust.ErrorCode.RELAYED)
    assert.match(problem?.message ?? '', /connect directly/)
  })

  it('resets a stream on which nothing is said, and goes on', async () => {
    const host = await start(['loopback'], 100)
    const address = addressOf(host, '/ip4/127.0.0.1/tcp')
    const stream = await client.host.dialProtocol(multiaddr(address), PROOF_PROTOCOL)
    const ended = new Promise<string>((resolve) => stream.addEventListener('close', () => resolve(stream.status)))
    assert.equal(await ended, 'reset')
    await askProof(client.host, address)
  })

  it('resets a stream that announces more than a request, and goes on', async () => {
    const host = await start(['loopback'])
    const address = addressOf(host, '/ip4/127.0.0.1/tcp')
    const stream = await client.host.dialProtocol(multiaddr(address), PROOF_PROTOCOL)
    const ended = new Promise<string>((resolve) => stream.addEventListener('close', () => resolve(stream.status)))
    stream.send(Uint8Array.of(0xff, 0xff, 0x03))
    assert.equal(await ended, 'reset')
    await askProof(client.host, address)
  })
})

function pretendRelayed(connection: Connection): void {
  Object.defineProperty(connection, 'direct', { value: false })
}
