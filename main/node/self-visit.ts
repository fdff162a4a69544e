// A visit of our own to what we serve, as a stranger's: the name is looked up, the certificate is checked against the root, and a node
// that we have never met comes in over a secure WebSocket and pings. For networks whose names no browser could find, this is the proof
// for a person; elsewhere it is one as well.
import { lookup as systemLookup } from 'node:dns'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { unlessAborted } from '../../core/abort.ts'
import { createHost, stopHost } from '../../core/host.ts'
import { dialMany } from '../../core/net/dial-many.ts'
import { lookByTls } from '../../core/net/tls-look.ts'
import { reasonOf } from '../../core/net/reason.ts'
import { VISIT_PARTS, type VisitPart } from '../../proto/api/index.ts'
import type { X509Certificate } from 'node:crypto'
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { TLSSocket } from 'node:tls'

/** Where to, and how. */
export interface VisitInit {
  /** The page that the node serves, as `https://host:port/`. */
  readonly url: string
  /** Text. */
  readonly peerId: string
  /** PEM of the root that the visitor trusts. @default the platform's */
  readonly trustAnchorPem?: string | undefined
  /** @default the system's */
  readonly lookup?: LookupFunction | undefined
  /** Told when a part begins, and when it ends with what was seen. */
  readonly onPart: (part: VisitPart, status: 'now' | 'done' | 'failed', detail: string) => void
  readonly signal: AbortSignal
  /** How long each part may take. @default PART_TIMEOUT_MS */
  readonly partMs?: number
}

/** Our own machine answers at once, or something is wrong. */
const PART_TIMEOUT_MS = 8_000

/** A chain has three or four. */
const MAX_CHAIN = 8

/** Visits; what fails ends it and is told, nothing is thrown. */
export async function visitSelf(init: VisitInit): Promise<void> {
  const { onPart, signal } = init
  let part: VisitPart = VISIT_PARTS[0]
  const enter = (next: VisitPart) => {
    part = next
    onPart(next, 'now', '')
  }
  const done = (detail: string) => onPart(part, 'done', detail)
  try {
    enter('name')
    const { hostname, port } = new URL(init.url)
    const asking = AbortSignal.any([signal, AbortSignal.timeout(init.partMs ?? PART_TIMEOUT_MS)])
    const found = await unlessAborted(addressOf(hostname, init.lookup ?? systemLookup), asking)
    done(`${hostname} → ${found.address}`)

    enter('handshake')
    // what is wrong with the certificate is told as that, and not as a handshake that did not come about
    const seen = await lookByTls({
      where: {
        ...{ host: found.address, port: Number(port || 443), servername: hostname },
        ...(init.trustAnchorPem === undefined ? {} : { ca: init.trustAnchorPem }),
      },
      ...{ withinMs: init.partMs ?? PART_TIMEOUT_MS, signal, read: handshakeOf },
    })
    done(`${seen.protocol}, ${seen.cipher}`)

    enter('chain')
    if (seen.fault !== undefined) throw new Error(seen.fault)
    done(seen.chain.join(' ← '))

    enter('ping')
    done(`${await ping(init, `/dns${found.family}/${hostname}/tcp/${port || 443}/tls/ws/p2p/${init.peerId}`)} ms`)
  } catch (error) {
    if (!signal.aborted) onPart(part, 'failed', reasonOf(error))
  }
}

async function addressOf(hostname: string, lookup: LookupFunction): Promise<LookupAddress> {
  const { promise, resolve, reject } = Promise.withResolvers<LookupAddress>()
  lookup(hostname, { all: true }, (error, addresses) => {
    const [first] = typeof addresses === 'string' ? [] : addresses
    if (error) reject(error)
    else if (first === undefined) reject(new Error(`${hostname} leads nowhere`))
    else resolve(first)
  })
  return promise
}

interface Handshake {
  readonly protocol: string
  readonly cipher: string
  /** Who vouches for the certificate, and for that one, up to the root. */
  readonly chain: readonly string[]
  /** Why a browser that knows the root would not trust it. */
  readonly fault: string | undefined
}

function handshakeOf(socket: TLSSocket): Handshake {
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    cipher: socket.getCipher().standardName,
    chain: chainOf(socket),
    fault: socket.authorized ? undefined : String(socket.authorizationError),
  }
}

/** Up to the root, or to where what was sent ends. */
function chainOf(socket: TLSSocket): string[] {
  const names: string[] = []
  let one: X509Certificate | undefined = socket.getPeerX509Certificate()
  while (one && names.length < MAX_CHAIN && one.issuer !== one.subject) {
    names.push(commonName(one.issuer))
    one = one.issuerCertificate
  }
  return names
}

const commonName = (distinguished: string): string =>
  /(?:^|\n)CN=([^\n]+)/.exec(distinguished)?.[1] ?? distinguished.replaceAll('\n', ', ')

/** A node with a key of its own comes in as a web app does. @returns milliseconds there and back */
async function ping(init: VisitInit, address: string): Promise<number> {
  const { trustAnchorPem, lookup, partMs = PART_TIMEOUT_MS } = init
  const signal = AbortSignal.any([init.signal, AbortSignal.timeout(partMs)])
  const visitor = await createHost({
    privateKey: await generateKeyPair('Ed25519'),
    webSockets: { trustAnchorPem, lookup },
  })
  try {
    const dialled = { signal, withinMs: partMs, namedBy: 'chosen' } as const
    const connection = await dialMany(visitor, [multiaddr(address)], dialled)
    return await visitor.services.ping.ping(connection.remotePeer, { signal })
  } finally {
    await stopHost(visitor)
  }
}
