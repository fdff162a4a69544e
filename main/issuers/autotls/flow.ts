// One certificate of one forge: the node runs ACME itself, and the forge's broker puts the DNS-01 value where the CA looks. The
// key is on the disk before its CSR leaves, the order's address before the CA is told anything, so that a crash anywhere
// costs no second certificate.
// Faults of libraries that this is a way around (docs/upstream.md): autotls-renewal.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import {
  createAcmeSession,
  endsOrder,
  fetchRenewalInfo,
  fileAccountStore,
  isClockFault,
} from '../../../core/acme/index.ts'
import { type AcmeSession, type IssuanceStep, issueCertificate, type PollOptions } from '../../../core/acme/index.ts'
import { VERSION } from '../../../core/version.ts'
import { certId, createBundle, createCsr, readPrivateKey, spkiOf, spkiSha256 } from '../../../core/x509/index.ts'
import { CertificateError, sameNames, whyNotCertificateName } from '../../../core/x509/index.ts'
import { type Broker, createBroker } from './broker.ts'
import { createDnsWatch, type DnsWatchInit } from './dns-watch.ts'
import { BrokerRefusedError, NoAddressError } from './errors.ts'
import { type Forge, forgeNames } from './forge.ts'
import { createSteps, type Steps } from './steps.ts'
import type { Silences } from './silence.ts'
import type { Clock } from '../../../core/clock.ts'
import type { CertificateBundle } from '../../../core/x509/index.ts'
import type { PendingKey } from '../../certificates/pending.ts'
import type { Emit } from '../../events.ts'
import type { RenewalAnswer } from '../issuer.ts'
import type { OrderFile, OrderUnderWay } from '../../../core/certificates/order-file.ts'
import type { PeerId, PrivateKey } from '@libp2p/interface'
import type { LookupFunction } from 'node:net'

/** What getting a certificate of any forge needs. */
export interface FlowInit {
  /** The folder that keeps ACME accounts. */
  readonly dir: string
  readonly key: PrivateKey
  readonly peer: PeerId
  /** Where a broker can dial us now: multiaddrs without /p2p/. */
  readonly addresses: () => readonly string[]
  /** Told to the CA, for news about certificates; none where left out. */
  readonly email?: string | undefined
  /** Where the key is kept until its certificate is in service; whoever puts it into service clears it. */
  readonly pending: PendingKey
  readonly orders: OrderFile
  /** The certificate in use. */
  readonly current: () => CertificateBundle | undefined
  /** DNS servers to ask where no others are named. */
  readonly resolvers: DnsWatchInit['resolvers']
  /** The forges' own name servers. @default those that a resolver names */
  readonly authoritative?: DnsWatchInit['authoritative']
  /** How long a registered value may take to be seen, milliseconds. */
  readonly shownWithinMs?: number | undefined
  /** Resolves the brokers' names. */
  readonly lookup?: LookupFunction | undefined
  readonly poll?: Partial<PollOptions> | undefined
  /** Told of each request to a broker whether it was answered. */
  readonly silences?: Pick<Silences, 'noted'> | undefined
  readonly clock: Clock
  readonly emit: Emit
}

/** The only algorithm that is asked for: what every browser takes and every CA signs quickest. */
const ALGORITHM = 'ecdsa-p256'

/** A certificate that is there is not to wait for a CA that does not say when to renew it. */
const RENEWAL_TIMEOUT_MS = 5_000

/**
 * Obtains a certificate.
 *
 * @param last  no other forge is asked where this one fails, so that a failed step is told
 * @throws the errors of broker.ts and dns-watch.ts, NoAddressError, what issuing throws (core/acme/issuance.ts), FileError,
 *   or the signal's reason
 */
export async function obtainFrom(
  init: FlowInit,
  forge: Forge,
  last: boolean,
  signal: AbortSignal,
): Promise<CertificateBundle> {
  const steps = createSteps(init.emit, forge.domain)
  const session = await openSession(init, forge)
  const onQuestion = (answered: boolean) => init.silences?.noted(forge.domain, answered)
  const broker = createBroker({ ...init, ...forge, url: forge.broker, onQuestion })
  try {
    return await obtain(init, forge, { steps, broker, session, signal })
  } catch (error) {
    if (last && !signal.aborted) steps.failed(error)
    throw error
  } finally {
    broker.close()
    session.close()
  }
}

/**
 * Asks the CA of a forge when it would like to see a certificate renewed.
 *
 * @throws AcmeProblem, AcmeTransportError, or the signal's reason
 */
export async function askRenewal(
  init: FlowInit,
  forge: Forge,
  chainPem: string,
  signal: AbortSignal,
): Promise<RenewalAnswer> {
  const session = await openSession(init, forge)
  try {
    const info = await fetchRenewalInfo(session, chainPem, init.clock.now(), signal)
    return { window: info?.window, askAgainMs: info?.askAgainMs, explanationUrl: info?.explanationUrl }
  } finally {
    session.close()
  }
}

interface Talk {
  readonly steps: Steps
  readonly broker: Broker
  readonly session: AcmeSession
  readonly signal: AbortSignal
}

async function obtain(init: FlowInit, forge: Forge, talk: Talk): Promise<CertificateBundle> {
  const { clock, orders } = init
  const { steps, broker, session, signal } = talk
  const names = forgeNames(init.peer, forge.domain)
  checkNames(names)
  await askHealth(init, names, talk)

  const addresses = init.addresses()
  if (addresses.length === 0) throw new NoAddressError(NO_ADDRESS)
  steps.begin('request')
  const { csr, keyPem, again } = await prepareKey(init.pending, names)
  const spki = spkiSha256(spkiOf(readPrivateKey(keyPem)))
  const found = await orders.find()
  const kept = found?.spki === spki && found.directory === forge.directoryUrl ? found : undefined
  const order = { forge: forge.domain, directory: forge.directoryUrl, spki }
  let orderUrl = ''
  let validated = kept?.validated ?? false
  const watch = createDnsWatch({ ...init, domain: forge.domain, withinMs: init.shownWithinMs })

  const tellOrder = (resumed: boolean) => {
    const how = resumed ? 'goes on with the order at' : 'ordered at'
    steps.done('request', `${how} ${new URL(forge.directoryUrl).host}: ${names.join(', ')}`)
    steps.begin('key')
    steps.done(
      'key',
      `${again ? 'took the key of the last attempt' : `made a ${ALGORITHM} key`} and a CSR; the key stays here`,
    )
    steps.begin('order')
    steps.progress('order', resumed ? 'order: resumed' : 'order: new')
  }
  const onStep = (step: IssuanceStep) => {
    if (step.step === 'order') return tellOrder(step.resumed)
    if (step.step === 'account' || step.step === 'challenge-removed') return
    validated ||= step.step === 'validated' || step.step === 'finalized'
    if (step.step === 'verified') steps.done('order', 'the certificate came')
    else steps.progress('order', step.step)
  }

  try {
    const issued = await issueCertificate({
      ...{ session, names, csr, signal, clock },
      ...{ poll: init.poll, trustAnchorPem: forge.trustAnchorPem, production: forge.trustAnchorPem === undefined },
      replaces: replacesOf(init, names),
      resume: kept,
      orderStore: {
        save: async (url) => {
          orderUrl = url
          validated &&= url === kept?.orderUrl
          await orders.save({ ...order, orderUrl, validated })
        },
        // the order's end is the keeper's to see: as long as its key is pending, the certificate may have to be fetched again
        clear: async () => undefined,
      },
      dns01: {
        async set(_name, value, setSignal) {
          steps.begin('proof')
          const { url: accountUri } = await session.account(setSignal ?? signal)
          const registration = { value, addresses, accountUri }
          const { server, initiatedBy } = await broker.register(registration, setSignal ?? signal)
          const how = initiatedBy === 'client' ? '' : ', the handshake was its own'
          steps.done('proof', `${broker.host} reached us (${addresses.join(', ')}); it is ${server}${how}`)
          steps.at('order')
        },
        // the broker forgets it by itself, within the hour
        remove: async () => undefined,
        preCheck: (name, value, setSignal) =>
          watch(name, value, setSignal ?? signal, (detail, mark) => steps.progress('order', detail, mark)),
      },
      onStep,
    })
    steps.begin('verify')
    const bundle = await bundleOf(init, talk, { keyPem, chainPem: issued.chainPem, addresses })
    steps.done('verify', `key, names, chain and dates are right; issued by ${bundle.issuer}`)
    return bundle
  } catch (error) {
    if (endsOrder(error) && !isClockFault(error)) await orders.clear()
    else if (validated && orderUrl !== '') await orders.save({ ...order, orderUrl, validated })
    throw error
  }
}

const NO_ADDRESS =
  'nobody outside could dial this node: no address that may be told is known ' +
  '(`network.autotls.addressClasses` says which may be)'

/** The first certificate of a forge is not asked for while its broker is not well; a renewal is tried in any case. */
async function askHealth(init: FlowInit, names: readonly string[], { steps, broker, signal }: Talk): Promise<void> {
  steps.begin('info')
  const current = init.current()
  if (current && sameNames(current.names, names) && init.clock.now() < current.notAfter) {
    steps.done('info', `${broker.host} has registered us before`)
    return
  }
  await broker.health(signal)
  steps.done('info', `${broker.host} is well`)
}

function checkNames(names: readonly string[]): void {
  const bad = names.map((name) => ({ name, why: whyNotCertificateName(name) })).find(({ why }) => why !== undefined)
  if (bad) throw new BrokerRefusedError(`no CA would certify ${bad.name}: it ${bad.why}`)
}

/**
 * The order that an attempt was broken off with, where its key is still pending: the certificate may be there already.
 *
 * @throws FileError
 */
export async function openOrder({ orders, pending, peer }: FlowInit): Promise<OrderUnderWay | undefined> {
  const order = await orders.find()
  if (!order) return undefined
  const keyPem = await pending.keyFor({ names: forgeNames(peer, order.forge), algorithm: ALGORITHM })
  return keyPem !== undefined && spkiSha256(spkiOf(readPrivateKey(keyPem))) === order.spki ? order : undefined
}

/** The key of an attempt that was broken off, or a new one; on the disk in any case before anybody sees its CSR. */
async function prepareKey(pending: PendingKey, names: readonly string[]) {
  const purpose = { names, algorithm: ALGORITHM } as const
  const kept = await pending.keyFor(purpose)
  const { csr, privateKeyPem: keyPem } = await createCsr(kept === undefined ? purpose : { names, privateKeyPem: kept })
  if (kept === undefined) await pending.keep(keyPem, purpose)
  return { csr, keyPem, again: kept !== undefined }
}

/** What is renewed; a CA refuses for ever to see one replaced that has expired (the order is made without it then). */
function replacesOf({ current, clock }: FlowInit, names: readonly string[]): string | undefined {
  const bundle = current()
  if (!bundle || bundle.source !== SOURCE || !sameNames(bundle.names, names)) return undefined
  if (clock.now() >= bundle.notAfter) return undefined
  try {
    return certId(bundle.chainPem)
  } catch (error) {
    if (error instanceof CertificateError) return undefined
    throw error
  }
}

/** What certificates of this way are marked with. */
export const SOURCE = 'autotls'

async function bundleOf(
  { clock }: FlowInit,
  { session, signal }: Talk,
  parts: { readonly keyPem: string; readonly chainPem: string; readonly addresses: readonly string[] },
): Promise<CertificateBundle> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(RENEWAL_TIMEOUT_MS)])
  const info = await fetchRenewalInfo(session, parts.chainPem, clock.now(), bounded).catch(() => undefined)
  signal.throwIfAborted()
  const ips = parts.addresses.flatMap((text) => text.split('/')[2] ?? [])
  return createBundle({
    ...parts,
    addresses: [...new Set(ips)],
    renewalWindow: info?.window,
    obtainedAt: clock.now(),
    source: SOURCE,
  })
}

/** One account for each CA, told apart by a hash of its address. */
async function openSession({ dir, email, clock }: FlowInit, forge: Forge): Promise<AcmeSession> {
  const hash = createHash('sha256').update(forge.directoryUrl).digest('hex').slice(0, 12)
  return await createAcmeSession({
    directory: forge.directoryUrl,
    store: fileAccountStore(join(dir, `acme-account-${hash}.json`)),
    termsOfServiceAgreed: true, // by choosing the forge; the documentation and the window say so
    replaceGoneAccount: true, // nobody else relies on it: the broker is told the account with each value
    contact: email === undefined ? [] : [`mailto:${email}`],
    version: VERSION,
    trustAnchorPem: forge.trustAnchorPem,
    clock,
  })
}
