// What any envelope says, who signed it and what is wrong with it: for people who look at one. It is decoded here whether its signature
// fits or not, and says so; nothing but words may be made of it.
import { EnvelopeError, type EnvelopeParts, isSignedBy, keyOf, readEnvelope } from './envelope.ts'
import { PAYLOAD_KINDS, type PayloadKind, type Read, type Said } from './payload-types.ts'
import type { KeyType, SignerKey } from './signer-key.ts'

/** An envelope, looked at. */
export interface ShownEnvelope {
  readonly bytes: number
  /** `unknown` where the payload type is none that is known here; `broken` where the bytes are no envelope. */
  readonly kind: Said['kind'] | 'unknown' | 'broken'
  /** Whether one may believe it: everything about it is as it should be. */
  readonly believable: boolean
  readonly signer: { readonly peer: string; readonly key: KeyType } | undefined
  /** `unknown` where nobody can tell, since the domain is not part of an envelope and none of ours fits. */
  readonly signature: 'good' | 'bad' | 'unknown'
  /** The domain that the signature fits. */
  readonly domain: string | undefined
  readonly payloadType: Uint8Array | undefined
  readonly payloadBytes: number
  /** What the payload says, as far as it can be read. */
  readonly said: Said | undefined
  /** Each reason not to believe it. */
  readonly wrong: readonly string[]
}

/** Looks at an envelope. @param nowMs  our wall clock */
export async function showEnvelope(bytes: Uint8Array, nowMs: number): Promise<ShownEnvelope> {
  const nothing = { bytes: bytes.length, believable: false, domain: undefined, said: undefined } as const
  const parts = await attempt(() => readEnvelope(bytes))
  if (parts instanceof EnvelopeError) {
    const missing = { signer: undefined, signature: 'unknown', payloadType: undefined, payloadBytes: 0 } as const
    return { ...nothing, ...missing, kind: 'broken', wrong: [parts.message] }
  }
  const { payloadType, payload } = parts
  const kind = PAYLOAD_KINDS.find(({ use }) => Buffer.compare(use.payloadType, payloadType) === 0)
  const envelope = { ...nothing, kind: kind?.name ?? 'unknown', payloadType, payloadBytes: payload.length } as const
  const key = await attempt(() => keyOf(parts))
  if (key instanceof EnvelopeError) {
    return { ...envelope, signer: undefined, signature: 'unknown', wrong: [key.message] }
  }
  const signed = judgeSignature(key, parts, kind)
  const read = kind && readPayload(kind, parts, { signer: key.peer, size: bytes.length, nowMs })
  const wrong = [...signed.wrong, ...(read?.wrong ?? ['what it holds is of no kind that is known here'])]
  return {
    ...envelope,
    signer: { peer: key.peer.toString(), key: key.type },
    ...{ signature: signed.signature, domain: signed.domain, said: read?.said, wrong },
    believable: wrong.length === 0,
  }
}

interface Judged {
  readonly signature: ShownEnvelope['signature']
  readonly domain: string | undefined
  readonly wrong: readonly string[]
}

/** Against the domain that goes with its payload type; where that does not fit, against the others. */
function judgeSignature(key: SignerKey, parts: EnvelopeParts, kind: PayloadKind | undefined): Judged {
  const domain = kind?.use.domain
  if (domain !== undefined && isSignedBy(key, parts, domain)) return { signature: 'good', domain, wrong: [] }
  const other = PAYLOAD_KINDS.find(({ use }) => use.domain !== domain && isSignedBy(key, parts, use.domain))?.use.domain
  if (other !== undefined) {
    return { signature: 'good', domain: other, wrong: [`it is signed for something else (${other})`] }
  }
  if (domain === undefined) {
    return { signature: 'unknown', domain: other, wrong: ['nobody can tell here what it was signed for'] }
  }
  return {
    signature: 'bad',
    domain: other,
    wrong: ['the signature does not fit: it was changed, or signed for something else'],
  }
}

function readPayload(
  kind: PayloadKind,
  { payload }: EnvelopeParts,
  around: Parameters<PayloadKind['read']>[1],
): Read | { readonly said: undefined; readonly wrong: readonly string[] } {
  try {
    return kind.read(payload, around)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { said: undefined, wrong: [`what it holds cannot be read: ${why}`] }
  }
}

async function attempt<Value>(look: () => Value | Promise<Value>): Promise<Value | EnvelopeError> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof EnvelopeError) return error
    throw error
  }
}
