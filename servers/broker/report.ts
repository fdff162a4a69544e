// What the broker tells its operator: is it well, how long is its certificate good, what is left of the week, who registered last and
// how it ended.
import { denylistFacts, denylistFigures } from '../admin/denylists.ts'
import { type Figure, gauge } from '../admin/figures.ts'
import {
  bar,
  card,
  code,
  exactTime,
  type Fact,
  facts,
  type Html,
  html,
  NONE,
  numberOf,
  type Piece,
} from '../admin/html.ts'
import { shortId, soft, table, time, used, when } from '../admin/html.ts'
import { inWords } from '../quota/words.ts'
import { type DaySlot, sumOf } from '../admin/day.ts'
import type { RolePictures, RoleReport, Trouble } from '../admin/report.ts'
import type { Denylist } from '../denylist.ts'
import type { RegistrationRow } from '../store/sqlite-registrations.ts'
import type { CertificateFault, CertificateState } from './certificate.ts'
import type { QuotaState } from './quotas.ts'

/** What there is to say. */
export interface BrokerState {
  readonly zone: string
  readonly url: string
  readonly peer: string
  readonly startedAt: number
  readonly now: number
  /** undefined where a reverse proxy has it. */
  readonly certificate: CertificateState | undefined
  readonly quota: QuotaState
  readonly dialBacks: number
  /** DNS servers of the zone of which it is not known whether they have all values. */
  readonly dnsBehind: number
  /** For everybody; undefined where only who was invited may register. */
  readonly invitation: string | undefined
  /** Registrations of the last day, oldest first. */
  readonly day: readonly DaySlot[]
  readonly inflight: number
  readonly denylists: ReturnType<Denylist['state']>
  /** Names of those who were invited one by one; undefined where nobody was. */
  readonly invited: readonly string[] | undefined
  readonly newest: readonly RegistrationRow[]
  /** What was counted. */
  readonly counted: readonly Figure[]
}

/** With a third of a life left, or half of a short one, a renewal is due; with less than a quarter something is wrong. */
const OVERDUE_SHARE = 1 / 4

/** Whoever has mended something does not want to wait longer than this. */
const LONG_WAIT_MS = 15 * 60_000

/** The report. */
export function brokerReport(state: BrokerState): RoleReport {
  const { certificate, now } = state
  return {
    role: 'broker',
    title: 'Broker',
    state: wellness(state),
    content: html`${certificate ? certificateCard(certificate, now) : NONE}${card('', facts(brokerFacts(state)))}
    ${card('Last registrations', registrations(state.newest, now))}`,
    pictures: pictures(state),
    figures: [...state.counted, ...figures(state)],
  }
}

function pictures(state: BrokerState): RolePictures {
  const { quota, day, invitation } = state
  const { used: taken, limit, days, newShare } = quota.week
  return {
    line: numberOf(sumOf(day), 'registration'),
    troubles: troubles(state),
    week: { used: taken, limit, days, newShare },
    day: { title: 'Registrations', slots: day },
    invitation:
      invitation === undefined
        ? { say: 'Only those who were invited by name may register: nodetrust invite --for NAME' }
        : { link: invitation },
  }
}

function troubles(state: BrokerState): readonly Trouble[] {
  const { certificate, quota, dnsBehind, now } = state
  const own = certificate && (!certificate.current || certificate.current.notAfter <= now)
  const entry = own
    ? 'there is no certificate that is good now'
    : quota.waitMs > 0
      ? `new peers have to wait ${inWords(quota.waitMs)}`
      : ''
  return [
    ...(entry === '' ? [] : [{ from: 'peers', to: 'broker', why: entry } as const]),
    ...(dnsBehind > 0
      ? [{ from: 'broker', to: 'dns', why: `${numberOf(dnsBehind, 'DNS server')} cannot be reached` } as const]
      : []),
  ]
}

function wellness({ certificate, quota, dnsBehind, now }: BrokerState): RoleReport['state'] {
  if (certificate && !certificate.current)
    return { attention: true, sentence: 'There is no certificate yet: nobody can connect.' }
  if (certificate?.current && certificate.current.notAfter <= now)
    return { attention: true, sentence: 'The certificate has expired: clients refuse to connect.' }
  if (quota.returning.waitMs > 0)
    return {
      attention: true,
      sentence: `Known peers have to wait ${inWords(quota.returning.waitMs)}: too many came back.`,
    }
  if (quota.waitMs > 0)
    return { attention: true, sentence: `New peers have to wait ${inWords(quota.waitMs)}; known peers renew as ever.` }
  if (certificate?.fault)
    return { attention: true, sentence: 'New peers are welcome; something is wrong with the next certificate.' }
  if (dnsBehind > 0)
    return { attention: true, sentence: `${numberOf(dnsBehind, 'DNS server')} of the zone cannot be reached.` }
  return { attention: false, sentence: 'Well: new peers are welcome.' }
}

function certificateCard({ current, fault, renewAt, busy, from }: CertificateState, now: number): Html {
  const all: readonly Fact[] = [
    ...(current ? certificateFacts(current, now) : [['Name', 'none yet'] as const]),
    [current ? 'Renewal' : 'Next', nextStep({ from, busy, renewAt, fault }, now)],
  ]
  return card('Certificate', facts(all), fault ? faultBox(fault, now, from) : NONE)
}

function certificateFacts(current: NonNullable<CertificateState['current']>, now: number): readonly Fact[] {
  const { names, issuer, notBefore, notAfter } = current
  const [life, left] = [notAfter - notBefore, notAfter - now]
  const percent = Math.max(0, Math.round((left / life) * 100))
  return [
    [names.length === 1 ? 'Name' : 'Names', names.join(', ')],
    ['Issued by', issuer],
    [left > 0 ? 'Valid until' : 'Expired at', html`${exactTime(notAfter)} ${soft(when(notAfter, now))}`],
    ['Life left', html`${bar(left / life, left < life * OVERDUE_SHARE)}${percent} %`],
  ]
}

function nextStep({ from, busy, renewAt, fault }: Omit<CertificateState, 'current'>, now: number): Piece {
  if (from === 'files') return 'by whoever writes its files, which are read again every few seconds'
  if (busy) return 'a certificate is being ordered now'
  if (fault?.retryAt !== undefined) return html`tried again ${time(fault.retryAt, now)}`
  if (renewAt === undefined) return 'within ten minutes'
  return html`${exactTime(renewAt)} ${soft(when(renewAt, now))}`
}

function faultBox(fault: CertificateFault, now: number, from: CertificateState['from']): Html {
  const { message, nextStep: todo, at, retryAt = 0 } = fault
  const since = at === undefined ? NONE : html` <span class="soft">${time(at, now)}</span>`
  const hurry =
    from === 'acme' && retryAt - now > LONG_WAIT_MS
      ? html`<p class="soft">
          To try at once, remove ${code('broker-certificate.retry.json')} and start the broker again.
        </p>`
      : NONE
  return html`<div class="fault">
    <p><strong>Last failure</strong>${since}</p>
    <p>${message}</p>
    <p><span class="soft">What to do:</span> ${todo}</p>
    ${hurry}
  </div>`
}

function brokerFacts({
  url,
  peer,
  startedAt,
  now,
  quota,
  dialBacks,
  denylists,
  invited,
}: BrokerState): readonly Fact[] {
  return [
    ['Clients ask', url],
    ['Peer id', shortId(peer)],
    ['Started', time(startedAt, now)],
    [`New peers in ${quota.days} days`, used(quota.newPeers.used, quota.newPeers.limit)],
    [`Known peers back in ${quota.days} days`, used(quota.returning.used, quota.returning.limit)],
    [`New certificates in ${quota.week.days} days`, used(quota.week.used, quota.week.limit)],
    ['Dial-backs under way', dialBacks],
    ...(invited ? [['Invited', invited.length === 0 ? 'nobody any more' : invited.join(', ')] as const] : []),
    ...denylistFacts(denylists, now),
  ]
}

function registrations(rows: readonly RegistrationRow[], now: number): Html {
  return table(
    ['When', 'Outcome', 'Peer'],
    rows.map(({ at, peer, status, reason }) => [
      time(at, now),
      status === 200 ? 'registered' : `${status}: ${reason}`,
      shortId(peer),
    ]),
    'Nobody has registered yet.',
  )
}

function figures({ certificate, quota, inflight, dialBacks, denylists }: BrokerState): readonly Figure[] {
  const notAfter = certificate?.current?.notAfter
  return [
    gauge('coredns_forge_acme_http_requests_inflight', 'Requests that are being answered.', inflight),
    ...denylistFigures('broker', denylists),
    gauge('nodetrust_broker_new_peers_limit', 'New peers in a window.', quota.newPeers.limit),
    gauge('nodetrust_broker_new_peers_used', 'New peers that count now.', quota.newPeers.used),
    gauge(
      'nodetrust_broker_returning_peers_limit',
      'Known peers that may come back in a window.',
      quota.returning.limit,
    ),
    gauge('nodetrust_broker_returning_peers_used', 'Known peers back that count now.', quota.returning.used),
    gauge(
      'nodetrust_broker_certificate_not_after_timestamp_seconds',
      'End of the certificate that the broker serves; absent where it serves none.',
      notAfter === undefined ? undefined : notAfter / 1_000,
    ),
    gauge('nodetrust_broker_dial_backs', 'Dial-backs under way.', dialBacks),
  ]
}
