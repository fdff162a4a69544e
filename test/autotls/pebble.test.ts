// The whole way of AutoTLS with a CA that others wrote and that makes trouble on purpose: it waits for random times and refuses
// good nonces. Broker and DNS are our own roles; the node dials nobody, the broker dials it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { createPendingKey } from '../../main/certificates/pending.ts'
import { systemClock } from '../../core/clock.ts'
import { createAutoTlsIssuer } from '../../main/issuers/autotls/policy.ts'
import { autotlsName, challengeName } from '../../proto/names.ts'
import { startBroker } from '../broker/support.ts'
import { pebbleIsMissing, startPebble } from '../support/pebble.ts'
import { collectEvents, startHost, temporaryDir } from '../main/support.ts'
import { FORGE } from './support.ts'
import type { CertificateBundle } from '../../core/x509/index.ts'
import type { TestContext } from 'node:test'

async function scene(t: TestContext, pebbleOptions: { readonly quick: boolean; readonly nonceReject: number }) {
  const broker = await startBroker(t)
  const pebble = await startPebble({ ...pebbleOptions, dnsPort: broker.dns.port })
  t.after(() => pebble.stop())
  const privateKey = await generateKeyPair('Ed25519')
  const host = await startHost(t, { privateKey, listen: ['/ip4/127.0.0.1/tcp/0'] })
  const dir = await temporaryDir(t)
  const events = collectEvents()
  const pending = createPendingKey({ dir, clock: systemClock })
  let current: CertificateBundle | undefined
  const issuer = createAutoTlsIssuer({
    forges: [
      {
        ...{ domain: FORGE, broker: new URL(broker.url), directoryUrl: pebble.directoryUrl },
        trustAnchorPem: `${pebble.trustAnchorPem}${pebble.issuingRootPem}`,
      },
    ],
    ...{ dir, key: privateKey, peer: host.peerId, pending, clock: systemClock, emit: events.emit },
    addresses: () => host.getMultiaddrs().map((address) => address.toString().replace(/\/p2p\/.*/, '')),
    current: () => current,
    resolvers: [broker.dns],
    authoritative: () => Promise.resolve([broker.dns]),
  })
  return {
    ...{ broker, pebble, host, events },
    obtain: () => issuer.obtain(new AbortController().signal),
    renewal: (bundle: CertificateBundle) => issuer.renewal(bundle, new AbortController().signal),
    keep: async (bundle: CertificateBundle) => {
      current = bundle
      await pending.clear()
    },
  }
}

describe('AutoTLS with our broker and Pebble', { skip: pebbleIsMissing ?? false }, () => {
  test('gives a certificate and its renewal, although Pebble waits and refuses a third of the nonces', async (t) => {
    const { obtain, keep, renewal, host, broker } = await scene(t, { quick: false, nonceReject: 30 })
    const first = await obtain()
    assert.deepEqual(first.names, [`*.${autotlsName(host.peerId, FORGE)}`])
    // this CA has no wish; whoever has one is asked in flow.test.ts
    assert.equal((await renewal(first)).window, undefined)
    assert.equal((await broker.values(host.peerId)).length, 1)
    assert.match(challengeName(autotlsName(host.peerId, FORGE)), /^_acme-challenge\.k51/)
    await keep(first)
    const second = await obtain()
    assert.notEqual(second.keyPem, first.keyPem)
  })

  test('survives a restart of the broker before the renewal', async (t) => {
    const { obtain, keep, broker, events } = await scene(t, { quick: true, nonceReject: 5 })
    const first = await obtain()
    await keep(first)
    await broker.restart()
    await obtain()
    assert.equal(events.of('step').filter(({ step, status }) => step === 'proof' && status === 'done').length, 2)
  })
})
