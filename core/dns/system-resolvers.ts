// The DNS servers of this machine as Node tells them, which is text with a port or without one.
import { parseIp } from '../../proto/ip.ts'
import { parseHostPort } from '../net/host-port.ts'
import type { DnsServerAddress } from './index.ts'

const DNS_PORT = 53

/**
 * The system's resolvers as Node writes them (`1.1.1.1`, `[::1]:5353`); those with a zone are left out.
 *
 * @returns at least one: where the system names none, this machine's own
 */
export function systemResolvers(servers: readonly string[]): DnsServerAddress[] {
  const found = servers.flatMap((text) => {
    const ip = parseIp(text)
    return ip ? [{ host: ip.text, port: DNS_PORT }] : (parseHostPort(text) ?? [])
  })
  return found.length > 0 ? found : [{ host: '127.0.0.1', port: DNS_PORT }]
}
