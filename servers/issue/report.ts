// What the issue server tells its operator: whether new names are welcome, what is left of the week, who waits, and what came of the
// last orders.
import { type Figure, gauge } from '../admin/figures.ts'
import { card, facts, html, type Html, numberOf, shortId, shortNames, table, time, used } from '../admin/html.ts'
import { inWords } from '../quota/words.ts'
import { caName } from '../admin/ca-name.ts'
import { type DaySlot, sumOf } from '../admin/day.ts'
import type { CertificatesPicture, RoleReport, Trouble } from '../admin/report.ts'
import type { OrderRow, OrderState } from '../store/store.ts'
import type { Week } from '../quota/week.ts'

/** What there is to say. */
export interface IssueState {
  readonly peer: string
  /** Of the CA's directory. */
  readonly ca: string
  readonly startedAt: number
  readonly now: number
  /** Of a DNS server of the zone it is not known whether it has all challenge values. */
  readonly dnsBehind: number
  readonly invitation: string
  readonly day: readonly DaySlot[]
  readonly certificates: CertificatesPicture
  readonly week: Pick<Week, 'limit' | 'newShare'> & { readonly used: number; readonly waitMs: number }
  /** Orders that the CA counts for our account now. */
  readonly account: { readonly used: number; readonly limit: number }
  /** How long the CA wants to hear nothing of anybody, or of new names. */
  readonly caWaitMs: number
  readonly line: { readonly running: number; readonly waiting: number }
  /** How long orders took since the start. */
  readonly timing: readonly Figure[]
  readonly counts: Readonly<Record<OrderState, number>>
  /** Newest first. */
  readonly newest: readonly OrderRow[]
}

const DAY_MS = 24 * 3_600_000

/** The report. */
export function issueReport(state: IssueState): RoleReport {
  const { peer, ca, startedAt, now, week, line, day } = state
  return {
    role: 'issue',
    title: 'Issue server',
    state: wellness(state),
    content: html`${card(
      '',
      facts([
        ['Peer id', shortId(peer)],
        ['CA', ca],
        ['Started', time(startedAt, now)],
        [`New certificates in ${week.limit.windowMs / DAY_MS} days`, used(week.used, week.limit.count)],
        ['Orders of the account that the CA counts now', used(state.account.used, state.account.limit)],
        ['Orders under way', line.waiting > 0 ? `${line.running}, and ${line.waiting} wait` : line.running],
      ]),
    )}${card('Last orders', orders(state.newest, now))}`,
    pictures: {
      line: numberOf(sumOf(day), 'order'),
      troubles: troubles(state),
      ca: caName(ca),
      week: {
        ...{ used: week.used, limit: week.limit.count, days: week.limit.windowMs / DAY_MS, newShare: week.newShare },
      },
      day: { title: 'Orders', slots: day },
      certificates: state.certificates,
      invitation: { link: state.invitation },
    },
    figures: figures(state),
  }
}

/** Failures that are the servers' own or the CA's, not a client's; with one of these the next order fails as well. */
const OWN_FAILURE = /^(CA_UNAVAILABLE|CA_REFUSED|DNS_UNAVAILABLE|OTHER)\b/

/** Ways that fail now: what the last order that came to an end died of, and whom the CA keeps waiting. */
function troubles({ caWaitMs, week, newest, dnsBehind }: IssueState): readonly Trouble[] {
  const failure = lastEnded(newest)?.failure ?? ''
  const ca = /^CA_(?:UNAVAILABLE|REFUSED)\b/.exec(failure)
  return [
    ...(ca
      ? [{ from: 'issue', to: 'ca', why: `the last order failed (${ca[0]})` } as const]
      : caWaitMs > 0
        ? [{ from: 'issue', to: 'ca', why: `the CA asked us to wait ${inWords(caWaitMs)}` } as const]
        : []),
    ...(dnsBehind > 0
      ? [{ from: 'issue', to: 'dns', why: `${numberOf(dnsBehind, 'DNS server')} cannot be reached` } as const]
      : failure.startsWith('DNS_UNAVAILABLE')
        ? [{ from: 'issue', to: 'dns', why: 'the last order failed (DNS_UNAVAILABLE)' } as const]
        : []),
    ...(week.waitMs > 0
      ? [{ from: 'peers', to: 'issue', why: `new names have to wait ${inWords(week.waitMs)}` } as const]
      : []),
  ]
}

function lastEnded(newest: IssueState['newest']): OrderRow | undefined {
  return newest.find(({ state }) => state === 'issued' || state === 'failed' || state === 'interrupted')
}

function wellness({ caWaitMs, week, newest, dnsBehind }: IssueState): RoleReport['state'] {
  const last = lastEnded(newest)
  if (last && OWN_FAILURE.test(last.failure ?? ''))
    return { attention: true, sentence: `The last order failed (${last.failure?.split(':')[0]}): see below.` }
  if (caWaitMs > 0) return { attention: true, sentence: `The CA asked us to wait ${inWords(caWaitMs)}.` }
  if (week.waitMs > 0)
    return { attention: true, sentence: `New names have to wait ${inWords(week.waitMs)}; known ones renew as ever.` }
  if (dnsBehind > 0)
    return { attention: true, sentence: `${numberOf(dnsBehind, 'DNS server')} of the zone cannot be reached.` }
  return { attention: false, sentence: 'Well: new names are welcome.' }
}

const OUTCOMES: Readonly<Record<OrderState, string>> = {
  open: 'under way',
  issued: 'issued',
  failed: 'failed',
  interrupted: 'broken off, can be gone on with',
}

function orders(rows: readonly OrderRow[], now: number): Html {
  return table(
    ['When', 'Outcome', 'Peer', 'Names'],
    rows.map(({ startedAt, peer, names, state, failure }) => [
      time(startedAt, now),
      failure === undefined ? OUTCOMES[state] : `${OUTCOMES[state]}: ${failure}`,
      shortId(peer),
      shortNames(names),
    ]),
    'Nobody has ordered yet.',
  )
}

function figures({ week, account, line, counts, timing }: IssueState): readonly Figure[] {
  return [
    gauge('nodetrust_week_new_certificates_limit', 'New certificates of the zone in a window.', week.limit.count),
    gauge('nodetrust_week_new_certificates_used', 'New certificates of the zone that count now.', week.used),
    gauge('nodetrust_issue_account_orders_limit', 'Orders that the CA takes from the account.', account.limit),
    gauge('nodetrust_issue_account_orders_used', 'Orders of the account that count now.', account.used),
    gauge(
      'nodetrust_issue_orders',
      'Orders of the last year by what came of them.',
      Object.entries(counts).map(([state, value]) => ({ labels: { state }, value })),
    ),
    gauge('nodetrust_issue_orders_running', 'Orders at the CA now.', line.running),
    gauge('nodetrust_issue_orders_waiting', 'Orders that wait for their turn.', line.waiting),
    ...timing,
  ]
}
