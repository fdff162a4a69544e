// Each DNS server of the zone by UDP and by TCP: CAs use both, and a firewall often knows only one.
import { systemClock } from '../../core/clock.ts'
import { ask, createServerMemory } from '../../core/dns/ask.ts'
import { RCODE, rcodeName, TYPE, type DnsServerAddress } from '../../core/dns/index.ts'
import { reasonOf } from '../../core/net/reason.ts'
import { configuredServers, linesOf, type HostCheck, type HostSituation } from './look.ts'
import type { DoctorLine } from '../../proto/doctor.ts'

const ASK_MS = 2_500
const DNS_PORT = 53

/** How what is said of it begins. */
const OTHER = 'another server answers'

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
  const line = linesOf('dns', `DNS ${server.host}`)
  const [udp, tcp] = await Promise.all([askBy('udp', situation, server), askBy('tcp', situation, server)])
  if (udp === undefined && tcp === undefined) return line('good', `${name} answers by UDP and by TCP.`)
  const open = (how: string) =>
    `Let ${how} to port 53 of ${server.host} through the firewall, also through your provider’s, and look whether \`nodetrust serve\` runs there.`
  if (udp !== undefined && tcp !== undefined)
    return line('bad', `${name} does not answer: ${udp}.`, open('UDP and TCP'))
  return udp === undefined
    ? line('bad', `${name} answers by UDP, and not by TCP: ${tcp}.`, open('TCP'))
    : line('bad', `${name} answers by TCP, and not by UDP: ${udp}.`, open('UDP'))
}

/** @returns why it is not right; undefined where it is */
async function askBy(
  transport: 'udp' | 'tcp',
  { config, signal }: HostSituation,
  server: DnsServerAddress,
): Promise<string | undefined> {
  try {
    const reply = await ask({
      ...{ server, name: config.zone, type: TYPE.SOA, recursive: false, transport, timeoutMs: ASK_MS },
      ...{ clock: systemClock, memory: createServerMemory(), signal },
    })
    if (reply.rcode !== RCODE.NOERROR) return `${OTHER}: it says ${rcodeName(reply.rcode)}`
    return reply.authoritative ? undefined : `${OTHER}, which does not speak for the zone`
  } catch (error) {
    signal.throwIfAborted()
    return reasonOf(error)
  }
}
