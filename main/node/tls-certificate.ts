// The certificate that new TLS connections get. The listener asks for it at every handshake, so a swap needs no restart:
// open connections live on, the next one sees the new certificate. A pair that does not fit never gets here.
import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { readPrivateKey } from '../../core/x509/index.ts'
import type { ServerOptions } from 'node:https'

/** Key and chain that cannot be served; the one in use stays. */
export class TlsPairError extends Error {
  override readonly name = 'TlsPairError'
}

/** Key and chain, PEM. */
export interface TlsPair {
  readonly keyPem: string
  /** Leaf first. */
  readonly chainPem: string
}

/** What the listener serves. */
export interface TlsCertificate {
  /** Options for the listener; made once, they always hand out the certificate in use. */
  readonly https: ServerOptions
  /**
   * Serves this pair from the next handshake on.
   *
   * @throws TlsPairError where key and certificate do not belong together or cannot be read
   */
  use(pair: TlsPair): void
}

/** Makes the place of the certificate; until the first `use`, every handshake is refused. */
export function createTlsCertificate(): TlsCertificate {
  let current: SecureContext | undefined
  return {
    https: {
      minVersion: 'TLSv1.2',
      // a client without SNI asks for no name, so no certificate could fit: without a default one its handshake ends
      // with an alert
      SNICallback: (_name, answer) => {
        if (current) answer(null, current)
        else answer(new Error('there is no certificate yet'))
      },
    },
    use(pair) {
      current = secureContext(pair)
    },
  }
}

function secureContext({ keyPem, chainPem }: TlsPair): SecureContext {
  try {
    const leaf = new X509Certificate(chainPem)
    if (!leaf.checkPrivateKey(readPrivateKey(keyPem))) throw new TypeError('the key is not the one of the certificate')
    return createSecureContext({ key: keyPem, cert: chainPem })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new TlsPairError(`this certificate cannot be served: ${why}`, { cause: error })
  }
}
