// What a peer may have: pure functions from what it proved and wants, and what the operator allows, to names and an
// algorithm. Identity names never change and cost the zone one new certificate; an IP name costs one each time it changes.
import { algorithmFromWire, type WireAlgorithm } from '../../proto/algorithms.ts'
import { dns2ipName, id0Name, InvalidNameError } from '../../proto/names.ts'
import { nodetrust } from '../../proto/wire/nodetrust.js'
import { problem } from '../serve-protocol.ts'
import type { IpAddress } from '../../proto/ip.ts'
import type { PeerId } from '@libp2p/interface'

/** Names that are granted, and what was wanted but is not. */
export interface GrantedNames {
  readonly names: readonly string[]
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[]
}

/** What the operator allows. */
export interface NamePolicy {
  readonly zone: string
  /** Whether IP names are issued at all. */
  readonly ipNames: boolean
  /** Why they are not; that the operator issues none where left out. */
  readonly whyNoIpNames?: string | undefined
  /** Addresses that get no name, by their text, with the reason. */
  readonly unreached?: ReadonlyMap<string, string> | undefined
}

/**
 * The names for a peer.
 *
 * @param wanted  kinds of names; identity names alone where none is given
 * @throws ProblemError NOTHING_TO_GRANT where nothing is left, NAME_REFUSED where the peer id does not fit a label
 */
export function grantNames(
  peer: PeerId,
  addresses: readonly IpAddress[],
  wanted: readonly nodetrust.NameKind[],
  policy: NamePolicy,
): GrantedNames {
  const { IDENTITY, IP } = nodetrust.NameKind
  const kinds = wanted.length === 0 ? [IDENTITY] : wanted
  const names: string[] = []
  const leftOut: { name: string; reason: string }[] = []
  if (kinds.includes(IDENTITY)) {
    const name = identityName(peer, policy.zone)
    names.push(name, `*.${name}`)
  }
  if (kinds.includes(IP)) {
    for (const address of addresses) {
      const name = dns2ipName(address, policy.zone)
      const reason = policy.ipNames
        ? policy.unreached?.get(address.text)
        : (policy.whyNoIpNames ?? 'the operator issues no names that contain an address')
      if (reason === undefined) names.push(name)
      else leftOut.push({ name, reason })
    }
  }
  if (names.length === 0) {
    const reasons = leftOut.map(({ name, reason }) => `${name}: ${reason}`).join('; ')
    throw problem(
      'NOTHING_TO_GRANT',
      `none of the wanted names can be granted (${reasons || 'no known kind was asked for'})`,
    )
  }
  return { names, leftOut }
}

/**
 * The first algorithm of the client's list that the server has too.
 *
 * @throws ProblemError NO_MATCHING_CRYPTO
 */
export function negotiateAlgorithm(
  offered: readonly nodetrust.KeyAlgorithm[],
  supported: readonly WireAlgorithm[],
): WireAlgorithm {
  const known = offered.map((number) => algorithmFromWire(number))
  const match = known.find((algorithm) => algorithm !== undefined && supported.includes(algorithm))
  if (match) return match
  const names = offered.map((number, index) => known[index] ?? `number ${number}`)
  throw problem(
    'NO_MATCHING_CRYPTO',
    `you offer ${names.join(', ') || 'nothing'}, this server issues for ${supported.join(', ')}`,
  )
}

function identityName(peer: PeerId, zone: string): string {
  try {
    return id0Name(peer, zone)
  } catch (error) {
    if (error instanceof InvalidNameError) throw problem('NAME_REFUSED', `${error.message}: use an Ed25519 peer id`)
    throw error
  }
}
