// What the DNS tests share: a zone with everything in it, its answerer, a clock that a test moves, and the vectors of the
// public AutoTLS broker with their sources.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { peerIdFromString } from '@libp2p/peer-id'
import { type AnswererOptions, createZoneAnswerer, type ZoneAnswerer } from '../../servers/dns/answer.ts'
import { createChallengeTable, type ChallengeTable } from '../../servers/dns/challenges.ts'
import type { ZoneConfig } from '../../servers/dns/zone.ts'
import { peerToBase36Label, peerToId0Label } from '../../proto/names.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

export const ZONE = 'example.net'

export const ZONE_CONFIG: ZoneConfig = {
  zone: ZONE,
  nameServers: [
    { name: 'ns1.example.net', addresses: ['192.0.2.53', '2001:db8::53'] },
    { name: 'a.dns.example.net', addresses: ['198.51.100.53'] },
    { name: 'ns.elsewhere.example.org', addresses: [] },
  ],
  hostmaster: 'dns.team@example.org',
  caa: [
    { flags: 0, tag: 'issue', value: 'letsencrypt.org' },
    { flags: 0, tag: 'iodef', value: 'mailto:dns@example.org' },
  ],
  apexAddresses: ['192.0.2.80'],
}

/** One peer of each kind: a hashed RSA key, an inlined Ed25519 key, an inlined secp256k1 key. */
export const PEERS = [
  'QmfVDYD9Du7fNR4DKooPXZnRUoArR3FBRR3udbhZAT9m2H',
  '12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtf',
  '16Uiu2HAkzPAkfsQP1yCzpUHJbXp5dVtQtzn5NupJ9fWAEWFUdc8Z',
] as const

export const [RSA_PEER, ED25519_PEER] = [peerIdFromString(PEERS[0]), peerIdFromString(PEERS[1])]
export const ID0 = peerToId0Label(RSA_PEER)
export const BASE36 = peerToBase36Label(ED25519_PEER)

/** A value as an ACME client makes one, different for every letter. */
export function challengeValue(letter: string): string {
  return letter.repeat(43)
}

export { manualClock } from '../support/manual-clock.ts'

export interface TestZone extends ZoneAnswerer {
  readonly challenges: ChallengeTable
  readonly clock: ManualClock
}

/** The zone above, or a variation of it, with a clock that stands still. */
export function testZone(changes: Partial<ZoneConfig> = {}, options: AnswererOptions = {}): TestZone {
  const clock = manualClock()
  const challenges = createChallengeTable({ zone: changes.zone ?? ZONE, clock })
  return { ...createZoneAnswerer({ ...ZONE_CONFIG, ...changes }, challenges, clock, options), challenges, clock }
}

interface Vectors {
  readonly peerIdToLabel: readonly { peerId: string; base36Cid: string }[]
  readonly invalidPeerIdLabels: readonly { label: string; reason: string }[]
  readonly ipLabelDecode: readonly { label: string; qtype: string; expect: string | null; name: string }[]
  readonly dns: readonly {
    name: string
    query: string
    qtype: string
    rcode: string
    answers: readonly { type: string; ttl: number; data?: string }[]
    authority?: readonly string[]
    note?: string
  }[]
  readonly dnsConstants: {
    readonly aAndAaaaTtl: number
    readonly txtTtl: number
    readonly notSetTxt: string
    readonly soaTtl: number
    readonly soaMinimum: number
  }
}

/** Vectors taken from p2p-forge, nim-libp2p and kubo; each names its source file. */
export const VECTORS: Vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/dns/autotls.json'), 'utf8'),
)
