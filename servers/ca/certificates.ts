// Every certificate the CA has signed: who has it, whether it was revoked or replaced, and when it should be renewed
// (RFC 9773). Renewals are recognised here, because rate limits do not apply to them.
import { X509Certificate } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { normaliseNames } from '../../core/x509/names.ts'
import type { SignedLeaf } from './authority.ts'
import { CaProblem } from './problem.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** How long Let's Encrypt remembers a set of names as known. */
const RENEWAL_MEMORY_MS = 120 * DAY_MS
/** Certificates that live shorter are to be renewed at half of their life instead of two thirds. */
const SHORT_LIFE_MS = 10 * DAY_MS
/** Half the width of a renewal window, as a part of the life. */
const WINDOW_HALF_WIDTH = 0.01

/** One certificate as the CA knows it. */
export interface CertificateRecord extends SignedLeaf {
  readonly names: readonly string[]
  /** The account that ordered it. */
  readonly account: string
  readonly profile: string
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  /** Hex SHA-256 of the key it is for. */
  readonly spkiSha256: string
  /** RFC 5280 reason, once revoked. */
  revoked: number | undefined
  /** The order that replaced it (or is about to). */
  replacedBy: string | undefined
}

export interface Certificates {
  add(record: CertificateRecord): void
  bySerial(serial: string): CertificateRecord | undefined
  byCertId(id: string): CertificateRecord | undefined
  /** The record of exactly this certificate. */
  byDer(der: Buffer): CertificateRecord | undefined
  /** Whether these names had a certificate lately, so that the next one is a renewal. */
  isRenewal(names: readonly string[]): boolean
  /** The window of RFC 9773: in the past once revoked. Milliseconds since 1970. */
  renewalWindow(record: CertificateRecord): { readonly start: number; readonly end: number }
  /** @throws CaProblem (alreadyRevoked, badRevocationReason) */
  revoke(record: CertificateRecord, reason: number): void
  all(): readonly CertificateRecord[]
}

/** Reasons a subscriber may give (RFC 5280 section 5.3.1). */
const REASONS = new Set([0, 1, 3, 4, 5])

export function createCertificates(clock: Clock): Certificates {
  const bySerial = new Map<string, CertificateRecord>()
  const byId = new Map<string, CertificateRecord>()
  const lastBySet = new Map<string, number>()
  return {
    add(record) {
      bySerial.set(record.serial, record)
      byId.set(record.certId, record)
      lastBySet.set(setOf(record.names), clock.now())
    },
    bySerial: (serial) => bySerial.get(serial),
    byCertId: (id) => byId.get(id),
    byDer(der) {
      try {
        const record = bySerial.get(new X509Certificate(der).serialNumber.toLowerCase())
        return record?.der.equals(der) ? record : undefined
      } catch {
        return undefined
      }
    },
    isRenewal: (names) => clock.now() - (lastBySet.get(setOf(names)) ?? -Infinity) <= RENEWAL_MEMORY_MS,
    renewalWindow(record) {
      const life = record.notAfter - record.notBefore
      if (record.revoked !== undefined) return { start: clock.now() - HOUR_MS, end: clock.now() - HOUR_MS / 2 }
      const middle = record.notAfter - life / (life < SHORT_LIFE_MS ? 2 : 3)
      return { start: middle - life * WINDOW_HALF_WIDTH, end: middle + life * WINDOW_HALF_WIDTH }
    },
    revoke(record, reason) {
      if (!REASONS.has(reason)) throw new CaProblem(400, 'badRevocationReason', `reason ${reason} is not accepted`)
      if (record.revoked !== undefined) throw new CaProblem(400, 'alreadyRevoked', 'the certificate is revoked already')
      record.revoked = reason
    },
    all: () => [...bySerial.values()],
  }
}

/** One text for one set of names. */
export function setOf(names: readonly string[]): string {
  return normaliseNames(names).join(',')
}
