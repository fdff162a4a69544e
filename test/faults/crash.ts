// Class 7: power is cut. A client in a process of its own is killed at one point of its first certificate and started again;
// then there is one certificate at the CA, whatever the point, and a bundle that can be read.
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeFlags } from '../../core/node-flags.ts'
import { parseBundle } from '../../core/x509/index.ts'
import { startOwnCa } from '../support/issuance.ts'
import type { TxtZone } from '../support/txt-zone.ts'
import { counted, type Fault } from './fault.ts'
import { leftIn } from './world.ts'

const CHILD = join(import.meta.dirname, 'crash-child.ts')
/** A process that should have ended long ago. */
const PATIENCE_MS = 20_000

interface Change {
  readonly kind: 'set' | 'remove'
  readonly name: string
  readonly value: string
}

/** Runs the client, to its end or until it stands still, where it is killed. */
async function runChild(dir: string, directoryUrl: string, zone: TxtZone, point: string): Promise<string> {
  const child = spawn(process.execPath, [...nodeFlags(), CHILD, dir, directoryUrl, point], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const timer = setTimeout(kill, PATIENCE_MS)
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
  // It says one thing only: that it stands still.
  child.stdout?.once('data', kill)
  child.on('message', ({ kind, name, value }: Change) => {
    void zone[kind](name, value, AbortSignal.timeout(PATIENCE_MS)).then(() => child.send('done', () => undefined))
  })
  const how = await new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? (code === 0 ? 'ended' : `failed: ${stderr.slice(0, 300)}`)))
  })
  clearTimeout(timer)
  process.off('exit', kill)
  return how
}

async function killAt(point: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'nodetrust-crash-'))
  const own = await startOwnCa()
  try {
    await writeFile(join(dir, 'root.pem'), own.trustAnchorPem)
    const first = await runChild(dir, own.directoryUrl, own.zone, point)
    if (first !== 'SIGKILL') return `it did not come to this point: ${first}`
    const second = await runChild(dir, own.directoryUrl, own.zone, '')
    if (second !== 'ended') return second
    parseBundle(await readFile(join(dir, 'bundle.json'), 'utf8'))
    const torn = (await readdir(dir)).filter((name) => name.endsWith('.tmp')).length
    const { certificates, accounts, orders } = own.ca.stats()
    return [
      counted(certificates, 'certificate'),
      ...(accounts === 1 ? [] : [counted(accounts, 'account')]),
      ...(orders.pending + orders.ready === 0 ? [] : [`${counted(orders.pending + orders.ready, 'order')} left open`]),
      ...leftIn(own),
      ...(torn === 0 ? [] : [`${counted(torn, 'half-written file')} left`]),
    ].join(', ')
  } finally {
    await own.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

/** Where the kill falls, what comes of it, and whether a test run leaves it to the command. */
const POINTS: readonly (readonly [point: string, expected: string, long?: boolean])[] = [
  ['before: account key kept', 'one certificate', true],
  ['after: account key kept', 'one certificate', true],
  ['before: account address kept', 'one certificate'],
  ['after: account address kept', 'one certificate', true],
  ['after: account', 'one certificate', true],
  ['after: order', 'one certificate, one order left open', true],
  ['before: order kept', 'one certificate, one order left open'],
  ['after: order kept', 'one certificate'],
  ['after: challenge-set', 'one certificate'],
  ['after: challenge-told', 'one certificate, one TXT value left'],
  ['after: validated', 'one certificate, one TXT value left', true],
  ['after: challenge-removed', 'one certificate', true],
  ['after: finalized', 'one certificate'],
  ['after: downloaded', 'one certificate', true],
  ['after: verified', 'one certificate', true],
  ['before: bundle written', 'one certificate'],
  ['after: bundle written', 'one certificate'],
]

export const CRASH_FAULTS: readonly Fault[] = POINTS.map(([point, expected, long = false]): Fault => ({
  class: 7,
  fault: `kill -9 ${point.replace(': ', ' «')}», then started again`,
  expected,
  long,
  run: () => killAt(point),
}))
