// A small resolver that asks the servers it is told, by every way that they can bear (ask.ts). It is made for asking
// authoritative servers (before a CA does) and for a network on loopback; it follows CNAMEs and DNAMEs, but walks no delegations
// and keeps no cache. One limit of time is over everything that one question leads to.
import type { LookupFunction } from 'node:net'
import { systemClock, type Clock } from '../clock.ts'
import type { IpAddress } from '../../proto/ip.ts'
import { RCODE, TYPE } from './constants.ts'
import { ask, createServerMemory, DnsReplyCutError, type AskTransport } from './ask.ts'
import { DnsTimeoutError, type DnsServerAddress } from './exchange.ts'
import { createLookup } from './lookup.ts'
import type { CaaData, DnsMessage, DnsRecord } from './message.ts'
import { sameName, withoutDot } from './names.ts'
import {
  CnameChainError,
  DnsServerRefusedError,
  LameServerError,
  NameNotFoundError,
  NoDnsAnswerError,
} from './resolver-errors.ts'

export type { DnsServerAddress } from './exchange.ts'

export interface ResolverInit {
  /** Asked in this order, the next one where one fails. */
  readonly servers: readonly DnsServerAddress[]
  /** How long one server may take for one transport; 2000 ms where left out. */
  readonly timeoutMs?: number
  /** How long one question may take with everything that it leads to; as long as all servers by all ways where left out. */
  readonly totalMs?: number
  /** Ends every query when aborted. */
  readonly signal?: AbortSignal
  /** Whether to ask for recursion (RD); true where left out, authoritative servers ignore it. */
  readonly recursive?: boolean
  readonly clock?: Clock
}

export interface QueryOptions {
  readonly signal?: AbortSignal
  /** `tcp` for TCP alone, `udp` for UDP with TCP where the reply was cut; UDP, then TCP, where left out. */
  readonly transport?: AskTransport
}

export interface Resolver {
  /**
   * Asks for the records of one type at one name; CNAMEs are not followed.
   *
   * @param type  a number of `TYPE`
   * @returns the reply, NOERROR or NXDOMAIN; cut (`truncated`) where no server gave a whole one
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
   * The CAA records of a name (RFC 8659), not of those above it; CNAMEs are followed, eight at most.
   *
   * @returns empty where the name has none or does not exist
   * @throws NoDnsAnswerError, CnameChainError, the signal's reason when aborted
   */
  resolveCaa(name: string, options?: QueryOptions): Promise<CaaData[]>
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

/** UDP, and TCP that is begun in the middle of it. */
const WAYS = 1.5

/** Makes a resolver; it holds no socket between queries. */
export function createResolver(init: ResolverInit): Resolver {
  const { servers, timeoutMs = TIMEOUT_MS, recursive = true, clock = systemClock } = init
  if (servers.length === 0) throw new RangeError('a resolver needs at least one server to ask')
  const totalMs = init.totalMs ?? timeoutMs * (WAYS * servers.length + 1)
  const memory = createServerMemory()

  /** Runs what one question leads to, which ends with its time. */
  const limited = async <Result>(
    options: QueryOptions,
    run: (limits: { readonly signal: AbortSignal; readonly over: AbortSignal }) => Promise<Result>,
  ): Promise<Result> => {
    const over = new AbortController()
    const done = new AbortController()
    const signal = AbortSignal.any([init.signal, options.signal].filter((one) => one !== undefined))
    signal.throwIfAborted()
    clock.sleep(totalMs, done.signal).then(
      () => over.abort(new DnsTimeoutError(`no answer within ${totalMs} ms in all`)),
      () => undefined,
    )
    try {
      return await run({ signal, over: over.signal })
    } finally {
      done.abort()
    }
  }

  const queryAll = async (
    { name, type, transport }: { readonly name: string; readonly type: number } & QueryOptions,
    limits: { readonly signal: AbortSignal; readonly over: AbortSignal },
  ): Promise<DnsMessage> => {
    const signal = AbortSignal.any([limits.signal, limits.over])
    const attempts: { server: DnsServerAddress; error: Error }[] = []
    let lastResort: DnsMessage | undefined
    for (const server of servers) {
      limits.signal.throwIfAborted()
      if (limits.over.aborted) break
      try {
        const reply = await ask({ ...{ server, name, type, recursive, transport, timeoutMs }, clock, memory, signal })
        const { rcode } = reply
        if (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) throw new DnsServerRefusedError(rcode)
        if (!isLame(reply)) return reply
        if (reply.authorities.length === 0) lastResort ??= reply
        throw new LameServerError('knows nothing of the name and names other servers')
      } catch (error) {
        limits.signal.throwIfAborted()
        if (!(error instanceof Error) || error.name === 'InvalidDnsNameError') throw error
        if (error instanceof DnsReplyCutError && error.reply.answers.length > 0) lastResort = error.reply
        attempts.push({ server, error })
      }
    }
    if (lastResort) return lastResort
    throw new NoDnsAnswerError(`${withoutDot(name)} type ${type}`, attempts)
  }

  const query: Resolver['query'] = (name, type, options = {}) =>
    limited(options, (limits) => queryAll({ ...options, name, type }, limits))

  /** The records of a type at a name or at the end of its CNAMEs. */
  const resolve = async (name: string, type: number, options: QueryOptions): Promise<DnsRecord[]> =>
    limited(options, async (limits) => {
      let owner = name
      let reply = await queryAll({ ...options, name: owner, type }, limits)
      let from = owner
      for (let links = 0; links <= MAX_CNAMES; links++) {
        const found = reply.answers.filter((record) => record.type === type && sameName(record.name, owner))
        if (found.length > 0) return found
        const alias = aliasOf(owner, reply)
        if (alias !== undefined) {
          owner = alias
        } else if (sameName(owner, from)) {
          if (reply.rcode === RCODE.NXDOMAIN)
            throw new NameNotFoundError(`the name ${withoutDot(owner)} does not exist`)
          return []
        } else {
          from = owner
          reply = await queryAll({ ...options, name: owner, type }, limits)
        }
      }
      throw new CnameChainError(
        `${withoutDot(name)} leads through more than ${MAX_CNAMES} CNAME records; mend its zone`,
      )
    })

  const lookupIp: Resolver['lookupIp'] = async (name, options = {}) => {
    const types = [TYPE.AAAA, TYPE.A].filter((type) => options.family !== (type === TYPE.A ? 6 : 4))
    const both = await Promise.all(types.map((type) => resolve(name, type, options)))
    return both.flat().flatMap((record) => (record.type === TYPE.A || record.type === TYPE.AAAA ? [record.data] : []))
  }

  return {
    query,
    lookupIp,
    lookup: createLookup(lookupIp),
    async resolveCaa(name, options = {}) {
      try {
        const records = await resolve(name, TYPE.CAA, options)
        return records.flatMap((record) => (record.type === TYPE.CAA ? [record.data] : []))
      } catch (error) {
        if (error instanceof NameNotFoundError) return []
        throw error
      }
    },
    async resolveTxt(name, options = {}) {
      const records = await resolve(name, TYPE.TXT, options)
      return records.flatMap((record) => (record.type === TYPE.TXT ? [Buffer.concat(record.data).toString()] : []))
    },
  }
}

/** Whether a server answered that others know, or nothing: it does not serve the name, and does not resolve either. */
function isLame({ rcode, answers, authorities, authoritative, recursionAvailable }: DnsMessage): boolean {
  if (rcode !== RCODE.NOERROR || answers.length > 0 || authoritative || recursionAvailable) return false
  return !authorities.some(({ type }) => type === TYPE.SOA)
}

/** Where a name leads on by CNAME, or by the DNAME of a name above it (RFC 6672 section 3.1). */
function aliasOf(owner: string, { answers }: DnsMessage): string | undefined {
  const cname = answers.find((record) => record.type === TYPE.CNAME && sameName(record.name, owner))
  if (cname?.type === TYPE.CNAME) return cname.data
  const lower = withoutDot(owner.toLowerCase())
  for (const record of answers) {
    if (record.type !== TYPE.DNAME) continue
    const above = `.${withoutDot(record.name.toLowerCase())}`
    if (lower.endsWith(above)) return `${lower.slice(0, -above.length)}.${record.data}`
  }
  return undefined
}
