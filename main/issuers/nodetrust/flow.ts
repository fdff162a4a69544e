// From nothing to a certificate, the client's side: info, proofs, request, key and CSR, order, verification. Each step is
// told; the private key is made here, kept until its certificate is in service, and never leaves; what comes back is not used
// before it was verified.
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { certId, createBundle, createCsr, usableChain, whyNotCertificateName } from '../../../core/x509/index.ts'
import { id0Name } from '../../../proto/names.ts'
import { plainText } from '../../../proto/plain-text.ts'
import { AttemptTimeoutError, BadAnswerError } from './errors.ts'
import { type CheckedGrant, checkGrant } from './grant.ts'
import { collectProofs, type ProofOutcome } from './proofs.ts'
import { askInfo, askRenewal, connect, type IssueInfo, openIssue, readWindow } from './wire.ts'
import { reasonOf } from '../../../core/net/reason.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Host } from '../../../core/host.ts'
import type { CertificateBundle } from '../../../core/x509/index.ts'
import type { WireAlgorithm } from '../../../proto/algorithms.ts'
import type { NodeStep } from '../../../proto/node-events.ts'
import type { PendingKey } from '../../certificates/pending.ts'
import type { Emit } from '../../events.ts'
import type { Issuer } from '../issuer.ts'
import type { AgreedZone } from './zone.ts'

/** What the issuer needs. */
export interface NodetrustIssuerInit {
  readonly host: Host
  /** Addresses of the issue server, with /p2p/. */
  readonly issue: readonly string[]
  /** The zone that it has to speak for. */
  readonly agreed: AgreedZone
  readonly names: readonly ('identity' | 'ip')[]
  /** In order of preference. */
  readonly algorithms: readonly WireAlgorithm[]
  readonly profile?: string | undefined
  /** PEM; the chain must end there. */
  readonly trustAnchorPem?: string | undefined
  /** Where the key is kept until its certificate is in service; whoever puts it into service clears it. */
  readonly pending: PendingKey
  readonly clock: Clock
  readonly emit: Emit
  /** How long one whole message may take; STREAM_IDLE_MS where left out. */
  readonly idleMs?: number | undefined
  /** How long the whole attempt may take, milliseconds. @default ATTEMPT_TIMEOUT_MS */
  readonly attemptMs?: number | undefined
}

/** A CA validates within a minute or two; what takes longer has failed without saying so. */
export const ATTEMPT_TIMEOUT_MS = 10 * 60_000

/** One small question; a node that cannot ask it has a window already. */
const RENEWAL_TIMEOUT_MS = 30_000

/** Makes the issuer of one nodetrust network. */
export function createNodetrustIssuer(init: NodetrustIssuerInit): Issuer {
  const attemptMs = init.attemptMs ?? ATTEMPT_TIMEOUT_MS
  return {
    async obtain(signal) {
      const late = AbortSignal.timeout(attemptMs)
      try {
        return await obtain(init, AbortSignal.any([signal, late]))
      } catch (error) {
        signal.throwIfAborted()
        if (!late.aborted) throw error
        throw new AttemptTimeoutError(`no certificate within ${Math.round(attemptMs / 1000)} seconds`, { cause: error })
      }
    },
    async renewal(bundle, signal) {
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(RENEWAL_TIMEOUT_MS)])
      const addresses = init.issue.map((text) => multiaddr(text))
      const connection = await connect(init.host, addresses, bounded)
      return await askRenewal(connection, certId(bundle.chainPem), { signal: bounded, idleMs: init.idleMs })
    },
  }
}

async function obtain(init: NodetrustIssuerInit, signal: AbortSignal): Promise<CertificateBundle> {
  const { host, clock } = init
  const talk = { signal, idleMs: init.idleMs }
  const step = stepper(init.emit)
  const issueServer: Multiaddr[] = init.issue.map((text) => multiaddr(text))

  const info = await step('info', () => readInfo(init, issueServer, talk), describeInfo)
  const proofs = await collectProofs({
    ...{ host, servers: info.proofServers, maxProofs: info.maxProofs, ...talk },
    onOutcome: (outcome) => init.emit({ event: 'step', step: 'proof', ...describeOutcome(outcome) }),
  })
  const proved = [...new Map(proofs.flatMap(({ addresses }) => addresses.map((ip) => [ip.text, ip]))).values()]

  const conversation = await openIssue(await connect(host, issueServer, signal), talk)
  try {
    const { names: wanted, algorithms, profile } = init
    const request = { proofs: proofs.map(({ bytes }) => bytes), algorithms, names: wanted, profile }
    const grant = await step(
      'request',
      async () => {
        const granted = await conversation.request(request)
        const measure = { peer: host.peerId, zone: info.zone, proved, wanted, offered: algorithms }
        return { ...checkGrant(granted, measure), leftOut: granted.leftOut }
      },
      describeGrant,
    )

    const { csr, keyPem } = await step(
      'key',
      () => prepareKey(init.pending, grant),
      ({ again }) =>
        `${again ? 'took the key of the last attempt' : `made a ${grant.algorithm} key`} and a CSR; the key stays here`,
    )
    const issued = await step(
      'order',
      (progress) => conversation.certify(csr, (name, detail) => progress(detail ? `${name}: ${detail}` : name)),
      ({ reused }) => (reused ? 'the certificate came; it had been issued before' : 'the certificate came'),
    )
    return await step(
      'verify',
      async () => {
        const { renewFrom, renewUntil } = issued
        const { names } = grant
        const { trustAnchorPem } = init
        const production = trustAnchorPem === undefined
        const check = { chainPem: issued.chainPem, keyPem, names, now: clock.now(), trustAnchorPem, production }
        const { chainPem } = usableChain(check)
        const renewalWindow = readWindow(renewFrom, renewUntil)
        const addresses = proved.map((ip) => ip.text)
        return createBundle({
          keyPem,
          chainPem,
          addresses,
          renewalWindow,
          obtainedAt: clock.now(),
          source: 'nodetrust',
        })
      },
      (bundle) => `key, names, chain and dates are right; issued by ${bundle.issuer}`,
    )
  } finally {
    await conversation.end()
  }
}

/** The key of an attempt that was broken off, or a new one; on the disk in any case before anybody sees its CSR. */
async function prepareKey(
  pending: PendingKey,
  purpose: CheckedGrant,
): Promise<{ readonly csr: Uint8Array; readonly keyPem: string; readonly again: boolean }> {
  const { names, algorithm } = purpose
  const kept = await pending.keyFor(purpose)
  const { csr, privateKeyPem: keyPem } = await createCsr(
    kept === undefined ? { names, algorithm } : { names, privateKeyPem: kept },
  )
  if (kept === undefined) await pending.keep(keyPem, purpose)
  return { csr, keyPem, again: kept !== undefined }
}

async function readInfo(
  { host, agreed }: NodetrustIssuerInit,
  issueServer: readonly Multiaddr[],
  talk: Parameters<typeof askInfo>[1],
): Promise<IssueInfo> {
  const info = await askInfo(await connect(host, issueServer, talk.signal), talk)
  const why = whyNotCertificateName(id0Name(host.peerId, info.zone))
  if (why !== undefined)
    throw new BadAnswerError(
      `the issue server's zone "${plainText(info.zone.slice(0, 253))}" cannot be used: our name in it ${why}`,
    )
  await agreed.check(info.zone)
  return info
}

type Step = <Result>(
  name: NodeStep,
  run: (progress: (detail: string) => void) => Promise<Result>,
  describe: (result: Result) => string,
) => Promise<Result>

/** Runs steps and tells their begin, new progress, and end. */
function stepper(emit: Emit): Step {
  return async (name, run, describe) => {
    const began = performance.now()
    let last = ''
    const tell = (status: 'begin' | 'progress' | 'done' | 'failed', detail: string) =>
      emit({ event: 'step', step: name, status, ms: Math.round(performance.now() - began), detail })
    tell('begin', '')
    try {
      const result = await run((detail) => {
        if (detail !== last) tell('progress', detail) // the server repeats itself to show that it is alive
        last = detail
      })
      tell('done', describe(result))
      return result
    } catch (error) {
      tell('failed', reasonOf(error))
      throw error
    }
  }
}

function describeInfo(info: IssueInfo): string {
  return `zone ${plainText(info.zone)}, proof servers: ${info.proofServers.map((server) => server.displayName).join(', ') || 'none'}`
}

function describeOutcome({ server, family, ms, result }: ProofOutcome) {
  if (result instanceof Error)
    return { status: 'failed', ms, detail: `${server} (${family}): ${result.message}` } as const
  return { status: 'done', ms, detail: `${server} saw ${result.addresses.map((ip) => ip.text).join(', ')}` } as const
}

function describeGrant(grant: {
  readonly names: readonly string[]
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[]
}): string {
  const left = grant.leftOut.map(({ name, reason }) => `; not ${name}: ${reason}`).join('')
  return `granted: ${grant.names.join(', ')}${left}`
}
