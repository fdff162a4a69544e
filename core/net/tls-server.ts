// What every TLS listener of ours speaks, and that it goes on speaking it with the next certificate: `setSecureContext` begins from
// nothing each time. The list is Mozilla's "intermediate" without the suites that need parameters of their own (RFC 9325 section 4.2):
// encryption that authenticates, and keys that nobody can look up afterwards.
import { constants } from 'node:crypto'
import type { Server } from 'node:net'
import type { SecureContextOptions, Server as TlsServer } from 'node:tls'

/** TLS 1.3 has three suites that are all good; leaving them out would switch it off. */
const TLS_1_3 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']

/** Of TLS 1.2 no CBC, no CCM, no key exchange without forward secrecy. */
const TLS_1_2 = [
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ...['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
]

/**
 * Options of the protocol. Groups are the library's own, which are X25519MLKEM768 and X25519 first where it has them. Names that a
 * library does not know (BoringSSL has no TLS 1.3 suites to choose from) are passed over by it, and bits that it does not have are 0.
 */
export const TLS_SERVER_OPTIONS = {
  minVersion: 'TLSv1.2',
  ciphers: [...TLS_1_3, ...TLS_1_2].join(':'),
  honorCipherOrder: true,
  secureOptions:
    // a client that renegotiates makes us compute for nothing (RFC 9325 section 3.5)
    bit('SSL_OP_NO_RENEGOTIATION') |
    // a key that seals tickets would have to be changed daily, and opens what was recorded; our connections are long and few
    bit('SSL_OP_NO_TICKET') |
    // for phones without AES of their own, where they say so
    bit('SSL_OP_PRIORITIZE_CHACHA'),
} as const satisfies SecureContextOptions

/** Key and chain, PEM, as Node takes them. */
export interface PemPair {
  readonly key: string
  readonly cert: string
}

/**
 * Gives the next connections of a server another certificate, also those that name nobody (without SNI).
 *
 * @throws where the pair cannot be used; the one from before stays
 */
export function useCertificate(server: TlsServer, pair: PemPair): void {
  server.setSecureContext({ ...TLS_SERVER_OPTIONS, ...pair })
}

/** Whether a server speaks TLS. */
export function isTlsServer(server: unknown): server is TlsServer {
  return isServer(server) && 'setSecureContext' in server && typeof server.setSecureContext === 'function'
}

function isServer(value: unknown): value is Server {
  return typeof value === 'object' && value !== null && 'listen' in value
}

function bit(name: string): number {
  const value: unknown = Reflect.get(constants, name)
  return typeof value === 'number' ? value : 0
}
