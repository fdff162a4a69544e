// A libp2p host that can do nothing but open connections: no listeners, no services, an identity that nobody has seen. It dials each
// address by itself; the library's own queue would try the addresses of one peer one after the other.
import { generateKeyPair } from '@libp2p/crypto/keys'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { createLibp2p } from 'libp2p'
import { createDialGuard } from '../../core/net/dial-guard.ts'
import { singleDials } from '../../core/net/dial-many.ts'
import { limitedYamux } from '../../core/net/muxer.ts'
import { quickStop } from '../../core/net/quick-stop.ts'
import { secureWebSockets } from '../../core/net/secure-websockets.ts'
import type { Connection } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** The host. */
export interface DiallingHost {
  /**
   * Dials one address.
   *
   * @param address  ends with the peer who must answer there
   * @throws whatever kept it from a secured connection with that peer
   */
  dial(address: Multiaddr, signal: AbortSignal): Promise<Connection>
  /** Closes everything, also what is still being dialled. */
  stop(): Promise<void>
}

/** Makes one. */
export async function throwAwayHost(): Promise<DiallingHost> {
  const host = await createLibp2p({
    privateKey: await generateKeyPair('Ed25519'),
    nodeInfo: { name: 'nodetrust-broker', userAgent: 'nodetrust-broker' },
    addresses: { listen: [] },
    transports: [tcp(), secureWebSockets()],
    connectionEncrypters: [noise(), tls()],
    streamMuxers: [limitedYamux()],
    connectionGater: {},
    connectionMonitor: { enabled: false },
    // names are never dialled here, and classes of addresses are chosen before
    services: { quickStop, singleDials: singleDials(createDialGuard()) },
  })
  return {
    dial: (address, signal) => host.services.singleDials.dial(address, { signal }),
    stop: async () => host.stop(),
  }
}
