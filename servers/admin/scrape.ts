// What a scrape gets: everything that roles report, and what Prometheus' own client libraries say of a process, under their names, so that
// everybody's dashboards and alerts know them (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics). What a
// platform does not tell is left out.
import { readdir, readFile } from 'node:fs/promises'
import { VERSION } from '../../core/version.ts'
import { type Figure, figuresText, gauge } from './figures.ts'

const STARTED_SECONDS = (Date.now() - process.uptime() * 1_000) / 1_000

/** Everything that roles report, how they are, and what the process needs. */
export async function figuresOf(reports: readonly Reported[]): Promise<string> {
  const info = gauge('coredns_forge_info', 'Which program this is.', [{ labels: { version: VERSION }, value: 1 }])
  const attention = gauge(
    'nodetrust_role_attention',
    'Whether a role wants its operator to look (1), as /health says in words.',
    reports.map(({ role, state }) => ({ labels: { role }, value: state.attention ? 1 : 0 })),
  )
  return figuresText([info, ...(await processFigures()), attention, ...reports.flatMap(({ figures }) => figures)])
}

/** What is needed of a role's report. */
interface Reported {
  readonly role: string
  readonly state: { readonly attention: boolean }
  readonly figures: readonly Figure[]
}

/** The process, and which program it is. */
async function processFigures(): Promise<readonly Figure[]> {
  const { user, system } = process.cpuUsage()
  const [open, most] = await Promise.all([openFiles(), mostFiles()])
  return [
    gauge('nodetrust_build_info', 'Which program this is.', [
      { labels: { version: VERSION, node: process.versions.node }, value: 1 },
    ]),
    {
      ...{ name: 'process_cpu_seconds_total', help: 'Time of processors, user and system.', type: 'counter' },
      values: [{ value: (user + system) / 1e6 }],
    },
    gauge('process_resident_memory_bytes', 'Memory that is in use.', process.memoryUsage.rss()),
    gauge('process_start_time_seconds', 'When it started, since 1970.', Math.round(STARTED_SECONDS * 100) / 100),
    gauge('process_open_fds', 'Files and connections that are open.', open),
    gauge('process_max_fds', 'Files and connections that may be open.', most),
  ]
}

/** Linux alone tells. */
async function openFiles(): Promise<number | undefined> {
  return readdir('/proc/self/fd').then(
    (names) => names.length,
    () => undefined,
  )
}

async function mostFiles(): Promise<number | undefined> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const [, soft] = /^Max open files +(\d+)/m.exec(limits) ?? []
  return soft === undefined ? undefined : Number(soft)
}
