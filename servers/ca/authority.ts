// The CA's own keys and what they sign. Root and intermediate are kept in one file, readable for the owner only, so that a
// restart keeps the root; every subject says "not trusted", because nobody may mistake this for a real CA.
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Clock } from '../../core/clock.ts'
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { certId } from '../../core/x509/certid.ts'
import { validityOf } from '../../core/x509/validity.ts'
import { generateKeyPem, importKeyPair, type WebCryptoKeys, webCryptoAlgorithm } from '../../core/x509/keys.ts'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PeculiarCertificate,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  webCrypto,
  X509CertificateGenerator,
} from '../../core/x509/peculiar.ts'

const YEAR_MS = 365 * 24 * 3_600_000
/**
 * How long root and intermediate live, on both sides of now: the listener's TLS is judged by the real clock, the
 * certificates by the injected one, and a test may set them years apart.
 */
const AUTHORITY_PAST_MS = 10 * YEAR_MS
const AUTHORITY_FUTURE_MS = 20 * YEAR_MS

const ROOT_SUBJECT = 'CN=Nodetrust Sandbox Root (not trusted)'
const INTERMEDIATE_SUBJECT = 'CN=Nodetrust Sandbox Intermediate (not trusted)'
const AUTHORITY_FILE = 'authority.json'
const ROOT_FILE = 'root.pem'
const READABLE_FOR_ALL = 0o644

const StateSchema = v.object({
  rootKeyPem: v.string(),
  rootPem: v.string(),
  intermediateKeyPem: v.string(),
  intermediatePem: v.string(),
})

type State = v.InferOutput<typeof StateSchema>

/** The CA's folder holds something that cannot be used; the message says what to do. */
export class CaStateError extends Error {
  override readonly name = 'CaStateError'
}

/** A signed leaf. */
export interface SignedLeaf {
  /** Leaf and intermediate. */
  readonly chainPem: string
  readonly der: Buffer
  /** Hex, lower case. */
  readonly serial: string
  /** ARI id. */
  readonly certId: string
}

export interface Authority {
  readonly rootPem: string
  /** Where the root stands as a file of its own; undefined without a folder. */
  readonly rootPath: string | undefined
  /** Signs a server certificate. Times are cut to whole seconds. */
  sign(leaf: {
    readonly names: readonly string[]
    readonly publicKeySpki: Uint8Array
    readonly notBefore: number
    readonly notAfter: number
  }): Promise<SignedLeaf>
  /** A key and certificate for the CA's own listener, for localhost by name and address. */
  listenerTls(): Promise<{ readonly key: string; readonly cert: string }>
}

/**
 * Loads the authority of a folder, or makes a new one.
 *
 * @param dir  kept in memory only where left out
 * @throws CaStateError, FileError
 */
export async function openAuthority(options: {
  readonly dir?: string | undefined
  readonly clock: Clock
}): Promise<Authority> {
  const { dir, clock } = options
  const path = dir === undefined ? undefined : join(dir, AUTHORITY_FILE)
  const rootPath = dir === undefined ? undefined : join(dir, ROOT_FILE)
  let state = path === undefined ? undefined : await load(path, clock.now())
  if (!state) {
    state = await create(clock.now())
    if (path !== undefined) await writeFileAtomic(path, `${JSON.stringify(state, undefined, 2)}\n`)
  }
  if (rootPath !== undefined) await writeFileAtomic(rootPath, state.rootPem, READABLE_FOR_ALL)
  return authorityOf(state, rootPath, clock)
}

async function authorityOf(state: State, rootPath: string | undefined, clock: Clock): Promise<Authority> {
  const keys = await importKeyPair(createPrivateKey(state.intermediateKeyPem))
  const issuer: Issuer = { keys, certificate: new PeculiarCertificate(state.intermediatePem) }
  const sign = async (publicKey: WebCryptoKeys['publicKey'] | Uint8Array, dates: Dates, names: SanEntry[]) => {
    const certificate = await signLeaf(issuer, publicKey, dates, names)
    return { certificate, chainPem: `${certificate.toString('pem')}\n${state.intermediatePem}` }
  }
  return {
    rootPem: state.rootPem,
    rootPath,
    async sign({ names, publicKeySpki, notBefore, notAfter }) {
      const entries = names.map((value): SanEntry => ({ type: 'dns', value }))
      const { certificate, chainPem } = await sign(publicKeySpki, { notBefore, notAfter }, entries)
      const serial = certificate.serialNumber.toLowerCase()
      return { chainPem, der: Buffer.from(certificate.rawData), serial, certId: certId(chainPem) }
    },
    async listenerTls() {
      const key = await generateKeyPem('ecdsa-p256')
      const { publicKey } = await importKeyPair(createPrivateKey(key))
      const now = clock.now()
      const dates = { notBefore: now - AUTHORITY_PAST_MS, notAfter: now + AUTHORITY_PAST_MS }
      const { chainPem } = await sign(publicKey, dates, [
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
      ])
      return { key, cert: chainPem }
    },
  }
}

interface Issuer {
  readonly keys: WebCryptoKeys
  readonly certificate: PeculiarCertificate
}

interface Dates {
  readonly notBefore: number
  readonly notAfter: number
}

interface SanEntry {
  readonly type: 'dns' | 'ip'
  readonly value: string
}

async function signLeaf(
  issuer: Issuer,
  publicKey: WebCryptoKeys['publicKey'] | Uint8Array,
  dates: Dates,
  names: SanEntry[],
): Promise<PeculiarCertificate> {
  const rsa = publicKey instanceof Uint8Array && isRsa(publicKey)
  const usage = KeyUsageFlags.digitalSignature | (rsa ? KeyUsageFlags.keyEncipherment : 0)
  return X509CertificateGenerator.create(
    {
      serialNumber: newSerial(),
      subject: '',
      issuer: issuer.certificate.subject,
      notBefore: new Date(dates.notBefore),
      notAfter: new Date(dates.notAfter),
      signingAlgorithm: webCryptoAlgorithm(issuer.keys.algorithm),
      signingKey: issuer.keys.privateKey,
      publicKey,
      extensions: [
        new KeyUsagesExtension(usage, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new BasicConstraintsExtension(false, undefined, true),
        await AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey, false, webCrypto),
        // Critical, because the subject is empty (RFC 5280 section 4.2.1.6).
        new SubjectAlternativeNameExtension(names, true),
      ],
    },
    webCrypto,
  )
}

async function create(now: number): Promise<State> {
  const rootKeyPem = await generateKeyPem('ecdsa-p256')
  const rootKeys = await importKeyPair(createPrivateKey(rootKeyPem))
  const root = await signAuthority(now, ROOT_SUBJECT, rootKeys, undefined)
  const intermediateKeyPem = await generateKeyPem('ecdsa-p256')
  const intermediateKeys = await importKeyPair(createPrivateKey(intermediateKeyPem))
  const intermediate = await signAuthority(now, INTERMEDIATE_SUBJECT, intermediateKeys, {
    keys: rootKeys,
    certificate: root,
  })
  return {
    rootKeyPem,
    rootPem: `${root.toString('pem')}\n`,
    intermediateKeyPem,
    intermediatePem: `${intermediate.toString('pem')}\n`,
  }
}

/** A certificate that may sign others; signed by itself where no issuer is given. */
async function signAuthority(
  now: number,
  subject: string,
  keys: WebCryptoKeys,
  issuer: Issuer | undefined,
): Promise<PeculiarCertificate> {
  const signer = issuer?.keys ?? keys
  const extensions: Extension[] = [
    new BasicConstraintsExtension(true, issuer ? 0 : undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webCrypto),
  ]
  if (issuer) extensions.push(await AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey, false, webCrypto))
  return X509CertificateGenerator.create(
    {
      serialNumber: newSerial(),
      subject,
      issuer: issuer?.certificate.subject ?? subject,
      notBefore: new Date(now - AUTHORITY_PAST_MS),
      notAfter: new Date(now + AUTHORITY_FUTURE_MS),
      signingAlgorithm: webCryptoAlgorithm(signer.algorithm),
      signingKey: signer.privateKey,
      publicKey: keys.publicKey,
      extensions,
    },
    webCrypto,
  )
}

async function load(path: string, now: number): Promise<State | undefined> {
  const content = await readFileIfThere(path)
  if (!content) return undefined
  try {
    const state = v.parse(StateSchema, JSON.parse(content.toString('utf8')))
    const root = new X509Certificate(state.rootPem)
    const intermediate = new X509Certificate(state.intermediatePem)
    if (!root.checkPrivateKey(createPrivateKey(state.rootKeyPem))) throw new Error("the root's key is another one")
    if (!intermediate.checkPrivateKey(createPrivateKey(state.intermediateKeyPem))) {
      throw new Error("the intermediate's key is another one")
    }
    if (!intermediate.verify(root.publicKey)) throw new Error('the intermediate is not signed by the root')
    if (validityOf(intermediate).notAfter < now) throw new Error('the intermediate has expired')
    return state
  } catch (error) {
    throw new CaStateError(
      `the CA in ${path} cannot be used (${error instanceof Error ? error.message : String(error)}); move the file away to get a new root`,
      { cause: error },
    )
  }
}

/** 16 random bytes, positive as a DER integer and never beginning with a zero byte. */
function newSerial(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

function isRsa(spki: Uint8Array): boolean {
  // The algorithm identifier of rsaEncryption, 1.2.840.113549.1.1.1.
  return Buffer.from(spki).subarray(0, 32).includes(Buffer.from('2a864886f70d010101', 'hex'))
}
