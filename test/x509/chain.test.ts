// Chains before they are used. One good chain is made by our own CA; each test spoils one thing about it.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { Clock } from '../../core/clock.ts'
import { CertificateError, createCsr, readCertificate, readCsr, verifyChain } from '../../core/x509/index.ts'
import { SubjectAlternativeNameExtension, webCrypto, X509CertificateGenerator } from '../../core/x509/peculiar.ts'
import { type Authority, openAuthority } from '../../servers/ca/authority.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const NAMES = ['*.peer.example.net', 'peer.example.net']

const clock: Clock = { now: () => NOW, sleep: () => Promise.resolve() }

interface Made {
  readonly chainPem: string
  readonly keyPem: string
  readonly spki: Uint8Array
}

async function make(authority: Authority, names: readonly string[] = NAMES): Promise<Made> {
  const { csr, privateKeyPem } = await createCsr({ names })
  const { publicKeySpki } = await readCsr(csr)
  const dates = { notBefore: NOW - HOUR_MS, notAfter: NOW + 90 * DAY_MS }
  const { chainPem } = await authority.sign({ names, publicKeySpki, ...dates })
  return { chainPem, keyPem: privateKeyPem, spki: publicKeySpki }
}

const pemOf = (chainPem: string) => chainPem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []
const fails = (code: string) => (error: unknown) => error instanceof CertificateError && error.code === code

describe('a chain', () => {
  let authority: Authority
  let other: Authority
  let made: Made
  let good: Parameters<typeof verifyChain>[0]

  before(async () => {
    authority = await openAuthority({ clock })
    other = await openAuthority({ clock })
    made = await make(authority)
    good = { chainPem: made.chainPem, names: NAMES, keyPem: made.keyPem, now: NOW, trustAnchorPem: authority.rootPem }
  })

  test('that is ours in every way is accepted, and its facts are told', () => {
    const facts = verifyChain({ ...good, spki: made.spki })
    assert.deepEqual([...facts.names].sort(), NAMES)
    assert.equal(facts.notAfter, NOW + 90 * DAY_MS)
    assert.equal(facts.issuer, 'Nodetrust Sandbox Intermediate (not trusted)')
    assert.match(facts.fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    assert.deepEqual(facts, readCertificate(made.chainPem))
  })

  test('is accepted whatever the case of the names', () => {
    verifyChain({ ...good, names: ['*.PEER.example.net'] })
  })

  test('for another key is refused, whichever form the key has', async () => {
    const stranger = await make(authority)
    assert.throws(() => verifyChain({ ...good, keyPem: stranger.keyPem }), fails('key-mismatch'))
    assert.throws(() => verifyChain({ ...good, keyPem: undefined, spki: stranger.spki }), fails('key-mismatch'))
  })

  test('that lacks a name is refused, also where a wildcard would cover it', () => {
    assert.throws(() => verifyChain({ ...good, names: [...NAMES, 'more.example.net'] }), fails('missing-name'))
    assert.throws(() => verifyChain({ ...good, names: ['a.peer.example.net'] }), fails('missing-name'))
  })

  test('with a link of another CA is refused', async () => {
    const stranger = await make(other)
    const [leaf] = pemOf(made.chainPem)
    const [, intermediate] = pemOf(stranger.chainPem)
    const chainPem = `${leaf}\n${intermediate}\n`
    assert.throws(() => verifyChain({ ...good, chainPem, trustAnchorPem: undefined }), fails('broken-chain'))
  })

  test('that ends at another root is refused, and accepted where no root is asked for', () => {
    assert.throws(() => verifyChain({ ...good, trustAnchorPem: other.rootPem }), fails('broken-chain'))
    verifyChain({ ...good, trustAnchorPem: undefined })
  })

  test('that brings its root along is accepted', () => {
    verifyChain({ ...good, chainPem: `${made.chainPem}${authority.rootPem}` })
  })

  test('in the wrong order is refused', () => {
    const chainPem = pemOf(made.chainPem).reverse().join('\n')
    assert.throws(() => verifyChain({ ...good, chainPem, keyPem: undefined, names: [] }), fails('not-for-servers'))
  })

  test('whose second link is no CA is refused, although it really signed the first', async () => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
    const dates = { notBefore: new Date(NOW - HOUR_MS), notAfter: new Date(NOW + DAY_MS) }
    const [mine, victim] = await Promise.all(
      [1, 2].map(() => webCrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])),
    )
    assert.ok(mine && victim)
    const signAs = (subject: string, publicKey: typeof mine.publicKey, name: string) =>
      X509CertificateGenerator.create(
        {
          ...{ subject, issuer: 'CN=mine', serialNumber: '01', signingAlgorithm: algorithm, ...dates },
          publicKey,
          signingKey: mine.privateKey,
          extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
        },
        webCrypto,
      )
    const own = await signAs('CN=mine', mine.publicKey, 'mine.example.net')
    const forged = await signAs('CN=victim', victim.publicKey, 'victim.example.net')
    const chainPem = `${forged.toString('pem')}\n${own.toString('pem')}\n`
    assert.throws(() => verifyChain({ chainPem, names: ['victim.example.net'], now: NOW }), fails('broken-chain'))
  })

  test('that has expired is refused', () => {
    assert.throws(() => verifyChain({ ...good, now: NOW + 90 * DAY_MS }), fails('expired'))
    verifyChain({ ...good, now: NOW + 90 * DAY_MS - 1 })
  })

  test('that begins in the future is refused, beyond five minutes of a slow clock', () => {
    verifyChain({ ...good, now: NOW - HOUR_MS - 4 * 60_000 })
    assert.throws(() => verifyChain({ ...good, now: NOW - 2 * HOUR_MS }), fails('not-yet-valid'))
  })

  test('of a test CA is refused where production was asked for', () => {
    assert.throws(() => verifyChain({ ...good, production: true }), fails('test-issuer'))
  })

  for (const [what, chainPem] of Object.entries({
    nothing: '',
    text: 'not found',
    'a page': '<html><body>Log in to the hotel</body></html>',
    'an empty certificate': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    'a megabyte': 'A'.repeat(1024 * 1024),
  })) {
    test(`that is ${what} is refused`, () => {
      assert.throws(() => verifyChain({ ...good, chainPem }), fails('not-pem'))
    })
  }

  test('with something besides certificates is refused', () => {
    assert.throws(() => verifyChain({ ...good, chainPem: `${made.chainPem}${made.keyPem}` }), fails('not-pem'))
  })
})
