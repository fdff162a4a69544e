// More nodes for the sandbox, in a row: each is told of the one before it alone, none asks for a certificate, and all of them are in the
// DHT. So the last one knows the first by others only, and dials it over WSS by its signed record.
import { startNode, type NodeProcess } from './node-process.ts'
import { writeNodeConfig } from './node-config.ts'
import type { SandboxNetwork } from './network.ts'

/** What came of one. */
export interface FarNode {
  readonly name: string
  /** The only one it was told of. */
  readonly through: string
  /** How it heard of the first node. */
  readonly via: string
  readonly certified: boolean
  readonly verified: boolean
  readonly pingMs: number
}

/** How they are started. */
export interface MoreNodesInit {
  readonly network: SandboxNetwork
  /** The node that is heard of, by its peer id. */
  readonly first: string
  /** Whom the row begins with. */
  readonly before: { readonly name: string; readonly address: string }
  /** The letters of their names. */
  readonly names: readonly string[]
  readonly say: (line: string) => void
  readonly opened: (node: NodeProcess) => void
}

/** Starts them one after the other. @throws NodeProcessError */
export async function startMoreNodes({
  network,
  first,
  before,
  names,
  say,
  opened,
}: MoreNodesInit): Promise<FarNode[]> {
  const found: FarNode[] = []
  let { name: through, address } = before
  for (const letter of names) {
    const name = `node ${letter.toUpperCase()}`
    say(`${name}: knows ${through} alone, and waits to hear of node A ...`)
    const options = { connect: 'certified', certificateBy: 'nobody', meets: address, dht: true } as const
    const node = startNode(name, await writeNodeConfig(network, letter, options))
    opened(node)
    const { peerId, addresses } = await node.next('started')
    const { via, certified } = await node.next('discovered', ({ peer }) => peer === first)
    const { verified, pingMs } = await node.next('connected', ({ peer }) => peer === first)
    say(`${name}: heard of it by ${via}, connected, ping ${pingMs} ms`)
    found.push({ name, through, via, certified, verified, pingMs })
    through = name
    address = addressOf(addresses, peerId)
  }
  return found
}

/** A listening address with the peer's id. */
export function addressOf(addresses: readonly string[], peerId: string): string {
  const [address = ''] = addresses
  return address.includes('/p2p/') ? address : `${address}/p2p/${peerId}`
}
