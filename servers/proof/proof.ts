// The proof role: signs, for the peer at the other end of a direct connection, the address that the connection came from.
// It knows nothing of zones and certificates, and its word is worth only what the issue servers that list it give it.
import { addressClass, type AddressClass } from '../../core/net/address-class.ts'
import { ipOf } from '../../core/net/multiaddr-ip.ts'
import { problemToWire } from '../../proto/problem.ts'
import { sealProof } from '../../core/records/proof.ts'
import { MAX_MESSAGE_BYTES, PROOF_PROTOCOL } from '../../proto/protocols.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { problem, serveProtocol } from '../serve-protocol.ts'
import type { IpAddress } from '../../proto/ip.ts'
import type { ProofCounters } from './report.ts'
import type { Clock } from '../../core/clock.ts'
import type { Host } from '../../core/host.ts'
import type { Log } from '../../core/log.ts'
import type { Connection, PrivateKey } from '@libp2p/interface'

/** What a proof server is made of. */
export interface ProofServerInit {
  readonly host: Host
  readonly key: PrivateKey
  /** Classes of addresses it signs. */
  readonly addressClasses: readonly AddressClass[]
  /** Told of each proof. */
  readonly counters?: Pick<ProofCounters, 'count'> | undefined
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly idleMs?: number | undefined
}

/** Answers the proof protocol until the signal is aborted. */
export async function serveProofs(init: ProofServerInit): Promise<void> {
  await serveProtocol({
    ...init,
    protocol: PROOF_PROTOCOL,
    maxBytes: MAX_MESSAGE_BYTES.proofRequest,
    async handle({ stream, connection }) {
      await stream.read(nodetrust.ProofRequest)
      const address = provableAddress(connection, init.addressClasses)
      const timestampMs = init.clock.now()
      const proof = await sealProof({ timestampMs, peer: connection.remotePeer, addresses: [address] }, init.key)
      await stream.write(nodetrust.ProofResponse, { proof })
      init.counters?.count('nodetrust_proofs_total', { outcome: 'given' })
      init.log.debug({ peer: connection.remotePeer.toString(), address: address.text }, 'proved')
    },
    refuse(stream, error) {
      init.counters?.count('nodetrust_proofs_total', { outcome: 'refused' })
      return stream.write(nodetrust.ProofResponse, { problem: problemToWire(error) })
    },
  })
}

/**
 * The address a connection came from, where it may be proved.
 *
 * @throws ProblemError RELAYED or ADDRESS_REFUSED
 */
function provableAddress(connection: Connection, allowed: readonly AddressClass[]): IpAddress {
  const components = connection.remoteAddr.getComponents()
  const relayed =
    !connection.direct || connection.limits !== undefined || components.some((part) => part.name === 'p2p-circuit')
  if (relayed) {
    throw problem(
      'RELAYED',
      'this connection comes through a relay, so it does not show your address: connect directly',
    )
  }
  const address = ipOf(connection.remoteAddr)
  if (!address) throw problem('ADDRESS_REFUSED', `the address ${connection.remoteAddr.toString()} is no IP address`)
  const kind = addressClass(address)
  if (!allowed.includes(kind)) {
    throw problem(
      'ADDRESS_REFUSED',
      `${address.text} is a ${kind} address; this server proves only: ${allowed.join(', ')}`,
    )
  }
  return address
}
