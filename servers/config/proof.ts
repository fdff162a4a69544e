// The section of the proof server.
import * as v from 'valibot'
import { address, addressClasses, some } from './values.ts'

export const proofSection = v.strictObject({
  listen: some(address, 'multiaddr'),
  announce: v.optional(v.array(address), []),
  addressClasses,
  discovery: v.optional(v.boolean(), true),
})

export type ProofSection = v.InferOutput<typeof proofSection>
