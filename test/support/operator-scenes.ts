// States of the operator's page, for its pictures and its tests: made by the roles' own reports out of what they might have to say at a
// moment that stands still.
import { createDay, type DaySlot, SLOTS } from '../../servers/admin/day.ts'
import { adminPage, type Shown } from '../../servers/admin/page.ts'
import { brokerReport, type BrokerState } from '../../servers/broker/report.ts'
import { dnsReport } from '../../servers/dns/report.ts'
import { createAnswerCounters, snapshotCounters } from '../../servers/dns/answer-stats.ts'
import { issueReport, type IssueState } from '../../servers/issue/report.ts'
import { createProofCounters, proofReport } from '../../servers/proof/report.ts'
import { formatInvitation } from '../../proto/invitation.ts'
import { NOT_COUNTED } from '../../servers/quota/bucket.ts'
import type { RoleReport } from '../../servers/admin/report.ts'
import type { Machine } from '../../servers/admin/machine.ts'
import type { OrderRow, OrderState } from '../../servers/store/store.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** A Friday at noon. */
export const NOW = Date.UTC(2026, 10, 20, 12)

const ZONE = 'nt.example.net'
const PEERS = [
  '12D3KooWQFbPJzGoAuiXtTLFXSJzN7XU5gBpV3PkxRrnHNX93oFQ',
  '12D3KooWR8MhbWBVvYcLu5gNMXQUMXZ9T4qcyT9G4xUqjjuzV6xP',
  '12D3KooWJhWdyS7hYSpwvUQjzV3qSfWgWQ9eFxtUwkpeTQWwHx1f',
] as const
const [SERVER] = PEERS
const INVITATION = formatInvitation({
  ...{ zone: ZONE, name: 'Example family', issue: [`/dns4/${ZONE}/tcp/25893/p2p/${SERVER}`] },
})

/** A machine that is well. */
export const MACHINE: Machine = {
  ...{ version: '0.1.0', node: 'v24.4.1', startedAt: NOW - 12 * DAY_MS, backupAt: NOW - 2 * DAY_MS },
  disk: { free: 61.4 * 2 ** 30, size: 79.9 * 2 ** 30 },
}

/** What the page shows of reports. */
export function shownOf(reports: readonly RoleReport[], more: Partial<Shown> = {}): Shown {
  return { zone: ZONE, reports, machine: MACHINE, now: NOW, ...more }
}

/** A day with its ups and downs, the same every time. */
export function dayOf(scale: number, failedIn: readonly number[] = []): readonly DaySlot[] {
  return Array.from({ length: SLOTS }, (_, slot) => {
    const all = Math.max(0, Math.round(scale * (1 - Math.cos((slot / SLOTS) * 2 * Math.PI) + Math.sin(slot * 1.7))))
    const failed = failedIn.includes(slot) ? Math.max(1, Math.ceil(all / 2)) : 0
    return { all: Math.max(all, failed), failed }
  })
}

const quiet = createDay(() => NOW).slots()

const order = (state: OrderState, minutesAgo: number, failure?: string): OrderRow => ({
  ...{ id: minutesAgo, peer: PEERS[minutesAgo % 3] ?? SERVER, state, failure, charges: [], work: undefined },
  ...{ startedAt: NOW - minutesAgo * MINUTE_MS, endedAt: NOW - minutesAgo * MINUTE_MS, orderUrl: undefined },
  names: [
    'pw4t9mvzh6onnp01f80botcm2pek713h2prwjb3qx6j9bnak4a4o8',
    '*.pw4t9mvzh6onnp01f80botcm2pek713h2prwjb3qx6j9bnak4a4o8',
  ].map((label) => `${label}.${ZONE}`),
})

/** An issue server that is well. */
export function issueOf(more: Partial<IssueState> = {}): RoleReport {
  return issueReport({
    ...{ peer: SERVER, ca: 'https://acme-v02.api.letsencrypt.org', startedAt: NOW - 12 * DAY_MS, now: NOW },
    ...{ caWaitMs: 0, line: { running: 1, waiting: 0 }, dnsBehind: 0, invitation: INVITATION },
    ...{ account: { used: 11, limit: 300 }, timing: [] },
    week: { used: 9, limit: { count: 50, windowMs: 7 * DAY_MS }, newShare: 0.8, waitMs: 0 },
    counts: { open: 1, issued: 412, failed: 7, interrupted: 0 },
    certificates: { valid: 138, renewing: [1, 3, 0, 2, 6, 1, 2] },
    day: dayOf(1.2),
    newest: [order('open', 0), order('issued', 14), order('issued', 2000)],
    ...more,
  })
}

const QUOTA: BrokerState['quota'] = {
  ...{ days: 7, waitMs: 0, week: { days: 7, limit: 50, used: 9, newShare: 0.8 } },
  newPeers: { used: 4, limit: 25, waitMs: 0 },
  returning: { used: 3, limit: 25, waitMs: 0 },
}

/** A broker that is well. */
export function brokerOf(more: Partial<BrokerState> = {}): RoleReport {
  const row = (minutes: number, peer: string, status = 200, reason = '') => ({
    peer,
    at: NOW - minutes * MINUTE_MS,
    status,
    reason,
  })
  return brokerReport({
    ...{ zone: ZONE, url: `https://${ZONE}/`, peer: PEERS[1], startedAt: NOW - 12 * DAY_MS, now: NOW },
    certificate: {
      current: { names: [ZONE], issuer: 'E7', notBefore: NOW - 40 * DAY_MS, notAfter: NOW + 50 * DAY_MS },
      ...{ from: 'acme', renewAt: NOW + 20 * DAY_MS, busy: false, fault: undefined },
    },
    quota: QUOTA,
    ...{ dialBacks: 0, inflight: 0, denylists: [], invited: ['Ada', 'Grace'], counted: [], dnsBehind: 0 },
    ...{ invitation: undefined, day: dayOf(0.6, [40, 41]) },
    newest: [row(3, PEERS[2]), row(48, PEERS[1], 400, 'error testing addresses: all failed'), row(300, SERVER)],
    ...more,
  })
}

/** The other two roles, which have little to say. */
export function restOf(
  more: { readonly day?: readonly DaySlot[]; readonly behind?: readonly { writer: string; since: number }[] } = {},
): readonly RoleReport[] {
  const counters = createProofCounters()
  for (let proof = 0; proof < 37; proof++) counters.count('nodetrust_proofs_total', { outcome: 'given' })
  const transport = { queries: 0, replies: 0, errors: 0, limited: 0, shownOut: 0, refusedConnections: 0, idleClosed: 0 }
  return [
    dnsReport({
      ...{
        listen: '198.51.100.7:53',
        peer: PEERS[2],
        startedAt: NOW - 12 * DAY_MS,
        now: NOW,
        values: 2,
        denylists: [],
      },
      answers: snapshotCounters(createAnswerCounters()),
      server: { udp: { ...transport, queries: 48_211 }, tcp: { ...transport, queries: 912 } },
      ...{ denied: new Map(), behind: more.behind ?? [], day: more.day ?? dayOf(60, [70]) },
    }),
    proofReport({ peer: PEERS[1], startedAt: NOW - 12 * DAY_MS, now: NOW, counters }),
  ]
}

/** The pages that pictures are taken of. */
export const OPERATOR_SCENES: readonly { readonly name: string; readonly page: () => string }[] = [
  { name: 'operator', page: () => adminPage(shownOf([...restOf(), issueOf(), brokerOf()])) },
  {
    name: 'operator-trouble',
    page: () =>
      adminPage(
        shownOf(
          [
            ...restOf({ behind: [{ writer: PEERS[1], since: NOW - 4 * MINUTE_MS }] }),
            issueOf({
              ...{ day: dayOf(1.2, [88, 92, 93, 94, 95]), dnsBehind: 0 },
              week: { used: 41, limit: { count: 50, windowMs: 7 * DAY_MS }, newShare: 0.8, waitMs: 20 * HOUR_MS },
              newest: [order('failed', 2, 'CA_UNAVAILABLE: the CA does not answer'), order('issued', 90)],
            }),
            brokerOf({ dnsBehind: 1, quota: { ...QUOTA, week: { ...QUOTA.week, used: 41 } } }),
          ],
          { machine: { ...MACHINE, backupAt: undefined, disk: { free: 2 ** 28, size: 40 * 2 ** 30 } } },
        ),
      ),
  },
  {
    name: 'operator-practice',
    page: () => {
      const plenty = { used: 0, limit: NOT_COUNTED, waitMs: 0 }
      const week = { used: 1, limit: { count: NOT_COUNTED, windowMs: 7 * DAY_MS }, newShare: 0.8, waitMs: 0 }
      return adminPage(
        shownOf([
          ...restOf({ day: quiet }),
          issueOf({
            ...{
              ca: 'https://127.0.0.1:25895',
              week,
              account: { used: 1, limit: NOT_COUNTED },
              day: quiet,
              newest: [],
            },
            certificates: { valid: 1, renewing: [0, 0, 0, 0, 0, 0, 0] },
          }),
          brokerOf({
            quota: {
              days: 7,
              waitMs: 0,
              newPeers: plenty,
              returning: plenty,
              week: { days: 7, limit: NOT_COUNTED, used: 1, newShare: 0.8 },
            },
            ...{ certificate: undefined, invited: undefined, newest: [], day: quiet },
            invitation: formatInvitation({ zone: ZONE, name: ZONE, issue: [], broker: 'http://127.0.0.1:25896' }),
          }),
        ]),
      )
    },
  },
]
