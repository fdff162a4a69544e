// What the router said to our wish for ports, of the look from outside that has just been made.
import { addressClass } from '../../core/net/address-class.ts'
import { parseIp } from '../../proto/ip.ts'
import { found, type Check } from './situation.ts'

const PROTOCOLS = { upnp: 'UPnP', 'nat-pmp': 'NAT-PMP', pcp: 'PCP' } as const

export const checkRouter: Check = async ({ node, config, looked }) => {
  await looked
  const running = node()
  const verdict = running?.verdict
  if (!running || !verdict) return found('router-unknown')
  const { facts, status, reason } = verdict
  const ports = { tcp: String(running.ports.tcp ?? '?'), wss: String(running.ports.wss ?? '?') }
  if (status === 'local') return found('router-local')
  if (reason === 'carrier-nat') return found('router-carrier-nat')
  const [mapping] = facts.mappings
  if (facts.router === 'mapped' && mapping) return found('router-opened', { protocol: PROTOCOLS[mapping.protocol] })
  if (status === 'reachable' || facts.localAddresses.some((text) => isPublicV4(text))) return found('router-not-needed')
  if (!config.mapPorts) return found('router-off', ports)
  if (facts.router === 'refused') return found('router-refused', ports)
  return facts.router === 'none' ? found('router-silent', ports) : found('router-unknown')
}

function isPublicV4(text: string): boolean {
  const ip = parseIp(text)
  return ip !== undefined && ip.family === 4 && addressClass(ip) === 'public'
}
