// The certificate as the page shows it: what is in service, what is going on, what happened. No key gets near it.
import { readCertificate } from '../../../core/x509/index.ts'
import { lifeOf } from './life.ts'
import { listedCode } from './problems.ts'
import type { State } from '../../../proto/api/index.ts'
import type { CertificateBundle } from '../../../core/x509/index.ts'
import type { HistoryEntry } from '../../certificates/history.ts'
import type { NodeFacts, ProgramFacts } from '../../program/program.ts'
import type { AttemptView } from './attempt.ts'

const MAX_NAMES = 100
const MAX_HISTORY = 100
const MAX_TEXT = 2_000

/** Issuers of test CAs say so in their names. */
const TEST_ISSUER = /\b(sandbox|pebble|staging|fake le|not trusted)\b/i

/**
 * Makes the slice.
 *
 * @param now  milliseconds since 1970
 */
export function certificateSlice(facts: ProgramFacts, attempt: AttemptView | null, now: number): State['certificate'] {
  const { node } = facts
  return {
    life: lifeOf(facts, now),
    current: node?.certificate ? currentOf(node.certificate, node, facts.network.choice?.test) : null,
    attempt,
    history: (node?.history ?? [])
      .slice(-MAX_HISTORY)
      .reverse()
      .map((entry) => historyOf(entry)),
  }
}

function currentOf(
  bundle: CertificateBundle,
  node: NodeFacts,
  testNetwork: boolean | undefined,
): State['certificate']['current'] {
  const { names, issuer, notBefore, notAfter, obtainedAt, algorithm } = bundle
  return {
    names: names.slice(0, MAX_NAMES),
    ...{ issuer: issuer.slice(0, MAX_TEXT), notBefore, notAfter, obtainedAt },
    renewAt: node.hasIssuer ? (node.renewal?.at ?? null) : null,
    keyAlgorithm: algorithm,
    fingerprint: fingerprintOf(bundle),
    otherZone: node.otherZone?.slice(0, MAX_TEXT) ?? null,
    // a certificate stays in service when its network is left, so that its chain counts more than the network and every name
    test: node.trusted === undefined ? testNetwork === true || TEST_ISSUER.test(issuer) : !node.trusted,
  }
}

/** Reading a chain takes a millisecond, and the slice is made often. */
const fingerprints = new WeakMap<CertificateBundle, string>()

function fingerprintOf(bundle: CertificateBundle): string {
  const known = fingerprints.get(bundle)
  if (known !== undefined) return known
  const made = readCertificate(bundle.chainPem).fingerprint.replaceAll(':', '').toLowerCase()
  fingerprints.set(bundle, made)
  return made
}

function historyOf({ at, what, code, detail }: HistoryEntry): State['certificate']['history'][number] {
  return { at: Date.parse(at), what, code: listedCode(code).slice(0, MAX_TEXT), detail: detail.slice(0, MAX_TEXT) }
}
