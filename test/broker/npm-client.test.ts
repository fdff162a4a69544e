// The client that js-libp2p ships, unmodified, in a plain libp2p node: it registers at our broker, its value stands in our DNS,
// and a CA gives it its certificate, at first and when it is renewed.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { describe, it } from 'node:test'
import { autoTLS } from '@ipshipyard/libp2p-auto-tls'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { http } from '@libp2p/http'
import { identify } from '@libp2p/identify'
import { keychain } from '@libp2p/keychain'
import { noise } from '@libp2p/noise'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { axios } from 'acme-client'
import { MemoryDatastore } from 'datastore-core'
import { createLibp2p } from 'libp2p'
import { autotlsName } from '../../proto/names.ts'
import { pebbleIsMissing } from '../support/pebble.ts'
import { pebbleForSandbox } from '../support/sandbox-pebble.ts'
import { countedCa, startNetwork } from '../support/network.ts'
import type { PrivateKey, TLSCertificate } from '@libp2p/interface'
import type { SandboxInit, SandboxNetwork } from '../../servers/sandbox/network.ts'

/** The node says it is there, as if its router forwarded the port; the broker finds it on this machine. */
const PUBLIC = '1.2.3.4'

const withHost = (address: Multiaddr, from: string, to: string): Multiaddr =>
  multiaddr(address.toString().replace(`/ip4/${from}/`, `/ip4/${to}/`))

const CERTIFICATE_TIMEOUT_MS = 60_000

/** Runs a node until it has a certificate. */
async function obtain(
  network: SandboxNetwork,
  init: { readonly key: PrivateKey; readonly datastore: MemoryDatastore; readonly renewThreshold?: number },
): Promise<TLSCertificate> {
  const got = Promise.withResolvers<TLSCertificate>()
  const node = await createLibp2p({
    privateKey: init.key,
    datastore: init.datastore,
    addresses: {
      listen: ['/ip4/127.0.0.1/tcp/0'],
      announceFilter: (addresses) => addresses.map((address) => withHost(address, '127.0.0.1', PUBLIC)),
    },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      keychain: keychain({ pass: 'a passphrase of a test node' }),
      http: http(),
      autoTLS: autoTLS({
        forgeEndpoint: network.broker,
        forgeDomain: network.forge,
        acmeDirectory: network.acme,
        autoConfirmAddress: true,
        provisionDelay: 10,
        ...(init.renewThreshold === undefined ? {} : { renewThreshold: init.renewThreshold }),
      }),
    },
  })
  const timer = setTimeout(() => got.reject(new Error('no certificate in time')), CERTIFICATE_TIMEOUT_MS)
  try {
    node.addEventListener('certificate:provision', ({ detail }) => got.resolve(detail), { once: true })
    return await got.promise
  } finally {
    clearTimeout(timer)
    await node.stop()
  }
}

async function issueAndRenew(startCa: NonNullable<SandboxInit['startCa']>): Promise<void> {
  const network = await startNetwork({
    startCa: async (dns, dir) => {
      const ca = await startCa(dns, dir)
      axios.defaults.httpsAgent = new Agent({ ca: await readFile(ca.trustAnchor) })
      return ca
    },
    broker: { addressClasses: ['public'] },
    translate: (address) => withHost(address, PUBLIC, '127.0.0.1'),
  })
  try {
    const key = await generateKeyPair('Ed25519')
    const datastore = new MemoryDatastore()
    const first = new X509Certificate((await obtain(network, { key, datastore })).cert)
    const again = new X509Certificate((await obtain(network, { key, datastore })).cert)
    assert.equal(again.serialNumber, first.serialNumber, 'stored, and not asked for again')
    const longer = Date.parse(first.validTo) - Date.parse(first.validFrom)
    const renewed = new X509Certificate((await obtain(network, { key, datastore, renewThreshold: longer })).cert)
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
