// How the figures of peer records look in a terminal.
import { type Row, table } from '../table.ts'
import type { RecordsResult } from '../records.ts'
import { dialRatios, dialTable } from './dial-report.ts'
import type { BookResult } from './book.ts'
import { OPEN_WAYS, type OpenResult, type OpenWay } from './open.ts'

/** Of what a bare verification allows, this much is left at least. */
const OPEN_GOAL = 'goal at least 0.80'

/** A line for each ratio; of the rounds that other work disturbed least, since what is done is the same in each. */
export function recordsRatios({ open, dial }: RecordsResult): Row[] {
  const [first, ...rows] = [...(open ? openRatios(open) : []), ...(dial ? dialRatios(dial) : [])]
  return first ? [['records', ...first.slice(1)], ...rows] : []
}

function openRatios(open: OpenResult): Row[] {
  const { bare, known, unknown, together } = open.costs
  const ratio = (one: number, other: number) => (one / other).toFixed(2)
  return [
    ['', 'opened / bare Ed25519, per second, signers known', ratio(bare.cpu.min, known.cpu.min), OPEN_GOAL],
    ['', 'the same, signers never seen', ratio(bare.cpu.min, unknown.cpu.min), ''],
    ['', 'the same, many at once in threads', ratio(bare.wall.min, together.wall.min), OPEN_GOAL],
  ]
}

/** The tables. */
export function recordsTables({ open, book, dial, gossip }: RecordsResult): string {
  return [open && openTable(open), book && bookTable(book), dial && dialTable(dial), gossip && gossipTable(gossip)]
    .filter((text) => text !== undefined)
    .join('\n\n')
}

const WAYS: Readonly<Record<OpenWay, string>> = {
  bare: 'bare Ed25519 verification',
  known: 'opened, signers known',
  unknown: 'opened, signers never seen',
  together: 'opened, 128 at once in threads',
  js: 'opened by @libp2p/peer-record',
}

function openTable({ records, rounds, bytes, costs }: OpenResult): string {
  return table(
    [`Records of ${bytes} bytes, ${rounds} rounds of ${records}`, 'CPU each', 'least', 'until done', 'a second'],
    OPEN_WAYS.map((way) => [
      ...[WAYS[way], `${costs[way].cpu.median.toFixed(0)} µs`, `${costs[way].cpu.min.toFixed(0)} µs`],
      ...[`${costs[way].wall.median.toFixed(0)} µs`, (1e6 / costs[way].wall.min).toFixed(0)],
    ]),
    ['left', 'right', 'right', 'right', 'right'],
  )
}

function bookTable({ peers, fileMiB, loadMs, loadedMiB, usedMiB, diskUs, handUs, writeUs }: BookResult): string {
  return table(
    [`The book of ${peers.toLocaleString('en')} peers`, ''],
    [
      ['its file', `${fileMiB.toFixed(0)} MiB`],
      ['until it is loaded', `${loadMs.toFixed(0)} ms`],
      ['more memory, loaded', `${loadedMiB.toFixed(1)} MiB`],
      ['the same with all ids listed and looked up', `${usedMiB.toFixed(1)} MiB`],
      ['a peer at hand', `${handUs.toFixed(0)} µs`],
      ['a peer on disk', `${diskUs.toFixed(0)} µs`],
      ['a peer written, a thousand at a time', `${writeUs.toFixed(0)} µs`],
    ],
    ['left', 'right'],
  )
}

function gossipTable(gossip: NonNullable<RecordsResult['gossip']>): string {
  const { nodes, seconds, changes, reached, bytesPerHour, reachedMs, memoryMiB, cpuSeconds } = gossip
  const kib = (bytes: number) => `${(bytes / 1_024).toFixed(0)} KiB`
  return table(
    [`Gossip of ${nodes} nodes, ${seconds} s of theirs`, 'median', 'most'],
    [
      ['sent and received by a node in an hour', kib(bytesPerHour.median), kib(bytesPerHour.most)],
      [
        `until 99 % know a change (${reached} of ${changes})`,
        `${reachedMs.median.toFixed(0)} ms`,
        `${reachedMs.most.toFixed(0)} ms`,
      ],
      ['what the simulation took', `${cpuSeconds.toFixed(0)} s`, `${memoryMiB.toFixed(0)} MiB`],
    ],
    ['left', 'right', 'right'],
  )
}
