// The allow-list of requests: each refusal is provoked by a request that is signed rightly and good in every other way; then what
// other programs make, with what the list says of it; then requests spoilt at random.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { crypto as acmeCrypto } from 'acme-client'
import * as fc from 'fast-check'
import { createCsr, CsrError, KEY_ALGORITHMS, readCsr } from '../../core/x509/index.ts'
import {
  type CsrParts,
  der,
  derCsr,
  extension,
  extensionRequest,
  hex,
  sanExtension,
  sequence,
  tlv,
} from '../support/der.ts'

const NAMES = ['peer.example.net', '*.peer.example.net']
const { privateKey: KEY } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const GOOD = { key: KEY, names: NAMES, algorithm: der.sha256WithEcdsa, hash: 'sha256' }

const SAN = sanExtension(NAMES)
const BASIC_CONSTRAINTS_CA = extension('0603551d13', hex('30030101ff'))
const BASIC_CONSTRAINTS_NONE = extension('0603551d13', sequence())
const MUST_STAPLE = extension('06082b06010505070118', hex('3003020105'))
const KEY_USAGE = extension('0603551d0f', hex('03020106'))
const EXTENDED_KEY_USAGE = extension('0603551d25', hex('300a06082b06010505070303'))
const UNKNOWN_EXTENSION = extension('06032a0304', sequence())
const CHALLENGE_PASSWORD = sequence(hex('06092a864886f70d010907'), tlv(0x31, tlv(0x0c, Buffer.from('secret'))))
const COMMON_NAME = sequence(tlv(0x31, sequence(hex('0603550403'), tlv(0x0c, Buffer.from('peer.example.net')))))
const ORGANIZATION = sequence(tlv(0x31, sequence(hex('060355040a'), tlv(0x0c, Buffer.from('A Bank')))))

const refused = (codes: readonly string[]) => (error: unknown) =>
  error instanceof CsrError && codes.includes(error.code)

/** The same value with its length in one byte more than needed. */
function longer(value: Buffer): Buffer {
  const [tag = 0, first = 0] = value
  assert.ok(first < 0x80)
  return Buffer.concat([Buffer.of(tag, 0x81, first), value.subarray(2)])
}

/** The same value with a length that is not told, as BER allows. */
function indefinite(value: Buffer): Buffer {
  const header = (value[1] ?? 0) < 0x80 ? 2 : 2 + ((value[1] ?? 0) & 0x7f)
  return Buffer.concat([Buffer.of(value[0] ?? 0, 0x80), value.subarray(header), Buffer.of(0, 0)])
}

/** The key's point with one coordinate and a sign. */
function compressedSpki(): Buffer {
  const spki = createPublicKey(KEY).export({ type: 'spki', format: 'der' })
  const sign = ((spki.at(-1) ?? 0) & 1) + 2
  const header = hex('3039301306072a8648ce3d020106082a8648ce3d030107032200')
  return Buffer.concat([header, Buffer.of(sign), spki.subarray(27, 59)])
}

const REFUSED: Readonly<Record<string, Partial<CsrParts>>> = {
  'a subject with a common name, though it is one of the names': { subject: COMMON_NAME },
  'a subject with an organization': { subject: ORGANIZATION },
  'a second subject alternative name': { extensions: [SAN, sanExtension(['bank.example'])] },
  'the same subject alternative name twice': { extensions: [SAN, SAN] },
  'CA:TRUE': { extensions: [SAN, BASIC_CONSTRAINTS_CA] },
  'CA:TRUE before the names': { extensions: [BASIC_CONSTRAINTS_CA, SAN] },
  'basic constraints that say nothing': { extensions: [SAN, BASIC_CONSTRAINTS_NONE] },
  'must-staple': { extensions: [SAN, MUST_STAPLE] },
  'a key usage': { extensions: [KEY_USAGE, SAN] },
  'an extended key usage': { extensions: [SAN, EXTENDED_KEY_USAGE] },
  'an extension that nobody knows': { extensions: [SAN, UNKNOWN_EXTENSION] },
  'another extension instead of the names': { extensions: [KEY_USAGE] },
  'no extension': { extensions: [] },
  'no attribute': { attributes: tlv(0xa0) },
  'no attributes at all': { attributes: Buffer.of() },
  'a challenge password': { attributes: tlv(0xa0, extensionRequest(SAN), CHALLENGE_PASSWORD) },
  'a challenge password first': { attributes: tlv(0xa0, CHALLENGE_PASSWORD, extensionRequest(SAN)) },
  'a second extension request': { attributes: tlv(0xa0, extensionRequest(SAN), extensionRequest(MUST_STAPLE)) },
  'the same extension request twice': { attributes: tlv(0xa0, extensionRequest(SAN), extensionRequest(SAN)) },
  'two values in its extension request': {
    attributes: tlv(0xa0, sequence(hex('06092a864886f70d01090e'), tlv(0x31, sequence(SAN), sequence(MUST_STAPLE)))),
  },
  'an extension request of Microsoft’s kind': {
    attributes: tlv(0xa0, sequence(hex('060a2b060104018237020e'), tlv(0x31, sequence(SAN)))),
  },
  'attributes twice': { attributes: Buffer.concat([tlv(0xa0, extensionRequest(SAN)), tlv(0xa0)]) },
  'something behind the attributes': { attributes: Buffer.concat([tlv(0xa0, extensionRequest(SAN)), hex('0500')]) },
  'something behind the signature': { behind: hex('0500') },
  'something behind the names': {
    extensions: [
      sequence(hex('0603551d11'), tlv(0x04, sequence(tlv(0x82, Buffer.from('peer.example.net'))), hex('0500'))),
    ],
  },
  'something behind the extension’s value': {
    extensions: [
      sequence(hex('0603551d11'), tlv(0x04, sequence(tlv(0x82, Buffer.from('peer.example.net')))), hex('0500')),
    ],
  },
  'an address': { extensions: [extension('0603551d11', sequence(tlv(0x87, Buffer.of(192, 0, 2, 1))))] },
  'a name of another kind': { extensions: [extension('0603551d11', sequence(tlv(0xa0, hex('06032a0304'))))] },
  'a name with a zero byte': { extensions: [sanExtension(['peer.example.net\0.bank.example'])] },
  'a name twice': { extensions: [sanExtension(['peer.example.net', 'PEER.example.net'])] },
  'no names in its list': { extensions: [sanExtension([])] },
  'a criticality that DER would leave out': {
    extensions: [extension('0603551d11', sequence(tlv(0x82, Buffer.from('peer.example.net'))), hex('010100'))],
  },
  'a criticality in another spelling': {
    extensions: [extension('0603551d11', sequence(tlv(0x82, Buffer.from('peer.example.net'))), hex('010101'))],
  },
  'version 2': { version: hex('020101') },
  'its version in two bytes': { version: hex('02020000') },
  'a length in one byte more than needed': { version: longer(hex('020100')) },
  'a length that is not told': { attributes: tlv(0xa0, indefinite(extensionRequest(SAN))) },
  'a compressed point': { spki: compressedSpki() },
  'two keys': { spki: Buffer.concat([createPublicKey(KEY).export({ type: 'spki', format: 'der' }), hex('3000')]) },
  'a signature algorithm with parameters that it has not': { algorithm: hex('300c06082a8648ce3d0403020500') },
}

describe('A11 a request from a stranger', () => {
  test('passes with one key, one extension request, one list of names, and nothing else', async () => {
    assert.deepEqual((await readCsr(derCsr(GOOD))).names, NAMES.toSorted())
  })

  test('may call its names critical, as they are without a subject', async () => {
    const critical = extension('0603551d11', sequence(tlv(0x82, Buffer.from('peer.example.net'))), hex('0101ff'))
    assert.deepEqual((await readCsr(derCsr({ ...GOOD, extensions: [critical] }))).names, ['peer.example.net'])
  })

  for (const [what, parts] of Object.entries(REFUSED)) {
    test(`is refused with ${what}`, async () => {
      await assert.rejects(
        readCsr(derCsr({ ...GOOD, ...parts })),
        refused(['form', 'garbage', 'names', 'bad-signature']),
      )
    })
  }

  test('is refused where its outer length is told in more bytes than needed', async () => {
    const csr = derCsr(GOOD)
    assert.equal(csr[1], 0x81)
    const padded = Buffer.concat([Buffer.of(0x30, 0x82, 0x00), csr.subarray(2)])
    await assert.rejects(readCsr(padded), refused(['garbage']))
  })

  test('says only what it was made of, however it is spoilt: a key, names, and a good signature of just these bytes', async () => {
    const good = derCsr(GOOD)
    const spoilt = fc.oneof(
      fc
        .record({ at: fc.nat(good.length - 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }) })
        .map(({ at, bytes }) => Buffer.concat([good.subarray(0, at), bytes, good.subarray(at + bytes.length)])),
      fc
        .record({ at: fc.nat(good.length), bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) })
        .map(({ at, bytes }) => Buffer.concat([good.subarray(0, at), bytes, good.subarray(at)])),
      fc
        .record({ at: fc.nat(good.length - 1), count: fc.integer({ min: 1, max: 40 }) })
        .map(({ at, count }) => Buffer.concat([good.subarray(0, at), good.subarray(at + count)])),
    )
    await fc.assert(
      fc.asyncProperty(spoilt, async (csr) => {
        if (csr.equals(good)) return
        await assert.rejects(readCsr(csr), (error) => error instanceof CsrError)
      }),
      { numRuns: 400 },
    )
  })

  test('is refused with any extension or attribute that is put beside the good ones and signed rightly', async () => {
    const objectId = fc.uint8Array({ minLength: 1, maxLength: 12 }).map((bytes) => tlv(0x06, bytes))
    const value = fc.uint8Array({ maxLength: 40 })
    const more = fc.oneof(
      fc.tuple(objectId, value, fc.boolean()).map(([type, bytes, first]) => {
        const other = sequence(type, tlv(0x04, bytes))
        return { extensions: first ? [other, SAN] : [SAN, other] }
      }),
      fc.tuple(objectId, value, fc.boolean()).map(([type, bytes, first]) => {
        const other = sequence(type, tlv(0x31, tlv(0x04, bytes)))
        const own = extensionRequest(SAN)
        return { attributes: tlv(0xa0, ...(first ? [other, own] : [own, other])) }
      }),
      fc
        .tuple(objectId, value)
        .map(([type, bytes]) => ({ subject: sequence(tlv(0x31, sequence(type, tlv(0x0c, bytes)))) })),
    )
    await fc.assert(
      fc.asyncProperty(more, async (parts) => {
        await assert.rejects(readCsr(derCsr({ ...GOOD, ...parts })), refused(['form', 'garbage']))
      }),
      { numRuns: 200 },
    )
  })
})

describe('A11 where any ACME client may ask, a request', () => {
  const form = 'any'
  const passes: Readonly<Record<string, Partial<CsrParts>>> = {
    'a common name that is one of its names': { subject: COMMON_NAME },
    'a key usage, an extended one and must-staple': { extensions: [KEY_USAGE, EXTENDED_KEY_USAGE, MUST_STAPLE, SAN] },
    'a challenge password': { attributes: tlv(0xa0, extensionRequest(SAN), CHALLENGE_PASSWORD) },
  }
  for (const [what, parts] of Object.entries(passes)) {
    test(`is read for its key and names alone with ${what}`, async () => {
      const facts = await readCsr(derCsr({ ...GOOD, ...parts }), { form })
      assert.deepEqual(facts.names, NAMES.toSorted())
    })
  }
  for (const what of ['a second subject alternative name', 'CA:TRUE', 'a second extension request'] as const) {
    test(`is refused with ${what}`, async () => {
      await assert.rejects(readCsr(derCsr({ ...GOOD, ...REFUSED[what] }), { form }), refused(['form']))
    })
  }
})

describe('A11 what programs make passes', () => {
  for (const algorithm of KEY_ALGORITHMS) {
    test(`our own node, with a key of ${algorithm} and ten names`, async () => {
      const names = [...NAMES, ...Array.from({ length: 8 }, (_, n) => `ip62001-db8--${n + 1}.ip.example.net`)]
      const { csr } = await createCsr({ names, algorithm })
      assert.deepEqual((await readCsr(csr)).names, names.toSorted())
    })
  }

  for (const [what, args] of Object.entries({
    'EC P-256': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    'EC P-384': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
    'RSA-4096': ['-newkey', 'rsa:4096'],
  })) {
    test(`OpenSSL (${what})`, { skip: hasProgram('openssl', ['version']) }, async () => {
      const csr = openSslCsr(args)
      assert.deepEqual((await readCsr(csr)).names, NAMES.toSorted())
    })
  }

  test('Go', { skip: hasProgram('go', ['version']) }, async () => {
    assert.deepEqual((await readCsr(goCsr())).names, NAMES.toSorted())
  })

  test('not acme-client, which asks for key usages: only where any client may ask', async () => {
    const [, csr] = await acmeCrypto.createCsr({ altNames: [...NAMES] }, await acmeCrypto.createPrivateEcdsaKey())
    const bytes = Buffer.from(csr.toString().replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
    await assert.rejects(readCsr(bytes), refused(['form']))
    assert.deepEqual((await readCsr(bytes, { form: 'any' })).names, NAMES.toSorted())
  })
})

/** Why not; false where it runs. */
function hasProgram(program: string, args: readonly string[]): string | false {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return false
  } catch {
    return `${program} is not on this machine`
  }
}

function inFolder<Result>(work: (dir: string) => Result): Result {
  const dir = mkdtempSync(join(tmpdir(), 'nodetrust-csr-'))
  try {
    return work(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function openSslCsr(keyArgs: readonly string[]): Buffer {
  return inFolder((dir) => {
    const config = join(dir, 'config')
    writeFileSync(config, '[req]\nprompt=no\ndistinguished_name=dn\n[dn]\n')
    const out = join(dir, 'csr')
    const alt = `subjectAltName=${NAMES.map((name) => `DNS:${name}`).join(',')}`
    const io = ['-config', config, '-subj', '/', '-addext', alt, '-nodes', '-keyout', join(dir, 'key')]
    execFileSync('openssl', ['req', '-new', ...keyArgs, ...io, '-outform', 'DER', '-out', out], { stdio: 'ignore' })
    return readFileSync(out)
  })
}

function goCsr(): Buffer {
  return inFolder((dir) => {
    const program = `package main
import ("crypto/ecdsa"; "crypto/elliptic"; "crypto/rand"; "crypto/x509"; "os")
func main() {
  key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
  if err != nil { panic(err) }
  csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: os.Args[1:]}, key)
  if err != nil { panic(err) }
  os.Stdout.Write(csr)
}`
    writeFileSync(join(dir, 'main.go'), program)
    const env = { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off' }
    return execFileSync('go', ['run', join(dir, 'main.go'), ...NAMES], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  })
}
