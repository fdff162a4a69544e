// Key and chain as one thing: what is written is what is read, and halves of different issuances never become a bundle.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import type { Clock } from '../../core/clock.ts'
import { BundleError, type CertificateBundle, certId, certIdOf } from '../../core/x509/index.ts'
import { createBundle, createCsr, parseBundle, readCsr, serialiseBundle } from '../../core/x509/index.ts'
import { openAuthority } from '../../servers/ca/authority.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const DAY_MS = 24 * 3_600_000
const clock: Clock = { now: () => NOW, sleep: () => Promise.resolve() }

async function make(): Promise<{ readonly chainPem: string; readonly keyPem: string }> {
  const names = ['*.peer.example.net']
  const authority = await openAuthority({ clock })
  const { csr, privateKeyPem } = await createCsr({ names, algorithm: 'ecdsa-p384' })
  const { publicKeySpki } = await readCsr(csr)
  const leaf = await authority.sign({ names, publicKeySpki, notBefore: NOW, notAfter: NOW + 90 * DAY_MS })
  return { chainPem: leaf.chainPem, keyPem: privateKeyPem }
}

describe('a bundle', () => {
  let bundle: CertificateBundle

  before(async () => {
    const window = { start: NOW + 60 * DAY_MS, end: NOW + 61 * DAY_MS }
    const parts = { addresses: ['203.0.113.7'], renewalWindow: window, obtainedAt: NOW, source: 'nodetrust' }
    bundle = createBundle({ ...(await make()), ...parts })
  })

  test('takes its facts from the certificate and the key', () => {
    assert.deepEqual(bundle.names, ['*.peer.example.net'])
    assert.equal(bundle.notAfter, NOW + 90 * DAY_MS)
    assert.equal(bundle.algorithm, 'ecdsa-p384')
  })

  test('is read as it was written', () => {
    assert.deepEqual(parseBundle(serialiseBundle(bundle)), bundle)
  })

  test('is read without a renewal window', () => {
    const { renewalWindow: _, ...without } = bundle
    assert.deepEqual(parseBundle(serialiseBundle(without)), without)
  })

  test('shows its dates to people', () => {
    assert.match(serialiseBundle(bundle), /"notBefore": "2026-11-20T12:00:00.000Z"/)
  })

  test('with the key of another certificate is never made and never read', async () => {
    const stranger = await make()
    assert.throws(() => createBundle({ ...bundle, keyPem: stranger.keyPem }), { code: 'key-mismatch' })
    const torn = serialiseBundle({ ...bundle, keyPem: stranger.keyPem })
    assert.throws(() => parseBundle(torn), BundleError)
  })

  test('with dates that are not its own is not read', () => {
    assert.throws(() => parseBundle(serialiseBundle({ ...bundle, notAfter: bundle.notAfter + DAY_MS })), BundleError)
  })

  test('that is cut off, empty or of a later version is not read, and says why', () => {
    const text = serialiseBundle(bundle)
    assert.throws(() => parseBundle(text.slice(0, text.length / 2)), BundleError)
    assert.throws(() => parseBundle(''), BundleError)
    assert.throws(() => parseBundle(text.replace('"version": 1', '"version": 2')), { message: /version/ })
  })

  test('that has expired can still be read', () => {
    assert.equal(parseBundle(serialiseBundle(bundle)).notAfter < NOW + 365 * DAY_MS, true)
  })
})

describe('the ARI id of a certificate', () => {
  test('is that of the example in RFC 9773', () => {
    const pem = readFileSync(new URL('../fixtures/rfc9773-example.pem', import.meta.url), 'utf8')
    assert.equal(certId(pem), 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE')
  })

  test('begins its serial with a zero byte only where the first bit is set', () => {
    const keyId = Buffer.from('69885b6b87464041e1b37b847ba0ae2cde01c8d4', 'hex')
    assert.equal(certIdOf(keyId, '87654321'), 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE')
    assert.equal(certIdOf(keyId, '07654321'), 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.B2VDIQ')
    assert.equal(certIdOf(keyId, '7654321'), certIdOf(keyId, '07654321'))
  })

  test('does not exist for something that is no certificate, or does not name its issuer', async () => {
    assert.throws(() => certId('nothing'), { code: 'not-pem' })
    const authority = await openAuthority({ clock })
    assert.throws(() => certId(authority.rootPem), { code: 'no-issuer-key' })
  })
})
