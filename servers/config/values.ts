// What lines of the configuration are made of: names, addresses, ports and peers, each with words for what was expected.
import { multiaddr } from '@multiformats/multiaddr'
import { peerIdFromString } from '@libp2p/peer-id'
import * as v from 'valibot'
import { directoryUrl } from '../../core/acme/directories.ts'
import { parseHostPort } from '../../core/net/host-port.ts'
import { ADDRESS_CLASSES } from '../../core/net/address-class.ts'
import { isInvitedName } from '../../proto/invitation.ts'
import { canonicalIp } from '../../core/net/network.ts'
import { parseIp } from '../../proto/ip.ts'
import { whyNotPeerId, whyNotPeersOf } from '../../proto/peer-id-text.ts'
import { shown } from '../../proto/plain-text.ts'
import { mendedZone, whyNotZone, zoneFault } from '../../proto/zone.ts'

export const name = v.pipe(
  v.string(),
  v.regex(
    /^(?=.{1,253}$)([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'expected a lower-case DNS name without a final dot, for example nt.example.net',
  ),
)

/** As what an invitation can say, so that nobody prints links that no node takes. */
export const displayName = v.pipe(
  v.string(),
  v.check((text) => text === '' || isInvitedName(text), 'expected up to 64 letters, digits, spaces and punctuation'),
)
export const zoneName = v.pipe(
  v.string(),
  v.transform(mendedZone),
  v.check(
    (zone) => whyNotZone(zone) === undefined,
    (issue) => zoneFault(issue.input),
  ),
)

/** A peer id in an address is decoded here, since one that was cut off would fail much later and elsewhere. */
const peersFit = v.check<string, (issue: v.CheckIssue<string>) => string>(
  (text) => whyNotPeersOf(text) === undefined,
  ({ input }) => `${whyNotPeersOf(input) ?? ''}, in "${shown(input)}"`,
)

export const address = v.pipe(
  v.string(),
  v.check(isMultiaddr, 'expected a multiaddr, for example /ip4/0.0.0.0/tcp/25893'),
  peersFit,
)

export const peerAddress = v.pipe(
  v.string(),
  v.check(
    (text) => isMultiaddr(text) && /\/p2p\/[^/]+$/.test(text),
    'expected a multiaddr that ends with /p2p/ and a peer id',
  ),
  peersFit,
)

/** Whether a text is the whole address of a peer. */
export const isPeerAddress = (text: string): boolean => v.safeParse(peerAddress, text).success

export const peer = v.pipe(
  v.string(),
  v.check(isPeerId, ({ input }) => {
    const why = whyNotPeerId(input)
    return why === undefined
      ? `expected a peer id as it is usually written, for example 12D3KooW…, got "${shown(input)}"`
      : `"${shown(input)}" ${why}: expected a peer id, for example 12D3KooW…`
  }),
)

export const ip = v.pipe(
  v.string(),
  v.check((text) => parseIp(text) !== undefined, 'expected an IP address'),
  v.transform((text) => canonicalIp(text)),
)

export const hostPort = v.pipe(
  v.string(),
  v.check(
    (text) => parseHostPort(text) !== undefined,
    'expected an address and a port, for example 0.0.0.0:53 or [::]:53',
  ),
)

export const addressClasses = v.optional(
  v.pipe(v.array(v.picklist(ADDRESS_CLASSES)), v.minLength(1, 'expected at least one class')),
  ['public'],
)

export const directory = v.pipe(
  v.string(),
  v.check(isDirectory, 'expected letsencrypt, staging or an https address of an ACME directory'),
)

/** A list that must not be empty, so that a role never runs without what it needs. */
export const some = <Item extends v.GenericSchema>(item: Item, what: string) =>
  v.pipe(v.array(item), v.minLength(1, `expected at least one ${what}`))

export const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000_000))
export const denylists = v.optional(v.array(v.string()), [])
export const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
export const days = v.pipe(v.number(), v.minValue(0.001), v.maxValue(366))

function isMultiaddr(text: string): boolean {
  try {
    return multiaddr(text).getComponents().length > 0
  } catch {
    return false
  }
}

function isPeerId(text: string): boolean {
  try {
    return peerIdFromString(text).toString() === text
  } catch {
    return false
  }
}

function isDirectory(text: string): boolean {
  try {
    return directoryUrl(text) !== ''
  } catch {
    return false
  }
}
