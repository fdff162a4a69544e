// A function of the shape of `dns.lookup`, for the `lookup` option of `node:net`, `node:tls` and `node:http`: names are
// asked of chosen servers instead of the system. Addresses and `localhost` need no server.
import { isIP, type LookupFunction } from 'node:net'
import type { IpAddress } from '../../proto/ip.ts'
import { NameNotFoundError } from './resolver-errors.ts'

/** What `dns.lookup` gives where nothing is found: `code` is `ENOTFOUND` for no such name or address, else `EAI_AGAIN`. */
export class LookupError extends Error {
  override readonly name = 'LookupError'
  readonly code: 'ENOTFOUND' | 'EAI_AGAIN'
  readonly syscall = 'getaddrinfo'
  readonly hostname: string

  constructor(code: LookupError['code'], hostname: string, cause?: unknown) {
    const reason = cause instanceof Error ? `: ${cause.message}` : ': the name has no address'
    super(`getaddrinfo ${code} ${hostname}${reason}`, { cause })
    this.code = code
    this.hostname = hostname
  }
}

/**
 * Makes the function.
 *
 * @param lookupIp  asked for A and AAAA records, or for one of them where the option `family` is 4 or 6
 */
export function createLookup(
  lookupIp: (name: string, options: { readonly family?: 4 | 6 }) => Promise<readonly IpAddress[]>,
): LookupFunction {
  return (hostname, options, callback) => {
    const family = options.family === 4 || options.family === 'IPv4' ? 4 : undefined
    const wanted = options.family === 6 || options.family === 'IPv6' ? 6 : family
    const nothing = options.all ? [] : ''
    const fail = (cause: unknown) => {
      const code = cause instanceof NameNotFoundError ? 'ENOTFOUND' : 'EAI_AGAIN'
      callback(new LookupError(code, hostname, cause), nothing)
    }
    const give = (found: readonly { address: string; family: number }[]) => {
      const first = found[0]
      if (!first) callback(new LookupError('ENOTFOUND', hostname), nothing)
      else if (options.all) callback(null, [...found])
      else callback(null, first.address, first.family)
    }
    const known = knownAddresses(hostname)
    if (known) {
      process.nextTick(give, known[0]?.literal ? known : known.filter((one) => !wanted || one.family === wanted))
      return
    }
    lookupIp(hostname, wanted ? { family: wanted } : {}).then(
      (addresses) =>
        process.nextTick(
          give,
          addresses.map((ip) => ({ address: ip.text, family: ip.family })),
        ),
      (error: unknown) => process.nextTick(fail, error),
    )
  }
}

/** Addresses that need no question: literals, and `localhost` (RFC 6761 section 6.3). */
function knownAddresses(hostname: string): { address: string; family: number; literal: boolean }[] | undefined {
  const literal = isIP(hostname)
  if (literal !== 0) return [{ address: hostname, family: literal, literal: true }]
  if (!/^(.+\.)?localhost\.?$/i.test(hostname)) return undefined
  return [
    { address: '127.0.0.1', family: 4, literal: false },
    { address: '::1', family: 6, literal: false },
  ]
}
