// Who asks: the other end of the connection, or whom a reverse proxy of ours names. The first entry of X-Forwarded-For can be
// made up by anybody, so it only ever counts against its sender; the last one was written by the proxy.
import { canonicalIp } from '../core/net/network.ts'
import { type IpAddress, parseIp, unmapIp } from '../proto/ip.ts'
import type { IncomingMessage } from 'node:http'

/** The addresses of a request. */
export interface Caller {
  /** Whose quota it uses. */
  readonly ip: IpAddress | undefined
  /** All that must not be on a denylist. */
  readonly ips: readonly IpAddress[]
}

/**
 * Reads the addresses.
 *
 * @param forwarded  the X-Forwarded-For header; pass none unless the connection comes from a trusted proxy
 * @param remote     the other end of the connection, with or without a port
 */
export function callerOf(forwarded: string | undefined, remote: string | undefined): Caller {
  const entries = (forwarded ?? '').split(',').map((entry) => readIp(entry.trim()))
  const socket = readIp(remote ?? '')
  const ips = new Map<string, IpAddress>()
  // the first is whom the public broker looks at; only the last was seen by a proxy of ours
  for (const ip of [entries[0], entries.at(-1), socket]) if (ip) ips.set(ip.text, ip)
  return { ip: entries.at(-1) ?? socket, ips: [...ips.values()] }
}

/** Who makes a request. @param trustedProxies  canonical addresses (network.ts) of those whose X-Forwarded-For is believed */
export function readCaller(request: IncomingMessage, trustedProxies: readonly string[]): Caller {
  const remote = request.socket.remoteAddress ?? ''
  const trusted = trustedProxies.includes(canonicalIp(remote))
  return callerOf(trusted ? oneHeader(request, 'x-forwarded-for') : undefined, remote)
}

function oneHeader(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

function readIp(text: string): IpAddress | undefined {
  const bare = /^\[([^\]]+)\](?::[0-9]+)?$/.exec(text)?.[1] ?? /^([0-9.]+):[0-9]+$/.exec(text)?.[1] ?? text
  const ip = parseIp(bare)
  return ip && unmapIp(ip)
}
