// The broker's own certificate, got from itself: it asks a CA for the zone's name and proves it with the zone's own DNS. Key and
// chain lie in one file of the role's folder; the certificate is renewed when a third of its life is left, and exchanged
// while the server runs.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { renewalWithoutWindow } from '../../core/acme/renewal.ts'
import { type CertificateFacts, createCsr, readCertificate, sameNames } from '../../core/x509/index.ts'
import type { DnsClient } from '../dns/client.ts'
import type { RunOrder } from '../issue/orders.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

/** Key and chain in PEM, as a TLS server takes them. */
export interface KeyAndChain {
  readonly key: string
  readonly cert: string
}

/** How the certificate is kept. */
export interface OwnCertificateInit {
  /** The zone's own name, where the DNS takes challenge values. */
  readonly name: string
  readonly dir: string
  readonly run: RunOrder
  readonly dns: DnsClient
  readonly preCheck: (name: string, value: string, signal: AbortSignal) => Promise<void>
  /** Told of each certificate, also the stored one. */
  readonly use: (pair: KeyAndChain) => void
  readonly clock: Clock
  readonly log: Log
}

/** Dates are compared this often. */
const LOOK_MS = 10 * 60_000

/** Let's Encrypt forgives five failures an hour. */
const RETRY_MS = 30 * 60_000

/** Clean-up after an abort has a time of its own. */
const CLEANUP_TIMEOUT_MS = 10_000

/** Where the pair lies. */
export function ownCertificatePath(dir: string): string {
  return join(dir, 'broker-certificate.pem')
}

/**
 * Uses the stored certificate, and gets another one whenever that is due, until the signal is aborted. A CA or DNS that does not
 * answer is asked again later; meanwhile the stored one stays in use, and without one the server speaks to nobody.
 *
 * @throws FileError where the file cannot be read or written
 */
export async function keepOwnCertificate(init: OwnCertificateInit, signal: AbortSignal): Promise<void> {
  const { clock, log, name, use } = init
  let facts = await useStored(init)
  while (!signal.aborted) {
    if (facts && clock.now() < renewalWithoutWindow(facts.notBefore, facts.notAfter)) {
      await pause(clock, LOOK_MS, signal)
      continue
    }
    try {
      await beginAttempt(init, signal)
      const pair = await obtain(init, signal)
      facts = readCertificate(pair.cert)
      use(pair) // before it is kept: a full disk must not cost a second one while this process lives
      await writeFileAtomic(ownCertificatePath(init.dir), `${pair.key.trim()}\n${pair.cert}`)
      await rm(attemptPath(init.dir), { force: true })
      log.info({ name, notAfter: new Date(facts.notAfter).toISOString() }, 'the broker has a certificate of its own')
      await pause(clock, LOOK_MS, signal) // also where a wrong clock makes it due at once
    } catch (error) {
      if (signal.aborted) return
      log.error(
        { name, error: String(error) },
        'the broker could not get or keep a certificate of its own; it looks again in half an hour',
      )
      await pause(clock, RETRY_MS, signal)
    }
  }
}

/**
 * Notes that an order begins, and waits where the last one that brought nothing began less than half an hour ago: a broker that
 * is started again and again must not spend the limits of a CA.
 *
 * @throws FileError where nothing can be written; then no order is begun that could not be kept
 */
async function beginAttempt({ dir, clock, log }: OwnCertificateInit, signal: AbortSignal): Promise<void> {
  const last = Number((await readFileIfThere(attemptPath(dir)))?.toString('utf8') ?? Number.NaN)
  const waitMs = last + RETRY_MS - clock.now()
  if (waitMs > 0 && waitMs <= RETRY_MS) {
    log.warn({ waitMs }, 'the last order brought no certificate; the next one waits')
    await pause(clock, waitMs, signal)
    signal.throwIfAborted()
  }
  await writeFileAtomic(attemptPath(dir), `${clock.now()}\n`)
}

function attemptPath(dir: string): string {
  return join(dir, 'broker-certificate.tried')
}

async function obtain({ name, run, dns, preCheck }: OwnCertificateInit, signal: AbortSignal): Promise<KeyAndChain> {
  const { csr, privateKeyPem } = await createCsr({ names: [name] })
  const { chainPem } = await run({
    ...{ names: [name], csr, profile: undefined, resume: undefined, replaces: undefined, signal },
    dns01: {
      set: (at, value, ends) => dns.set({ name: at, value }, ends),
      remove: (at, value) => dns.remove({ name: at, value }, AbortSignal.timeout(CLEANUP_TIMEOUT_MS)),
      preCheck,
    },
    onOrderUrl: async () => undefined,
    onStep: () => undefined,
  })
  return { key: privateKeyPem, cert: chainPem }
}

/** What is stored, where it is for this name and not over; anything else is replaced as if it was not there. */
async function useStored({ dir, name, use, clock, log }: OwnCertificateInit): Promise<CertificateFacts | undefined> {
  const text = (await readFileIfThere(ownCertificatePath(dir)))?.toString('utf8')
  const [, key, cert] = /^(-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----)\s+(.*)$/s.exec(text ?? '') ?? []
  if (key === undefined || cert === undefined) return undefined
  try {
    const facts = readCertificate(cert)
    if (facts.notAfter <= clock.now() || !sameNames(facts.names, [name])) return undefined
    use({ key, cert })
    return facts
  } catch (error) {
    log.warn({ error: String(error) }, 'the stored certificate of the broker cannot be used')
    return undefined
  }
}

async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(ms, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
