// One question to one server by every way that there is: with EDNS, without (RFC 6891 sections 6.2.2 and 7), by UDP, by TCP (RFC
// 7766 section 5). Each way is tried once and beside the others that are still under way, so a question costs four packets at
// most and no more time than one silence; what a server could not do is remembered for a while.
import type { Clock } from '../clock.ts'
import { RCODE } from './constants.ts'
import {
  DnsConnectionClosedError,
  DnsTimeoutError,
  overTcp,
  overUdp,
  type DnsServerAddress,
  type ExchangeInit,
} from './exchange.ts'
import type { DnsMessage } from './message.ts'

/** `udp` is UDP, and TCP where the reply was cut; `tcp` is TCP alone. */
export type AskTransport = 'udp' | 'tcp'

/** What is asked, of whom, and for how long. */
export interface AskInit extends Omit<ExchangeInit, 'edns'> {
  /** UDP, then TCP where the reply was cut or none came, where left out. */
  readonly transport: AskTransport | undefined
  /** For each transport, in milliseconds. */
  readonly timeoutMs: number
  readonly clock: Clock
  readonly memory: ServerMemory
}

/** The reply was cut, and the whole one cannot be had by TCP. */
export class DnsReplyCutError extends Error {
  override readonly name = 'DnsReplyCutError'
  /** What came; better than nothing when no server has more. */
  readonly reply: DnsMessage

  constructor(reply: DnsMessage, cause: unknown) {
    super(`cut its reply, and gave no whole one by TCP: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
    this.reply = reply
  }
}

/** What servers could not do lately. Holds as many entries as there are servers to ask. */
export interface ServerMemory {
  of(server: DnsServerAddress): ServerTraits
}

/** Until when a server is asked in another way, in milliseconds; 0 for not at all. */
interface ServerTraits {
  withoutEdnsUntil: number
  tcpFirstUntil: number
}

/** As long as Unbound remembers such things of a server. */
const REMEMBERED_MS = 15 * 60_000

/** When the next way is begun while the others go on, as a part of the time for one: far servers take a tenth of it. */
const PLAIN_AFTER_SHARE = 1 / 4
const OTHER_TRANSPORT_AFTER_SHARE = 1 / 2

/** Makes a memory of nothing. */
export function createServerMemory(): ServerMemory {
  const known = new Map<string, ServerTraits>()
  return {
    of({ host, port }) {
      const key = `${host} ${port}`
      const traits = known.get(key) ?? { withoutEdnsUntil: 0, tcpFirstUntil: 0 }
      known.set(key, traits)
      return traits
    },
  }
}

/**
 * Asks.
 *
 * @returns the reply, whatever it says
 * @throws DnsTimeoutError, DnsReplyCutError, DnsConnectionClosedError, MalformedMessageError (by TCP), InvalidDnsNameError, a
 *   socket's error, the signal's reason
 */
export async function ask(init: AskInit): Promise<DnsMessage> {
  const { transport, clock, memory, server } = init
  if (transport === 'tcp') return byTcp(init)
  if (transport === 'udp') return byUdp(init)
  const traits = memory.of(server)
  const tcpFirst = traits.tcpFirstUntil > clock.now()
  let udpIsSilent = false
  let complaint: DnsMessage | undefined
  const udp = async (signal: AbortSignal) => {
    const reply = await byUdp({ ...init, signal })
    if (!isAboutForm(reply)) return reply
    // what stands before a server may spoil every packet and no connection
    complaint = reply
    throw new DnsConnectionClosedError('does not understand what is asked by UDP')
  }
  const tcp = async (signal: AbortSignal) => {
    const reply = await byTcp({ ...init, signal })
    if (udpIsSilent && !isAboutForm(reply)) traits.tcpFirstUntil = clock.now() + REMEMBERED_MS
    return reply
  }
  const after = init.timeoutMs * OTHER_TRANSPORT_AFTER_SHARE
  const onSecond = () => void (udpIsSilent = !tcpFirst)
  try {
    return await hedged(init, { first: tcpFirst ? tcp : udp, second: tcpFirst ? udp : tcp, after, onSecond })
  } catch (error) {
    init.signal.throwIfAborted()
    if (complaint) return complaint
    throw error
  }
}

type Way = (signal: AbortSignal) => Promise<DnsMessage>

/**
 * Goes the first way, and the second beside it when the first has failed or not ended in time. A failure is the first way's,
 * since a second one was only tried because of it.
 */
async function hedged(
  init: AskInit,
  ways: { readonly first: Way; readonly second: Way; readonly after: number; readonly onSecond?: () => void },
): Promise<DnsMessage> {
  const over = new AbortController()
  const signal = AbortSignal.any([init.signal, over.signal])
  const first = ways.first(signal)
  const failed = first.then(
    () => new Promise<never>(() => undefined),
    () => undefined,
  )
  const second = Promise.race([failed, init.clock.sleep(ways.after, signal)]).then(() => {
    ways.onSecond?.()
    return ways.second(signal)
  })
  try {
    return await Promise.any([first, second])
  } catch {
    init.signal.throwIfAborted()
    return await first
  } finally {
    over.abort(new DnsTimeoutError('another way was faster'))
    second.catch(() => undefined)
  }
}

/** By UDP, with and without EDNS, and by TCP where the reply was cut. */
async function byUdp(init: AskInit): Promise<DnsMessage> {
  const reply = await withinTime(init, (signal) => eitherEdns({ ...init, signal }, overUdp))
  if (!reply.truncated) return reply
  try {
    return await byTcp(init)
  } catch (error) {
    init.signal.throwIfAborted()
    throw new DnsReplyCutError(reply, error)
  }
}

async function byTcp(init: AskInit): Promise<DnsMessage> {
  return withinTime(init, (signal) => eitherEdns({ ...init, signal }, overTcp))
}

/** With EDNS, and without where that was complained about, or not answered while there is still time for the other. */
async function eitherEdns(init: AskInit, exchange: (init: ExchangeInit) => Promise<DnsMessage>): Promise<DnsMessage> {
  const { clock, memory, server } = init
  const traits = memory.of(server)
  if (traits.withoutEdnsUntil > clock.now()) return exchange({ ...init, edns: false })
  let complaint: DnsMessage | undefined
  const first: Way = async (signal) => {
    const reply = await exchange({ ...init, signal, edns: true })
    if (!isAboutEdns(reply)) return reply
    complaint = reply
    throw new DnsConnectionClosedError('does not take EDNS')
  }
  const second: Way = async (signal) => {
    const reply = await exchange({ ...init, signal, edns: false })
    if (reply.rcode === RCODE.NOERROR || reply.rcode === RCODE.NXDOMAIN)
      traits.withoutEdnsUntil = clock.now() + REMEMBERED_MS
    return reply
  }
  try {
    return await hedged(init, { first, second, after: init.timeoutMs * PLAIN_AFTER_SHARE })
  } catch (error) {
    init.signal.throwIfAborted()
    if (complaint) return complaint
    throw error
  }
}

/** Servers that know no EDNS answer one of these, most without an OPT record (RFC 6891 section 7). */
function isAboutEdns(reply: DnsMessage): boolean {
  const { rcode, edns } = reply
  return isAboutForm(reply) || (!edns && (rcode === RCODE.SERVFAIL || rcode === RCODE.REFUSED))
}

/** Whether it says nothing of the name: the question was not understood. */
function isAboutForm({ rcode }: DnsMessage): boolean {
  return rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP || rcode === RCODE.BADVERS
}

/** Runs one transport; whichever ends first, its answer or the time, ends the other. */
async function withinTime(init: AskInit, way: Way): Promise<DnsMessage> {
  const over = new AbortController()
  const signal = AbortSignal.any([init.signal, over.signal])
  const timeout = init.clock.sleep(init.timeoutMs, signal).then(() => {
    throw new DnsTimeoutError(`no answer within ${init.timeoutMs} ms`)
  })
  const asked = way(signal)
  asked.catch(() => undefined)
  try {
    return await Promise.race([asked, timeout])
  } finally {
    over.abort()
    timeout.catch(() => undefined)
  }
}
