// What the issue server tells its operator: whether new names are welcome, what is left of the week, who waits, and what came of the
// last orders.
import { type Figure, gauge } from '../admin/figures.ts'
import { card, code, facts, html, type Html, table, time, used } from '../admin/html.ts'
import { inWords } from '../quota/words.ts'
import type { RoleReport } from '../admin/report.ts'
import type { OrderRow, OrderState } from '../store/store.ts'
import type { Week } from '../quota/week.ts'

/** What there is to say. */
export interface IssueState {
  readonly peer: string
  /** Of the CA's directory. */
  readonly ca: string
  readonly startedAt: number
  readonly week: Pick<Week, 'limit'> & { readonly used: number; readonly waitMs: number }
  /** Orders that the CA counts for our account now. */
  readonly account: { readonly used: number; readonly limit: number }
  /** How long the CA wants to hear nothing of anybody, or of new names. */
  readonly caWaitMs: number
  readonly line: { readonly running: number; readonly waiting: number }
  readonly counts: Readonly<Record<OrderState, number>>
  /** Newest first. */
  readonly newest: readonly OrderRow[]
}

const DAY_MS = 24 * 3_600_000

/** The report. */
export function issueReport(state: IssueState): RoleReport {
  const { peer, ca, startedAt, week, line } = state
  return {
    role: 'issue',
    title: 'Issue server',
    state: wellness(state),
    content: html`${card(
      '',
      facts([
        ['Peer id', code(peer)],
        ['CA', ca],
        ['Running since', time(startedAt)],
        [`New certificates in ${week.limit.windowMs / DAY_MS} days`, used(week.used, week.limit.count)],
        ['Orders of the account that the CA counts now', used(state.account.used, state.account.limit)],
        ['Orders under way', line.waiting > 0 ? `${line.running}, and ${line.waiting} wait` : line.running],
      ]),
    )}${card('Last orders', orders(state.newest))}`,
    figures: figures(state),
  }
}

/** Failures that are the servers' own or the CA's, not a client's; with one of these the next order fails as well. */
const OWN_FAILURE = /^(CA_UNAVAILABLE|CA_REFUSED|DNS_UNAVAILABLE|OTHER)\b/

function wellness({ caWaitMs, week, newest }: IssueState): RoleReport['state'] {
  const last = newest.find(({ state }) => state === 'issued' || state === 'failed' || state === 'interrupted')
  if (last && OWN_FAILURE.test(last.failure ?? ''))
    return { attention: true, sentence: `The last order failed (${last.failure?.split(':')[0]}): see below.` }
  if (caWaitMs > 0) return { attention: true, sentence: `The CA asked us to wait ${inWords(caWaitMs)}.` }
  if (week.waitMs > 0)
    return { attention: true, sentence: `New names have to wait ${inWords(week.waitMs)}; known ones renew as ever.` }
  return { attention: false, sentence: 'Well: new names are welcome.' }
}

const OUTCOMES: Readonly<Record<OrderState, string>> = {
  open: 'under way',
  issued: 'issued',
  failed: 'failed',
  interrupted: 'broken off, can be gone on with',
}

function orders(rows: readonly OrderRow[]): Html {
  return table(
    ['When', 'Outcome', 'Peer', 'Names'],
    rows.map(({ startedAt, peer, names, state, failure }) => [
      time(startedAt),
      failure === undefined ? OUTCOMES[state] : `${OUTCOMES[state]}: ${failure}`,
      code(peer),
      code(names.join('\n')),
    ]),
    'Nobody has ordered yet.',
  )
}

function figures({ week, account, line, counts }: IssueState): readonly Figure[] {
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
  ]
}
