// The name that belongs to this machine's key, and what was found of others', as data of the contract.
import { recordValue } from '../../naming/record-text.ts'
import type { LookedUpData, NameView, VerificationData } from '../../../proto/api/index.ts'
import type { NameRecord } from '../../../core/nostr/name-facts.ts'
import type { LookedUp } from '../../naming/lookup.ts'
import type { NamingFacts } from '../../naming/naming.ts'
import type { Verification } from '../../naming/verify.ts'

const MAX_TEXT = 2_000

/** Before a node runs. */
const OFF: NameView = {
  ...{ state: 'off', detail: '', npub: null, names: [], imported: false, publish: false, locked: false },
  ...{ published: null, trouble: null, otherMachineAt: null, busy: false, relays: [] },
  ...{ resolver: null, proxy: null, trusted: null },
}

/** Makes the slice. */
export function nameSlice(facts: NamingFacts | undefined): NameView {
  if (!facts) return OFF
  const { state, detail, npub, names, imported, publish, locked, publisher, resolver, proxy, trusted } = facts
  const published = publisher?.published
  return {
    ...{ state, detail: detail.slice(0, MAX_TEXT), npub: npub ?? null, names: [...names], imported, publish, locked },
    published: published
      ? {
          ...{ at: published.at, until: published.until, pins: [...published.pins] },
          records: published.records.slice(0, 20).map((record) => recordView(record)),
        }
      : null,
    ...{ trouble: publisher?.trouble ?? null, otherMachineAt: publisher?.otherMachineAt ?? null },
    busy: publisher?.busy ?? false,
    relays: (publisher?.relays ?? []).map(({ url, state: did, why, at }) => ({
      ...{ url, state: did, at: at ?? null, why: why?.slice(0, MAX_TEXT) ?? null },
    })),
    resolver: resolver ? { addresses: [...resolver] } : null,
    proxy: proxy === undefined ? null : { pac: proxy },
    trusted: trusted ?? null,
  }
}

/** What a look-up came to. */
export function lookedUpData(found: LookedUp & { readonly name: string; readonly npub: string }): LookedUpData {
  const { facts, refused, answers } = found
  return {
    ...{ name: found.name, npub: found.npub, state: found.state, at: found.at, rolledBack: found.rolledBack },
    ...{ signedAt: facts ? facts.createdAt * 1_000 : null, layout: facts?.layout ?? null },
    until: facts?.expiresAt === undefined ? null : facts.expiresAt * 1_000,
    records: (facts?.records ?? []).map((record) => recordView(record)),
    pins: (facts?.pins ?? []).map(({ port, sha256 }) => ({ port, sha256 })),
    peerId: facts?.peer?.toString() ?? null,
    left: [...refused, ...(facts?.left ?? [])].slice(0, 40).map(({ what, why }) => ({ what, why })),
    relays: answers
      .slice(0, 16)
      .map(({ relay, state, why }) => ({ url: relay, state, why: why?.slice(0, MAX_TEXT) ?? null })),
  }
}

/** What a verification came to. */
export function verificationData({ name, npub, ok, findings }: Verification): VerificationData {
  return {
    ...{ name, npub, ok },
    findings: findings
      .slice(0, 40)
      .map(({ step, outcome, code, params }) => ({ step, outcome, code, params: { ...params } })),
  }
}

function recordView(record: NameRecord) {
  return { type: record.type, name: record.name, value: recordValue(record).slice(0, MAX_TEXT) }
}
