// `npm run bench`: everything this project measures about itself, in a few minutes. Nothing here passes or fails, whatever the
// figures; `-- --json` prints one JSON object instead of tables, names (`-- memory dns`) narrow what is measured.
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { benchAutoTls } from './autotls.ts'
import { benchBroker } from './broker.ts'
import { benchDesktop, NoDesktopError } from './desktop/run.ts'
import { benchDnsMemory } from './dns-memory.ts'
import { benchDns } from './dns/run.ts'
import { benchIssuance } from './issuance.ts'
import { benchLego } from './lego.ts'
import { benchMemory, NoMemoryFiguresError } from './memory.ts'
import { benchNames } from './names.ts'
import { benchPage } from './page.ts'
import { benchProofs } from './proofs.ts'
import { benchRecords } from './records.ts'
import { type BenchResult, type Machine, report } from './report.ts'
import { benchWss } from './wss.ts'

/** What can be measured, in the order it is done: what other work disturbs least comes last. */
const BENCHES = {
  issuance: { seconds: 15, measure: async (signal: AbortSignal) => ({ issuance: await benchIssuance({ signal }) }) },
  lego: { seconds: 50, measure: async (signal: AbortSignal) => ({ lego: await benchLego({ signal }) }) },
  proofs: { seconds: 15, measure: async (signal: AbortSignal) => ({ proofs: await benchProofs({ signal }) }) },
  broker: { seconds: 15, measure: async (signal: AbortSignal) => ({ broker: await benchBroker({ signal }) }) },
  autotls: { seconds: 75, measure: async (signal: AbortSignal) => ({ autotls: await benchAutoTls({ signal }) }) },
  records: { seconds: 240, measure: async (signal: AbortSignal) => ({ records: await benchRecords({ signal }) }) },
  names: { seconds: 40, measure: async (signal: AbortSignal) => ({ names: await benchNames({ signal }) }) },
  dns: { seconds: 100, measure: async (signal: AbortSignal) => ({ dns: await benchDns({ signal }) }) },
  page: {
    seconds: 100,
    measure: async (signal: AbortSignal, { idleMinutes }: Wish) => ({ page: await benchPage({ signal, idleMinutes }) }),
  },
  desktop: {
    seconds: 420,
    measure: async (signal: AbortSignal, { idleMinutes }: Wish) => ({
      desktop: await benchDesktop({ signal, idleMinutes }),
    }),
  },
  wss: { seconds: 110, measure: async (signal: AbortSignal) => ({ wss: await benchWss({ signal }) }) },
  memory: { seconds: 30, measure: async (signal: AbortSignal) => ({ memory: await benchMemory({ signal }) }) },
  'dns-memory': {
    seconds: 45,
    measure: async (signal: AbortSignal) => ({ dnsMemory: await benchDnsMemory({ signal }) }),
  },
} as const

/** What the command line may ask for beside names. */
interface Wish {
  /** How long the benches of page and desktop look at what has nothing to do. */
  readonly idleMinutes: number
}

type BenchName = keyof typeof BENCHES

const USAGE =
  'usage: npm run bench [-- [--json] [issuance] [lego] [proofs] [broker] [autotls] [records] [names] [dns] [page] [desktop] [wss] [memory] [dns-memory] [--idle-minutes=N]]'
const GIB = 2 ** 30
const IDLE_MINUTES = /^--idle-minutes=(\d+(?:\.\d+)?)$/

async function main(words: readonly string[]): Promise<void> {
  const json = words.includes('--json')
  const named = words.filter((word) => word !== '--json' && !IDLE_MINUTES.test(word))
  const names = named.flatMap((word) => (word === 'memory' ? [word, 'dns-memory'] : [word]))
  const idleMinutes = Number(words.map((word) => IDLE_MINUTES.exec(word)?.[1]).find(Boolean) ?? 1)
  const unknown = names.find((name) => !Object.hasOwn(BENCHES, name))
  if (unknown !== undefined) {
    process.stderr.write(`there is no bench "${unknown}"\n${USAGE}\n`)
    process.exitCode = 2
    return
  }
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort(new Error('stopped')))
  const result = await measureAll(names, { idleMinutes }, stopping.signal)
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : report(result))
}

async function measureAll(names: readonly string[], wish: Wish, signal: AbortSignal): Promise<BenchResult> {
  const machine = describeMachine()
  const began = performance.now()
  const skipped: string[] = []
  let measured: Partial<BenchResult> = {}
  for (const name of Object.keys(BENCHES) as BenchName[]) {
    if (names.length > 0 && !names.includes(name)) continue
    const { seconds, measure } = BENCHES[name]
    process.stderr.write(`measuring ${name}, about ${seconds} s ...\n`)
    try {
      measured = { ...measured, ...(await measure(signal, wish)) }
    } catch (error) {
      signal.throwIfAborted()
      const why = error instanceof Error ? error.message : String(error)
      skipped.push(`${name}: ${why}`)
      if (error instanceof NoMemoryFiguresError || error instanceof NoDesktopError) continue
      // what the other parts have measured is told all the same
      process.stderr.write(`${name} could not be measured: ${why}\n`)
      process.exitCode = 1
    }
  }
  skipped.push(...(measured.lego?.skipped ?? []), ...(measured.autotls?.skipped ?? []))
  skipped.push(...(measured.records?.skipped ?? []))
  skipped.push(...(measured.dns?.skipped ?? []), ...(measured.page?.skipped ?? []))
  return { machine, ...measured, skipped, seconds: (performance.now() - began) / 1000 }
}

function describeMachine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown processor',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / GIB),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    loadBefore: loadavg()[0] ?? 0,
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`the bench could not go on: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
