// An entry of the book as a text in a row. What cannot be read, or is not what was written (its sum differs), counts as not there.
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { ADDRESS_KINDS, PROVENANCES } from '../../../proto/peers.ts'
import { MAX_ADDRESS_CHARS, MAX_OF_SOURCE } from './limits.ts'
import type { Entry, Held } from './entry.ts'

const Time = v.number()
const MOST = Object.values(MAX_OF_SOURCE).reduce((sum, count) => sum + count, 0)

const HeldText = v.object({
  a: v.pipe(v.string(), v.maxLength(MAX_ADDRESS_CHARS)),
  k: v.picklist(ADDRESS_KINDS),
  n: v.optional(v.pipe(v.string(), v.maxLength(MAX_ADDRESS_CHARS))),
  /** Why, since when, until when; null for ever. */
  s: v.array(v.tuple([v.picklist(PROVENANCES), Time, v.nullable(Time)])),
  e: v.object({
    lastSuccessMs: v.optional(Time),
    lastFailureMs: v.optional(Time),
    failures: v.number(),
    failingSinceMs: v.optional(Time),
    latencyMs: v.optional(Time),
  }),
})
const EntryText = v.object({
  heardMs: v.optional(Time),
  metMs: v.optional(Time),
  held: v.pipe(v.array(HeldText), v.maxLength(MOST)),
})

/** What of an entry is in its text; its number and its envelope stand beside it. */
export function writeEntry({ held, record, metMs }: Entry): string {
  const text: v.InferOutput<typeof EntryText> = {
    ...(record ? { heardMs: record.heardMs } : {}),
    ...(metMs === undefined ? {} : { metMs }),
    held: held.map(({ address, kind, network, sources, experience }) => ({
      ...{ a: address, k: kind, ...(network === undefined ? {} : { n: network }), e: experience },
      s: sources.map(({ provenance, sinceMs, untilMs }) => [provenance, sinceMs, untilMs ?? null]),
    })),
  }
  return JSON.stringify(text)
}

/** Reads it. @returns undefined where it is no entry */
export function readEntry(text: string, seq: bigint, envelope: Uint8Array | undefined): Entry | undefined {
  const parsed = parse(text)
  if (!parsed) return undefined
  const { heardMs, metMs, held } = parsed
  const record = envelope && heardMs !== undefined ? { seq, envelope, heardMs } : undefined
  return { seq, record, metMs, held: held.map((one) => heldOf(one)) }
}

/** Of what stands in a row: a bit that has turned on the disk is noticed. */
export function sumOf(id: string, seq: bigint, text: string, envelope: Uint8Array | undefined): Uint8Array {
  const hash = createHash('sha256').update(`${id} ${seq} ${text}`)
  return hash
    .update(envelope ?? new Uint8Array())
    .digest()
    .subarray(0, SUM_BYTES)
}

/** Nobody forges it who could not as well change the program. */
const SUM_BYTES = 8

function heldOf({ a, k, n, s, e }: v.InferOutput<typeof HeldText>): Held {
  const sources = s.map(([provenance, sinceMs, untilMs]) => ({ provenance, sinceMs, untilMs: untilMs ?? undefined }))
  return { address: a, kind: k, network: n, sources, experience: e }
}

function parse(text: string): v.InferOutput<typeof EntryText> | undefined {
  try {
    const result = v.safeParse(EntryText, JSON.parse(text))
    return result.success ? result.output : undefined
  } catch {
    return undefined
  }
}
