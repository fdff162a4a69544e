// Where a program on this machine finds what listens at an address of its configuration.
import { multiaddr } from '@multiformats/multiaddr'
import type { HostPort } from './host-port.ts'

/** An address that means "all interfaces" is reached by loopback. */
export function hereOf(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
}

/** Host and port of a multiaddr to listen on; undefined where it has no TCP. Port 0 means any free one. */
export function listenPlace(text: string): HostPort | undefined {
  const parts = multiaddr(text).getComponents()
  const host = parts.find(({ name }) => /^(ip[46]|dns[46]?)$/.test(name))?.value
  const port = parts.find(({ name }) => name === 'tcp')?.value
  return host === undefined || port === undefined ? undefined : { host: hereOf(host), port: Number(port) }
}
