// Collects proofs of our addresses: every listed proof server is asked at once, over IPv4 and IPv6 where it has both. One
// that fails is remembered and does no harm; none at all is an error that names each.
import { type IpAddress, unmapIp } from '../../../proto/ip.ts'
import { openProof } from '../../../core/records/proof.ts'
import { askProof, connect, type ProofServer, type TalkOptions } from './wire.ts'
import { withoutPeer } from '../../../core/net/own-address.ts'
import { BadProofError, NoProofsError, UnreachableError, type ProofAttempt, type ProofFamily } from './errors.ts'
import { reasonOf } from '../../../core/net/reason.ts'
import type { Host } from '../../../core/host.ts'
import type { Connection, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/** A proof and what it proves. */
export interface CollectedProof {
  readonly bytes: Uint8Array
  readonly addresses: readonly IpAddress[]
}

/** What collecting needs. */
export interface CollectInit extends TalkOptions {
  readonly host: Host
  readonly servers: readonly ProofServer[]
  /** Most proofs the issue server looks at. */
  readonly maxProofs: number
  /** Told of each attempt's outcome. */
  readonly onOutcome?: (outcome: ProofOutcome) => void
}

/** How asking one server over one family went. */
export interface ProofOutcome {
  readonly server: string
  readonly family: ProofFamily
  readonly ms: number
  readonly result: CollectedProof | Error
}

/**
 * Asks all servers.
 *
 * @returns at most `maxProofs` proofs, for as many different addresses as possible
 * @throws NoProofsError, or the signal's reason
 */
export async function collectProofs(init: CollectInit): Promise<readonly CollectedProof[]> {
  const outcomes = (await Promise.all(init.servers.map((server) => askServer(init, server)))).flat()
  init.signal.throwIfAborted()
  const proofs = outcomes.flatMap(({ result }) => (result instanceof Error ? [] : [result]))
  if (proofs.length > 0) return chooseProofs(proofs, init.maxProofs)
  throw new NoProofsError(
    outcomes.flatMap(({ server, family, result }): ProofAttempt[] =>
      result instanceof Error ? [{ server, family, error: result }] : [],
    ),
  )
}

/** The proofs that prove something new come first; the rest only fill up what the issue server looks at. */
export function chooseProofs(proofs: readonly CollectedProof[], max: number): readonly CollectedProof[] {
  const seen = new Set<string>()
  const news: CollectedProof[] = []
  const repeats: CollectedProof[] = []
  for (const proof of proofs) {
    const texts = proof.addresses.map((address) => address.text)
    ;(texts.every((text) => seen.has(text)) ? repeats : news).push(proof)
    for (const text of texts) seen.add(text)
  }
  return [...news, ...repeats].slice(0, max)
}

interface FamilyGroup {
  readonly family: ProofFamily
  readonly addresses: readonly Multiaddr[]
}

/** The addresses of a server by the family they are dialled over; a name without a family only where nothing else is. */
export function byFamily(server: ProofServer): FamilyGroup[] {
  const of = (names: readonly string[]) =>
    server.addresses.filter((address) => names.includes(address.getComponents()[0]?.name ?? ''))
  const groups: FamilyGroup[] = [
    { family: 'ip4', addresses: of(['ip4', 'dns4']) },
    { family: 'ip6', addresses: of(['ip6', 'dns6', 'ip6zone']) },
  ]
  const found = groups.filter((group) => group.addresses.length > 0)
  return found.length > 0 ? found : [{ family: 'any', addresses: server.addresses }]
}

/** One family after the other: js-libp2p joins dials to one peer that run at the same time. Never rejects. */
async function askServer(init: CollectInit, server: ProofServer): Promise<readonly ProofOutcome[]> {
  const outcomes: ProofOutcome[] = []
  for (const group of byFamily(server)) outcomes.push(await askOne(init, server, group))
  return outcomes
}

/** Never rejects. */
async function askOne(init: CollectInit, server: ProofServer, group: FamilyGroup): Promise<ProofOutcome> {
  const began = performance.now()
  const outcome = async (): Promise<CollectedProof | Error> => {
    try {
      // a connection of its own: what is proved is the address that this very connection comes from
      const connection = await connectTo(init, server.peer, group.addresses)
      try {
        return await readProof(await askProof(connection, init), server.peer, init.host.peerId)
      } finally {
        await closeSurplus(init.host, connection)
      }
    } catch (error) {
      return error instanceof Error ? error : new Error(reasonOf(error))
    }
  }
  const result = await outcome()
  const ms = Math.round(performance.now() - began)
  const told = { server: server.displayName, family: group.family, ms, result }
  init.onOutcome?.(told)
  return told
}

/**
 * A connection over these addresses and no other: with its peer id, js-libp2p would also dial whatever else it knows of a peer.
 *
 * @throws UnreachableError, or the signal's reason
 */
async function connectTo(init: CollectInit, peer: PeerId, addresses: readonly Multiaddr[]): Promise<Connection> {
  const connection = await connect(
    init.host,
    addresses.map((address) => withoutPeer(address)),
    init.signal,
    true,
  )
  if (connection.remotePeer.equals(peer)) return connection
  connection.abort(new Error('another peer answers there'))
  throw new UnreachableError(`${addresses.join(', ')} is ${connection.remotePeer.toString()}, not ${peer.toString()}`)
}

/** Proof servers are meeting points too, so one connection stays; a second one would pile up with every attempt. */
async function closeSurplus(host: Host, connection: Connection): Promise<void> {
  if (host.getConnections(connection.remotePeer).length < 2) return
  await connection
    .close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) })
    .catch((error: Error) => connection.abort(error))
}

const CLOSE_TIMEOUT_MS = 2_000

/** Opens a proof and checks what we can: sealed by the server that was asked, about us. */
async function readProof(bytes: Uint8Array, server: PeerId, self: PeerId): Promise<CollectedProof> {
  const proof = await openProof(bytes)
  if (!proof.signer.equals(server)) {
    throw new BadProofError(`the proof is signed by ${proof.signer.toString()}, asked was ${server.toString()}`)
  }
  if (!proof.peer.equals(self)) {
    throw new BadProofError(`the proof is about ${proof.peer.toString()}, we are ${self.toString()}`)
  }
  return { bytes, addresses: proof.addresses.map(unmapIp) }
}
