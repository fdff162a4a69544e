// The authority of one person's browser on one computer: it may sign for names by key and for nothing else (name constraints, critical:
// only below `nostr` and `nostr.alt`, no IP address at all), and its leaves may sign nobody. The proxy shows the browser leaves of
// it for names whose pin it has verified. Its key lies in a file that only its owner may read.
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { join } from 'node:path'
import * as v from 'valibot'
import { putNewest } from '../../../core/bounded.ts'
import { readFileIfThere, writeFileAtomic } from '../../../core/files.ts'
import { TLS_SERVER_OPTIONS } from '../../../core/net/tls-server.ts'
import { generateKeyPem, validityOf } from '../../../core/x509/index.ts'
import { NAME_CONSTRAINTS_OID, nameConstraints } from '../../../core/x509/name-constraints.ts'
import { importKeyPair, webCryptoAlgorithm, type WebCryptoKeys } from '../../../core/x509/keys.ts'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PeculiarCertificate,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  webCrypto,
  X509CertificateGenerator,
} from '../../../core/x509/peculiar.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Log } from '../../../core/log.ts'

/** The file in the data folder. */
export const AUTHORITY_FILE = 'name-authority.json'

/** What people see in the settings of their browser. */
export const AUTHORITY_NAME = 'Nodetrust names on this computer'

const DAY_MS = 24 * 3_600_000
/** So long, because a person imports it once; it can sign for nothing that exists elsewhere. */
const AUTHORITY_LIFE_MS = 3 * 365 * DAY_MS
const RENEW_BEFORE_MS = 60 * DAY_MS
const LEAF_LIFE_MS = 7 * DAY_MS
const BEFORE_MS = 3_600_000

/** Leaves in memory: names that one person opens. */
const MAX_LEAVES = 200

const FileSchema = v.strictObject({ version: v.literal(1), keyPem: v.string(), certPem: v.string() })

/** The authority. */
export interface BrowserAuthority {
  readonly certPem: string
  /** For handshakes under this name. @throws TypeError where it is not one below nostr */
  contextFor(host: string): Promise<SecureContext>
}

/** Opens it, and makes one where there is none, it cannot be read or ends soon. @throws FileError */
export async function openBrowserAuthority({
  dir,
  clock,
  log,
}: {
  readonly dir: string
  readonly clock: Clock
  readonly log: Log
}): Promise<BrowserAuthority> {
  const path = join(dir, AUTHORITY_FILE)
  let made = await read(path, clock.now(), log)
  if (!made) {
    made = await make(clock.now())
    await writeFileAtomic(path, JSON.stringify({ version: 1, ...made }))
  }
  const { keyPem, certPem } = made
  const keys = await importKeyPair(createPrivateKey(keyPem))
  const issuer = new PeculiarCertificate(certPem)
  const leaves = new Map<string, { readonly context: SecureContext; readonly notAfter: number }>()

  return {
    certPem,
    async contextFor(host) {
      if (!/\.(?:nostr|nostr\.alt)$/.test(host)) throw new TypeError(`${host} is no name by key`)
      const now = clock.now()
      const have = leaves.get(host)
      if (have && have.notAfter - now > DAY_MS) return have.context
      const leafKeyPem = await generateKeyPem('ecdsa-p256')
      const leafKeys = await importKeyPair(createPrivateKey(leafKeyPem))
      const notAfter = now + LEAF_LIFE_MS
      const leaf = await X509CertificateGenerator.create(
        {
          ...{ serialNumber: newSerial(), subject: '', issuer: issuer.subject },
          ...{ notBefore: new Date(now - BEFORE_MS), notAfter: new Date(notAfter) },
          ...{ signingAlgorithm: webCryptoAlgorithm(keys.algorithm), signingKey: keys.privateKey },
          publicKey: leafKeys.publicKey,
          extensions: [
            new BasicConstraintsExtension(false, undefined, true),
            new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
            new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
            new SubjectAlternativeNameExtension([{ type: 'dns', value: host }], true),
            await AuthorityKeyIdentifierExtension.create(keys.publicKey, false, webCrypto),
          ],
        },
        webCrypto,
      )
      const cert = `${leaf.toString('pem')}\n`
      const context = createSecureContext({ ...TLS_SERVER_OPTIONS, key: leafKeyPem, cert })
      putNewest(leaves, host, { context, notAfter }, MAX_LEAVES)
      return context
    },
  }
}

/** A certificate of an authority that may sign for `nostr` and `nostr.alt` alone. */
export async function signConstrained(
  keys: WebCryptoKeys,
  subject: string,
  dates: { readonly notBefore: number; readonly notAfter: number },
): Promise<string> {
  const certificate = await X509CertificateGenerator.create(
    {
      ...{ serialNumber: newSerial(), subject, issuer: subject },
      ...{ notBefore: new Date(dates.notBefore), notAfter: new Date(dates.notAfter) },
      ...{
        signingAlgorithm: webCryptoAlgorithm(keys.algorithm),
        signingKey: keys.privateKey,
        publicKey: keys.publicKey,
      },
      extensions: [
        // no authority below it
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
        new Extension(NAME_CONSTRAINTS_OID, true, nameConstraints(CONSTRAINED_TO)),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webCrypto),
      ],
    },
    webCrypto,
  )
  return `${certificate.toString('pem')}\n`
}

/** The zones that it may sign for. */
export const CONSTRAINED_TO = ['nostr', 'nostr.alt'] as const

async function make(nowMs: number): Promise<{ readonly keyPem: string; readonly certPem: string }> {
  const keyPem = await generateKeyPem('ecdsa-p256')
  const keys = await importKeyPair(createPrivateKey(keyPem))
  const dates = { notBefore: nowMs - DAY_MS, notAfter: nowMs + AUTHORITY_LIFE_MS }
  // each has its own name, so that a browser that knows an older one does not mistake them
  const subject = `CN=${AUTHORITY_NAME} ${randomBytes(4).toString('hex')}`
  return { keyPem, certPem: await signConstrained(keys, subject, dates) }
}

async function read(path: string, nowMs: number, log: Log) {
  const bytes = await readFileIfThere(path)
  if (bytes === undefined) return undefined
  try {
    const { keyPem, certPem } = v.parse(FileSchema, JSON.parse(bytes.toString('utf8')))
    const certificate = new X509Certificate(certPem)
    if (!certificate.checkPrivateKey(createPrivateKey(keyPem))) throw new TypeError('the key is another one')
    const { notBefore, notAfter } = validityOf(certificate)
    return notAfter - nowMs > RENEW_BEFORE_MS && notBefore <= nowMs ? { keyPem, certPem } : undefined
  } catch (error) {
    log.warn(
      { path, reason: error instanceof Error ? error.message : String(error) },
      'the authority for names in browsers is made anew',
    )
    return undefined
  }
}

function newSerial(): string {
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  return serial.toString('hex')
}
