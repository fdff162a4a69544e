// The client that js-libp2p ships, unmodified, in a plain libp2p node: it registers at our broker, its value stands in our DNS,
// and a CA gives it its certificate, at first and when it is renewed.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { describe, it } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { axios } from 'acme-client'
import { MemoryDatastore } from 'datastore-core'
import { autotlsName } from '../../proto/names.ts'
import { obtainByAutoTls, PUBLIC, toLoopback } from '../support/auto-tls-client.ts'
import { pebbleIsMissing } from '../support/pebble.ts'
import { pebbleForSandbox } from '../support/sandbox-pebble.ts'
import { countedCa, startNetwork } from '../support/network.ts'
import type { SandboxInit } from '../../servers/sandbox/network.ts'

async function issueAndRenew(startCa: NonNullable<SandboxInit['startCa']>): Promise<void> {
  const network = await startNetwork({
    startCa: async (dns, dir) => {
      const ca = await startCa(dns, dir)
      axios.defaults.httpsAgent = new Agent({ ca: await readFile(ca.trustAnchor) })
      return ca
    },
    broker: { addressClasses: ['public'] },
    translate: toLoopback,
  })
  try {
    const key = await generateKeyPair('Ed25519')
    const datastore = new MemoryDatastore()
    const first = new X509Certificate((await obtainByAutoTls(network, { key, datastore })).cert)
    const again = new X509Certificate((await obtainByAutoTls(network, { key, datastore })).cert)
    assert.equal(again.serialNumber, first.serialNumber, 'stored, and not asked for again')
    const longer = Date.parse(first.validTo) - Date.parse(first.validFrom)
    const renewed = new X509Certificate(
      (await obtainByAutoTls(network, { key, datastore, renewThreshold: longer })).cert,
    )
    assert.notEqual(renewed.serialNumber, first.serialNumber)
    const root = new X509Certificate(await readFile(network.root))
    for (const certificate of [first, renewed]) {
      assert.match(certificate.subjectAltName ?? '', /^DNS:\*\.k51/)
      assert.ok(
        certificate.checkHost(
          `${PUBLIC.replaceAll('.', '-')}.${autotlsName(peerIdFromPrivateKey(key), network.forge)}`,
        ),
        'a name with its address',
      )
      assert.notEqual(certificate.issuer, root.subject, 'by an intermediate')
    }
  } finally {
    delete axios.defaults.httpsAgent
    await network.stop()
  }
}

describe('the AutoTLS client of js-libp2p', () => {
  it('gets a certificate through our broker, DNS and CA, and renews it', () => issueAndRenew(countedCa().startCa))

  it('gets a certificate of Pebble, and renews it', { skip: pebbleIsMissing }, () =>
    issueAndRenew(pebbleForSandbox({})),
  )
})
