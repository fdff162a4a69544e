// Each DNS server of the zone by UDP and by TCP: CAs use both, and a firewall often knows only one.
import { systemClock } from '../../core/clock.ts'
import { ask, createServerMemory } from '../../core/dns/ask.ts'
import { RCODE, rcodeName, TYPE, type DnsServerAddress } from '../../core/dns/index.ts'
import { reasonOf } from '../../core/net/reason.ts'
import { configuredServers, linesOf, type HostCheck, type HostSituation } from './look.ts'
import type { DoctorLine } from '../../proto/doctor.ts'

const ASK_MS = 2_500
const DNS_PORT = 53

/** More than any zone of ours has. */
const MAX_SERVERS = 8

export const checkDns: HostCheck = async (situation) => {
  const { config, referral } = situation
  const line = linesOf('dns', 'DNS')
  const told = await referral
  const known = configuredServers(config)
  const servers =
    known.length > 0 ? known : (told?.servers ?? []).map((name) => ({ name, ips: told?.glue.get(name) ?? [] }))
  const places = servers.flatMap(({ name, ips }) => ips.map((ip) => ({ name, ip }))).slice(0, MAX_SERVERS)
  if (places.length === 0) return [line('unknown', 'Where the zone’s servers are is not known here.')]
  return await Promise.all(places.map(({ name, ip }) => lookAt(situation, name, { host: ip, port: DNS_PORT })))
}

async function lookAt(situation: HostSituation, name: string, server: DnsServerAddress): Promise<DoctorLine> {
  const [udp, tcp] = await Promise.all([askBy('udp', situation, server), askBy('tcp', situation, server)])
  return judged({ zone: situation.config.zone, name, host: server.host, udp, tcp })
}

/** What was found of one server. */
export interface DnsFound {
  readonly zone: string
  readonly name: string
  readonly host: string
  /** What is not right by each way; undefined where all is. */
  readonly udp: Wrong | undefined
  readonly tcp: Wrong | undefined
}

/** What there is to say of it. */
export function judged({ zone, name, host, udp, tcp }: DnsFound): DoctorLine {
  const line = linesOf('dns', `DNS ${host}`)
  if (!udp && !tcp) return line('good', `${name} answers by UDP and by TCP.`)
  // who answers is behind no firewall, whatever it says
  const other = udp?.answers === true ? udp : tcp?.answers === true ? tcp : undefined
  if (other) {
    const how = !tcp ? ' by UDP' : !udp ? ' by TCP' : ''
    return line(
      'bad',
      `What answers${how} at ${name} does not serve ${zone}: ${other.why}.`,
      `Look on ${host} what has port 53: \`nodetrust serve dns\` with the zone ${zone}, or another DNS server.`,
    )
  }
  const open = (how: string) =>
    `Let ${how} to port 53 of ${host} through the firewall, also through your provider’s, and look whether \`nodetrust serve\` runs there.`
  if (udp && tcp) return line('bad', `${name} does not answer: ${udp.why}.`, open('UDP and TCP'))
  return tcp
    ? line('bad', `${name} answers by UDP, and not by TCP: ${tcp.why}.`, open('TCP'))
    : line('bad', `${name} answers by TCP, and not by UDP: ${udp?.why ?? ''}.`, open('UDP'))
}

/** What is not right. */
interface Wrong {
  /** Whether somebody answers at all. */
  readonly answers: boolean
  readonly why: string
}

/** @returns undefined where all is right */
async function askBy(
  transport: 'udp' | 'tcp',
  { config, signal }: HostSituation,
  server: DnsServerAddress,
): Promise<Wrong | undefined> {
  try {
    const reply = await ask({
      ...{ server, name: config.zone, type: TYPE.SOA, recursive: false, transport, timeoutMs: ASK_MS },
      ...{ clock: systemClock, memory: createServerMemory(), signal },
    })
    if (reply.rcode !== RCODE.NOERROR) return { answers: true, why: `it says ${rcodeName(reply.rcode)}` }
    return reply.authoritative ? undefined : { answers: true, why: 'it does not speak for it' }
  } catch (error) {
    signal.throwIfAborted()
    return { answers: false, why: reasonOf(error) }
  }
}
