// The promise of a name by key: what serves there is what its owner has signed. Looks the name up, connects to each address, and compares
// the key that is served with the signed pins; then names and dates of the certificate. Every step is told; one that fails makes
// the whole fail.
import { X509Certificate } from 'node:crypto'
import { lookByTls } from '../../core/net/tls-look.ts'
import { type KeyName, writeKeyName } from '../../proto/npub.ts'
import { pinOf } from './name-pair.ts'
import { isFollowedAddress } from './resolver/answers.ts'
import type { NameFacts } from '../../core/nostr/name-facts.ts'
import type { LookedUp, NameLookup } from './lookup.ts'

/** What is looked at, in this order. */
export const VERIFY_STEPS = [
  'found',
  'signed-pin',
  'address',
  'connected',
  'pin',
  'names',
  'dates',
  'authority',
  'peer',
] as const
export type VerifyStep = (typeof VERIFY_STEPS)[number]

/** What a step came to. `note`: true, and not as good as it could be. */
export interface VerifyFinding {
  readonly step: VerifyStep
  readonly outcome: 'good' | 'note' | 'bad'
  /** What exactly, for words (proto/text, main/cli/name-text.ts). */
  readonly code: string
  readonly params: Readonly<Record<string, string | number>>
}

/** What came of it. */
export interface Verification {
  readonly name: string
  readonly npub: string
  /** What is served is what the owner has signed. */
  readonly ok: boolean
  readonly findings: readonly VerifyFinding[]
  readonly state: LookedUp['state']
  readonly facts: NameFacts | undefined
}

/** What is needed. */
export interface VerifyInit {
  readonly lookup: Pick<NameLookup, 'look'>
  readonly allowPrivate: boolean
  readonly nowMs: () => number
}

/** Where a name is served. */
export interface ServedAt {
  readonly address: string
  readonly port: number
}

/** A handshake across the world. */
const LOOK_MS = 5_000
/** More addresses of one name are not tried. */
const MAX_TRIED = 4

/**
 * Verifies a name.
 *
 * @throws the signal's reason
 */
export async function verifyName(name: KeyName, init: VerifyInit, signal: AbortSignal): Promise<Verification> {
  const looked = await init.lookup.look(name.pubkey, { fresh: true, signal })
  const findings: VerifyFinding[] = []
  const { facts } = looked
  const say = (
    step: VerifyStep,
    outcome: VerifyFinding['outcome'],
    code: string,
    params: VerifyFinding['params'] = {},
  ) => findings.push({ step, outcome, code, params })
  const done = (): Verification => ({
    ...{ name: writeKeyName(name), npub: name.npub, findings, state: looked.state, facts },
    ok:
      facts !== undefined &&
      findings.every(({ outcome }) => outcome !== 'bad') &&
      findings.some(({ step }) => step === 'pin'),
  })
  sayFound(looked, say)
  if (!facts) return done()
  if (facts.pins.length === 0) {
    say('signed-pin', 'bad', facts.certificatePem === undefined ? 'no-pin' : 'only-certificate')
    return done()
  }
  const { places, refused } = placesOf(facts, init.allowPrivate)
  if (places.length === 0) {
    say('address', 'bad', refused > 0 ? 'private-address' : 'no-address')
    return done()
  }
  say('address', 'good', 'addresses', { addresses: places.map(({ address }) => address).join(', ') })
  let reached = 0
  for (const place of places) {
    const served = await lookAt(place, writeKeyName(name), signal)
    signal.throwIfAborted()
    const where = `${place.address.includes(':') ? `[${place.address}]` : place.address}:${place.port}`
    if (served instanceof X509Certificate) {
      reached += 1
      say('connected', 'good', 'connected', { where })
      sayCertificate(served, { name, facts, place, nowMs: init.nowMs(), where }, say)
    } else say('connected', 'note', 'not-connected', { where, why: served })
  }
  if (reached === 0) say('connected', 'bad', 'nobody-there')
  if (facts.peer) say('peer', 'good', 'peer', { peer: facts.peer.toString() })
  return done()
}

/** Where a name's HTTPS port is: the port of its service record, or the one it is pinned for, at each of its addresses. */
export function placesOf(
  facts: NameFacts,
  allowPrivate: boolean,
): { readonly places: readonly ServedAt[]; readonly refused: number } {
  const port = portOf(facts)
  const all = facts.records.flatMap((record) =>
    (record.type === 'A' || record.type === 'AAAA') && record.name === '@' ? [record.address] : [],
  )
  const followed = all.filter((ip) => isFollowedAddress(ip, allowPrivate))
  return {
    places: followed.slice(0, MAX_TRIED).map(({ text }) => ({ address: text, port })),
    refused: all.length - followed.length,
  }
}

/** The port of the HTTPS service: of its SRV record, else 443. */
export function portOf(facts: NameFacts): number {
  const service = facts.records.find((record) => record.type === 'SRV' && record.name === '_https._tcp')
  if (service?.type === 'SRV') return service.port
  return facts.pins.some(({ port }) => port === 443) ? 443 : (facts.pins[0]?.port ?? 443)
}

/** The pins of a port. */
export function pinsFor(facts: NameFacts, port: number): readonly string[] {
  return facts.pins.filter((pin) => pin.port === port).map(({ sha256 }) => sha256)
}

/** Whether a certificate holds what the owner has signed, now. @returns why not; undefined where it does */
export function whyNotPinned(
  certificate: X509Certificate,
  { facts, port, nowMs }: { readonly facts: NameFacts; readonly port: number; readonly nowMs: number },
): 'other-key' | 'no-pin' | 'over' | 'future' | undefined {
  const pins = pinsFor(facts, port)
  if (pins.length === 0) return 'no-pin'
  if (!pins.includes(pinOf(certificate))) return 'other-key'
  if (Date.parse(certificate.validTo) <= nowMs) return 'over'
  return Date.parse(certificate.validFrom) > nowMs ? 'future' : undefined
}

type Say = (step: VerifyStep, outcome: VerifyFinding['outcome'], code: string, params?: VerifyFinding['params']) => void

function sayFound({ state, facts, at, answers, rolledBack }: LookedUp, say: Say): void {
  const params = { relays: answers.filter((answer) => answer.state === 'answered').length, of: answers.length }
  if (rolledBack) say('found', facts ? 'note' : 'bad', 'rolled-back', params)
  if (facts)
    say('found', state === 'stale' ? 'note' : 'good', state === 'stale' ? 'stale' : 'found', {
      ...params,
      signedAt: facts.createdAt * 1_000,
      at,
    })
  else say('found', 'bad', { none: 'none', busy: 'busy' }[state as string] ?? 'unknown', params)
}

function sayCertificate(
  certificate: X509Certificate,
  around: {
    readonly name: KeyName
    readonly facts: NameFacts
    readonly place: ServedAt
    readonly nowMs: number
    readonly where: string
  },
  say: Say,
): void {
  const { name, facts, place, nowMs, where } = around
  const why = whyNotPinned(certificate, { facts, port: place.port, nowMs })
  if (why === 'other-key' || why === 'no-pin') say('pin', 'bad', why, { where, pin: pinOf(certificate).slice(0, 16) })
  else say('pin', 'good', 'same-key', { where, pin: pinOf(certificate).slice(0, 16) })
  const isNamed = certificate.checkHost(writeKeyName(name)) !== undefined
  say('names', isNamed ? 'good' : 'bad', isNamed ? 'named' : 'not-named', { name: writeKeyName(name) })
  const until = Date.parse(certificate.validTo)
  if (why === 'over' || why === 'future') say('dates', 'bad', why, { until, from: Date.parse(certificate.validFrom) })
  else say('dates', 'good', 'in-time', { until })
  if (certificate.ca) say('authority', 'bad', 'is-authority')
}

/** @returns why there was no handshake */
async function lookAt(
  { address, port }: ServedAt,
  servername: string,
  signal: AbortSignal,
): Promise<X509Certificate | string> {
  try {
    return await lookByTls({
      where: { host: address, port, servername },
      withinMs: LOOK_MS,
      signal,
      read: (socket) => socket.getPeerX509Certificate() ?? 'it shows no certificate',
    })
  } catch (error) {
    return error instanceof Error
      ? 'code' in error && typeof error.code === 'string'
        ? error.code
        : error.message
      : String(error)
  }
}
