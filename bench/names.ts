// Names by key: the resolver from memory beside a bare echo, and how long a name takes by way of relays.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { chooseGenerator, onCore, startNodeServer } from './dns/processes.ts'
import { writeQueries } from './dns/run.ts'
import { benchRelays, type RelayTimes } from './names/relays.ts'
import { summarize, type Summary } from './summary.ts'
import { type Row, table } from './table.ts'

/** What was measured. */
export interface NamesResult {
  /** Queries per second. */
  readonly echo: Summary
  readonly resolver: Summary
  readonly generator: string
  readonly relays: RelayTimes
}

const ROUNDS = 5
const SECONDS = 2

/** Measures all of it. */
export async function benchNames({ signal }: { readonly signal: AbortSignal }): Promise<NamesResult> {
  const folder = mkdtempSync(join(tmpdir(), 'nodetrust-names-bench-'))
  const echo = await startNodeServer('echo')
  const [command, args] = onCore(0, process.execPath, [join(import.meta.dirname, 'names', 'server.ts')])
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = (await once(createInterface(child.stdout), 'line', { signal })) as [string]
    const { port, npubs } = JSON.parse(line) as { readonly port: number; readonly npubs: readonly string[] }
    const file = writeQueries(
      folder,
      'names',
      npubs.map((npub) => ({ name: `${npub}.nostr`, type: 'A' })),
    )
    const generator = chooseGenerator(folder)
    const rates = { echo: [] as number[], resolver: [] as number[] }
    const ask = async (at: number) => {
      const { answered, seconds } = await generator.ask(at, file, SECONDS)
      return answered / seconds
    }
    for (let round = 0; round <= ROUNDS; round++) {
      signal.throwIfAborted()
      const [one, other] = [await ask(echo.port), await ask(port)]
      // the first warms up
      if (round === 0) continue
      rates.echo.push(one)
      rates.resolver.push(other)
    }
    const relays = await benchRelays(signal)
    return { echo: summarize(rates.echo), resolver: summarize(rates.resolver), generator: generator.name, relays }
  } finally {
    await echo.stop()
    if (child.exitCode === null && child.signalCode === null) {
      const over = once(child, 'exit')
      child.kill('SIGKILL')
      await over
    }
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The ratios. */
export function namesRatios({ echo, resolver, relays }: NamesResult): Row[] {
  return [
    ['names', 'resolver from memory / node:dgram echo, per second', (resolver.median / echo.median).toFixed(2), ''],
    ['', 'first look-up, one of five relays dead / none', (relays.oneDead.median / relays.alive.median).toFixed(2), ''],
  ]
}

/** The figures. */
export function namesTable({ echo, resolver, relays }: NamesResult): string {
  const count = ({ median, min, max }: Summary) => [median, min, max].map((one) => Math.round(one))
  const time = ({ median, min, max }: Summary) => [median, min, max].map((one) => `${one.toFixed(1)} ms`)
  return table(
    ['names by key', 'median', 'least', 'most'],
    [
      ['node:dgram echo, per second', ...count(echo)],
      ['resolver from memory, per second', ...count(resolver)],
      ['from a changed address to an answer elsewhere, five relays', ...time(relays.change)],
      ['first look-up at five relays', ...time(relays.alive)],
      ['first look-up, one of the five silent', ...time(relays.oneDead)],
    ],
    ['left', 'right', 'right', 'right'],
  )
}
