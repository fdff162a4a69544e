// Whether an address that a stranger wrote is made of what addresses are made of. js-libp2p takes any text as a name, line ends and
// escape sequences too; whoever keeps, passes on or shows such an address does it for nothing, as no DNS answers for it.
import type { Multiaddr } from '@multiformats/multiaddr'

/** Components whose value is a host name. */
const NAMES: ReadonlySet<string> = new Set(['dns', 'dns4', 'dns6', 'dnsaddr', 'sni'])

/** The longest name, written with its final dot (RFC 1035 section 2.3.4). */
const MAX_NAME_LENGTH = 254

/** Letters, digits and dashes (RFC 1123 section 2.1), and the underscore of names that are no hosts (RFC 8552). */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i

/** Whether each name in it can be a host's, and nothing in it is beyond visible ASCII. */
export function isPlainAddress(address: Multiaddr): boolean {
  return address
    .getComponents()
    .every(
      ({ name, value }) => value === undefined || (NAMES.has(name) ? isHostName(value) : /^[\x21-\x7e]*$/.test(value)),
    )
}

function isHostName(text: string): boolean {
  if (text.length > MAX_NAME_LENGTH) return false
  return text
    .replace(/\.$/, '')
    .split('.')
    .every((label) => LABEL.test(label))
}
