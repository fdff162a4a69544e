// A failure as a person needs it: a code, a plain cause, and what to do next. Every typed error that can end an attempt has
// its line here; what has none is shown as it is.
import { plainLine } from '../../proto/plain-text.ts'
import { classifyFailure, type FailureClass } from '../../core/acme/back-off.ts'
import { AcmeAccountError, AcmeProblem, AcmeTimeoutError, AcmeTransportError } from '../../core/acme/errors.ts'
import { AcmeAccountGoneError, ChallengeFailedError } from '../../core/acme/errors.ts'
import { ListenError } from '../../core/host.ts'
import { unresolvedNames } from '../../core/net/unresolved.ts'
import { FileError } from '../../core/files.ts'
import { CertificateError } from '../../core/x509/index.ts'
import { ErrorCode, errorCodeName, ProblemError } from '../../proto/problem.ts'
import {
  BadBrokerError,
  BrokerLimitError,
  BrokerRefusedError,
  BrokerUnavailableError,
} from '../issuers/autotls/errors.ts'
import { ForgesFailedError, ForgeTokenError, NoAddressError, NotDialledError } from '../issuers/autotls/errors.ts'
import { ValueNotShownError } from '../issuers/autotls/errors.ts'
import { IssuersFailedError } from '../issuers/in-order.ts'
import { AttemptTimeoutError, BadAnswerError, NoProofsError, UnreachableError } from '../issuers/nodetrust/errors.ts'
import { OtherKeyError, OtherZoneError } from '../issuers/nodetrust/errors.ts'
import { NotReachableError } from '../reachability/not-reachable-error.ts'
import { CancelledError } from './cancelled-error.ts'
import { TlsPairError } from '../node/tls-certificate.ts'
import { reasonOf } from '../../core/net/reason.ts'
import type { Failure } from '../../core/certificates/retry-date.ts'

export type { Failure } from '../../core/certificates/retry-date.ts'

const WAIT = 'nothing: it is tried again by itself'
const UPDATE = 'see whether there is a newer version of this program; if it lasts, tell who runs the issue server'

const CA_STEP = 'see what the CA says in the message; if it lasts, tell who runs the forge'

/** Nothing is wrong: a network that is being tried out gives test certificates, and its operator wants to hear of it. */
const REHEARSED_STEP = 'tell who runs the network that the rehearsal passed; it can take the CA in earnest now'

const ACCOUNT_STEP = 'ask the CA why it closed the account; to begin with a new one, do what the message says'

/** What to do about what a CA says, by the type of its problem. */
const CA_STEPS: Readonly<Record<string, string>> = {
  userActionRequired: 'open the page that the message names and agree to the terms of the CA, then try again',
  accountDoesNotExist: WAIT,
}

const PAUSE_STEP =
  'open the page that the message names, where the CA lets a person lift this; it is tried again once a day'

const PROBLEM_STEPS: Partial<Record<ErrorCode, string>> = {
  [ErrorCode.RATE_LIMIT]: WAIT,
  [ErrorCode.INVALID_PROOF]: "check this machine's clock; if it is right, tell who runs the issue server",
  [ErrorCode.NOT_AUTHORIZED]: 'ask who runs the issue server whether your peer id may use it',
  [ErrorCode.NO_MATCHING_CRYPTO]: 'allow one of the algorithms that the message names in `network.algorithms`',
  [ErrorCode.ADDRESS_REFUSED]: 'connect from a network with a public address, or use a server that allows yours',
  [ErrorCode.RELAYED]: 'make sure that this machine connects to the proof servers directly, without a relay',
  [ErrorCode.NAME_REFUSED]: 'start with a new Ed25519 identity: reset this one in the settings',
  [ErrorCode.NOTHING_TO_GRANT]: 'add `identity` to `network.names`',
  [ErrorCode.INVALID_REQUEST]: UPDATE,
  [ErrorCode.INVALID_CSR]: UPDATE,
  [ErrorCode.CA_REFUSED]: 'tell who runs the issue server what the CA answered',
}

type Rule = readonly [new (...args: never[]) => Error, code: string, nextStep: string]

const RULES: readonly Rule[] = [
  [NotReachableError, 'not-reachable', 'see why nobody can reach this computer, with `nodetrust reachability`'],
  [CancelledError, 'cancelled', 'nothing'],
  [NoProofsError, 'no-proofs', 'check the internet connection and whether a firewall stops outgoing connections'],
  [UnreachableError, 'unreachable', 'check the internet connection and the addresses in `network.issue`'],
  [OtherKeyError, 'other-key', 'ask who runs the network for a new invitation: its server has another key now'],
  [OtherZoneError, 'other-zone', 'ask who runs the network for a new invitation, or name the zone in `network.zone`'],
  [AttemptTimeoutError, 'timeout', WAIT],
  [BadAnswerError, 'bad-answer', UPDATE],
  [BrokerUnavailableError, 'broker-unavailable', WAIT],
  [BrokerLimitError, 'broker-limit', WAIT],
  [BrokerRefusedError, 'broker-refused', 'ask who runs the forge why, or name another in `network.autotls.forges`'],
  [ForgeTokenError, 'forge-token', 'ask who runs the forge for its token and set `token` of that forge'],
  [BadBrokerError, 'bad-broker', 'see whether `broker` of that forge is right; if it is, tell who runs it'],
  [ValueNotShownError, 'value-not-shown', 'tell who runs the forge, or name another in `network.autotls.forges`'],
  [NotDialledError, 'not-dialled', 'see why nobody can reach this computer, with `nodetrust reachability`'],
  [NoAddressError, 'no-address', 'see why nobody can reach this computer, with `nodetrust reachability`'],
  [AcmeTransportError, 'ca-unavailable', WAIT],
  [AcmeTimeoutError, 'ca-unavailable', WAIT],
  [ChallengeFailedError, 'challenge-failed', WAIT],
  [AcmeAccountGoneError, 'account-gone', ACCOUNT_STEP],
  [AcmeAccountError, 'disk', 'move the file away that the message names; a new account is made then'],
  [CertificateError, 'bad-certificate', "check this machine's clock and `network.trustAnchor`"],
  [TlsPairError, 'bad-certificate', 'see whether there is a newer version of this program'],
  [ListenError, 'wss-listen', 'stop the program that has the port, or choose another with `listen.wss`'],
  [FileError, 'disk', 'make room on the disk and see who may write into the folder `dir`'],
]

/** What is waited for when several ways have failed: the first of these that one of them has. */
const SOONEST_FIRST: readonly FailureClass[] = [
  ...(['unavailable', 'validation-failed', 'rate-limited', 'refused', 'paused', 'mistake'] as const),
]

/**
 * Explains what ended an attempt.
 *
 * @param forge  domain of the one forge that was asked, where there is no other way
 */
export function explainFailure(error: unknown, forge?: string): Failure {
  const names = unresolvedNames(error)
  const failure = explainAll(error, forge)
  return names.length === 0 ? failure : { ...failure, unresolved: names }
}

function explainAll(error: unknown, forge: string | undefined): Failure {
  const message = plainLine(reasonOf(error))
  const [soonest, ...others] = severalOf(error).sort(bySoonest)
  if (soonest) return { ...soonest, message, others: others.length }
  const failure = explainOne(error, message)
  return forge === undefined ? failure : { ...failure, forge }
}

/** The failures of which one consists; none for a plain one. */
function severalOf(error: unknown): Failure[] {
  if (error instanceof ForgesFailedError) return error.attempts.map((one) => explainFailure(one.error, one.forge))
  if (!(error instanceof IssuersFailedError)) return []
  return error.attempts.flatMap((one) => {
    const several = severalOf(one.error)
    return several.length > 0 ? several : [explainFailure(one.error, one.forge)]
  })
}

function explainOne(error: unknown, message: string): Failure {
  if (error instanceof AcmeProblem) {
    const { type: code, retryAfterMs, page } = error
    const limitStep = error.isPause ? PAUSE_STEP : WAIT
    const ownStep = Object.hasOwn(CA_STEPS, code) ? CA_STEPS[code] : undefined
    const nextStep = code === 'rateLimited' ? limitStep : (ownStep ?? CA_STEP)
    return classified({ code, message, nextStep, retryAfterMs, ...(page === undefined ? {} : { page }) })
  }
  if (error instanceof ProblemError) {
    const { code, retryAfterMs } = error
    const name = errorCodeName(code).toLowerCase().replaceAll('_', '-')
    return classified({ code: name, message: message || name, nextStep: PROBLEM_STEPS[code] ?? WAIT, retryAfterMs })
  }
  if (error instanceof CertificateError && error.code === 'test-issuer')
    return classified({ code: 'rehearsed', message, nextStep: REHEARSED_STEP, retryAfterMs: undefined })
  const rule = RULES.find(([kind]) => error instanceof kind)
  const told =
    error instanceof BrokerUnavailableError || error instanceof BrokerLimitError || error instanceof AcmeTransportError
  const retryAfterMs = told ? error.retryAfterMs : undefined
  return classified({ code: rule?.[1] ?? 'other', message, nextStep: rule?.[2] ?? WAIT, retryAfterMs })
}

/** The one that waiting mends soonest. */
function bySoonest(one: Failure, other: Failure): number {
  const rank = ({ kind, retryAfterMs = 0 }: Failure) => SOONEST_FIRST.indexOf(kind) * 1e12 + retryAfterMs
  return rank(one) - rank(other)
}

/** What is told must be true: a mistake is not tried again by itself. */
function classified(failure: Omit<Failure, 'kind'>): Failure {
  const kind = classifyFailure(failure)
  const isUntrue = kind === 'mistake' && failure.nextStep === WAIT
  return { ...failure, kind, ...(isUntrue ? { nextStep: UPDATE } : {}) }
}
