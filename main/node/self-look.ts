// A node's own look at what it serves, as a client sees it: a TLS handshake with our listener, under our own name. The one
// known way to notice that a renewed certificate never reached the listener, before somebody else does.
import { X509Certificate } from 'node:crypto'
import type { Multiaddr } from '@multiformats/multiaddr'
import { hereOf } from '../../core/net/listen-place.ts'
import { lookByTls } from '../../core/net/tls-look.ts'
import { validityOf } from '../../core/x509/index.ts'

/** What is wrong with what is served; the message says it to a person. */
export interface ServedFault {
  /** Whether putting the installed certificate into service again may mend it; a date is mended by a new one alone. */
  readonly mendable: boolean
  readonly message: string
}

/** Where to look and what should be there. */
export interface LookInit {
  /** An address the listener is bound to; of one that means all interfaces, the loopback is looked at. */
  readonly address: Multiaddr
  readonly servername: string | undefined
  readonly installed: { readonly chainPem: string }
  /** Milliseconds since 1970. */
  readonly now: number
  readonly signal: AbortSignal
}

/** Our own machine answers at once, or something is wrong. */
const LOOK_TIMEOUT_MS = 10_000

/**
 * Looks.
 *
 * @returns undefined where the installed certificate is served and in time
 * @throws the signal's reason
 */
export async function lookAtServed(init: LookInit): Promise<ServedFault | undefined> {
  const installed = new X509Certificate(init.installed.chainPem)
  let served: X509Certificate | undefined
  try {
    served = await readServed(init)
  } catch (error) {
    init.signal.throwIfAborted()
    const why = error instanceof Error ? error.message : String(error)
    return { mendable: true, message: `our own WSS listener does not answer: ${why}` }
  }
  if (served?.fingerprint256 !== installed.fingerprint256) {
    return {
      mendable: true,
      message: `our WSS listener shows ${served ? describe(served) : 'no certificate'}, but installed is ${describe(installed)}`,
    }
  }
  const { notBefore, notAfter } = validityOf(served)
  if (init.now >= notAfter || init.now < notBefore) {
    const message = `our WSS listener shows a certificate that is out of its time, ${describe(served)}`
    return { mendable: false, message }
  }
  return undefined
}

async function readServed({ address, servername, signal }: LookInit): Promise<X509Certificate | undefined> {
  const parts = address.getComponents()
  const host = parts[0]?.value ?? ''
  const port = Number(parts.find(({ name }) => name === 'tcp')?.value)
  // compared by its fingerprint, so whether the platform trusts its issuer is not asked here
  return await lookByTls({
    where: { host: hereOf(host), port, ...(servername === undefined ? {} : { servername }) },
    ...{ withinMs: LOOK_TIMEOUT_MS, signal, read: (socket) => socket.getPeerX509Certificate() },
  })
}

function describe(certificate: X509Certificate): string {
  const until = new Date(validityOf(certificate).notAfter).toISOString()
  return `number ${certificate.serialNumber.toLowerCase()}, good until ${until}`
}
