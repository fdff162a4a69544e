// The certificate as a visitor sees it: a TLS connection to our own address under our own name, by the way that the name leads. Many
// routers lead nobody from inside back in; then our own listener is looked at, and the line of the visitors says the rest.
import { X509Certificate } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import { createResolver } from '../../core/dns/index.ts'
import { offsetOf } from '../../core/net/sign-of-life.ts'
import { lookByTls } from '../../core/net/tls-look.ts'
import { platformRoots } from '../../core/x509/index.ts'
import { CLOCK_TOLERANCE_MS } from './clock.ts'
import { found, type Check } from './situation.ts'
import type { LookupFunction } from 'node:net'

/** From the other side of the world and back, twice. */
const LOOK_MS = 4_000

/** What was shown to a visitor. */
interface Shown {
  readonly certificate: X509Certificate
  /** Why Node does not trust it; undefined where it does. */
  readonly distrust: string | undefined
}

export const checkCertificate: Check = async ({ certificate, node, config, clock, signal, servers }) => {
  const running = node()
  if (!certificate) return found('certificate-none')
  const until = inDays(certificate.notAfter)
  // a wrong clock, ours or that of one server, does not make a good certificate bad
  const now = (offsetOf(await servers) ?? 0) + clock.now()
  if (now >= certificate.notAfter) return found('certificate-expired', { until })
  if (isEarly(certificate.notBefore, now)) return found('certificate-early', { from: inDays(certificate.notBefore) })
  if (!running) return found('certificate-stored', { until })
  const lookup = config.resolver && createResolver({ servers: [config.resolver] }).lookup
  const [way] = secureWays(running.addresses)
  const name = way?.host ?? certificate.names.find((one) => !one.startsWith('*.')) ?? ''
  const port = running.ports.wss ?? 0
  let shown = way && (await see({ ...way, servername: name }, lookup, signal))
  for (const host of config.hosts.wss) shown ??= await see({ host, port, servername: name }, undefined, signal)
  if (!shown) return found('certificate-silent', { host: way === undefined ? String(port) : `${name}:${way.port}` })
  const ours = new X509Certificate(certificate.chainPem)
  if (shown.certificate.fingerprint256 !== ours.fingerprint256) return found('certificate-other', { host: name })
  if (name !== '' && shown.certificate.checkHost(name) === undefined) return found('certificate-name', { host: name })
  // a node's own root is known to whoever joined its network, and to no browser
  if (running.trusted === false) return found('certificate-test', { until })
  if (shown.distrust !== undefined) return found('certificate-chain', { reason: shown.distrust })
  const late = running.renewal?.due === true && running.failed !== undefined
  return found(late ? 'certificate-late' : 'certificate-good', { until })
}

/** Some CAs give one that begins now, and servers tell the time in whole seconds. */
function isEarly(notBefore: number, now: number): boolean {
  return now + CLOCK_TOLERANCE_MS < notBefore
}

function inDays(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

/** Hosts and ports at which browsers come in. */
function secureWays(addresses: readonly string[]): readonly { readonly host: string; readonly port: number }[] {
  return addresses
    .filter((text) => text.includes('/tls/'))
    .flatMap((text) => {
      const parts = multiaddr(text).getComponents()
      const host = parts.find(({ name }) => /^(dns[46]?|sni)$/.test(name))?.value
      const port = Number(parts.find(({ name }) => name === 'tcp')?.value)
      return host === undefined || !port ? [] : [{ host, port }]
    })
}

/** @returns undefined where nobody shows one */
async function see(
  where: { readonly host: string; readonly port: number; readonly servername: string },
  lookup: LookupFunction | undefined,
  signal: AbortSignal,
): Promise<Shown | undefined> {
  try {
    return await lookByTls({
      ...{ where: { ...where, ca: [...platformRoots()], ...(lookup ? { lookup } : {}) }, withinMs: LOOK_MS, signal },
      read: (socket) => {
        const certificate = socket.getPeerX509Certificate()
        const why = socket.authorized ? '' : String(socket.authorizationError)
        // dates are judged by a clock that is right
        const distrust = why === '' || /EXPIRED|NOT_YET_VALID|ALTNAME/.test(why) ? undefined : why
        return certificate && { certificate, distrust }
      },
    })
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}
