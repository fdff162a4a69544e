// How the figures look in a terminal: ratios first, because they mean the same on every machine, then the figures themselves.
// Pure functions from results to lines.
import { AUTOTLS_CLIENTS, type AutoTlsResult } from './autotls.ts'
import { ISSUANCE_PARTS, type IssuanceResult } from './issuance.ts'
import { LEGO_CLIENTS, type LegoResult } from './lego.ts'
import { type Footprint, MEMORY_KINDS, type MemoryResult } from './memory.ts'
import type { DnsMemoryResult } from './dns-memory.ts'
import { desktopTable } from './desktop/report.ts'
import type { DesktopResult } from './desktop/run.ts'
import type { DnsBenchResult } from './dns/run.ts'
import type { PageResult } from './page.ts'
import type { BrokerResult } from './broker.ts'
import type { RecordsResult } from './records.ts'
import { namesRatios, namesTable, type NamesResult } from './names.ts'
import { recordsRatios, recordsTables } from './records/report.ts'
import type { ProofRate, ProofsResult } from './proofs.ts'
import type { Summary } from './summary.ts'
import { type Row, table } from './table.ts'
import { wssRatios, wssTable } from './wss/report.ts'
import type { WssResult } from './wss.ts'

/** The machine that was measured on. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  /** Processes that wanted a core in the minute before, by the kernel's count. */
  readonly loadBefore: number
}

/** Everything that was measured. */
export interface BenchResult {
  readonly machine: Machine
  readonly issuance?: IssuanceResult
  readonly lego?: LegoResult
  readonly proofs?: ProofsResult
  readonly broker?: BrokerResult
  readonly autotls?: AutoTlsResult
  readonly records?: RecordsResult
  readonly names?: NamesResult
  readonly wss?: WssResult
  readonly memory?: MemoryResult
  readonly dnsMemory?: DnsMemoryResult
  readonly dns?: DnsBenchResult
  readonly page?: PageResult
  readonly desktop?: DesktopResult
  /** What was left out and why. */
  readonly skipped: readonly string[]
  readonly seconds: number
}

/** The report, for a terminal. */
export function report(result: BenchResult): string {
  const blocks = [
    headline(result.machine),
    ratios(result),
    result.issuance && issuanceTable(result.issuance),
    result.lego && result.lego.rows.length > 0 ? legoTable(result.lego) : undefined,
    result.proofs && proofsTable(result.proofs),
    result.broker && brokerTable(result.broker),
    result.autotls && autoTlsTable(result.autotls),
    result.records && recordsTables(result.records),
    result.names && namesTable(result.names),
    result.wss && wssTable(result.wss),
    result.memory && memoryTable(result.memory),
    result.dnsMemory && dnsMemoryTable(result.dnsMemory),
    result.dns && dnsTable(result.dns),
    result.page && pageTable(result.page),
    result.desktop && desktopTable(result.desktop),
    footer(result),
  ]
  return `\n${blocks.filter((block) => block !== undefined).join('\n\n')}\n`
}

function headline({ cpu, cores, memoryGiB, system, node, loadBefore }: Machine): string {
  return [
    `${cores} cores of ${cpu}, ${memoryGiB} GiB, ${system}, Node ${node}`,
    `load before ${loadBefore.toFixed(1)}; medians unless said otherwise`,
  ].join('\n')
}

/** A certificate comes sooner than anybody else's. */
const QUICK_GOAL = 'goal at most 0.80'

/** One line for each ratio; nothing without one. */
function ratios({
  issuance,
  lego,
  proofs,
  autotls,
  records,
  names: byKey,
  wss,
  memory,
  dnsMemory,
  dns,
  desktop,
}: BenchResult): string | undefined {
  const rows: Row[] = []
  if (issuance) {
    const { validation, connect } = issuance.parts
    rows.push(['issuance', 'waiting for the CA to validate, of the whole', percent(validation, issuance.total), ''])
    rows.push(['', 'first WSS connection, of the whole', percent(connect, issuance.total), ''])
  }
  if (proofs) {
    const { newConnections, openConnections } = proofs
    const cost = newConnections.cpuMicroseconds / openConnections.cpuMicroseconds
    rows.push(['proofs', 'CPU on a new connection / on an open one', times(cost), ''])
  }
  for (const [index, { ca, names, clients }] of (lego?.rows ?? []).entries()) {
    const ratio = times(clients.ours.ms.median / clients.lego.ms.median)
    rows.push([index === 0 ? 'lego' : '', `${names} at ${ca}, ours / lego`, ratio, QUICK_GOAL])
  }
  for (const [index, { ca, clients }] of (autotls?.rows ?? []).entries()) {
    const ratio = times(clients.ours.whole.median / clients.npm.whole.median)
    rows.push([index === 0 ? 'autotls' : '', `certificate at ${ca}, ours / the npm client`, ratio, QUICK_GOAL])
  }
  if (records) rows.push(...recordsRatios(records))
  if (byKey) rows.push(...namesRatios(byKey))
  if (wss) rows.push(...wssRatios(wss))
  if (memory) {
    const { node, bare, nodeSource, bareSmall } = memory.footprints
    const ratio = (one: Footprint, other: Footprint) => times(shared(one) / shared(other))
    rows.push(['memory', 'idle node as packaged / bare libp2p, PSS', ratio(node, bare), 'goal at most 1.25'])
    rows.push(['', 'the same, the bare one bundled and flagged like ours', ratio(node, bareSmall), ''])
    rows.push(['', 'idle node, as packaged / from the clone', ratio(node, nodeSource), ''])
  }
  if (dnsMemory) {
    const { idle, asked, atMost } = dnsMemory
    const of = (one: Footprint) => `${shared(one).toFixed(0)} MiB`
    const name = memory ? '' : 'memory'
    rows.push([
      name,
      'DNS role alone, idle / after questions, PSS',
      `${of(idle)} / ${of(asked)}`,
      `goal at most ${atMost} MiB`,
    ])
  }
  if (desktop) {
    const { app, empty, node } = desktop
    const ratio = (a: Summary, b: Summary) => times(a.median / b.median)
    rows.push(['desktop', 'closed window / headless node, memory', ratio(app.closed.pss, node.pss), 'goal 1.60'])
    rows.push(['', 'an empty app, closed / headless node', ratio(empty.closed.pss, node.pss), ''])
    rows.push(['', 'open window / an empty app’s', ratio(app.open.pss, empty.open.pss), ''])
    rows.push(['', 'start to painted window / an empty app’s', ratio(app.start.painted, empty.start.painted), ''])
  }
  for (const [index, { name, ratio, cpuRatio, atLeast }] of (dns?.goals ?? []).entries()) {
    const byCpu = cpuRatio === undefined ? '' : `by CPU ${times(cpuRatio)}`
    const note = [byCpu, `goal ${times(atLeast)}`].filter((text) => text !== '').join(', ')
    rows.push([index === 0 ? 'dns' : '', name, ratio === undefined ? '-' : times(ratio), note])
  }
  return rows.length > 0 ? table(['Ratios', '', '', ''], rows, ['left', 'left', 'right', 'left']) : undefined
}

/** PSS, RSS where the kernel does not tell it. */
function shared({ pss, rss }: Footprint): number {
  return (pss ?? rss).median
}

function issuanceTable({ runs, total, parts }: IssuanceResult): string {
  const row = (name: string, meaning: string, { median, min, max }: Summary): Row => [
    ...[name, meaning, `${median.toFixed(0)} ms`],
    `${min.toFixed(0)} - ${max.toFixed(0)}`,
  ]
  return table(
    [`Certificate, ${runs} new nodes in turn`, '', 'median', 'min - max'],
    [
      ...ISSUANCE_PARTS.map(([part, meaning]) => row(part, meaning, parts[part])),
      row('whole', 'from "get certificate" to the first WSS connection', total),
    ],
  )
}

function legoTable({ runs, rows }: LegoResult): string {
  return table(
    [`Requests and time at Pebble, ${runs} certificates each`, '', 'requests', 'ms'],
    rows.flatMap(({ ca, names, clients }) =>
      LEGO_CLIENTS.map(([client, what], index): Row => {
        const { requests, ms } = clients[client]
        return [index === 0 ? `${names}, ${ca}` : '', what, requests.median, ms.median.toFixed(0)]
      }),
    ),
  )
}

function proofsTable({ seconds, openConnections, newConnections }: ProofsResult): string {
  const row = (name: string, { clients, perSecond, cpuMicroseconds, perCoreSecond }: ProofRate): Row => [
    ...[name, clients, perSecond === undefined ? 'paced' : grouped(perSecond)],
    ...[`${grouped(cpuMicroseconds)} µs`, grouped(perCoreSecond)],
  ]
  return table(
    [`Proofs, one server, ${seconds} s each`, 'clients', 'proofs/s', 'CPU/proof', 'a core gives/s'],
    [row('open connections', openConnections), row('a new connection for each', newConnections)],
    ['left', 'right', 'right', 'right', 'right'],
  )
}

function brokerTable({ seconds, clients, perSecond, cpuMicroseconds, perCoreSecond }: BrokerResult): string {
  return table(
    [`AutoTLS registrations, broker and DNS, ${seconds} s`, 'clients', 'per second', 'CPU each', 'a core gives/s'],
    [
      [
        'handshake, dial-back, TXT value',
        clients,
        grouped(perSecond),
        `${grouped(cpuMicroseconds)} µs`,
        grouped(perCoreSecond),
      ],
    ],
    ['left', 'right', 'right', 'right', 'right'],
  )
}

function autoTlsTable({ runs, rows }: AutoTlsResult): string | undefined {
  if (rows.length === 0) return undefined
  const ms = ({ median, min, max }: Summary) => `${median.toFixed(0)} (${min.toFixed(0)} - ${max.toFixed(0)}) ms`
  return table(
    [`AutoTLS by broker and Pebble, ${runs} new nodes each`, '', 'to the certificate', 'of it at the CA', 'requests'],
    rows.flatMap(({ ca, clients }) =>
      AUTOTLS_CLIENTS.map(([client, what], index): Row => {
        const { whole, atCa, requests } = clients[client]
        return [index === 0 ? ca : '', what, ms(whole), ms(atCa), requests.median]
      }),
    ),
    ['left', 'left', 'right', 'right', 'right'],
  )
}

function memoryTable({ processes, idleSeconds, footprints }: MemoryResult): string {
  return table(
    [`Memory, ${processes} processes each, ${idleSeconds} s idle`, 'RSS', 'PSS', 'private'],
    MEMORY_KINDS.map(([kind, name]) => memoryRow(name, footprints[kind])),
    ['left', 'right', 'right', 'right'],
  )
}

function dnsMemoryTable({ processes, seconds, idle, asked, answered }: DnsMemoryResult): string {
  return table(
    [`DNS role alone, as packaged, ${processes} processes`, 'RSS', 'PSS', 'private'],
    [
      memoryRow(`${seconds} s idle`, idle),
      memoryRow(`after ${seconds} s with ${grouped(answered / processes)} questions each`, asked),
    ],
    ['left', 'right', 'right', 'right'],
  )
}

function memoryRow(name: string, { rss, pss, own }: Footprint): Row {
  const mib = (summary: Summary | undefined) => (summary ? `${summary.median.toFixed(0)} MiB` : '-')
  return [name, mib(rss), mib(pss), mib(own)]
}

function dnsTable({ rows, rounds, generator, pinned, functionCosts }: DnsBenchResult): string {
  const load = table(
    [`DNS, ${rounds} rounds`, 'questions', 'over', 'queries/s', 'CPU/query', 'lost'],
    rows.map(({ server, questions, transport, queriesPerSecond, cpuMicroseconds, lost }) => [
      ...[server, questions, transport.toUpperCase(), grouped(queriesPerSecond)],
      ...[cpuMicroseconds === undefined ? '-' : `${cpuMicroseconds.toFixed(2)} µs`, grouped(lost)],
    ]),
    ['left', 'left', 'left', 'right', 'right', 'right'],
  )
  const alone = table(
    ['DNS, answering alone', 'questions', 'time/query', 'heap/query'],
    functionCosts.map(({ questions, nanoseconds, heapBytes }) => [
      ...['the function, no sockets', questions, `${nanoseconds.toFixed(0)} ns`, `${heapBytes.toFixed(2)} B`],
    ]),
    ['left', 'left', 'right', 'right'],
  )
  const how = `  load by ${generator}, cores ${pinned ? 'pinned' : 'not pinned'}`
  return `${load}\n${how}\n\n${alone}`
}

/** Hundreds of bytes are told as tenths of a kilobyte. */
const KB = 1000

function pageTable({ visits, firstPaint, interactive, files, idleMinutes, idle }: PageResult): string {
  const ms = ({ median, min, max }: Summary): Row => [
    `${median.toFixed(0)} ms`,
    `${min.toFixed(0)} - ${max.toFixed(0)}`,
  ]
  const kilobytes = (chosen: typeof files) => {
    const sum = (key: 'bytes' | 'gzipped') => chosen.reduce((total, file) => total + file[key], 0) / KB
    return [`${sum('gzipped').toFixed(1)} kB`, `${sum('bytes').toFixed(1)} kB`]
  }
  const moments = table(
    [`Page, ${visits} visits in Chromium`, 'median', 'min - max'],
    [
      ['first paint', ...ms(firstPaint)],
      ['the state is there and buttons work', ...ms(interactive)],
    ],
    ['left', 'right', 'right'],
  )
  const sizes = table(
    ['Page, size', 'gzipped', 'plain'],
    [
      ...files.map((file): Row => [file.name, ...kilobytes([file])]),
      ['what one visit loads', ...kilobytes(files.filter(({ loaded }) => loaded))],
      ['all of it', ...kilobytes(files)],
    ],
    ['left', 'right', 'right'],
  )
  const costs =
    idle &&
    table(
      [`Idle node, ${idleMinutes} min`, 'RSS', 'CPU a minute'],
      (
        [
          ['without a page', idle.withoutPage],
          ['with an open page', idle.withPage],
        ] as const
      ).map(([name, { rss, cpuMsPerMinute }]) => [name, `${rss.toFixed(0)} MiB`, `${cpuMsPerMinute.toFixed(0)} ms`]),
      ['left', 'right', 'right'],
    )
  return [moments, sizes, costs].filter((block) => block !== undefined).join('\n\n')
}

function footer({ skipped, seconds }: BenchResult): string {
  return [...skipped.map((reason) => `left out: ${reason}`), `took ${seconds.toFixed(0)} s`].join('\n')
}

function percent(part: Summary, whole: Summary): string {
  return `${((part.median / whole.median) * 100).toFixed(0)} %`
}

function times(ratio: number): string {
  return ratio.toFixed(2)
}

/** 12345 as 12 345. */
function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ')
}
