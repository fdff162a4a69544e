// Connections of our own to those who see us from outside, one over each family: how they see us, and whether they get through to us
// when they dial back.
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { addressClass } from '../../core/net/address-class.ts'
import { reasonOf } from '../../core/net/reason.ts'
import { dialMany } from '../../core/net/dial-many.ts'
import { ipOf } from '../../core/net/multiaddr-ip.ts'
import { withoutPeer } from '../../core/net/own-address.ts'
import type { NodeHost } from '../node/node-host.ts'
import { listenForSeenAs } from './seen-as.ts'
import type { Log } from '../../core/log.ts'
import type { IpAddress } from '../../proto/ip.ts'
import type { DialBacks } from './dial-back.ts'
import type { DialBack, Mapping } from './verdict.ts'
import type { Connection, PeerId } from '@libp2p/interface'

/** A server that sees us from outside: the proof servers of the network. */
export interface OutsideServer {
  readonly peer: PeerId
  readonly addresses: readonly Multiaddr[]
  readonly displayName: string
}

/** A connection of our own to a server, and how it sees us. */
export interface Link {
  readonly by: string
  readonly connection: Connection
  readonly seenAs: IpAddress | undefined
}

/** What has been found out so far, for a person who watches. */
export type LinkStep =
  | { readonly step: 'observed'; readonly by: string; readonly address: string }
  | { readonly step: 'dial-back'; readonly dialBack: DialBack }

/** What asking from outside needs. */
export interface LinksInit {
  readonly node: Pick<NodeHost, 'host' | 'ports'>
  readonly dialBacks: Pick<DialBacks, 'ask'>
  readonly log: Log
  /** How long connecting to one server may take, milliseconds. */
  readonly withinMs: number
  readonly tell: (step: LinkStep) => void
}

/** Asks those who see us from outside. */
export interface Links {
  /** Connects to a server over each family; never rejects, none where it cannot be reached. */
  open(server: OutsideServer, signal: AbortSignal): Promise<readonly Link[]>
  /** Has each of them dial us back at our ports, or at those that the router has opened for them. */
  ask(links: readonly Link[], mappings: readonly Mapping[], signal: AbortSignal): Promise<readonly DialBack[]>
  /** Closes one that is not needed any more. */
  close(link: Link): Promise<void>
}

/** A goodbye takes a round trip. */
const CLOSE_MS = 2_000

/** Makes it. */
export function createLinks({ node, dialBacks, log, withinMs, tell }: LinksInit): Links {
  /** A connection of its own over each family, one after the other: dials to one peer at a time would be joined. */
  const open = async (server: OutsideServer, signal: AbortSignal): Promise<readonly Link[]> => {
    const links: Link[] = []
    using seenBy = listenForSeenAs(node.host)
    for (const addresses of groups(server)) {
      let connection: Connection | undefined
      try {
        const plain = addresses.map((address) => withoutPeer(address))
        connection = await dialMany(node.host, plain, { signal, withinMs, force: true, namedBy: 'chosen' })
        if (!connection.remotePeer.equals(server.peer)) throw new Error('another peer answers there')
        const observed = await seenBy.over(connection, signal)
        const seenAs = observed && ipOf(observed)
        if (seenAs) tell({ step: 'observed', by: server.displayName, address: seenAs.text })
        links.push({ by: server.displayName, connection, seenAs })
      } catch (error) {
        log.debug({ server: server.displayName, reason: reasonOf(error) }, 'a server could not be asked how it sees us')
        connection?.abort(new Error('not asked'))
      }
    }
    return links
  }

  /** One connection to a server stays, as they are meeting points too; somebody may use it by now. */
  const close = async ({ connection }: Link): Promise<void> => {
    if (node.host.getConnections(connection.remotePeer).length < 2) return
    await connection
      .close({ signal: AbortSignal.timeout(CLOSE_MS) })
      .catch((error: unknown) => connection.abort(error instanceof Error ? error : new Error(reasonOf(error))))
  }

  const ask = async (links: readonly Link[], mappings: readonly Mapping[], signal: AbortSignal) => {
    const { tcp, wss } = node.ports()
    const asked = links.map(async ({ by, connection, seenAs }): Promise<readonly DialBack[]> => {
      if (!seenAs || addressClass(seenAs) !== 'public') return []
      const tries = (['wss', 'tcp'] as const).map(async (port): Promise<readonly DialBack[]> => {
        const internal = port === 'wss' ? wss : tcp
        if (internal === undefined) return []
        const mapping = seenAs.family === 4 ? mappings.find((one) => one.internal === internal) : undefined
        const address = multiaddr(`/ip${seenAs.family}/${seenAs.text}/tcp/${mapping?.external ?? internal}`)
        const outcome = await dialBacks.ask(connection, address, signal)
        const dialBack: DialBack = { by, port, address: address.toString(), outcome }
        tell({ step: 'dial-back', dialBack })
        return [dialBack]
      })
      return (await Promise.all(tries)).flat()
    })
    return (await Promise.all(asked)).flat()
  }

  return { open, ask, close }
}

/** The addresses of a server by family, because it sees us by another address over each. */
function groups({ addresses }: OutsideServer): (readonly Multiaddr[])[] {
  const of = (names: readonly string[]) =>
    addresses.filter((address) => names.includes(address.getComponents()[0]?.name ?? ''))
  const found = [of(['ip4', 'dns4']), of(['ip6', 'dns6'])].filter((group) => group.length > 0)
  return found.length > 0 ? found : [addresses]
}
