// What came of dialling a peer, as an answer of the API: what was tried, in which order, why in that one, and with which result.
import * as v from 'valibot'
import { DIAL_RESULTS } from '../dial-policy.ts'
import { List, MaybeText, Text } from './slice-parts.ts'

const Milliseconds = v.pipe(v.number(), v.minValue(0))

/** A dial that is over. */
export const DialReportSchema = v.strictObject({
  peerId: Text,
  /** The policy's name. */
  policy: Text,
  /** The address that led to the peer; null where none did. */
  address: MaybeText,
  /** Whether there was a connection already, over an address that the policy takes. */
  reused: v.boolean(),
  /** Why it was not reached, in technical English; empty where it was. */
  detail: Text,
  /** In the order in which they were begun. */
  attempts: List(
    v.strictObject({
      address: Text,
      /** Of the policy, beginning with 1. */
      stage: v.number(),
      /** What put it into its place. */
      why: Text,
      /** Since the dial began. */
      startedMs: Milliseconds,
      endedMs: Milliseconds,
      result: v.picklist(DIAL_RESULTS),
      /** Technical English; empty where it led to the peer. */
      detail: Text,
      /** To a connection with a proved key; null where there was none. */
      latencyMs: v.nullable(Milliseconds),
    }),
    100,
  ),
  /** Known addresses that were not tried. */
  leftOut: List(v.strictObject({ address: Text, why: Text }), 50),
})
export type DialReportData = v.InferOutput<typeof DialReportSchema>
