// One attempt at the broker's own certificate: the CA is asked for the zone's own name, which the zone's own DNS proves. The key is
// on the disk before the CA hears of it, the order's address before the CA is told to look, so that a broker that is killed
// goes on with the order it has and costs no second certificate.
import { join } from 'node:path'
import { clampAskAgain } from '../../core/acme/renewal.ts'
import { endsOrder, isClockFault, type RenewalInfo } from '../../core/acme/index.ts'
import { createOrderFile } from '../../core/certificates/order-file.ts'
import { createPendingKey } from '../../core/certificates/pending-key.ts'
import { certId, createBundle, createCsr, readPrivateKey, spkiOf, spkiSha256 } from '../../core/x509/index.ts'
import { CertificateError, type CertificateBundle } from '../../core/x509/index.ts'
import { createOwnValues } from './own-values.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { DnsClient } from '../dns/client.ts'
import type { CertificateAuthority } from '../issue/acme.ts'

/** What an attempt needs. */
export interface OwnOrderInit {
  /** The zone's own name, where the DNS takes challenge values. */
  readonly name: string
  /** The role's folder: key and order are kept in it. */
  readonly dir: string
  readonly authority: Pick<CertificateAuthority, 'directoryUrl' | 'order' | 'renewalInfo'>
  readonly dns: DnsClient
  /** Returns when the world can see the value. @throws DnsServerError */
  readonly preCheck: (name: string, value: string, signal: AbortSignal) => Promise<void>
  readonly clock: Clock
  readonly log: Log
}

/** Attempts, one at a time. */
export interface OwnOrder {
  /**
   * Gets a certificate: that of the order which an earlier attempt was broken off with, or a new one.
   *
   * @param current  the one in use, which is replaced
   * @returns a bundle whose `source` is the account that ordered it, with the CA's window where it named one
   * @throws what issueCertificate throws (core/acme/issuance.ts), DnsServerError, FileError, or the signal's reason
   */
  obtain(current: CertificateBundle | undefined, signal: AbortSignal): Promise<CertificateBundle>
  /**
   * Forgets key and order: the certificate is on the disk.
   *
   * @throws FileError
   */
  forget(): Promise<void>
}

/** What every browser takes and every CA signs quickest. */
const ALGORITHM = 'ecdsa-p256'

/** Clean-up after an abort has a time of its own; a role may take five seconds to stop. */
const CLEANUP_TIMEOUT_MS = 3_000

/** A certificate that is there is not to wait for a CA that does not say when to renew it. */
const WINDOW_TIMEOUT_MS = 5_000

/** Makes the attempts of a role's folder. */
export function createOwnOrder(init: OwnOrderInit): OwnOrder {
  const { authority, clock, dir, dns, log, name, preCheck } = init
  const { directoryUrl } = authority
  const values = createOwnValues({ path: join(dir, 'broker-certificate.values.json'), dns, log })
  const purpose = { names: [name], algorithm: ALGORITHM } as const
  const pending = createPendingKey({ path: join(dir, 'broker-certificate.pending.json'), clock })
  const orders = createOrderFile({ path: join(dir, 'broker-certificate.order.json'), clock })

  const prepare = async () => {
    const kept = await pending.keyFor(purpose)
    const { csr, privateKeyPem: keyPem } = await createCsr({ ...purpose, ...(kept ? { privateKeyPem: kept } : {}) })
    const spki = spkiSha256(spkiOf(readPrivateKey(keyPem)))
    const found = await orders.find()
    const order = found?.spki === spki && found.directory === directoryUrl ? found : undefined
    // also where it is kept already: a disk that takes no key takes no order's address, and nothing may be ordered then
    if (!order) await pending.keep(keyPem, purpose)
    return { csr, keyPem, spki, order }
  }

  const windowOf = async (chainPem: string, signal: AbortSignal): Promise<RenewalInfo | undefined> => {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(WINDOW_TIMEOUT_MS)])
    return authority.renewalInfo(chainPem, bounded).catch((error: unknown) => {
      signal.throwIfAborted()
      log.info({ name, error: String(error) }, 'the CA did not say when to renew; it is asked again')
      return undefined
    })
  }

  return {
    async obtain(current, signal) {
      // each certificate has a key of its own, also after one that could not be stored
      if (current) await pending.forget(current.keyPem)
      const { csr, keyPem, spki, order } = await prepare()
      try {
        const { account, chainPem } = await authority.order({
          ...{ names: [name], csr, profile: undefined, signal },
          resume: order?.orderUrl,
          replaces: replacedBy(current, clock.now()),
          dns01: {
            set: (at, value, ends) => values.set({ name: at, value }, ends),
            remove: (at, value) => values.remove({ name: at, value }, AbortSignal.timeout(CLEANUP_TIMEOUT_MS)),
            preCheck,
          },
          onOrderUrl: (orderUrl) =>
            orders.save({ forge: name, directory: directoryUrl, orderUrl, spki, validated: false }),
          onStep: (step, detail) => log.debug({ name, step, detail }, 'the order goes on'),
        })
        const info = await windowOf(chainPem, signal)
        const obtainedAt = clock.now()
        const parts = { keyPem, chainPem, addresses: [], renewalWindow: info?.window, obtainedAt, source: account }
        return { ...createBundle(parts), askRenewalAt: obtainedAt + clampAskAgain(info?.askAgainMs) }
      } catch (error) {
        if (endsOrder(error) && !isClockFault(error)) await orders.clear()
        throw error
      } finally {
        // those of this order are gone; the DNS may have just worked, so this is the moment for what an earlier life left
        if (!signal.aborted) await values.removeLeftovers(AbortSignal.timeout(CLEANUP_TIMEOUT_MS))
      }
    },
    async forget() {
      await pending.clear()
      await orders.clear()
    },
  }
}

/** What a new certificate replaces; a CA refuses for ever to see one replaced that has expired. */
function replacedBy(current: CertificateBundle | undefined, now: number) {
  if (!current || now >= current.notAfter) return undefined
  try {
    return { certId: certId(current.chainPem), account: current.source }
  } catch (error) {
    if (error instanceof CertificateError) return undefined
    throw error
  }
}
