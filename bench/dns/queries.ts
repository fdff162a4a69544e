// The questions of the benches: addresses in DNS2IP names, addresses below AutoTLS identities, and a mix of everything, the
// same at every run.
import { createHash } from 'node:crypto'
import { base36 } from 'multiformats/bases/base36'
import { nameToWire } from '../../core/dns/index.ts'
import { systemClock } from '../../core/clock.ts'
import { createChallengeTable } from '../../servers/dns/challenges.ts'
import type { ZoneConfig } from '../../servers/dns/zone.ts'
import { base36LabelToPeer, peerToId0Label } from '../../proto/names.ts'

export const ZONE = 'example.net'

/** A question as a generator asks it. */
export interface Question {
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'TXT' | 'SOA'
}

const TYPE_NUMBERS = { A: 1, AAAA: 28, TXT: 16, SOA: 6 } as const

/** A query message without EDNS and with id 0. */
export function queryFor(name: string, type: number): Buffer {
  const wire = nameToWire(name)
  const tail = Buffer.alloc(4)
  tail.writeUInt16BE(type, 0)
  tail.writeUInt16BE(1, 2)
  return Buffer.concat([Buffer.from('000000000001000000000000', 'hex'), wire, tail])
}

/** The message of a question. */
export function encodeQuestion({ name, type }: Question): Buffer {
  return queryFor(name, TYPE_NUMBERS[type])
}

/** The zone of the benches, with a few challenges set. */
export function benchZone() {
  const config: ZoneConfig = {
    zone: ZONE,
    nameServers: [
      { name: `ns1.${ZONE}`, addresses: ['192.0.2.53'] },
      { name: `ns2.${ZONE}`, addresses: ['198.51.100.53'] },
    ],
    caa: [{ flags: 0, tag: 'issue', value: 'letsencrypt.org' }],
  }
  const challenges = createChallengeTable({ zone: ZONE, clock: systemClock })
  for (let index = 0; index < 100; index++) {
    challenges.set(`_acme-challenge.${identity(index).id0}.${ZONE}`, 'x'.repeat(43), 3_600_000)
  }
  return { config, challenges, clock: systemClock }
}

const QUESTIONS = 50_000
const PEERS = 2000

/** Different DNS2IP names, each asked for its address. */
export function ip4Questions(): Question[] {
  return Array.from({ length: QUESTIONS }, (_, index) => ({ name: `ip4${address(index)}.ip.${ZONE}`, type: 'A' }))
}

/** Different addresses below many AutoTLS identities. */
export function forgeQuestions(): Question[] {
  const peers = identities()
  return Array.from({ length: QUESTIONS }, (_, index) => ({
    name: `${address(index)}.${peers[index % PEERS]?.base36 ?? ''}.${ZONE}`,
    type: 'A',
  }))
}

type Share = readonly [count: number, make: (index: number, peers: readonly Identity[]) => Question]

/** Of a hundred questions, so many of each kind. */
const MIX: readonly [Share, ...Share[]] = [
  [55, (index) => ({ name: `ip4${address(index)}.ip.${ZONE}`, type: 'A' })],
  [10, (index) => ({ name: `ip62001-db8--${index.toString(16).slice(-4)}.ip.${ZONE}`, type: 'AAAA' })],
  [15, (index, peers) => ({ name: `${address(index)}.${peers[index % PEERS]?.base36 ?? ''}.${ZONE}`, type: 'A' })],
  [7, (index, peers) => ({ name: `${peers[index % PEERS]?.id0 ?? ''}.${ZONE}`, type: 'TXT' })],
  [5, (index, peers) => ({ name: `_acme-challenge.${peers[index % PEERS]?.id0 ?? ''}.${ZONE}`, type: 'TXT' })],
  [3, (index) => ({ name: `ip4${address(index)}.ip.${ZONE}`, type: 'AAAA' })],
  [2, (index) => ({ name: `www${index}.${ZONE}`, type: 'A' })],
  [2, () => ({ name: ZONE, type: 'SOA' })],
  [1, (index) => ({ name: `www${index}.example.org`, type: 'A' })],
]

/** What a server of a real zone may be asked. */
export function mixQuestions(): Question[] {
  const peers = identities()
  const hundred = MIX.flatMap(([count, make]) => Array.from({ length: count }, () => make))
  return Array.from({ length: QUESTIONS }, (_, index) => {
    // 37 has no divisor in common with 100, so the kinds take turns.
    const make = hundred[(index * 37) % 100] ?? MIX[0][1]
    return make(index, peers)
  })
}

interface Identity {
  readonly id0: string
  readonly base36: string
}

function identities(): Identity[] {
  return Array.from({ length: PEERS }, (_, index) => identity(index))
}

/** An inlined Ed25519 key whose bytes are a hash of the index. */
function identity(index: number): Identity {
  const key = createHash('sha256').update(`peer ${index}`).digest()
  const label = base36.encode(Buffer.concat([Buffer.from('0172002408011220', 'hex'), key]))
  const peer = base36LabelToPeer(label)
  if (!peer) throw new Error(`${label} is no peer id`)
  return { id0: peerToId0Label(peer), base36: label }
}

function address(index: number): string {
  return `203-${index & 0xff}-${(index >> 8) & 0xff}-${(index * 7) & 0xff}`
}
