// Whether somebody outside came in, of the look that has just been made: what is asked of others, and what they found.
import { forgeName } from './names.ts'
import { found, type Check } from './situation.ts'

export const checkDialBack: Check = async ({ node, looked, certificate }) => {
  await looked
  const running = node()
  const verdict = running?.verdict
  if (!running || !verdict) return found('door-unknown')
  const { status, reason, facts } = verdict
  const ports = { tcp: String(running.ports.tcp ?? '?'), wss: String(running.ports.wss ?? '?') }
  if (status === 'local') return found('door-local')
  if (status === 'reachable') {
    const [reached] = facts.dialBacks.filter(({ outcome }) => outcome === 'reached' || outcome === 'open')
    return found('door-good', { address: reached?.address ?? ports.wss })
  }
  if (status === 'unknown') {
    if (facts.nobodyToAsk !== true) return found('door-unknown')
    const forge = forgeName(certificate?.names ?? [])
    if (running.certificate?.source === 'autotls' && forge !== undefined) return found('door-knocked', { forge })
    return forge === undefined ? found('door-unknown') : found('door-unasked', { forge })
  }
  if (reason === 'firewall') return found('door-firewall', ports)
  if (reason === 'router-refused' || reason === 'no-router-control') return found('door-router', ports)
  if (reason === 'carrier-nat') return found('door-carrier-nat')
  if (reason === 'no-public-address') return found('door-no-address')
  // what keeps even ourselves from looking stands in a line of its own
  return reason === 'offline' || reason === 'port-taken' ? found('door-unknown') : found('door-closed', ports)
}
