// Tells the local network `<npub>.local` while the name is published (RFC 6762): asks first whether somebody has it, announces it, answers, and
// says goodbye. One socket for each interface, which answers with that interface's own addresses and only whoever is in its network.
import { BlockList, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import multicastDns, { type MulticastDNS, type QueryPacket } from 'multicast-dns'
import { within } from '../../../core/abort.ts'
import { createLanRates, type LanRates } from './lan-rates.ts'
import { answersTo, isKnown, lanRecords, statementTexts } from './lan-records.ts'
import type { NamingKey } from '../../../core/nostr/keys.ts'
import type { NameCertificate } from '../certificate.ts'
import type { Way } from '../content.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Log } from '../../../core/log.ts'
import type { Answer } from 'dns-packet'
import type { RemoteInfo } from 'node:dgram'

/** What it needs. */
export interface LanNameInit {
  readonly key: NamingKey
  readonly certificate: Pick<NameCertificate, 'current'>
  /** The port that is served here; that of the router leads in from outside. */
  readonly way: () => Way
  readonly clock: Clock
  readonly log: Log
  /** @default this machine's */
  readonly interfaces?: () => readonly LanInterface[]
}

/** An interface of this machine with an IPv4 address, at which multicast works. */
export interface LanInterface {
  readonly ipv4: string
  readonly cidr: string
  /** All its addresses, as text. */
  readonly ips: readonly string[]
}

/** It is told. */
export interface LanName {
  stop(): Promise<void>
}

const PORT = 5_353
/** Three questions, a quarter of a second apart (RFC 6762 section 8.1). */
const PROBES = 3
const PROBE_MS = 250
/** Twice, a second apart (section 8.3). */
const ANNOUNCE_MS = 1_000
/** What whoever asks by unicast from another port is given, seconds (section 6.7). */
const LEGACY_TTL_S = 10
/** A socket that could not be opened says no goodbye. */
const GOODBYE_MS = 500
/** Interfaces come and go. */
const LOOK_MS = 30_000

/** Starts; what cannot be told is logged, since a name works without it. */
export async function startLanName(init: LanNameInit): Promise<LanName> {
  const { key, certificate, way, clock, log, interfaces = lanInterfaces } = init
  const stopping = new AbortController()
  const open = new Map<string, { readonly stop: () => Promise<void> }>()

  const recordsAt = ({ ips }: LanInterface): readonly Answer[] => {
    const { localPort, port = 443 } = way()
    const at = localPort ?? port
    return lanRecords({ npub: key.npub, texts: textsOf(certificate.current().sha256, at), port: at, ips })
  }

  /** A signature costs a millisecond, and whoever is in the network asks as often as they like. */
  const textsOf = (sha256: string, port: number): readonly string[] => {
    if (signed?.sha256 !== sha256 || signed.port !== port)
      signed = { sha256, port, texts: statementTexts(key, { sha256, port }) }
    return signed.texts
  }
  let signed: { readonly sha256: string; readonly port: number; readonly texts: readonly string[] } | undefined

  const begin = (found: LanInterface) => {
    const near = new BlockList()
    const [base = found.ipv4, bits = '32'] = found.cidr.split('/')
    near.addSubnet(base, Number(bits), 'ipv4')
    const rates = createLanRates(clock)
    const socket = multicastDns({ interface: found.ipv4, bind: '0.0.0.0', loopback: true, reuseAddr: true, ttl: 255 })
    socket.on('error', (error) => log.debug({ error: String(error), address: found.ipv4 }, 'mDNS of one interface'))
    socket.on('warning', () => undefined)
    socket.on('query', (packet, from) => {
      if (near.check(from.address, isIPv6(from.address) ? 'ipv6' : 'ipv4'))
        answer(socket, packet, from, recordsAt(found), rates)
    })
    void announce(socket, found).catch((error: unknown) => {
      if (!stopping.signal.aborted)
        log.info({ error: String(error), address: found.ipv4 }, 'a name is not announced there')
    })
    open.set(found.ipv4, {
      stop: async () => {
        const goodbye = recordsAt(found).map((record) => ({ ...record, ttl: 0 }) as Answer)
        await within(GOODBYE_MS, new Promise<void>((resolve) => socket.respond(goodbye, () => resolve())))
        await within(GOODBYE_MS, new Promise<void>((resolve) => socket.destroy(() => resolve())))
      },
    })
  }

  const answer = (
    socket: MulticastDNS,
    packet: QueryPacket,
    from: RemoteInfo,
    records: readonly Answer[],
    rates: LanRates,
  ) => {
    const isLegacy = from.port !== PORT
    for (const question of (packet.questions ?? []).slice(0, 16)) {
      const found = answersTo(records, question)
      const answers = found.answers.filter((one) => isLegacy || !isKnown(one, packet.answers ?? []))
      if (answers.length === 0) continue
      const what = answers.map(({ name, type }) => `${type} ${name}`).join(' ')
      if (isLegacy ? !rates.mayTellOne(from.address) : !rates.mayTellAll(what)) continue
      const additionals = [...found.additionals]
      if (!isLegacy) socket.respond({ answers, additionals })
      else {
        const short = (all: readonly Answer[]) =>
          all.map((one) => ({ ...one, flush: false, ttl: LEGACY_TTL_S }) as Answer)
        const reply = {
          id: packet.id ?? 0,
          questions: [question],
          answers: short(answers),
          additionals: short(additionals),
        }
        socket.respond(reply, from)
      }
    }
  }

  const announce = async (socket: MulticastDNS, found: LanInterface): Promise<void> => {
    await new Promise<void>((resolve) => socket.once('ready', resolve))
    const { signal } = stopping
    const host = `${key.npub}.local`
    for (let at = 0; at < PROBES; at++) {
      socket.query({
        questions: [{ name: host, type: 'ANY' }],
        authorities: recordsAt(found).filter(({ name }) => name === host),
      } as never)
      await clock.sleep(PROBE_MS, signal)
    }
    // whoever else claims it has no key to prove it with: the name is told all the same
    socket.respond([...recordsAt(found)])
    await clock.sleep(ANNOUNCE_MS, signal)
    socket.respond([...recordsAt(found)])
  }

  const look = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const now = new Map(interfaces().map((one) => [one.ipv4, one]))
      for (const [ipv4, one] of open) {
        if (now.has(ipv4)) continue
        open.delete(ipv4)
        await one.stop().catch(() => undefined)
      }
      for (const [ipv4, found] of now) if (!open.has(ipv4)) begin(found)
      await clock.sleep(LOOK_MS, stopping.signal).catch(() => undefined)
    }
  }

  const looking = look()
  return {
    async stop() {
      stopping.abort(new Error('the name is told no more'))
      await looking
      await Promise.allSettled([...open.values()].map((one) => one.stop()))
    },
  }
}

/** The interfaces that lead into a local network. */
export function lanInterfaces(): readonly LanInterface[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) => {
    const v4 = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)
    if (!v4 || v4.cidr === null) return []
    return [{ ipv4: v4.address, cidr: v4.cidr, ips: addresses.map(({ address }) => address) }]
  })
}
