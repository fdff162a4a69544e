// What runs in the browser: js-libp2p as a web page would use it, with one function for the test to call. The browser decides
// by itself whom it trusts; a page has no say in it, and does not even learn why a connection was refused.
import { noise } from '@libp2p/noise'
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'

/** What came of a ping. */
export type Pinged =
  | { readonly ok: true; readonly peer: string; readonly via: string; readonly ms: number }
  | { readonly ok: false; readonly error: string }

/** Dials an address with a fresh host and pings the peer behind it; never rejects. */
async function pingNode(address: string): Promise<Pinged> {
  const host = await createLibp2p({
    transports: [webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    // the browser's own gater refuses private addresses and everything that is not WSS; here only the latter is wanted
    connectionGater: { denyDialMultiaddr: (ma) => !ma.toString().includes('/tls/') },
    services: { identify: identify(), ping: ping() },
  })
  try {
    const connection = await host.dial(multiaddr(address))
    const ms = await host.services.ping.ping(connection.remotePeer)
    return { ok: true, peer: connection.remotePeer.toString(), via: connection.remoteAddr.toString(), ms }
  } catch (error) {
    return { ok: false, error: String(error) }
  } finally {
    await host.stop()
  }
}

Reflect.set(globalThis, 'pingNode', pingNode)
