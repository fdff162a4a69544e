// A host in a process of its own, so that its memory can be measured: TCP, WS and WSS on loopback of both families. It prints where
// it listens, one JSON line, and ends with its parent.
import { generateKeyPair } from '@libp2p/crypto/keys'
import { createHost } from '../../core/host.ts'
import { createTestTls } from '../support/tls.ts'

const tls = await createTestTls()
const [places, perNetwork] = process.argv.slice(2).map(Number)
const host = await createHost({
  privateKey: await generateKeyPair('Ed25519'),
  listen: ['/ip4/0.0.0.0/tcp/0', '/ip4/0.0.0.0/tcp/0/ws', '/ip4/0.0.0.0/tcp/0/tls/ws', '/ip6/::1/tcp/0'],
  maxConnections: places,
  maxPerNetwork: perNetwork,
  maxInboundPerSecond: 10_000,
  webSockets: { https: { key: tls.key, cert: tls.cert } },
})
console.log(
  JSON.stringify({ pid: process.pid, addresses: host.services.listener.bound().map((address) => address.toString()) }),
)
process.stdin.resume()
process.stdin.once('end', () => process.exit(0))
