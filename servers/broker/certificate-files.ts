// A certificate that somebody else keeps, as PEM files: read again when they change, and used where key and certificate fit. Who
// writes two files writes one of them first; until both are there, the pair from before stays in use.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { FileError } from '../../core/files.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import { validityOf } from '../../core/x509/validity.ts'
import type { BrokerCertificate, CertificateFault, CertificateState } from './certificate-state.ts'
import type { KeyAndChain } from './own-certificate.ts'

/** What was read is no certificate with its key; the message names the files. */
export class PairError extends Error {
  override readonly name = 'PairError'
}

/** Between two looks: two small files cost nothing. */
const LOOK_AGAIN_MS = 10_000

interface Read {
  readonly pair: KeyAndChain
  readonly facts: NonNullable<CertificateState['current']>
}

/**
 * Reads the files for the first time.
 *
 * @throws FileError where one cannot be read, PairError where they do not fit
 */
export async function openCertificateFiles(init: {
  readonly certificateFile: string
  readonly keyFile: string
  /** The setting that names them, for whoever has to mend it. */
  readonly setting: string
  readonly clock: Clock
  readonly log: Log
}): Promise<BrokerCertificate> {
  const { clock, log, setting } = init
  const stopping = new AbortController()
  const { signal } = stopping
  let used = await readPair(init)
  let fault: CertificateFault | undefined
  let running: Promise<void> | undefined
  let give: ((pair: KeyAndChain) => void) | undefined

  const look = async (use: (pair: KeyAndChain) => void): Promise<void> => {
    try {
      const now = await readPair(init)
      if (now.pair.cert !== used.pair.cert || now.pair.key !== used.pair.key) {
        use(now.pair)
        used = now
        log.info({ notAfter: new Date(now.facts.notAfter).toISOString() }, 'another certificate is in use')
      }
      fault = undefined
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (fault?.message !== message) log.warn({ error: message }, 'the certificate cannot be read again')
      const nextStep = `look at the files in \`${setting}\`; the pair from before stays in use`
      const at = fault?.message === message ? fault.at : clock.now()
      fault = { message, nextStep, at, retryAt: clock.now() + LOOK_AGAIN_MS }
    }
  }

  const run = async (use: (pair: KeyAndChain) => void): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(LOOK_AGAIN_MS, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
      if (!signal.aborted) await look(use)
    }
  }

  return {
    tls: used.pair,
    start(use) {
      give = use
      running ??= run(use).catch((error: unknown) =>
        log.error({ error: String(error) }, 'the files of the certificate are not looked at any more'),
      )
    },
    state: () => ({ from: 'files', current: used.facts, renewAt: undefined, busy: false, fault }),
    async reread() {
      if (give) await look(give)
    },
    async stop() {
      stopping.abort(new Error('the role was stopped'))
      await running
    },
  }
}

async function readPair(files: { readonly certificateFile: string; readonly keyFile: string }): Promise<Read> {
  const pair = { key: await readText(files.keyFile), cert: await readText(files.certificateFile) }
  try {
    const leaf = new X509Certificate(pair.cert)
    if (leaf.checkPrivateKey(createPrivateKey(pair.key))) return { pair, facts: factsOf(leaf) }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new PairError(`${files.certificateFile} and ${files.keyFile} are no certificate and key: ${why}`, {
      cause: error,
    })
  }
  throw new PairError(`the key in ${files.keyFile} does not belong to the certificate in ${files.certificateFile}`)
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new FileError(path, 'read', error)
  }
}

/** For a person to read; unlike our own, such files may have text around the certificates. */
function factsOf(leaf: X509Certificate): Read['facts'] {
  return {
    names: (leaf.subjectAltName ?? '').split(', ').map((name) => name.replace(/^(DNS|IP Address):/, '')),
    issuer: /^CN=(.*)$/m.exec(leaf.issuer)?.[1] ?? leaf.issuer.replaceAll('\n', ', '),
    ...validityOf(leaf),
  }
}
