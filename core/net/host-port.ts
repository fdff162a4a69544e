// Addresses as configurations write them: `host:port`, IPv6 in brackets.
import { parseIp } from '../../proto/ip.ts'

/** An IP address and a port. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Reads `127.0.0.1:53` or `[::1]:53`; undefined for anything else. Port 0 means any free one. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2] ?? ''
  const port = Number(match?.[3])
  return parseIp(host) && port <= 65_535 ? { host, port } : undefined
}

/**
 * Reads one that a schema has checked already.
 *
 * @throws RangeError for anything else
 */
export function splitHostPort(text: string): HostPort {
  const parsed = parseHostPort(text)
  if (!parsed) throw new RangeError(`"${text}" is no address and port`)
  return parsed
}

/** Writes one. */
export function joinHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
