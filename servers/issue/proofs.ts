// Whether proofs are good enough: sealed by a listed proof server, about the very peer that asks, not older or newer than
// five minutes, for addresses of an allowed class. One bad proof refuses the request, because an honest client has none.
import { LAST_MOMENT_MS } from '../../core/clock.ts'
import { addressClass, type AddressClass } from '../../core/net/address-class.ts'
import { type IpAddress, unmapIp } from '../../proto/ip.ts'
import { MalformedProofError, type OpenedProof, openProof } from '../../core/records/proof.ts'
import { PROOF_VALIDITY_MS } from '../../proto/protocols.ts'
import { problem } from '../serve-protocol.ts'
import type { PeerId } from '@libp2p/interface'

/** What proofs are measured by. */
export interface ProofPolicy {
  /** The peer at the other end of the connection. */
  readonly asker: PeerId
  /** Peer ids of the proof servers we list, as text. */
  readonly signers: ReadonlySet<string>
  readonly addressClasses: readonly AddressClass[]
  readonly maxProofs: number
  /** Wall clock, milliseconds. */
  readonly now: number
}

/**
 * Checks all proofs of a request.
 *
 * @returns the proved addresses, each once, in the order they came
 * @throws ProblemError INVALID_PROOF, or ADDRESS_REFUSED where a good proof is for an address that is not allowed
 */
export async function verifyProofs(proofs: readonly Uint8Array[], policy: ProofPolicy): Promise<readonly IpAddress[]> {
  if (proofs.length === 0)
    throw problem('INVALID_PROOF', 'the request holds no proof: get one from a listed proof server first')
  if (proofs.length > policy.maxProofs) {
    throw problem(
      'INVALID_PROOF',
      `the request holds ${proofs.length} proofs, at most ${policy.maxProofs} are looked at`,
    )
  }
  const addresses = new Map<string, IpAddress>()
  for (const bytes of proofs) {
    const proof = await open(bytes)
    checkProof(proof, policy)
    for (const address of proof.addresses.map(unmapIp)) addresses.set(address.text, address)
  }
  return [...addresses.values()]
}

async function open(bytes: Uint8Array): Promise<OpenedProof> {
  try {
    return await openProof(bytes)
  } catch (error) {
    if (error instanceof MalformedProofError) throw problem('INVALID_PROOF', `${error.message}: get a fresh one`)
    throw error
  }
}

function checkProof(proof: OpenedProof, policy: ProofPolicy): void {
  const signer = proof.signer.toString()
  if (!policy.signers.has(signer)) {
    throw problem(
      'INVALID_PROOF',
      `the proof is by ${signer}, which is none of our proof servers: ask those of the info protocol`,
    )
  }
  if (!proof.peer.equals(policy.asker)) {
    throw problem(
      'INVALID_PROOF',
      `the proof is for peer ${proof.peer.toString()}, you are ${policy.asker.toString()}: get your own`,
    )
  }
  const age = policy.now - proof.timestampMs
  if (age > PROOF_VALIDITY_MS) {
    throw problem(
      'INVALID_PROOF',
      `the proof of ${iso(proof.timestampMs)} has expired, a proof is good for 5 minutes: get a fresh one`,
    )
  }
  if (age < -PROOF_VALIDITY_MS) {
    throw problem(
      'INVALID_PROOF',
      `the proof of ${iso(proof.timestampMs)} is from the future: the proof server's clock is wrong`,
    )
  }
  for (const address of proof.addresses) {
    const kind = addressClass(address)
    if (policy.addressClasses.includes(kind)) continue
    throw problem(
      'ADDRESS_REFUSED',
      `${address.text} is a ${kind} address; allowed here: ${policy.addressClasses.join(', ')}`,
    )
  }
}

/** A timestamp as text, also where a stranger chose a number that is no date. */
function iso(ms: number): string {
  return Math.abs(ms) <= LAST_MOMENT_MS ? new Date(ms).toISOString() : `${ms} ms`
}
