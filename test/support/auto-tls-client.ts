// The AutoTLS client that js-libp2p ships, unmodified, in a plain libp2p node that says it has a public address, as if its router
// forwarded the port; a broker that is to find it on this machine translates.
import { autoTLS } from '@ipshipyard/libp2p-auto-tls'
import { http } from '@libp2p/http'
import { identify } from '@libp2p/identify'
import { keychain } from '@libp2p/keychain'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { MemoryDatastore } from 'datastore-core'
import type { SandboxNetwork } from '../../servers/sandbox/network.ts'
import type { PrivateKey, TLSCertificate } from '@libp2p/interface'

/** Where such a node says it is. */
export const PUBLIC = '1.2.3.4'

const LOOPBACK = '127.0.0.1'

/** A node's own address as it announces it. */
export function toPublic(address: Multiaddr): Multiaddr {
  return withHost(address, LOOPBACK, PUBLIC)
}

/** What a broker is given as `translate`. */
export function toLoopback(address: Multiaddr): Multiaddr {
  return withHost(address, PUBLIC, LOOPBACK)
}

function withHost(address: Multiaddr, from: string, to: string): Multiaddr {
  return multiaddr(address.toString().replace(`/ip4/${from}/`, `/ip4/${to}/`))
}

const CERTIFICATE_TIMEOUT_MS = 60_000

/** Runs a node until it has a certificate. The CA's root is taken from `axios.defaults.httpsAgent` of acme-client. */
export async function obtainByAutoTls(
  network: Pick<SandboxNetwork, 'broker' | 'forge' | 'acme'>,
  init: { readonly key: PrivateKey; readonly datastore: MemoryDatastore; readonly renewThreshold?: number },
): Promise<TLSCertificate> {
  const got = Promise.withResolvers<TLSCertificate>()
  const node = await createLibp2p({
    privateKey: init.key,
    datastore: init.datastore,
    addresses: {
      listen: [`/ip4/${LOOPBACK}/tcp/0`],
      announceFilter: (addresses) => addresses.map(toPublic),
    },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      keychain: keychain({ pass: 'a passphrase of a test node' }),
      http: http(),
      autoTLS: autoTLS({
        forgeEndpoint: network.broker,
        forgeDomain: network.forge,
        acmeDirectory: network.acme,
        autoConfirmAddress: true,
        provisionDelay: 10,
        ...(init.renewThreshold === undefined ? {} : { renewThreshold: init.renewThreshold }),
      }),
    },
  })
  const timer = setTimeout(() => got.reject(new Error('no certificate in time')), CERTIFICATE_TIMEOUT_MS)
  try {
    node.addEventListener('certificate:provision', ({ detail }) => got.resolve(detail), { once: true })
    return await got.promise
  } finally {
    clearTimeout(timer)
    await node.stop()
  }
}
