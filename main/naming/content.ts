// What a name says of this machine: the addresses at which the network has seen it, and where its HTTPS port is. Never a private address,
// unless that was asked for: everybody can read it, for ever.
import { addressClass } from '../../core/net/address-class.ts'
import { parseIp, unmapIp } from '../../proto/ip.ts'
import { writeRecord } from '../../core/nostr/name-records.ts'
import { namesOf } from './name-pair.ts'
import type { NameRecord, Pin } from '../../core/nostr/name-facts.ts'

/** How this machine is reached, as the rooms of the node know it. */
export interface Way {
  /** IP addresses, as text. */
  readonly ips: readonly string[]
  /** The port of secure WebSockets and HTTPS, outside; undefined where nothing is served. */
  readonly port: number | undefined
  /** The port here, for the local network; the one outside where left out. */
  readonly localPort?: number | undefined
}

/** An address at home changes; whoever has looked it up asks again soon. */
const TTL_S = 60

/** A machine has a few of each family. */
const MAX_ADDRESSES = 8

/** The records of a name, sorted, so that the same machine always says the same. */
export function recordsOf({ ips, port }: Way, npub: string, allowPrivate: boolean): readonly NameRecord[] {
  const addresses = [...new Set(ips)].flatMap((text) => {
    const parsed = parseIp(text)
    const ip = parsed && unmapIp(parsed)
    if (!ip) return []
    const kind = addressClass(ip)
    return kind === 'public' || (allowPrivate && (kind === 'private' || kind === 'loopback')) ? [ip] : []
  })
  if (addresses.length === 0 || port === undefined) return []
  const unique = [...new Map(addresses.map((ip) => [ip.text, ip])).values()]
    .sort((a, b) => a.family - b.family || (a.text < b.text ? -1 : 1))
    .slice(0, MAX_ADDRESSES)
  const target = namesOf(npub)[0] ?? ''
  return [
    ...unique.map((address): NameRecord => ({
      name: '@',
      ttl: TTL_S,
      type: address.family === 4 ? 'A' : 'AAAA',
      address,
    })),
    { name: '_https._tcp', ttl: TTL_S, type: 'SRV', priority: 0, weight: 0, port, target },
  ]
}

/** The pins of what is served, for the port outside. */
export function pinsOf(sha256s: readonly string[], port: number | undefined): readonly Pin[] {
  return port === undefined ? [] : sha256s.map((sha256) => ({ port, sha256 }))
}

/** What a name says, in one line: two that say the same are the same text. */
export function contentText({
  records,
  pins,
}: {
  readonly records: readonly NameRecord[]
  readonly pins: readonly Pin[]
}): string {
  return JSON.stringify([records.map((record) => writeRecord(record)), pins])
}

/** Whether two lists of pins are the same, in order. */
export function samePins(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at])
}
