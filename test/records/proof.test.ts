// What a proof says survives sealing and opening; nothing else passes for a proof.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { ipFromBytes, parseIp } from '../../proto/ip.ts'
import { MalformedProofError, openProof, PROOF, sealProof } from '../../core/records/proof.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'

const key = await generateKeyPair('Ed25519')
const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
const addresses = ['203.0.113.7', '2001:db8::1'].flatMap((text) => parseIp(text) ?? [])
const proof = { timestampMs: 1_700_000_000_000, peer, addresses }

/** An envelope of the proof server's key around anything. */
async function envelope(
  payload: Uint8Array,
  options: { domain?: string; codec?: Uint8Array } = {},
): Promise<Uint8Array> {
  const { domain = PROOF.domain, codec = PROOF.payloadType } = options
  return (await RecordEnvelope.seal({ domain, codec, marshal: () => payload, equals: () => false }, key)).marshal()
}

const payload = nodetrust.Proof.encode({
  timestampMs: proof.timestampMs,
  peerId: peer.toMultihash().bytes,
  addresses: addresses.map(({ bytes }) => bytes),
}).finish()

describe('a proof', () => {
  it('says who signed it, for whom, for which addresses and when', async () => {
    const opened = await openProof(await sealProof(proof, key))
    assert.equal(opened.signer.toString(), peerIdFromPrivateKey(key).toString())
    assert.equal(opened.peer.toString(), peer.toString())
    assert.equal(opened.timestampMs, proof.timestampMs)
    assert.deepEqual(
      opened.addresses.map(({ text }) => text),
      ['203.0.113.7', '2001:db8::1'],
    )
  })

  it('fits its limit with room to spare', async () => {
    assert.ok((await sealProof(proof, key)).length < 300)
  })

  it('is refused after any byte was changed', async () => {
    const sealed = await sealProof(proof, key)
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ 0x01
      await assert.rejects(openProof(changed), MalformedProofError, `byte ${at}`)
    }
  })

  it('is refused when it was signed for another domain', async () => {
    await assert.rejects(openProof(await envelope(payload, { domain: 'libp2p-peer-record' })), MalformedProofError)
  })

  it('is refused when the envelope says it holds something else', async () => {
    await assert.rejects(openProof(await envelope(payload, { codec: Uint8Array.of(3, 1) })), /something else/)
  })

  it('is no peer record, and a peer record is no proof', async () => {
    const record = await RecordEnvelope.seal(new PeerRecord({ peerId: peerIdFromPrivateKey(key) }), key)
    await assert.rejects(openProof(record.marshal()), MalformedProofError)
    await assert.rejects(RecordEnvelope.openAndCertify(await sealProof(proof, key), PeerRecord.DOMAIN))
  })

  it('is refused without an address, with a broken one or with too many', async () => {
    const withAddresses = (list: Uint8Array[]) =>
      envelope(nodetrust.Proof.encode({ timestampMs: 1, peerId: peer.toMultihash().bytes, addresses: list }).finish())
    const good = ipFromBytes(Uint8Array.of(1, 2, 3, 4))?.bytes ?? new Uint8Array()
    await assert.rejects(openProof(await withAddresses([])), MalformedProofError)
    await assert.rejects(openProof(await withAddresses([Uint8Array.of(1, 2, 3)])), MalformedProofError)
    await assert.rejects(openProof(await withAddresses(Array.from({ length: 9 }, () => good))), MalformedProofError)
  })

  it('is refused when it is garbage or nothing', async () => {
    await assert.rejects(openProof(new Uint8Array()), MalformedProofError)
    await assert.rejects(openProof(Uint8Array.from({ length: 200 }, (_, index) => index)), MalformedProofError)
  })
})
