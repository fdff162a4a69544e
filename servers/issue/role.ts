// The issue role as `nodetrust serve issue` runs it: host, ledger, CA and conversations put together. What a crash left
// behind is cleaned up beside the first requests, not before them: a DNS server that is down must not keep the role down.
import { join } from 'node:path'
import { every } from '../every.ts'
import { serveAutonat } from '../../core/net/autonat.ts'
import { startRoleHost, type RoleHost } from '../role-host.ts'
import { openSqliteLedger } from '../store/sqlite-ledger.ts'
import { directoryOrigin } from '../../core/acme/directories.ts'
import { openWeek } from '../quota/week.ts'
import { NotRunningError, type RoleReport } from '../admin/report.ts'
import { createBudget } from './budget.ts'
import { openCertificateAuthority } from './acme.ts'
import { serveIssue } from './conversation.ts'
import { issueValues } from '../dns/ca-identity.ts'
import { dnsClient, type DnsWriter } from '../dns/client.ts'
import { createNetworkRate } from '../quota/network-rate.ts'
import { createOrderLimits } from './order-limits.ts'
import { createOrders, type Orders } from './orders.ts'
import { createPreCheck } from '../dns/pre-check.ts'
import { createReach } from './reach.ts'
import { createRenewalWindows, serveRenewal } from './renewal.ts'
import { issueReport } from './report.ts'
import { createOrderTiming } from './timing.ts'
import { createTurns } from './turns.ts'
import { formatInvitation, invitedNameOf, MAX_INVITED_ADDRESSES } from '../../proto/invitation.ts'
import type { IssueSection, WeekSection } from '../config.ts'
import type { Role } from '../role.ts'
import type { Ledger } from '../store/store.ts'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'

/** What the role is made of. */
export interface IssueRoleInit {
  readonly zone: string
  readonly dir: string
  readonly section: IssueSection
  /** New certificates that there are. @default the schema's */
  readonly week?: WeekSection | undefined
  readonly clock: Clock
  readonly log: Log
}

/** The ledger keeps what happened for a year, for operators who are asked why. */
const LEDGER_AGE_MS = 365 * 24 * 3_600_000

/** The ledger is pruned this often: what strangers make it note in between is bounded by the limits of orders. */
const CLEAN_UP_MS = 3_600_000

/** What a network may try is counted over so long; who has tried too often waits minutes, not hours. */
const ATTEMPTS_WINDOW_MS = 10 * 60_000

/** So many an operator looks at. */
const SHOWN_ORDERS = 50

/** Makes the role. */
export function issueRole({ zone, dir, section, week: weekSection, clock, log }: IssueRoleInit): Role {
  const stopping = new AbortController()
  let running: RoleHost | undefined
  let writer: DnsWriter | undefined
  let ledger: Ledger | undefined
  let week: ReturnType<typeof openWeek> | undefined
  let closeCa: (() => void) | undefined
  let report: (() => Promise<RoleReport>) | undefined
  let orders: Orders | undefined
  let recovery: Promise<void> | undefined
  let tidying: Promise<void> | undefined
  return {
    name: 'issue',
    async start() {
      const startedAt = clock.now()
      const { directory } = section.acme
      const ca = directoryOrigin(directory)
      const book = openSqliteLedger(join(dir, 'issue.sqlite'), ca)
      ledger = book
      const zoneWeek = openWeek({ dir, section: weekSection, directory, clock })
      week = zoneWeek
      const cleanUp = async () => {
        await book.forgetBefore(clock.now() - LEDGER_AGE_MS)
        await book.prune(clock.now())
      }
      await cleanUp()
      // known from the first order on; until then it is said which CA, and not for which account
      const onIssuer = async (identities: readonly string[], account: string, signal: AbortSignal) =>
        writer?.tellIssuers('peers', issueValues(identities, account), signal)
      const authority = await openCertificateAuthority({ section: section.acme, dir, onIssuer, clock, log })
      closeCa = () => authority.close()
      running = await startRoleHost({ role: 'issue', dir, ...section, clock, log })
      const { host } = running
      const dns = dnsClient(
        host,
        section.dnsServers.map(({ control }) => control),
        { known: await book.challenges(), clock, log },
      )
      writer = dns
      const { identities, account } = await authority.issuer()
      await dns.tellIssuers('peers', issueValues(identities, account), stopping.signal)
      await dns.start()
      const budget = createBudget({ section: section.budget, week: zoneWeek, ledger: book, clock })
      const limits = createOrderLimits({ section: section.budget, ledger: book, clock })
      const attempts = createNetworkRate(
        { count: section.budget.attemptsPerNetwork, windowMs: ATTEMPTS_WINDOW_MS },
        clock,
      )
      const timing = createOrderTiming(clock)
      const turns = createTurns({ section: section.queue, clock })
      orders = createOrders({
        ledger: book,
        budget,
        limits,
        turns,
        dns,
        preCheck: createPreCheck({ servers: section.dnsServers, withinMs: section.dnsWaitMs, clock, log }),
        run: timing.measured((order) => authority.run(order)),
        clock,
        log,
      })
      recovery = orders
        .recover(stopping.signal)
        .catch((error: unknown) => log.warn({ error: String(error) }, 'clean-up failed'))
      tidying = every(CLEAN_UP_MS, cleanUp, { clock, log, signal: stopping.signal })
      const policy = { zone, ...section, profiles: () => authority.profiles() }
      const windows = createRenewalWindows({ ledger: book, ask: (chainPem) => authority.renewal(chainPem), clock })
      await serveRenewal({ host, windows, clock, log, signal: stopping.signal })
      // others want two confirmations of different peers, and whoever asks here is connected already
      await serveAutonat({ host, addressClasses: section.addressClasses, clock, log, signal: stopping.signal })
      await serveIssue({
        host,
        policy,
        orders,
        budget,
        attempts,
        reach: createReach({ host, clock, log }),
        clock,
        log,
        signal: stopping.signal,
      })
      const addresses = running.addresses()
      const name = section.displayName === '' ? invitedNameOf(zone) : section.displayName
      const invitation = formatInvitation({ zone, name, issue: addresses.slice(0, MAX_INVITED_ADDRESSES) })
      report = async () =>
        issueReport({
          ...{ now: clock.now(), dnsBehind: dns.behind(), invitation },
          ...{ day: await book.ordersOfDay(clock.now()), certificates: await book.certificates(clock.now()) },
          ...{ peer: host.peerId.toString(), ca, startedAt, caWaitMs: await budget.caWait(), line: turns.state() },
          account: await limits.state(),
          timing: timing.figures(),
          week: {
            ...{ limit: zoneWeek.limit, newShare: zoneWeek.newShare },
            ...{ used: await zoneWeek.used(), waitMs: await zoneWeek.wait(zoneWeek.newShare) },
          },
          counts: await book.counts(),
          newest: (await book.orders()).slice(0, SHOWN_ORDERS),
        })
      return { peer: host.peerId.toString(), addresses, invitation }
    },
    async report() {
      if (!report) throw new NotRunningError('issue')
      return report()
    },
    async stop() {
      await orders?.stop() // first: TXT values are removed while the DNS servers can be reached
      stopping.abort(new Error('the role was stopped'))
      await writer?.stop()
      await running?.stop()
      await recovery
      await tidying
      closeCa?.()
      await week?.close()
      await ledger?.close()
    },
  }
}
