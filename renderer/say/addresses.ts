// The addresses in the order in which people want them: what works from anywhere first, for people before programs.
import type { State } from '../../proto/api/index.ts'
import { shortPeer } from './names.ts'
import { reachOf, type Reach } from './reach.ts'

/** One address as it is shown. */
export interface AddressLine {
  /** Whole, as it is copied. */
  readonly address: string
  readonly host: string
  readonly use: 'people' | 'web' | 'peer'
  readonly certified: boolean
  /** Short peer id where the host does not tell who it is; may be empty. */
  readonly peer: string
}

export interface AddressGroup {
  readonly reach: Reach
  readonly lines: readonly AddressLine[]
}

const USES = ['people', 'web', 'peer'] as const
const REACHES = ['anywhere', 'home', 'here'] as const

/**
 * Sorts and groups; groups without addresses are left out.
 *
 * @param practice  whether the network is on this computer alone, whatever its addresses look like
 */
export function addressGroups({ host, testUrl, list }: State['addresses'], practice = false): readonly AddressGroup[] {
  const reachFrom = (place: string): Reach => (practice ? 'here' : reachOf(place))
  const listed = list.map((one): AddressLine & { readonly reach: Reach } => ({
    address: one.address,
    host: one.host,
    use: one.kind === 'web' ? 'web' : 'peer',
    certified: one.certified,
    peer: one.kind === 'web' ? '' : shortPeer(/\/p2p\/([^/]+)$/.exec(one.address)?.[1] ?? ''),
    reach: reachFrom(one.host),
  }))
  // the page for people is where the web addresses lead
  const web = listed.find(({ use }) => use === 'web')
  const people =
    testUrl === null || host === null
      ? []
      : [
          {
            address: testUrl,
            host,
            use: 'people',
            certified: true,
            peer: '',
            reach: web?.reach ?? reachFrom(host),
          } as const,
        ]
  const lines = [...people, ...listed]
  return REACHES.map((reach) => ({
    reach,
    lines: USES.flatMap((use) => lines.filter((line) => line.reach === reach && line.use === use)),
  })).filter((group) => group.lines.length > 0)
}
