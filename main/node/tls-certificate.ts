// The certificate that new TLS connections get: a swap needs no restart, open connections live on, the next one sees the new
// certificate. Whoever names another host, or none, gets it as well: a visitor who types the address learns the name that is right.
// A pair that does not fit never gets here.
// Faults of libraries that this is a way around (docs/upstream.md): second-certificate, wrong-certificate.
import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext, type Server } from 'node:tls'
import { TLS_SERVER_OPTIONS, useCertificate } from '../../core/net/tls-server.ts'
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

/** What is shown to who names a host of others; undefined for every other one. */
export type NameContexts = (
  servername: string,
) => { readonly context: SecureContext; readonly certPem: string } | undefined

/** What the listener serves. */
export interface TlsCertificate {
  /** Options for the listener; made once, they always hand out the certificate in use to who names a host. */
  readonly https: ServerOptions
  /** A listener's server, for those who name none. */
  attach(server: Server): void
  /**
   * Serves this pair from the next handshake on.
   *
   * @throws TlsPairError where key and certificate do not belong together or cannot be read
   */
  use(pair: TlsPair): void
  /** Shows others to who names a host of theirs; undefined ends it. */
  useFor(contextFor: NameContexts | undefined): void
}

/** Makes the place of the certificate; until the first `use`, every handshake is refused. */
export function createTlsCertificate(): TlsCertificate {
  let current: { readonly pair: TlsPair; readonly context: SecureContext } | undefined
  let others: NameContexts | undefined
  const servers = new Set<Server>()
  const give = (server: Server, { keyPem, chainPem }: TlsPair) =>
    useCertificate(server, { key: keyPem, cert: chainPem })
  return {
    https: {
      ...TLS_SERVER_OPTIONS,
      SNICallback: (name, answer) => {
        const other = others?.(name)
        if (other) answer(null, other.context)
        else if (current) answer(null, current.context)
        else answer(new Error('there is no certificate yet'))
      },
    },
    attach(server) {
      servers.add(server)
      server.once('close', () => servers.delete(server))
      if (current) give(server, current.pair)
    },
    use(pair) {
      current = { pair, context: secureContext(pair) }
      for (const server of servers) give(server, pair)
    },
    useFor(contextFor) {
      others = contextFor
    },
  }
}

function secureContext({ keyPem, chainPem }: TlsPair): SecureContext {
  try {
    const leaf = new X509Certificate(chainPem)
    if (!leaf.checkPrivateKey(readPrivateKey(keyPem))) throw new TypeError('the key is not the one of the certificate')
    return createSecureContext({ ...TLS_SERVER_OPTIONS, key: keyPem, cert: chainPem })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new TlsPairError(`this certificate cannot be served: ${why}`, { cause: error })
  }
}
