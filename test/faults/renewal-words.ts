// What a node decides about a certificate, in words: asks the CA as a node does, then the pure functions that decide.
import { fetchRenewalInfo, type RenewalInfo } from '../../core/acme/index.ts'
import { clampAskAgain, decideRenewal, selectMoment, tickFor } from '../../core/acme/renewal.ts'
import type { CertificateFacts, RenewalWindow } from '../../core/x509/index.ts'
import { duration, inWords } from './fault.ts'
import type { OwnWorld } from './world.ts'

const REASONS = {
  window: 'the CA asked for it',
  'third-left': 'a third of its life is left',
  'half-left': 'half of its life is left',
  'twentieth-left': 'a twentieth of its life is left',
  expired: 'it has expired',
} as const

/** `renews now: it has expired`, `renews in 60 d: the CA asked for it`. */
export function decisionInWords(
  certificate: Pick<CertificateFacts, 'notBefore' | 'notAfter'>,
  now: number,
  window?: RenewalWindow,
): string {
  const { notBefore, notAfter } = certificate
  const nextTickMs = tickFor(certificate)
  // The middle of the window: what is chosen at random has one length in the report.
  const selectedAt = window && selectMoment(window, () => 0.5)
  const { due, reason, at } = decideRenewal({ notBefore, notAfter, window, selectedAt, now, nextTickMs })
  return `renews ${due ? 'now' : `in ${duration(at - now)}`}: ${REASONS[reason]}`
}

/** Asks the CA for the window; undefined where it has none to give. */
export async function askWindow(world: OwnWorld, chainPem: string): Promise<RenewalInfo | undefined> {
  return fetchRenewalInfo(await world.open(), chainPem, world.clock.now())
}

/** Gets a certificate, lets time pass, asks for its window and decides; a CA that fails leaves the rule without one. */
export async function askAndDecide(world: OwnWorld, passMs = 0): Promise<string> {
  const { chainPem, facts } = await world.issue()
  world.clock.jump(passMs)
  const now = world.clock.now()
  try {
    const info = await askWindow(world, chainPem)
    const decision = decisionInWords(facts, now, info?.window)
    return `${decision}; asks again in ${duration(clampAskAgain(info?.askAgainMs))}`
  } catch (error) {
    return `${decisionInWords(facts, now)}; ${inWords(error)}`
  }
}
