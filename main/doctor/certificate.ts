// The certificate as a visitor sees it: a TLS connection to our own address under our own name, by the way that the name leads. Many
// routers lead nobody from inside back in; then our own listener is looked at, and the line of the visitors says the rest.
import { X509Certificate } from 'node:crypto'
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls'
import { multiaddr } from '@multiformats/multiaddr'
import { createResolver } from '../../core/dns/index.ts'
import { platformRoots, validityOf } from '../../core/x509/index.ts'
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
  const until = new Date(certificate.notAfter).toISOString().slice(0, 10)
  const now = truth(await servers) + clock.now()
  if (now >= certificate.notAfter) return found('certificate-expired', { until })
  if (!running) return found('certificate-stored', { until })
  const lookup = config.resolver && createResolver({ servers: [config.resolver] }).lookup
  const [way] = secureWays(running.addresses)
  const name = way?.host ?? certificate.names.find((one) => !one.startsWith('*.')) ?? ''
  const port = running.ports.wss ?? 0
  const shown =
    (way && (await see({ ...way, servername: name }, lookup, signal))) ??
    (await see({ host: '127.0.0.1', port, servername: name }, undefined, signal))
  if (!shown) return found('certificate-silent', { host: way === undefined ? String(port) : `${name}:${way.port}` })
  const ours = new X509Certificate(certificate.chainPem)
  if (shown.certificate.fingerprint256 !== ours.fingerprint256) return found('certificate-other', { host: name })
  if (name !== '' && checkServerIdentity(name, shown.certificate.toLegacyObject()) !== undefined)
    return found('certificate-name', { host: name })
  if (now >= validityOf(shown.certificate).notAfter) return found('certificate-expired', { until })
  // a node's own root is known to whoever joined its network, and to no browser
  if (running.trusted === false) return found('certificate-test', { until })
  if (shown.distrust !== undefined) return found('certificate-chain', { reason: shown.distrust })
  const late = running.renewal?.due === true && running.failed !== undefined
  return found(late ? 'certificate-late' : 'certificate-good', { until })
}

/** By how much our clock is wrong, as the servers say, so that a wrong one does not make a good certificate bad. */
function truth(
  answers: readonly { readonly time?: { readonly here: number; readonly there: number } | undefined }[],
): number {
  const [time] = answers.flatMap((answer) => answer.time ?? [])
  return time === undefined ? 0 : time.there - time.here
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
  const done = Promise.withResolvers<void>()
  // what is wrong with it is what is asked for, so it is looked at whatever it is
  const looking = { ...where, ca: [...platformRoots()], rejectUnauthorized: false }
  const socket: TLSSocket = connect({ ...looking, ...(lookup ? { lookup } : {}) })
  const late = AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)])
  const onLate = () => done.reject(new Error('no handshake in time'))
  late.addEventListener('abort', onLate, { once: true })
  socket.once('secureConnect', done.resolve)
  socket.on('error', done.reject)
  socket.once('close', () => done.reject(new Error('it closed the connection')))
  try {
    await done.promise
    const certificate = socket.getPeerX509Certificate()
    const why = socket.authorized ? '' : String(socket.authorizationError)
    // dates are judged by a clock that is right
    const distrust = why === '' || /EXPIRED|NOT_YET_VALID|ALTNAME/.test(why) ? undefined : why
    return certificate && { certificate, distrust }
  } catch {
    signal.throwIfAborted()
    return undefined
  } finally {
    late.removeEventListener('abort', onLate)
    socket.destroy()
  }
}
