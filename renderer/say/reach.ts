// From where an address works. Apart from the names (names.ts), which every visit needs.
import { parseIpv6 } from '../../proto/ip.ts'

/** From where a host can be reached. */
export type Reach = 'anywhere' | 'home' | 'here'

/** Says from where a host, a name that begins with an IP address or an IP address itself, can be reached. */
export function reachOf(host: string): Reach {
  const first = host.split('.')[0] ?? ''
  const v4 = /^(?:ip4)?(\d+)-(\d+)-(\d+)-(\d+)$/.exec(first)
  const v6 = parseIpv6((/^(?:ip6)?([0-9a-f]*(?:-[0-9a-f]*){2,7})$/i.exec(first)?.[1] ?? '').replaceAll('-', ':'))
  const ip = v4 === null ? (v6?.text ?? host.toLowerCase()) : v4.slice(1).join('.')
  if (/^127\.|^::1$|^localhost$/.test(ip)) return 'here'
  if (/^(?:10|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(ip))
    return 'home'
  return /^(?:f[cd]|fe[89ab])[0-9a-f]*:/.test(ip) ? 'home' : 'anywhere'
}
