// Requests we make and requests we are handed. Each refusal is provoked by a request that is right in every other way.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import {
  checkCsrFor,
  createCsr,
  CsrError,
  KEY_ALGORITHMS,
  MAX_CSR_BYTES,
  MAX_FOREIGN_CSR_BYTES,
  readCsr,
} from '../../core/x509/index.ts'
import {
  type Extension,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  webCrypto,
} from '../../core/x509/peculiar.ts'
import { der, derCsr } from '../support/der.ts'

const NAMES = ['*.peer.example.net', 'peer.example.net']

/** A request whose every part can be chosen, signed rightly. */
async function csrWith(parts: {
  readonly subject?: string
  readonly san?: readonly { readonly type: 'dns' | 'ip' | 'email' | 'url'; readonly value: string }[]
  readonly curve?: string
}): Promise<Uint8Array> {
  const algorithm = { name: 'ECDSA', namedCurve: parts.curve ?? 'P-256', hash: 'SHA-256' }
  const keys = await webCrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const extensions: Extension[] = parts.san ? [new SubjectAlternativeNameExtension([...parts.san])] : []
  const request = await Pkcs10CertificateRequestGenerator.create(
    { keys, signingAlgorithm: algorithm, name: parts.subject ?? '', extensions },
    webCrypto,
  )
  return new Uint8Array(request.rawData)
}

const refused = (code: string) => (error: unknown) => error instanceof CsrError && error.code === code

describe('a request of our own', () => {
  for (const algorithm of KEY_ALGORITHMS) {
    test(`is readable and says what it was made for (${algorithm})`, async () => {
      const { csr, privateKeyPem } = await createCsr({ names: NAMES, algorithm })
      const facts = await readCsr(csr)
      assert.deepEqual(facts.names, NAMES)
      assert.equal(facts.algorithm, algorithm)
      assert.match(privateKeyPem, /^-----BEGIN PRIVATE KEY-----/)
    })
  }

  test('has no common name', async () => {
    const { csr } = await createCsr({ names: NAMES })
    // The object identifier of a common name, 2.5.4.3.
    assert.equal(Buffer.from(csr).includes(Buffer.from('0603550403', 'hex')), false)
  })

  test('is made for an existing key', async () => {
    const { privateKeyPem, csr } = await createCsr({ names: NAMES, algorithm: 'ecdsa-p384' })
    const again = await createCsr({ names: ['other.example.net'], privateKeyPem })
    assert.equal((await readCsr(again.csr)).spkiSha256, (await readCsr(csr)).spkiSha256)
    assert.equal(again.privateKeyPem, privateKeyPem)
  })

  test('is made for an existing key in the old form (SEC1)', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const privateKeyPem = privateKey.export({ type: 'sec1', format: 'pem' }).toString()
    assert.equal((await readCsr((await createCsr({ names: NAMES, privateKeyPem })).csr)).algorithm, 'ecdsa-p256')
  })

  test('is not made for an Ed25519 key', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await assert.rejects(createCsr({ names: NAMES, privateKeyPem }), { name: 'KeyError', message: /ed25519/ })
  })

  for (const name of [
    'localhost',
    'a_b.example.net',
    '-a.example.net',
    'a-.example.net',
    '*.*.example.net',
    '10.0.0.1',
  ]) {
    test(`is not made for ${name}`, async () => {
      await assert.rejects(createCsr({ names: [name] }), refused('names'))
    })
  }
})

describe('a request of somebody else', () => {
  test('is refused when it is garbage', async () => {
    await assert.rejects(readCsr(Buffer.from('this is no request')), refused('garbage'))
    await assert.rejects(readCsr(new Uint8Array()), refused('garbage'))
  })

  test('is refused when bytes follow it', async () => {
    const { csr } = await createCsr({ names: NAMES })
    await assert.rejects(readCsr(Buffer.concat([csr, Buffer.of(0)])), refused('garbage'))
  })

  test('A7 is refused above 4 KiB before anything is parsed, above 16 KiB where it may be any client’s', async () => {
    assert.equal(MAX_CSR_BYTES, 4 * 1024)
    await assert.rejects(readCsr(new Uint8Array(MAX_CSR_BYTES + 1)), refused('too-large'))
    await assert.rejects(readCsr(new Uint8Array(MAX_CSR_BYTES)), refused('garbage'))
    const form = 'any'
    await assert.rejects(readCsr(new Uint8Array(MAX_FOREIGN_CSR_BYTES + 1), { form }), refused('too-large'))
    await assert.rejects(readCsr(new Uint8Array(MAX_FOREIGN_CSR_BYTES), { form }), refused('garbage'))
  })

  test('is refused when one byte of its signature is changed', async () => {
    const csr = Buffer.from((await createCsr({ names: NAMES, algorithm: 'rsa-2048' })).csr)
    csr.writeUInt8(csr.readUInt8(csr.length - 1) ^ 1, csr.length - 1)
    await assert.rejects(readCsr(csr), refused('bad-signature'))
  })

  test('is refused when its names were changed after signing', async () => {
    const { csr } = await createCsr({ names: ['aaaa.example.net'] })
    const changed = Buffer.from(Buffer.from(csr).toString('latin1').replace('aaaa', 'bbbb'), 'latin1')
    await assert.rejects(readCsr(changed), refused('bad-signature'))
  })

  test('is refused when it is signed with SHA-1', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const csr = derCsr({ key: privateKey, names: NAMES, algorithm: der.sha1WithRsa, hash: 'sha1' })
    await assert.rejects(readCsr(csr), refused('bad-signature'))
  })

  test('is read when it was put together by hand with SHA-256', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
    const csr = derCsr({ key: privateKey, names: NAMES, algorithm: der.sha256WithRsa, hash: 'sha256' })
    assert.equal((await readCsr(csr)).algorithm, 'rsa-3072')
  })

  for (const [what, options] of Object.entries({
    'RSA-1024': { modulusLength: 1024 },
    'RSA-2056': { modulusLength: 2056 },
    'RSA-2048 with exponent 3': { modulusLength: 2048, publicExponent: 3 },
  })) {
    test(`is refused for ${what}`, async () => {
      const { privateKey } = generateKeyPairSync('rsa', options)
      const csr = derCsr({ key: privateKey, names: NAMES, algorithm: der.sha256WithRsa, hash: 'sha256' })
      await assert.rejects(readCsr(csr), refused('weak-key'))
    })
  }

  test('is refused for RSA above 4096 bits', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 4104 })
    const csr = derCsr({ key: privateKey, names: NAMES, algorithm: der.sha256WithRsa, hash: 'sha256' })
    await assert.rejects(readCsr(csr), refused('weak-key'))
  })

  test('is refused for P-521', async () => {
    await assert.rejects(
      readCsr(await csrWith({ san: [{ type: 'dns', value: 'a.example.net' }], curve: 'P-521' })),
      refused('weak-key'),
    )
  })

  test('is refused for Ed25519', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const csr = derCsr({ key: privateKey, names: NAMES, algorithm: der.ed25519, hash: null })
    await assert.rejects(readCsr(csr), refused('weak-key'))
  })

  test('is refused without names', async () => {
    await assert.rejects(readCsr(await csrWith({})), refused('names'))
    await assert.rejects(readCsr(await csrWith({ subject: 'CN=a.example.net' })), refused('form'))
    await assert.rejects(readCsr(await csrWith({ subject: 'CN=a.example.net' }), { form: 'any' }), refused('names'))
  })

  test('is refused when it names an address, a mailbox or a URI', async () => {
    const dns = { type: 'dns', value: 'a.example.net' } as const
    await assert.rejects(readCsr(await csrWith({ san: [dns, { type: 'ip', value: '192.0.2.1' }] })), refused('names'))
    await assert.rejects(readCsr(await csrWith({ san: [dns, { type: 'email', value: 'a@b.net' }] })), refused('names'))
    await assert.rejects(
      readCsr(await csrWith({ san: [dns, { type: 'url', value: 'b.example.net' }] })),
      refused('names'),
    )
  })

  test('may repeat one of its names as common name where it may be any client’s, and no other', async () => {
    const san = [{ type: 'dns', value: 'a.example.net' }] as const
    const form = 'any'
    const facts = await readCsr(await csrWith({ san, subject: 'CN=A.example.net' }), { form })
    assert.deepEqual(facts.names, ['a.example.net'])
    await assert.rejects(readCsr(await csrWith({ san, subject: 'CN=bank.example' }), { form }), refused('names'))
  })

  test('never brings anything but a typed error, whatever byte is changed', async () => {
    const { csr } = await createCsr({ names: ['a.example.net'] })
    for (let at = 0; at < csr.length; at++) {
      const changed = Uint8Array.from(csr, (byte, index) => (index === at ? byte ^ 0x41 : byte))
      await assert.rejects(readCsr(changed), (error) => error instanceof CsrError, `byte ${at}`)
    }
  })
})

describe('a request compared with what was granted', () => {
  test('fits in any order and case', async () => {
    const facts = await readCsr((await createCsr({ names: NAMES })).csr)
    checkCsrFor(facts, { names: ['Peer.example.NET', '*.PEER.example.net'], algorithm: 'ecdsa-p256' })
  })

  test('does not fit with another name, one more or one less', async () => {
    for (const names of [['peer.example.org'], [...NAMES, 'more.example.net'], NAMES.slice(1)]) {
      const facts = await readCsr((await createCsr({ names })).csr)
      assert.throws(() => checkCsrFor(facts, { names: NAMES }), refused('names'))
    }
  })

  test('does not fit with a key of another algorithm', async () => {
    const facts = await readCsr((await createCsr({ names: NAMES, algorithm: 'ecdsa-p384' })).csr)
    assert.throws(() => checkCsrFor(facts, { names: NAMES, algorithm: 'ecdsa-p256' }), refused('algorithm'))
  })

  test("does not fit with the account's key", async () => {
    const facts = await readCsr((await createCsr({ names: NAMES })).csr)
    assert.throws(() => checkCsrFor(facts, { names: NAMES, notSpki: [facts.spkiSha256] }), refused('key-reused'))
  })
})
