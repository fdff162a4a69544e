// How fast the DNS server is, beside what Node can do at all (a node:dgram echo) and beside Knot, in the same run:
// `node bench/dns/run.ts [rounds] [seconds]`. Rounds alternate and medians count, because other work disturbs any machine;
// trust ratios and CPU time per query more than queries per second.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { FunctionCost } from './allocation.ts'
import {
  askOverTcp,
  chooseGenerator,
  coresArePinned,
  startKnot,
  startNodeServer,
  type Generator,
  type Load,
  type MeasuredServer,
  type QueryFile,
} from './processes.ts'
import { encodeQuestion, forgeQuestions, ip4Questions, mixQuestions, type Question } from './queries.ts'

const run = promisify(execFile)

export interface DnsBenchOptions {
  /** How often every server is measured; 5 where left out. */
  readonly rounds?: number
  /** How long each time, in seconds; 2 where left out. */
  readonly seconds?: number
  readonly signal?: AbortSignal
}

/** Medians of all rounds for one server and one list of questions. */
export interface DnsBenchRow {
  readonly server: string
  readonly questions: string
  readonly transport: 'udp' | 'tcp'
  readonly queriesPerSecond: number
  /** CPU time of the server for a query, in microseconds. */
  readonly cpuMicroseconds: number | undefined
  /** Queries without a reply, all rounds together. */
  readonly lost: number
}

/** A ratio, and what it should be at least. Undefined where one side was not measured. */
export interface DnsBenchGoal {
  readonly name: string
  /** Of queries per second; the median of the rounds' own ratios. */
  readonly ratio: number | undefined
  /** The same by CPU time per query, which other work on the machine disturbs less. */
  readonly cpuRatio: number | undefined
  readonly atLeast: number
}

export interface DnsBenchResult {
  readonly machine: string
  readonly generator: string
  readonly pinned: boolean
  readonly rounds: number
  readonly rows: readonly DnsBenchRow[]
  readonly goals: readonly DnsBenchGoal[]
  /** The answering function alone. */
  readonly functionCosts: readonly FunctionCost[]
  /** What was left out and why. */
  readonly skipped: readonly string[]
}

interface Measurement {
  readonly queriesPerSecond: number
  readonly cpuMicroseconds: number | undefined
  readonly lost: number
}

interface Case {
  readonly server: MeasuredServer
  readonly questions: string
  readonly file: QueryFile
  readonly transport: 'udp' | 'tcp'
  readonly measurements: Measurement[]
}

/** Runs the bench; everything it starts has ended when it returns. */
export async function benchDns(options: DnsBenchOptions = {}): Promise<DnsBenchResult> {
  const { rounds = 5, seconds = 2, signal } = options
  const folder = mkdtempSync(join(tmpdir(), 'nodetrust-dns-bench-'))
  const servers: MeasuredServer[] = []
  try {
    const files = {
      ip4: writeQueries(folder, 'ip4', ip4Questions()),
      forge: writeQueries(folder, 'forge', forgeQuestions()),
      mix: writeQueries(folder, 'mix', mixQuestions()),
    }
    const generator = chooseGenerator(folder)
    const echo = await startNodeServer('echo')
    servers.push(echo)
    const ours = await startNodeServer('ours')
    servers.push(ours)
    const knot = await startKnot(folder)
    if (typeof knot !== 'string') servers.push(knot)
    const cases = [
      newCase(echo, 'ip4', files.ip4),
      newCase(ours, 'ip4', files.ip4),
      newCase(ours, 'forge', files.forge),
      newCase(ours, 'mix', files.mix),
      newCase(ours, 'ip4', files.ip4, 'tcp'),
      ...(typeof knot === 'string' ? [] : [newCase(knot, 'ip4', files.ip4), newCase(knot, 'ip4', files.ip4, 'tcp')]),
    ]
    // Round zero only warms up.
    for (let round = 0; round <= rounds; round++) {
      // Each round begins with another case, so that none is always the first or the last.
      for (const one of [...cases.slice(round % cases.length), ...cases.slice(0, round % cases.length)]) {
        signal?.throwIfAborted()
        const measurement = await measure(generator, one, round === 0 ? Math.min(seconds, 1) : seconds)
        if (round > 0) one.measurements.push(measurement)
      }
    }
    const rows = cases.map((one) => toRow(one))
    return {
      machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`,
      generator: generator.name,
      pinned: coresArePinned,
      rounds,
      rows,
      goals: goalsOf(cases),
      functionCosts: await functionCosts(),
      skipped: typeof knot === 'string' ? [`Knot: ${knot}`] : [],
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

function newCase(server: MeasuredServer, questions: string, file: QueryFile, transport: 'udp' | 'tcp' = 'udp'): Case {
  return { server, questions, file, transport, measurements: [] }
}

async function measure(generator: Generator, one: Case, seconds: number): Promise<Measurement> {
  const { server, file, transport } = one
  const before = server.cpuMicroseconds()
  const load: Load =
    transport === 'udp' ? await generator.ask(server.port, file, seconds) : await askOverTcp(server.port, file, seconds)
  const after = server.cpuMicroseconds()
  return {
    queriesPerSecond: load.answered / load.seconds,
    cpuMicroseconds: before === undefined || after === undefined ? undefined : (after - before) / load.answered,
    lost: load.lost,
  }
}

function toRow({ server, questions, transport, measurements }: Case): DnsBenchRow {
  const cpu = measurements.flatMap((one) => one.cpuMicroseconds ?? [])
  return {
    server: server.name,
    questions,
    transport,
    queriesPerSecond: Math.round(median(measurements.map((one) => one.queriesPerSecond))),
    cpuMicroseconds: cpu.length > 0 ? median(cpu) : undefined,
    lost: measurements.reduce((sum, one) => sum + one.lost, 0),
  }
}

/** The goals of this server. */
function goalsOf(cases: readonly Case[]): DnsBenchGoal[] {
  const find = (server: string, questions: string, transport = 'udp') =>
    cases.find((one) => one.server.name === server && one.questions === questions && one.transport === transport)
  const goal = (name: string, over: Case | undefined, under: Case | undefined, atLeast: number): DnsBenchGoal => {
    const pairs = (over?.measurements ?? []).flatMap((one, round) => {
      const other = under?.measurements[round]
      return other ? [{ one, other }] : []
    })
    const ratios = pairs.map(({ one, other }) => one.queriesPerSecond / other.queriesPerSecond)
    const cpuRatios = pairs.flatMap(({ one, other }) =>
      one.cpuMicroseconds && other.cpuMicroseconds ? other.cpuMicroseconds / one.cpuMicroseconds : [],
    )
    return {
      name,
      ratio: ratios.length > 0 ? median(ratios) : undefined,
      cpuRatio: cpuRatios.length > 0 ? median(cpuRatios) : undefined,
      atLeast,
    }
  }
  const ip4 = find('ours', 'ip4')
  return [
    goal('ours / node:dgram echo', ip4, find('echo', 'ip4'), 0.9),
    goal('ours / Knot synthrecord', ip4, find('knot', 'ip4'), 0.55),
    goal('forge / ip4', find('ours', 'forge'), ip4, 0.85),
    goal('mix / ip4', find('ours', 'mix'), ip4, 0.85),
    goal('TCP pipelined: ours / Knot', find('ours', 'ip4', 'tcp'), find('knot', 'ip4', 'tcp'), 2),
  ]
}

/** Large enough that a million queries fill only a part of it even at 64 bytes each, in MiB. */
const YOUNG_GENERATION_MB = 256

async function functionCosts(): Promise<FunctionCost[]> {
  const flags = [
    '--expose-gc',
    `--max-semi-space-size=${YOUNG_GENERATION_MB}`,
    `--min-semi-space-size=${YOUNG_GENERATION_MB}`,
  ]
  const { stdout } = await run(process.execPath, [...flags, join(import.meta.dirname, 'allocation.ts')])
  return JSON.parse(stdout) as FunctionCost[]
}

export function writeQueries(folder: string, name: string, questions: readonly Question[]): QueryFile {
  const binary = join(folder, `${name}.bin`)
  const text = join(folder, `${name}.txt`)
  const messages = questions
    .map((question) => encodeQuestion(question))
    .flatMap((message) => {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(message.length)
      return [length, message]
    })
  writeFileSync(binary, Buffer.concat(messages))
  writeFileSync(text, questions.map(({ name: asked, type }) => `${asked} ${type}\n`).join(''))
  return { binary, text }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

function print(result: DnsBenchResult): void {
  console.log(`${result.machine}; cores ${result.pinned ? 'pinned' : 'not pinned'}; medians of ${result.rounds} rounds`)
  console.log(`generator: ${result.generator}\n`)
  console.log('server  questions  over  queries/s   CPU µs/query   lost')
  for (const row of result.rows) {
    const cpu = row.cpuMicroseconds?.toFixed(2) ?? '-'
    const cells = [row.server.padEnd(8), row.questions.padEnd(11), row.transport.padEnd(4)]
    console.log(
      `${cells.join('')}${String(row.queriesPerSecond).padStart(11)}${cpu.padStart(15)}${String(row.lost).padStart(7)}`,
    )
  }
  console.log('')
  for (const { name, ratio, cpuRatio, atLeast } of result.goals) {
    const verdict = ratio === undefined ? 'not measured' : `${ratio.toFixed(2)} ${ratio >= atLeast ? 'ok' : 'MISSED'}`
    console.log(
      `${name.padEnd(32)} ${verdict} (goal ${atLeast}; by CPU time ${cpuRatio?.toFixed(2) ?? 'not measured'})`,
    )
  }
  console.log('')
  for (const { questions, nanoseconds, heapBytes } of result.functionCosts) {
    console.log(
      `the function alone, ${questions}: ${nanoseconds.toFixed(0)} ns and ${heapBytes.toFixed(2)} heap bytes a query`,
    )
  }
  for (const reason of result.skipped) console.log(`left out: ${reason}`)
}

if (import.meta.main) {
  const [rounds, seconds] = process.argv.slice(2).map(Number)
  const result = await benchDns({ ...(rounds ? { rounds } : {}), ...(seconds ? { seconds } : {}) })
  print(result)
  console.log(JSON.stringify(result))
}
