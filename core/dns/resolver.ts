// A small resolver that asks the servers it is told, over UDP and, where the reply was cut, TCP. It is made for asking
// authoritative servers (before a CA does) and for a network on loopback; it follows CNAMEs, but walks no delegations and
// keeps no cache.
import { randomInt } from 'node:crypto'
import type { LookupFunction } from 'node:net'
import { systemClock, type Clock } from '../clock.ts'
import type { IpAddress } from '../../proto/ip.ts'
import { RCODE, TYPE } from './constants.ts'
import { exchange, type DnsServerAddress, type ExchangeTransport } from './exchange.ts'
import { createLookup } from './lookup.ts'
import type { DnsMessage, DnsRecord } from './message.ts'
import { sameName, withoutDot } from './names.ts'
import { CnameChainError, DnsServerRefusedError, NameNotFoundError, NoDnsAnswerError } from './resolver-errors.ts'

export type { DnsServerAddress } from './exchange.ts'

export interface ResolverInit {
  /** Asked in this order, the next one where one fails. */
  readonly servers: readonly DnsServerAddress[]
  /** How long one server may take for one transport; 2000 ms where left out. */
  readonly timeoutMs?: number
  /** Ends every query when aborted. */
  readonly signal?: AbortSignal
  /** Whether to ask for recursion (RD); true where left out, authoritative servers ignore it. */
  readonly recursive?: boolean
  readonly clock?: Clock
}

export interface QueryOptions {
  readonly signal?: AbortSignal
  /** `tcp` for TCP at once; UDP with TCP where the reply was cut, where left out. */
  readonly transport?: ExchangeTransport
}

export interface Resolver {
  /**
   * Asks for the records of one type at one name; CNAMEs are not followed.
   *
   * @param type  a number of `TYPE`
   * @returns the reply, NOERROR or NXDOMAIN
   * @throws NoDnsAnswerError where no server gave one, InvalidDnsNameError, the signal's reason when aborted
   */
  query(name: string, type: number, options?: QueryOptions): Promise<DnsMessage>
  /**
   * The texts of a name, one string per record; CNAMEs are followed, eight at most.
   *
   * @returns empty where the name has no TXT record
   * @throws NameNotFoundError, NoDnsAnswerError, CnameChainError, the signal's reason when aborted
   */
  resolveTxt(name: string, options?: QueryOptions): Promise<string[]>
  /**
   * The addresses of a name, IPv6 first; CNAMEs are followed, eight at most.
   *
   * @returns empty where the name has none
   * @throws NameNotFoundError, NoDnsAnswerError, CnameChainError, the signal's reason when aborted
   */
  lookupIp(name: string, options?: LookupIpOptions): Promise<IpAddress[]>
  /** `lookupIp` in the shape of `dns.lookup`, for the `lookup` option of `node:net`, `node:tls` and `node:http`. */
  readonly lookup: LookupFunction
}

export interface LookupIpOptions extends QueryOptions {
  /** Both where left out. */
  readonly family?: 4 | 6
}

const TIMEOUT_MS = 2000

/** Real chains have one or two links; Unbound stops at eleven. */
const MAX_CNAMES = 8

/** Makes a resolver; it holds no socket between queries. */
export function createResolver(init: ResolverInit): Resolver {
  const { servers, timeoutMs = TIMEOUT_MS, recursive = true, clock = systemClock } = init
  if (servers.length === 0) throw new RangeError('a resolver needs at least one server to ask')

  const query: Resolver['query'] = async (name, type, options = {}) => {
    const signal = AbortSignal.any([init.signal, options.signal].filter((one) => one !== undefined))
    const attempts: { server: DnsServerAddress; error: Error }[] = []
    for (const server of servers) {
      signal.throwIfAborted()
      const id = randomInt(0x10000)
      const transport = options.transport ?? 'udp'
      try {
        const reply = await exchange({ server, id, name, type, recursive, transport, timeoutMs, clock, signal })
        if (reply.rcode === RCODE.NOERROR || reply.rcode === RCODE.NXDOMAIN) return reply
        throw new DnsServerRefusedError(reply.rcode)
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof Error) || error.name === 'InvalidDnsNameError') throw error
        attempts.push({ server, error })
      }
    }
    throw new NoDnsAnswerError(`${withoutDot(name)} type ${type}`, attempts)
  }

  /** The records of a type at a name or at the end of its CNAMEs. */
  const resolve = async (name: string, type: number, options: QueryOptions): Promise<DnsRecord[]> => {
    let owner = name
    let reply = await query(owner, type, options)
    let from = owner
    for (let links = 0; links <= MAX_CNAMES; links++) {
      const found = reply.answers.filter((record) => record.type === type && sameName(record.name, owner))
      if (found.length > 0) return found
      const alias = reply.answers.find((record) => record.type === TYPE.CNAME && sameName(record.name, owner))
      if (alias?.type === TYPE.CNAME) {
        owner = alias.data
      } else if (sameName(owner, from)) {
        if (reply.rcode === RCODE.NXDOMAIN) throw new NameNotFoundError(`the name ${withoutDot(owner)} does not exist`)
        return []
      } else {
        from = owner
        reply = await query(owner, type, options)
      }
    }
    throw new CnameChainError(`${withoutDot(name)} leads through more than ${MAX_CNAMES} CNAME records; mend its zone`)
  }

  const lookupIp: Resolver['lookupIp'] = async (name, options = {}) => {
    const types = [TYPE.AAAA, TYPE.A].filter((type) => options.family !== (type === TYPE.A ? 6 : 4))
    const both = await Promise.all(types.map((type) => resolve(name, type, options)))
    return both.flat().flatMap((record) => (record.type === TYPE.A || record.type === TYPE.AAAA ? [record.data] : []))
  }

  return {
    query,
    lookupIp,
    lookup: createLookup(lookupIp),
    async resolveTxt(name, options = {}) {
      const records = await resolve(name, TYPE.TXT, options)
      return records.flatMap((record) => (record.type === TYPE.TXT ? [Buffer.concat(record.data).toString()] : []))
    },
  }
}
