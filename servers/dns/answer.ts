// Answers the questions of one zone: the names that are computed (addresses, identities), the challenges that are set, and
// the few configured ones. One pure function over buffers that makes no object for a query; what a name means is said
// plainly in proto/names.ts, and a test holds the two together.
import type { Clock } from '../../core/clock.ts'
import {
  CLASS_IN,
  EDNS_UDP_LENGTH,
  KEEPALIVE_LENGTH,
  MAX_MESSAGE_LENGTH,
  OPT_LENGTH,
  PLAIN_UDP_LENGTH,
  RCODE,
  TYPE,
} from '../../core/dns/constants.ts'
import { createQueryView, DROP, readQuery } from '../../core/dns/query.ts'
import {
  AUTHORITATIVE,
  beginReply,
  putU16,
  setReplyCode,
  TRUNCATED,
  writeKeepalive,
  writeOpt,
} from '../../core/dns/reply.ts'
import type { DnsHandler } from '../../core/dns/transport.ts'
import { type IpAddress, ipFromBytes } from '../../proto/ip.ts'
import {
  BASE36_PEER,
  ID0_PEER,
  NOT_A_PEER,
  readIpv4Label,
  readIpv6Label,
  readPeerLabel,
  writePeerId,
} from './answer-labels.ts'
import { createChallengeAnswerer } from './answer-challenges.ts'
import {
  copySet,
  createAnswerWriter,
  recordHead,
  RECORD_HEAD_LENGTH,
  textData,
  TOO_LONG,
  writeData,
} from './answer-records.ts'
import { createAnswerCounters, snapshotCounters, type AnswerStats } from './answer-stats.ts'
import type { CaaIssuers } from './caa-issuers.ts'
import type { CaaPins } from './caa-pins.ts'
import type { ChallengeTable } from './challenges.ts'
import { compileZone, type StaticName, type ZoneConfig } from './zone.ts'

export interface ZoneAnswerer {
  /** For `createDnsServer`. Never throws, whatever the bytes. */
  readonly handle: DnsHandler
  stats(): AnswerStats
}

/** What an answerer may know besides its zone and the challenges. */
export interface AnswererOptions {
  /** Where the accounts of AutoTLS peers are looked up; no peer has one where left out. */
  readonly pins?: Pick<CaaPins, 'find'> | undefined
  /** Which CAs may issue for peers; what the zone's own CAA record says where left out. */
  readonly issuers?: Pick<CaaIssuers, 'find'> | undefined
  /** Whether every challenge value is known here; always where left out. */
  readonly inStep?: { readonly now: boolean } | undefined
  /** Whether an address is given to nobody who asks for a name with it; all are given where left out. */
  readonly denies?: ((ip: IpAddress) => boolean) | undefined
}

/**
 * A UDP reply longer than this many times its query is cut (TC=1), so that the client asks by TCP, where its address is
 * proven: nobody can use us to flood somebody else.
 */
const MAX_UDP_AMPLIFICATION = 3

/** A peer or an issue server that changes its account must not wait for resolvers to notice. */
const CAA_TTL_SECONDS = 60

const CHALLENGE_LABEL = textData('_acme-challenge')
const IP_LABEL = textData('ip')
const ID_PREFIX = Buffer.from('id=', 'latin1')

const { A, AAAA, ANY, AXFR, CAA, IXFR, MX, NS, SOA, TXT } = TYPE
const { NOERROR, REFUSED } = RCODE

/**
 * Makes the answerer of a zone.
 *
 * An IP label that is none is answered with an empty NOERROR below an identity, as the public AutoTLS broker does, and with
 * NXDOMAIN below `ip`. Every name of a scheme exists with all its ancestors; nothing exists below it but its challenge.
 *
 * @param config  the zone; wrong values are refused here, once
 * @param challenges  where the values of `_acme-challenge` names are looked up
 * @param clock  says which of them are over their time
 * @throws InvalidZoneConfigError, InvalidDnsNameError
 */
export function createZoneAnswerer(
  config: ZoneConfig,
  challenges: Pick<ChallengeTable, 'find'>,
  clock: Clock,
  { pins, issuers, inStep, denies }: AnswererOptions = {},
): ZoneAnswerer {
  const zone = compileZone(config)
  const zoneWire = zone.wire
  const { ttls } = zone
  const counters = createAnswerCounters()
  const view = createQueryView()
  const { name, labelAt } = view
  const address = new Uint8Array(16)
  /** What the reply says besides its records; written anew for every query. */
  const reply = { rcode: 0, flags: 0 }

  const writer = createAnswerWriter(zone, view, counters, reply)
  const { any, noSuchName, negative, soaAuthority, answerSet } = writer
  const challenge = createChallengeAnswerer({
    ...{ challenges, inStep, clock, ttl: ttls.challenge, view, counters, reply, writer },
  })

  const handle: DnsHandler = (query, length, out, transport, keepalive) => {
    const form = readQuery(query, length, view)
    if (form === DROP) {
      counters.dropped++
      return 0
    }
    const start = beginReply(query, view, out)
    reply.rcode = form
    reply.flags = 0
    let end = start
    if (form === NOERROR) {
      end = respond(out, start, replyLimit(length, out.length, transport === 'tcp'))
      if (end === TOO_LONG) {
        counters.truncated++
        reply.flags |= TRUNCATED
        end = start
      }
    }
    setReplyCode(out, reply.rcode, reply.flags)
    counters.byRcode[reply.rcode] = (counters.byRcode[reply.rcode] ?? 0) + 1
    const over = writeOpt(out, end, reply.rcode, view)
    return view.keepalive && keepalive !== undefined ? writeKeepalive(out, over, keepalive) : over
  }

  /** How long the reply may be without its OPT record. */
  const replyLimit = (length: number, room: number, tcp: boolean): number => {
    const opt = view.edns ? OPT_LENGTH + (tcp && view.keepalive ? KEEPALIVE_LENGTH : 0) : 0
    if (tcp) return Math.min(room, MAX_MESSAGE_LENGTH) - opt
    const client = view.payload < PLAIN_UDP_LENGTH ? PLAIN_UDP_LENGTH : view.payload
    const allowed = client < EDNS_UDP_LENGTH ? client : EDNS_UDP_LENGTH
    // A CA takes a cut CAA answer for a failure, and not all of them ask again by TCP.
    const atLeast = view.type === CAA ? PLAIN_UDP_LENGTH : 0
    return Math.min(room, allowed, Math.max(length * MAX_UDP_AMPLIFICATION, atLeast)) - opt
  }

  /** Writes the records of the reply; returns where they end, or TOO_LONG. */
  const respond = (out: Uint8Array, at: number, limit: number): number => {
    const { type } = view
    if (view.class !== CLASS_IN || type === AXFR || type === IXFR || !isInZone()) {
      reply.rcode = REFUSED
      return at
    }
    reply.flags = AUTHORITATIVE
    const below = view.labels - zone.labels
    if (below === 0) return apex(out, at, limit)
    const first = labelIs(0, CHALLENGE_LABEL) ? 1 : 0
    const depth = below - first
    if (depth === 0) return challenge(out, at, limit)
    const parent = labelAt[below - 1] ?? 0
    if (depth > 2) return configured(out, at, limit)
    if (labelIs(parent, IP_LABEL)) return belowIp(out, at, limit, first, depth)
    const peer = readPeerLabel(name, parent + 1, labelEnd(parent))
    return peer === NOT_A_PEER ? configured(out, at, limit) : ofPeer(out, at, limit, first, depth, peer)
  }

  /** Whether the zone's name is the end of the question's, at a border of labels. */
  const isInZone = (): boolean => {
    const from = view.nameLength - zoneWire.length
    const below = view.labels - zone.labels
    if (below < 0 || labelAt[below] !== from) return false
    for (let at = 0; at < zoneWire.length; at++) {
      if (name[from + at] !== zoneWire[at]) return false
    }
    return true
  }

  const labelEnd = (label: number): number => label + 1 + (name[label] ?? 0)

  /** Whether the label there, with its length, is this one. */
  const labelIs = (label: number, wanted: Uint8Array): boolean => {
    for (let at = 0; at < wanted.length; at++) {
      if (name[label + at] !== wanted[at]) return false
    }
    return true
  }

  const apex = (out: Uint8Array, at: number, limit: number): number => {
    switch (view.type) {
      case SOA:
        return answerSet(out, at, limit, zone.soa)
      case NS: {
        const end = answerSet(out, at, limit, zone.ns)
        if (end === TOO_LONG || end + zone.glue.bytes.length > limit) return end
        putU16(out, 10, zone.glue.count)
        return copySet(out, end, zone.glue)
      }
      case CAA:
        return answerSet(out, at, limit, zone.caa)
      case A:
        return answerSet(out, at, limit, zone.apexA)
      case AAAA:
        return answerSet(out, at, limit, zone.apexAaaa)
      case MX:
        return answerSet(out, at, limit, zone.apexMx)
      case TXT:
        return answerSet(out, at, limit, zone.apexTxt)
      case ANY:
        return any(out, at, limit)
      default:
        return negative(out, at, limit)
    }
  }

  /** `ip`, `ip4203-0-113-7.ip`, and their challenges. */
  const belowIp = (out: Uint8Array, at: number, limit: number, first: number, depth: number): number => {
    if (depth === 1 && first === 1) return challenge(out, at, limit)
    if (depth === 1 && view.type === CAA) return issued(out, at, limit, 'peers')
    if (depth === 1) return view.type === ANY && issuers?.find('peers') ? any(out, at, limit) : negative(out, at, limit)
    const label = labelAt[first] ?? 0
    const from = label + 4
    const to = labelEnd(label)
    let family = 0
    if (to > from && name[label + 1] === 0x69 && name[label + 2] === 0x70) {
      const digit = name[label + 3]
      if (digit === 0x34 && readIpv4Label(name, from, to, address)) family = 4
      else if (digit === 0x36 && readIpv6Label(name, from, to, address)) family = 6
    }
    if (family === 0) return noSuchName(out, at, limit)
    return first === 1 ? challenge(out, at, limit) : ip(out, at, limit, family)
  }

  /** An identity, an address below it, and their challenges. */
  const ofPeer = (out: Uint8Array, at: number, limit: number, first: number, depth: number, peer: number): number => {
    if (depth === 2) {
      const label = labelAt[first] ?? 0
      const to = labelEnd(label)
      const is4 = readIpv4Label(name, label + 1, to, address)
      if (!is4 && !readIpv6Label(name, label + 1, to, address)) {
        return first === 1 ? noSuchName(out, at, limit) : negative(out, at, limit, counters.addressNodata)
      }
      return first === 1 ? challenge(out, at, limit) : ip(out, at, limit, is4 ? 4 : 6)
    }
    if (first === 1) return challenge(out, at, limit)
    if (peer === BASE36_PEER && view.type === CAA) return pinned(out, at, limit)
    if (peer === BASE36_PEER && view.type === ANY && hasPinned()) return any(out, at, limit)
    if (peer === BASE36_PEER) return negative(out, at, limit, counters.peerNodata)
    if (view.type === CAA) return issued(out, at, limit, 'peers')
    if (view.type === ANY) return any(out, at, limit)
    if (peer === ID0_PEER && view.type === TXT) return identity(out, at, limit)
    return negative(out, at, limit, counters.peerNodata)
  }

  /** The account that a peer told; without one what holds for all peers. */
  const pinned = (out: Uint8Array, at: number, limit: number): number => {
    const data = pins?.find(name, view.nameLength)
    if (!data) return issued(out, at, limit, 'autotls')
    if (at + RECORD_HEAD_LENGTH + data.length > limit) return TOO_LONG
    out[7] = 1
    counters.configured++
    return writeData(out, at, CAA, CAA_TTL_SECONDS, data)
  }

  /** Whether there is anything at a forge's peer. */
  const hasPinned = (): boolean =>
    pins?.find(name, view.nameLength) !== undefined || issuers?.find('autotls') !== undefined

  /** Which CAs may issue for names of a kind; where nobody has said, a CA goes on to the zone's own record (RFC 8659 section 3). */
  const issued = (out: Uint8Array, at: number, limit: number, kind: 'peers' | 'autotls'): number => {
    const records = issuers?.find(kind)
    if (!records) return negative(out, at, limit, counters.peerNodata)
    let end = at
    for (let index = 0; index < records.length; index++) {
      const data = records[index]
      if (!data) continue
      if (end + RECORD_HEAD_LENGTH + data.length > limit) return TOO_LONG
      end = writeData(out, end, CAA, CAA_TTL_SECONDS, data)
    }
    out[7] = records.length
    counters.configured++
    return end
  }

  const ip = (out: Uint8Array, at: number, limit: number, family: number): number => {
    const { type } = view
    if (type === ANY) return any(out, at, limit)
    if (type !== (family === 4 ? A : AAAA)) return negative(out, at, limit, counters.addressNodata)
    const size = family === 4 ? 4 : 16
    if (denies && isDenied(denies, size)) {
      counters.denied++
      return soaAuthority(out, at, limit)
    }
    if (at + RECORD_HEAD_LENGTH + size > limit) return TOO_LONG
    const data = recordHead(out, at, type, ttls.address, size)
    for (let index = 0; index < size; index++) out[data + index] = address[index] ?? 0
    out[7] = 1
    if (family === 4) counters.a++
    else counters.aaaa++
    return data + size
  }

  /** Lists are for few zones: only those pay for an object. */
  const isDenied = (find: (ip: IpAddress) => boolean, size: number): boolean => {
    const given = ipFromBytes(address.slice(0, size))
    return given !== undefined && find(given)
  }

  const identity = (out: Uint8Array, at: number, limit: number): number => {
    // `id=` and the 53 characters of the longest peer id, with the length before them.
    if (at + RECORD_HEAD_LENGTH + 57 > limit) return TOO_LONG
    const data = at + RECORD_HEAD_LENGTH
    for (let index = 0; index < ID_PREFIX.length; index++) out[data + 1 + index] = ID_PREFIX[index] ?? 0
    const end = writePeerId(name, 1, labelEnd(0), out, data + 1 + ID_PREFIX.length)
    recordHead(out, at, TXT, ttls.identity, end - data)
    out[data] = end - data - 1
    out[7] = 1
    counters.identities++
    return end
  }

  /** A name server below the apex, an empty name above one, or nothing. */
  const configured = (out: Uint8Array, at: number, limit: number): number => {
    const found = findStatic()
    if (!found) return noSuchName(out, at, limit)
    if (view.type === A) return answerSet(out, at, limit, found.a)
    if (view.type === AAAA) return answerSet(out, at, limit, found.aaaa)
    if (view.type === TXT) return answerSet(out, at, limit, found.txt)
    return view.type === ANY && (found.a || found.aaaa || found.txt) ? any(out, at, limit) : negative(out, at, limit)
  }

  const findStatic = (): StaticName | undefined => {
    const length = view.nameLength - zoneWire.length
    for (let index = 0; index < zone.staticNames.length; index++) {
      const candidate = zone.staticNames[index]
      if (candidate && candidate.wire.length === length && labelIs(0, candidate.wire)) return candidate
    }
    return undefined
  }

  return { handle, stats: () => snapshotCounters(counters) }
}
