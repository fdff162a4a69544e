// The DNS server for names by key, on this computer alone: 127.0.0.1 and ::1, UDP and TCP. It answers for `nostr` and `nostr.alt`, refuses
// everything else, and asks no other DNS server for anything.
import { composeReply } from '../../../core/dns/compose.ts'
import { CLASS_IN, RCODE, TYPE } from '../../../core/dns/constants.ts'
import { createDnsServer, type DnsHandler, type DnsServer, LATER } from '../../../core/dns/index.ts'
import { createQueryView, DROP, type QueryView, readQuery } from '../../../core/dns/query.ts'
import { readKeyName } from '../../../proto/npub.ts'
import { nameAnswer, NOBODY_KNOWS, noSuchName, REFUSED, zoneAnswer } from './answers.ts'
import type { ReplyContent } from '../../../core/dns/compose.ts'
import type { KeyName } from '../../../proto/npub.ts'
import type { LookedUp, NameLookup } from '../lookup.ts'
import type { Clock } from '../../../core/clock.ts'
import type { Log } from '../../../core/log.ts'

/** What it needs. */
export interface ResolverInit {
  readonly port: number
  readonly lookup: Pick<NameLookup, 'look' | 'peek'>
  readonly allowPrivate: boolean
  readonly clock: Clock
  readonly log: Log
  /** @default 127.0.0.1 and, where the machine has it, ::1; anything beyond loopback is refused */
  readonly hosts?: readonly string[]
}

/** It runs. */
export interface NameResolver {
  /** Where, as `host:port`; the first is for whoever takes one. */
  readonly addresses: readonly string[]
  stop(): Promise<void>
}

/** It would listen where others can reach it. */
export class ResolverPlaceError extends Error {
  override readonly name = 'ResolverPlaceError'
}

const HOSTS = ['127.0.0.1', '::1'] as const
const LOOPBACK = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/

/** Questions that wait for relays; whoever asks beyond that is told to come again. */
const MAX_WAITING = 200

/** Stub resolvers ask again after five seconds. */
const WAIT_MS = 4_500

/**
 * Starts it.
 *
 * @throws ResolverPlaceError, DnsListenError where 127.0.0.1 cannot be listened on
 */
export async function startNameResolver(init: ResolverInit): Promise<NameResolver> {
  const { lookup, allowPrivate, clock, log, hosts = HOSTS } = init
  const beyond = hosts.find((host) => !LOOPBACK.test(host))
  if (beyond !== undefined)
    throw new ResolverPlaceError(`the resolver for names by key listens on loopback only, not on ${beyond}`)
  const view = createQueryView()
  let waiting = 0

  const around = () => ({ allowPrivate, nowMs: clock.now() })

  /** The answer, or the name whose look-up it needs. */
  const decide = (read: QueryView): ReplyContent | { readonly name: KeyName } => {
    if (read.class !== CLASS_IN || read.type === TYPE.AXFR || read.type === TYPE.IXFR) return REFUSED
    const text = textOf(read)
    if (text === undefined) return REFUSED
    const zone = ['nostr', 'nostr.alt'].find((one) => text === one || text.endsWith(`.${one}`))
    if (zone === undefined) return REFUSED
    if (text === zone) return zoneAnswer(zone, read.type, clock.now())
    const name = readKeyName(text)
    return name ? { name } : noSuchName(zone, clock.now())
  }

  const handle: DnsHandler = (query, length, out, transport) => {
    const rcode = readQuery(query, length, view)
    if (rcode === DROP) return 0
    const decided =
      rcode === RCODE.NOERROR ? decide(view) : { rcode, authoritative: false, answers: [], authorities: [] }
    const content = 'name' in decided ? fromMemory(decided.name, view.type) : decided
    if (content === undefined) {
      if (waiting < MAX_WAITING) return LATER
      return composeReply(query, view, NOBODY_KNOWS, transport).copy(out)
    }
    return composeReply(query, view, content, transport).copy(out)
  }

  const fromMemory = (name: KeyName, type: number): ReplyContent | undefined => {
    const have = lookup.peek(name.pubkey)
    return have && nameAnswer(name, type, have, around())
  }

  const later = async (query: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer | undefined> => {
    const read = createQueryView()
    if (readQuery(query, query.length, read) !== RCODE.NOERROR) return undefined
    const decided = decide(read)
    if (!('name' in decided)) return undefined
    waiting += 1
    const over = new AbortController()
    const timer = clock.sleep(WAIT_MS, over.signal).then(
      () => over.abort(new Error('relays take too long')),
      () => undefined,
    )
    try {
      const found: Pick<LookedUp, 'facts' | 'state'> = await lookup
        .look(decided.name.pubkey, { signal: over.signal })
        .catch(() => ({ state: 'unknown', facts: undefined }))
      return composeReply(query, read, nameAnswer(decided.name, read.type, found, around()), transport)
    } catch (error) {
      log.error({ error: String(error) }, 'a name could not be answered')
      return composeReply(query, read, NOBODY_KNOWS, transport)
    } finally {
      waiting -= 1
      over.abort()
      await timer
    }
  }

  const servers: DnsServer[] = []
  const addresses: string[] = []
  let { port } = init
  for (const host of hosts) {
    const server = createDnsServer({
      host,
      port,
      handle,
      later,
      log,
      clock,
      limits: { tcpConnections: 64, tcpConnectionsPerNetwork: 64 },
    })
    try {
      const bound = await server.start()
      ;({ port } = bound)
      servers.push(server)
      addresses.push(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)
    } catch (error) {
      if (servers.length === 0) throw error
      // a machine without IPv6
      log.info({ host, reason: String(error) }, 'the resolver does not listen there')
    }
  }
  return {
    addresses,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
}

/** The name of a question as text, in small letters; undefined where bytes of it are none of a name by key. */
function textOf({ name, nameLength, labels, labelAt }: QueryView): string | undefined {
  const parts: string[] = []
  for (let index = 0; index < labels; index++) {
    const start = labelAt[index] ?? 0
    const size = name[start] ?? 0
    const label = Buffer.from(name.subarray(start + 1, start + 1 + size)).toString('latin1')
    if (!/^[\x21-\x7e]+$/.test(label) || label.includes('.')) return undefined
    parts.push(label)
  }
  return nameLength > 1 ? parts.join('.') : undefined
}
