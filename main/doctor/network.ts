// Whether there is a network at all, and whether the servers of ours answer.
import { isIP } from 'node:net'
import { addressClass } from '../../core/net/address-class.ts'
import { outsideAddresses } from '../../core/net/outside-addresses.ts'
import { parseIp } from '../../proto/ip.ts'
import { found, type Check } from './situation.ts'

/** Names that fit into a sentence. */
const SHOWN = 3

export const checkNetwork: Check = async ({ servers, hasNetwork }) => {
  const answers = await servers
  if (!hasNetwork) return found('network-none')
  // a practice network has its servers in a process that the node starts
  if (answers.length === 0) return found('network-asleep')
  const inside = answers.every(({ host }) => isInside(host))
  const silent = [...new Set(answers.filter(({ ok }) => !ok).map(({ host }) => host))]
  // a server with several ways in is there when one of them is
  const away = silent.filter((host) => !answers.some((answer) => answer.host === host && answer.ok))
  if (away.length === 0) return found(inside ? 'network-local' : 'network-good')
  if (!inside && outsideAddresses().length === 0) return found('network-no-address')
  const names = away.slice(0, SHOWN).join(', ')
  return found(answers.some(({ ok }) => ok) ? 'network-some' : 'network-silent', { names })
}

/** Loopback, as a sandbox is. */
function isInside(host: string): boolean {
  if (host === 'localhost') return true
  const ip = isIP(host) === 0 ? undefined : parseIp(host)
  return ip !== undefined && addressClass(ip) === 'loopback'
}
