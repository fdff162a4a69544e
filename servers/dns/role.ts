// The DNS role as `nodetrust serve dns` runs it: the zone's answers by UDP and TCP, the dns-01 protocol for admins, and the
// challenge values kept on disk so that a server that comes back still has them.
import { join } from 'node:path'
import { peerIdFromString } from '@libp2p/peer-id'
import { createDnsServer, type DnsServer } from '../../core/dns/index.ts'
import { withoutDot } from '../../core/dns/names.ts'
import { type Denylist, openDenylist } from '../denylist.ts'
import { every } from '../every.ts'
import { startRoleHost, type RoleHost } from '../role-host.ts'
import { openSqliteChallenges } from '../store/sqlite-challenges.ts'
import { ipOf } from '../../core/net/multiaddr-ip.ts'
import { canonicalIp } from '../../core/net/network.ts'
import { joinHostPort, splitHostPort } from '../../core/net/host-port.ts'
import { LOOK_AT_QUERIES_MS, openQueryDay, type QueryDay, queryTotals } from './query-day.ts'
import { dnsReport } from './report.ts'
import { createZoneAnswerer } from './answer.ts'
import { type CaaIssuers, createCaaIssuers } from './caa-issuers.ts'
import { createInStep, type InStep } from './in-step.ts'
import { type CaaPin, type CaaPins, createCaaPins } from './caa-pins.ts'
import { type ChallengeTable, createChallengeTable, MAX_LIFETIME_MS } from './challenges.ts'
import { type ChallengeWriter, explainRefusal, serveDns01 } from './protocol.ts'
import type { ZoneConfig } from './zone.ts'
import type { DnsSection } from '../config.ts'
import type { Role } from '../role.ts'
import type { PeerId } from '@libp2p/interface'
import type { ChallengeStore } from '../store/store.ts'
import { NotRunningError, type RoleReport } from '../admin/report.ts'
import type { IpAddress } from '../../proto/ip.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

/** What the role is made of. */
export interface DnsRoleInit {
  readonly zone: string
  readonly dir: string
  readonly section: DnsSection
  readonly clock: Clock
  readonly log: Log
}

/** How often values that are over their time are taken out of table and file. */
const SWEEP_INTERVAL_MS = 60_000

/** Between two looks at denylists that may have changed. */
const LOOK_AGAIN_MS = 10_000

/** Only admins have anything to do there, and they are kept; others get a connection to be told so. */
const MAX_STRANGERS_AT_CONTROL = 32

/** A peer that was not here for so long has no certificate any more. */
const PIN_LIFE_MS = 400 * 24 * 3_600_000

/** Makes the role. */
export function dnsRole({ zone, dir, section, clock, log }: DnsRoleInit): Role {
  const stopping = new AbortController()
  let running: RoleHost | undefined
  let server: DnsServer | undefined
  let store: ChallengeStore | undefined
  let report: (() => RoleReport) | undefined
  let lists: Denylist | undefined
  let day: QueryDay | undefined
  let tasks: readonly Promise<void>[] = []
  return {
    name: 'dns',
    async start() {
      store = openSqliteChallenges(join(dir, 'dns.sqlite'))
      const table = createChallengeTable({ zone, clock, onChange: forgetExpired(store, log) })
      await restore(table, store, clock, log)
      await store.forgetPins(clock.now() - PIN_LIFE_MS)
      const pins = createCaaPins(zone)
      await restorePins(pins, store, clock, log)
      const issuers = createCaaIssuers(zone)
      const inStep = createInStep({ clock, writers: await restoreWriters(issuers, store, section.admins, log) })
      const denylist = await openDenylist({ paths: section.denylists, zone, log, now: () => clock.now() })
      lists = denylist
      const denied = new Map<string, number>()
      const denies = (ip: IpAddress): boolean => {
        const list = denylist.listWith(ip)
        if (list !== undefined) denied.set(list, (denied.get(list) ?? 0) + 1)
        return list !== undefined
      }
      const answerer = createZoneAnswerer({ zone, ...withoutUndefined(section) }, table, clock, {
        ...{ pins, issuers, inStep },
        denies: section.denylists.length > 0 ? denies : undefined,
      })
      const own = ownAddresses(section)
      const dnsServer = createDnsServer({
        ...splitHostPort(section.listen),
        handle: answerer.handle,
        log,
        clock,
        limits: {
          ...(section.rateLimit ? {} : { rateLimit: 'off' }),
          tcpKeptFor: (address) => own.has(address) || isAdminAt(running, section.admins, address),
        },
      })
      server = dnsServer
      const bound = await dnsServer.start()
      const admins = new Set(section.admins)
      const keeps = (peer: PeerId) => admins.has(peer.toString())
      const control = { listen: section.control, maxConnections: MAX_STRANGERS_AT_CONTROL, keeps }
      const roleHost = await startRoleHost({ role: 'dns', dir, ...control, clock, log })
      running = roleHost
      const queries = await openQueryDay({
        ...{ dir, clock, log },
        totals: () => queryTotals(dnsServer.stats(), answerer.stats()),
      })
      day = queries
      const [listen, peer, startedAt] = [joinHostPort(bound), roleHost.host.peerId.toString(), clock.now()]
      report = () =>
        dnsReport({
          ...{ listen, peer, startedAt, answers: answerer.stats(), server: dnsServer.stats() },
          ...{ now: clock.now(), day: queries.slots() },
          ...{ values: table.entries().length, denylists: denylist.state(), denied, behind: inStep.behind() },
        })
      await serveDns01({
        host: roleHost.host,
        admins,
        challenges: writer({ table, pins, issuers, inStep, store, clock }),
        log,
        signal: stopping.signal,
      })
      const regular = { clock, log, signal: stopping.signal }
      tasks = [
        every(SWEEP_INTERVAL_MS, async () => void table.sweep(), regular),
        every(LOOK_AGAIN_MS, () => denylist.refresh(), regular),
        every(LOOK_AT_QUERIES_MS, () => queries.look(), regular),
      ]
      return {
        peer,
        addresses: roleHost.addresses(),
        dns: listen,
      }
    },
    async report() {
      if (!report) throw new NotRunningError('dns')
      return report()
    },
    async reread() {
      await lists?.refresh({ all: true })
      return section.denylists.length > 0 ? ['dns.denylists'] : []
    },
    async stop() {
      stopping.abort(new Error('the role was stopped'))
      await Promise.all(tasks)
      await running?.stop()
      await server?.stop()
      await day?.stop()
      await store?.close()
    },
  }
}

/** Where the zone's own servers ask from as far as the configuration says: this machine, and the other name servers. */
function ownAddresses({ nameServers, listen }: DnsSection): ReadonlySet<string> {
  return new Set([
    '127.0.0.1',
    '::1',
    canonicalIp(splitHostPort(listen).host),
    ...nameServers.flatMap(({ addresses }) => addresses),
  ])
}

/** Whether an issue server or broker is connected from this address: it will look here before it tells its CA. */
function isAdminAt(running: RoleHost | undefined, admins: readonly string[], address: string): boolean {
  return admins.some((admin) =>
    running?.host.getConnections(peerIdFromString(admin)).some(({ remoteAddr }) => ipOf(remoteAddr)?.text === address),
  )
}

/** Values set before a stop live on until their time, and only until then. */
async function restore(table: ChallengeTable, store: ChallengeStore, clock: Clock, log: Log): Promise<void> {
  for (const { name, value, expiresAt } of await store.all()) {
    const left = expiresAt - clock.now()
    const kept = left > 0 && left <= MAX_LIFETIME_MS && isTaken(() => table.set(name, value, left), name, log)
    if (!kept) await store.remove({ name, value })
  }
}

/** Accounts of peers, those that still fit: the zone may be another one since. */
async function restorePins(pins: CaaPins, store: ChallengeStore, clock: Clock, log: Log): Promise<void> {
  for (const { name, value } of await store.pins())
    if (!isTaken(() => pins.set(name, value), name, log)) await store.setPin({ name, value: '' }, clock.now())
}

/**
 * What writers said about CAs, and who they are: those that are admins still.
 *
 * @returns the writers whose changes this server may have missed
 */
async function restoreWriters(
  issuers: CaaIssuers,
  store: ChallengeStore,
  admins: readonly string[],
  log: Log,
): Promise<readonly string[]> {
  const known: string[] = []
  for (const { writer: peer, issuers: said } of await store.writers()) {
    if (!admins.includes(peer)) await store.forgetWriter(peer)
    else {
      known.push(peer)
      for (const { kind, values } of said) isTaken(() => issuers.tell(peer, kind, values), kind, log)
    }
  }
  return known
}

/** Whether what was kept is taken again; a name of another zone must not keep the server down. */
function isTaken(set: () => unknown, name: string, log: Log): boolean {
  try {
    set()
    return true
  } catch (error) {
    log.warn({ name, reason: String(error) }, 'forgot something that does not belong to this zone any more')
    return false
  }
}

interface Written {
  readonly table: ChallengeTable
  readonly pins: CaaPins
  readonly issuers: CaaIssuers
  readonly inStep: InStep
  readonly store: ChallengeStore
  readonly clock: Clock
}

function writer({ table, pins, issuers, inStep, store, clock }: Written): ChallengeWriter {
  // the table and the file must mean the same name, however an issue server spells it
  const canonical = (name: string) => withoutDot(name.toLowerCase())
  return {
    async set(given, value) {
      const name = canonical(given)
      const expiresAt = setOrRefuse(table, name, value)
      await store.set({ name, value, expiresAt })
      return expiresAt
    },
    async remove(given, value) {
      const name = canonical(given)
      table.remove(name, value)
      await store.remove({ name, value })
    },
    async pin(name, value) {
      await store.setPin(pinOrRefuse(pins, name, value), clock.now())
    },
    async tellIssuers(peer, kind, values) {
      try {
        issuers.tell(peer, kind, values)
      } catch (error) {
        throw explainRefusal(error, REFUSALS)
      }
      await store.setWriter(peer, { kind, values })
    },
    async begin(peer) {
      const session = inStep.begin(peer)
      await store.setWriter(peer)
      return session
    },
  }
}

function pinOrRefuse(pins: CaaPins, name: string, value: string): CaaPin {
  try {
    return pins.set(name, value)
  } catch (error) {
    throw explainRefusal(error, REFUSALS)
  }
}

function setOrRefuse(table: ChallengeTable, name: string, value: string): number {
  try {
    return table.set(name, value, MAX_LIFETIME_MS)
  } catch (error) {
    throw explainRefusal(error, REFUSALS)
  }
}

const REFUSALS = {
  NameOutsideZoneError: 'NAME_REFUSED',
  InvalidChallengeValueError: 'INVALID_REQUEST',
  TooManyValuesError: 'TOO_MANY_VALUES',
  TooManyNamesError: 'TOO_MANY_VALUES',
  InvalidPinError: 'INVALID_REQUEST',
  InvalidIssuerError: 'INVALID_REQUEST',
  TooManyPinsError: 'TOO_MANY_VALUES',
} as const

/** What ends by itself in memory ends on disk too. */
function forgetExpired(store: ChallengeStore, log: Log) {
  return ({ kind, name, value }: { readonly kind: string; readonly name: string; readonly value: string }): void => {
    if (kind !== 'expired') return
    store
      .remove({ name, value })
      .catch((error: unknown) => log.error({ name, error: String(error) }, 'could not forget a value'))
  }
}

/** Optional settings as the zone's configuration wants them: absent instead of undefined. */
function withoutUndefined({
  hostmaster,
  psl,
  mail: { dmarc, ...mail },
  ...section
}: DnsSection): Omit<ZoneConfig, 'zone'> {
  return {
    ...section,
    mail: dmarc === undefined ? mail : { ...mail, dmarc },
    ...(hostmaster === undefined ? {} : { hostmaster }),
    ...(psl === undefined ? {} : { psl }),
  }
}
