// The zone's week, which issue server and broker share.
import * as v from 'valibot'
import { count, days, share } from './values.ts'

/**
 * How many certificates for new names a CA gives the zone. Issue server and broker take from the same ones. The defaults are
 * Let's Encrypt's public numbers (2026-08); another CA, or a domain with other zones in it, wants others.
 */
export const WeekSection = v.strictObject({
  /** How long it takes until as many as were used are there again. */
  days: v.optional(days, 7),
  /** Certificates for new names that the CA gives the registered domain, all accounts together. */
  newCertificates: v.optional(count, 50),
  /** The part of them that is given to new names; the rest is for names that come back after months. */
  newShare: v.optional(share, 0.8),
})

export type WeekSection = v.InferOutput<typeof WeekSection>
