// What kept the broker from a certificate of its own, as its operator needs it: a cause in words, what to do, and what waiting
// can do about it. Nobody sits in front of a server, so even what needs a person is tried again by itself, once a day.
import { classifyFailure } from '../../core/acme/back-off.ts'
import { AcmeAccountError, AcmeProblem, AcmeTimeoutError, AcmeTransportError } from '../../core/acme/index.ts'
import { AcmeAccountGoneError, ChallengeFailedError } from '../../core/acme/index.ts'
import { FileError } from '../../core/files.ts'
import { CertificateError } from '../../core/x509/index.ts'
import { DnsServerError } from '../dns/client.ts'
import type { Failure } from '../../core/certificates/retry-date.ts'

type Rule = readonly [new (...args: never[]) => Error, code: string]

const RULES: readonly Rule[] = [
  [AcmeTransportError, 'ca-unavailable'],
  [AcmeTimeoutError, 'ca-unavailable'],
  [ChallengeFailedError, 'challenge-failed'],
  [DnsServerError, 'dns-unavailable'],
  [CertificateError, 'bad-certificate'],
  [AcmeAccountGoneError, 'account-gone'],
  [AcmeAccountError, 'disk'],
  [FileError, 'disk'],
]

const NEXT_STEPS: Readonly<Record<string, string>> = {
  'challenge-failed': 'see whether the zone is delegated to its DNS servers, and whether port 53 is open to the world',
  'dns-unavailable': 'see whether the DNS servers in `broker.dnsServers` run and have this broker in `dns.admins`',
  'bad-certificate': "check this machine's clock and `broker.acme.directory`",
  disk: 'make room on the disk and see who may write into the folder `dir`',
  'ca-unavailable': 'nothing, if it passes; else see whether this machine reaches the CA',
  rateLimited: 'nothing, where the CA says until when; else open the page in its message, it is tried again once a day',
  userActionRequired: 'open the page in the message and agree to the terms of the CA; it is tried again once a day',
  accountDoesNotExist: 'nothing: the account is registered again with the next order',
  'account-gone':
    'move the file of the account away that the message names and start the servers again; see whether a CAA record names the old account',
}

const CA_STEP = 'see what the CA says in the message, and look at `broker.acme`'

/** Explains what ended an attempt. */
export function explainOwnFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  const code =
    error instanceof AcmeProblem
      ? error.type
      : (RULES.find(([kind]) => error instanceof kind)?.[1] ?? codeOfName(error))
  const told = error instanceof AcmeProblem || error instanceof AcmeTransportError
  const retryAfterMs = told ? error.retryAfterMs : undefined
  const kind = classifyFailure({ code, retryAfterMs })
  const daily = kind === 'mistake' || kind === 'paused'
  const page = error instanceof AcmeProblem && error.page !== undefined ? { page: error.page } : {}
  return { code, message, nextStep: nextStepOf(code), kind: daily ? 'refused' : kind, retryAfterMs, ...page }
}

/** What to do about a failure whose code was stored. */
export function nextStepOf(code: string): string {
  if (Object.hasOwn(NEXT_STEPS, code)) return NEXT_STEPS[code] ?? CA_STEP
  return code === 'other' || code === 'timeout' ? 'nothing: it is tried again by itself' : CA_STEP
}

/** An order that was given up because it took too long can be gone on with, like one that a timeout of the CA ended. */
function codeOfName(error: unknown): string {
  return error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'other'
}
