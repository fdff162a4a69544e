// Whether our ports are ours: listened on where they should be, free where they will be.
import { isPortFree } from '../settings/ports.ts'
import { knock } from '../../core/net/sign-of-life.ts'
import { found, type Check } from './situation.ts'

/** This very machine answers at once. */
const KNOCK_MS = 3_000

export const checkPorts: Check = async ({ node, config, certificate, heldBy, signal, looked }) => {
  const running = node()
  const tcp = running?.ports.tcp ?? config.ports.tcp
  const wss = running?.ports.wss ?? config.ports.wss
  const shown = { tcp: String(tcp ?? '?'), wss: String(wss ?? '?') }
  if (heldBy !== undefined) return found('ports-held', { pid: heldBy })
  if (!running) {
    for (const port of [tcp, wss]) {
      if (port !== undefined && !(await isPortFree(port))) return found('ports-taken', { port: String(port) })
    }
    return found('ports-free', shown)
  }
  if (tcp !== undefined && !(await answers(config.hosts.tcp, tcp, signal)))
    return found('ports-closed', { port: shown.tcp })
  const served = certificate !== undefined && running.failed?.failure.code !== 'port-taken'
  if (served && wss !== undefined) {
    return (await answers(config.hosts.wss, wss, signal))
      ? found('ports-good', shown)
      : found('ports-closed', { port: shown.wss })
  }
  // the probe of the look from outside has the port for a while
  await looked
  const taken = node()?.verdict?.facts.portTaken === true || (wss !== undefined && !(await isPortFree(wss)))
  return taken ? found('ports-taken', { port: shown.wss }) : found('ports-ready', shown)
}

async function answers(hosts: readonly string[], port: number, signal: AbortSignal): Promise<boolean> {
  for (const host of hosts) {
    try {
      await knock({ host, port }, undefined, AbortSignal.any([signal, AbortSignal.timeout(KNOCK_MS)]))
      return true
    } catch {
      signal.throwIfAborted()
    }
  }
  return false
}
