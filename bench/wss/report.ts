// How the figures of the WSS bench look in a terminal.
import { WSS_SERVERS, type WssServerKind } from './kinds.ts'
import { type Row, table } from '../table.ts'
import { WSS_WORKS, type WssResult } from '../wss.ts'

/** Ours beside Node's own, a line for each work. */
export function wssRatios({ goals }: WssResult): Row[] {
  return goals.map(({ work, ratio, cpuRatio, atLeast }, index) => [
    index === 0 ? 'wss' : '',
    `${meaningOf(work)}, ours / node:https and ws`,
    ratio.toFixed(2),
    `by CPU ${cpuRatio.toFixed(2)}, goal ${atLeast.toFixed(2)}`,
  ])
}

export function wssTable({ rounds, costs }: WssResult): string {
  const row = (kind: WssServerKind, name: string): Row => {
    const { handshakes, up, down } = costs[kind]
    const cells = [
      [handshakes?.perSecond, handshakes?.cpuMicroseconds],
      [up?.perSecond, up?.cpuMicroseconds],
      [down?.perSecond, down?.cpuMicroseconds],
    ]
    return [name, ...cells.flat().map((summary) => (summary ? summary.median.toFixed(0) : '-'))]
  }
  return table(
    [`WSS, ${rounds} rounds`, 'handshakes/s', 'CPU µs', 'in, MiB/s', 'CPU µs', 'out, MiB/s', 'CPU µs'],
    WSS_SERVERS.map(([kind, name]) => row(kind, name)),
    ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  )
}

function meaningOf(work: string): string {
  return WSS_WORKS.find(([name]) => name === work)?.[1] ?? work
}
