// The section of the CA for sandboxes and tests.
import * as v from 'valibot'
import { DEFAULT_PORTS } from './ports.ts'
import { hostPort } from './values.ts'

export const caSection = v.strictObject({
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)), DEFAULT_PORTS.ca),
  /** Where names are looked up for validation: the zone's own DNS server. */
  resolver: hostPort,
})

export type CaSection = v.InferOutput<typeof caSection>
