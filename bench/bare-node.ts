// js-libp2p and nothing of ours, with the transports, encryption, muxer and small services a node has: what bench/memory.ts
// compares the node with. Argument one is a peer to stay connected to, because an idle node has such a peer too.
import { noise } from '@libp2p/noise'
import { identify, identifyPush } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'

const host = await createLibp2p({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'] },
  transports: [tcp(), webSockets()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: { identify: identify(), identifyPush: identifyPush(), ping: ping() },
})
await host.dial(multiaddr(process.argv[2]))
console.log(JSON.stringify({ event: 'ready' }))
