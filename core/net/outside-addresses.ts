// The addresses of this machine that lead outside. Without one there is no network at all, whatever else fails.
import { networkInterfaces } from 'node:os'

/** IP addresses of the interfaces; loopback and link-local ones are there without any network. */
export function outsideAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  return all
    .filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
    .map(({ address }) => address)
}
