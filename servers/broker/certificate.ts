// Where the broker's HTTPS certificate comes from: a CA that it asks itself, files that somebody else keeps, or nowhere, behind a
// reverse proxy. All three look the same to the role and to the operator's page.
import { join } from 'node:path'
import { openCertificateAuthority } from '../issue/acme.ts'
import { openCertificateFiles } from './certificate-files.ts'
import { createOwnCertificate, type OwnCertificateState } from './own-certificate.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { BrokerSection } from '../config.ts'
import type { BrokerCertificate, CertificateFault, CertificateState } from './certificate-state.ts'
import type { OwnCertificateInit } from './own-certificate.ts'

export type { BrokerCertificate, CertificateFault, CertificateState } from './certificate-state.ts'

/** What it is made of. */
export interface BrokerCertificateInit extends Pick<OwnCertificateInit, 'dns' | 'preCheck' | 'onNewName'> {
  readonly zone: string
  readonly dir: string
  readonly section: Pick<BrokerSection, 'acme' | 'tls'>
  readonly clock: Clock
  readonly log: Log
}

/**
 * Opens it, however it is configured.
 *
 * @throws FileError where a file that is named cannot be read, PairError where two do not fit
 */
export async function openBrokerCertificate(init: BrokerCertificateInit): Promise<BrokerCertificate> {
  const { section } = init
  if (section.acme) return openOwn(init, section.acme)
  if (section.tls)
    return openCertificateFiles({ ...section.tls, setting: 'broker.tls', clock: init.clock, log: init.log })
  return { tls: undefined, start: () => undefined, state: () => undefined, stop: () => Promise.resolve() }
}

async function openOwn(
  init: BrokerCertificateInit,
  section: NonNullable<BrokerSection['acme']>,
): Promise<BrokerCertificate> {
  const { zone: name, dir, clock, log, dns, preCheck, onNewName } = init
  const authority = await openCertificateAuthority({ section, dir: join(dir, 'broker-acme'), clock, log })
  const situation = JSON.stringify([name, section])
  let own: ReturnType<typeof createOwnCertificate> | undefined
  return {
    tls: {},
    start(use) {
      own = createOwnCertificate({ name, dir, situation, authority, dns, preCheck, onNewName, use, clock, log })
      own.start()
    },
    state: () => own && stateOf(own.state()),
    async stop() {
      await own?.stop()
      authority.close()
    },
  }
}

/** A certificate that could not be written is worth knowing of once nothing worse is wrong. */
function stateOf({ current, renewal, busy, failed, unsaved }: OwnCertificateState): CertificateState {
  const failure: CertificateFault | undefined = failed && {
    ...{ message: failed.failure.message, nextStep: failed.failure.nextStep, at: failed.at },
    retryAt: failed.retryAt ?? undefined,
  }
  const unwritten: CertificateFault | undefined =
    unsaved === undefined
      ? undefined
      : {
          message: `the certificate is in use, but could not be stored: ${unsaved}`,
          nextStep: 'make room on the disk and see who may write into the folder `dir`',
          at: undefined,
          retryAt: undefined,
        }
  return { from: 'acme', current, renewAt: renewal?.at, busy, fault: failure ?? unwritten }
}
