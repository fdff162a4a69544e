// Whether the servers can be reached: here, which says that they run, and from outside by a peer elsewhere that was named, which is
// asked to come back as nodes ask (AutoNAT v2). Nobody inside sees what a firewall further out does.
import { randomBytes } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { createHost, stopHost } from '../../core/host.ts'
import { parseHostPort } from '../../core/net/host-port.ts'
import { hereOf, listenPlace } from '../../core/net/listen-place.ts'
import { ipOf } from '../../core/net/multiaddr-ip.ts'
import { reasonOf } from '../../core/net/reason.ts'
import { knock } from '../../core/net/sign-of-life.ts'
import {
  autonatMessage,
  DIAL_REQUEST_PROTOCOL,
  DialResponseStatus,
  DialStatus,
  MAX_AUTONAT_BYTES,
} from '../../proto/wire/autonat.ts'
import { wireStream } from '../../proto/wire/codec.ts'
import { linesOf, type HostCheck } from './look.ts'
import type { ServersConfig } from '../config.ts'
import type { Connection } from '@libp2p/interface'

const KNOCK_MS = 3_000
const DIAL_MS = 5_000
const ASK_MS = 8_000

/** A port of a role. */
interface Port {
  readonly role: string
  readonly port: number
}

/** Whether somebody listens where roles should. */
export const checkPorts: HostCheck = async ({ config, signal }) => {
  const line = linesOf('ports', 'Ports')
  const ports = portsOf(config)
  if (ports.length === 0) return [line('unknown', 'No role of this configuration takes connections.')]
  const answers = await Promise.all(
    ports.map(async ({ host, port }) => {
      try {
        await knock({ host, port }, undefined, AbortSignal.any([signal, AbortSignal.timeout(KNOCK_MS)]))
        return true
      } catch {
        signal.throwIfAborted()
        return false
      }
    }),
  )
  const closed = ports.filter((_, index) => answers[index] !== true)
  const named = (some: readonly Port[]) => some.map(({ role, port }) => `${role} ${port}`).join(', ')
  if (closed.length === 0) return [line('good', `Somebody listens: ${named(ports)}.`)]
  return [
    line(
      'bad',
      `Nobody listens: ${named(closed)}.`,
      'Start them: nodetrust serve all --config FILE, or: systemctl start nodetrust-servers@all',
    ),
  ]
}

/** Whether they can be reached from outside. */
export const checkOutside: HostCheck = async ({ config, peer, signal }) => {
  const line = linesOf('outside', 'From outside')
  const ports = portsOf(config).filter(({ libp2p }) => libp2p)
  if (ports.length === 0) return [line('unknown', 'No role of this configuration takes connections of peers.')]
  if (peer === undefined) {
    return [
      line(
        'unknown',
        'Nobody outside was asked.',
        'Name a node elsewhere: nodetrust doctor host --peer ADDRESS (its address with /p2p/)',
      ),
    ]
  }
  const host = await createHost({ privateKey: await generateKeyPair('Ed25519'), listen: [], discovery: false })
  try {
    const connection = await host.dial(multiaddr(peer), {
      signal: AbortSignal.any([signal, AbortSignal.timeout(DIAL_MS)]),
    })
    const asked: { readonly port: Port; readonly outcome: Awaited<ReturnType<typeof comeBack>> }[] = []
    for (const port of ports)
      asked.push({ port, outcome: await comeBack(connection, ownAddress(config, port.port), signal) })
    const of = (wanted: string) =>
      asked.filter(({ outcome }) => outcome === wanted).map(({ port }) => `${port.role} ${port.port}`)
    const [closed, refused] = [of('closed'), of('refused')]
    if (closed.length > 0) {
      return [
        line(
          'bad',
          `The peer cannot come in: ${closed.join(', ')}.`,
          'Let TCP to these ports through the firewall of this machine and of your provider.',
        ),
      ]
    }
    if (refused.length > 0)
      return [
        line(
          'unknown',
          `The peer would not try: ${refused.join(', ')}.`,
          'Ask again in a minute, or name another peer: one that sees this machine’s public address.',
        ),
      ]
    return [line('good', `The peer came in: ${of('open').join(', ')}.`)]
  } catch (error) {
    signal.throwIfAborted()
    return [line('unknown', `The peer does not answer: ${reasonOf(error)}.`, 'Name another one with --peer.')]
  } finally {
    await stopHost(host)
  }
}

/** Asks a peer to dial an address of this machine. What answers there is a role and not us, which is all that is asked. */
async function comeBack(
  connection: Connection,
  address: Multiaddr | undefined,
  signal: AbortSignal,
): Promise<'open' | 'closed' | 'refused'> {
  if (!address) return 'refused'
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)])
  try {
    const stream = await connection.newStream(DIAL_REQUEST_PROTOCOL, { signal: bounded })
    const wire = wireStream(stream, { maxBytes: MAX_AUTONAT_BYTES, signal: bounded })
    await wire.write(autonatMessage, {
      kind: 'dial-request',
      addresses: [address.bytes],
      nonce: randomBytes(8).readBigUInt64LE(),
    })
    const answer = await wire.read(autonatMessage)
    stream.abort(new Error('the question is answered'))
    if (answer.kind !== 'dial-response' || answer.status !== DialResponseStatus.ok) return 'refused'
    return answer.dialStatus === DialStatus.dialError ? 'closed' : 'open'
  } catch {
    signal.throwIfAborted()
    return 'refused'
  }
}

/** What a role announces with this port, by its IP address: a peer comes back only to the address that it sees. */
function ownAddress(config: ServersConfig, port: number): Multiaddr | undefined {
  const announced = [...(config.issue?.announce ?? []), ...(config.proof?.announce ?? [])].map((text) =>
    ipOf(multiaddr(text)),
  )
  const ips = [
    ...announced.map((ip) => ip?.text),
    ...(config.dns?.nameServers ?? []).flatMap(({ addresses }) => addresses),
  ]
  const ip = ips.find((text) => text !== undefined && !text.includes(':'))
  return ip === undefined ? undefined : multiaddr(`/ip4/${ip}/tcp/${port}`)
}

interface Listening extends Port {
  readonly host: string
  /** Whether peers speak there. */
  readonly libp2p: boolean
}

function portsOf(config: ServersConfig): readonly Listening[] {
  const roles = [
    ['proof', config.proof?.listen ?? []],
    ['issue', config.issue?.listen ?? []],
    ['dns control', config.dns?.control ?? []],
  ] as const
  const found = roles.flatMap(([role, addresses]) =>
    addresses.flatMap((text) => {
      const place = listenPlace(text)
      // a port of any number is known to the running role alone; what listens on loopback is for this machine
      return place?.port ? [{ role, ...place, libp2p: role !== 'dns control' }] : []
    }),
  )
  const broker = config.broker && parseHostPort(config.broker.listen)
  const all = [
    ...found,
    ...(broker ? [{ role: 'broker', port: broker.port, host: hereOf(broker.host), libp2p: false }] : []),
  ]
  return all.filter((one, index) => all.findIndex(({ port }) => port === one.port) === index)
}
