// In which order a peer's addresses are dialled. A peer is nearly always where its request comes from, so that address is first;
// the others follow with both families in turn (RFC 8305 section 4) and one port of each address before the next of any, so that
// no long list of one kind hides the one that is good.
import { inTurn } from '../../core/net/side-by-side.ts'
import { machineOf } from '../../core/net/network.ts'
import type { IpAddress } from '../../proto/ip.ts'

/** What the order depends on. */
interface Located {
  readonly ip: IpAddress
}

/**
 * Puts addresses in order; those of one kind stay in theirs.
 *
 * @param caller  where the request comes from, if that is known
 */
export function inDialOrder<Address extends Located>(
  addresses: readonly Address[],
  caller: IpAddress | undefined,
): Address[] {
  const machine = caller && machineOf(caller)
  const isOwn = ({ ip }: Address) => machine !== undefined && machineOf(ip) === machine
  const others = addresses.filter((address) => !isOwn(address))
  const families = [...Map.groupBy(others, ({ ip }) => ip.family).entries()]
    // the other family than the caller's follows at once
    .sort(([a], [b]) => Number(a === caller?.family) - Number(b === caller?.family))
    .map(([, ofFamily]) => inTurn(byAddress(ofFamily)))
  return inTurn([inTurn(byAddress(addresses.filter((address) => isOwn(address)))), inTurn(families)])
}

/** Lists of what has the same IP address. */
function byAddress<Address extends Located>(addresses: readonly Address[]): readonly (readonly Address[])[] {
  return [...Map.groupBy(addresses, ({ ip }) => ip.text).values()]
}
