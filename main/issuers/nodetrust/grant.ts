// Whether a grant may be turned into a CSR: only names that are ours, only an algorithm that we offered. The issue server
// is trusted to get certificates, not to choose what we sign.
import { dns2ipName, id0Name } from '../../../proto/names.ts'
import { plainText } from '../../../proto/plain-text.ts'
import { BadAnswerError } from './errors.ts'
import type { WireGrant } from './wire.ts'
import type { WireAlgorithm } from '../../../proto/algorithms.ts'
import type { IpAddress } from '../../../proto/ip.ts'
import type { PeerId } from '@libp2p/interface'

/** What a grant is measured by. */
export interface GrantMeasure {
  readonly peer: PeerId
  readonly zone: string
  /** Addresses that our proofs prove. */
  readonly proved: readonly IpAddress[]
  readonly wanted: readonly ('identity' | 'ip')[]
  readonly offered: readonly WireAlgorithm[]
}

/** A grant that may be followed. */
export interface CheckedGrant {
  readonly names: readonly [string, ...string[]]
  readonly algorithm: WireAlgorithm
}

/**
 * Checks a grant.
 *
 * @throws BadAnswerError for a name that is not ours or was not wanted, an algorithm that was not offered, or no names
 */
export function checkGrant(grant: WireGrant, measure: GrantMeasure): CheckedGrant {
  const ours = new Set(ownNames(measure))
  const foreign = grant.names.find((name) => !ours.has(name))
  if (foreign !== undefined) {
    throw new BadAnswerError(
      `the issue server grants ${plainText(foreign.slice(0, 253))}, which is none of the names we asked for`,
    )
  }
  const [first, ...rest] = new Set(grant.names)
  if (first === undefined) throw new BadAnswerError('the issue server granted no names')
  if (!grant.algorithm || !measure.offered.includes(grant.algorithm)) {
    throw new BadAnswerError(
      `the issue server chose ${grant.algorithm ?? 'an unknown key algorithm'}, we offered ${measure.offered.join(', ')}`,
    )
  }
  return { names: [first, ...rest], algorithm: grant.algorithm }
}

/** Every name that is ours in this zone, of the kinds that are wanted. */
function ownNames({ peer, zone, proved, wanted }: GrantMeasure): string[] {
  const identity = id0Name(peer, zone)
  return [
    ...(wanted.includes('identity') ? [identity, `*.${identity}`] : []),
    ...(wanted.includes('ip') ? proved.map((ip) => dns2ipName(ip, zone)) : []),
  ]
}
