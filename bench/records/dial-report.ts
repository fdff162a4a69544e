// How the figures of dials look in a terminal.
import { type Row, table } from '../table.ts'
import type { DialResult } from './dial.ts'

/** A line for each ratio. */
export function dialRatios({ rows }: DialResult): Row[] {
  return rows.flatMap(({ dead, ours, plain, allowed }) =>
    dead === 0
      ? []
      : [
          ['', `to a connection, ${dead} dead first, ours / RFC 8305`, (ours.median / allowed).toFixed(2), ''],
          ['', `the same, ours / js-libp2p`, (ours.median / plain).toFixed(2), ''],
        ],
  )
}

/** The table. */
export function dialTable({ rounds, rows }: DialResult): string {
  const ms = (value: number) => `${value.toFixed(0)} ms`
  return table(
    [`To a connection, ${rounds} dials each`, 'ours', 'RFC 8305', 'js-libp2p'],
    rows.map(({ dead, ours, plain, allowed }) => [
      dead === 0 ? 'no dead address' : `${dead} dead first`,
      ...[ms(ours.median), ms(allowed), ms(plain)],
    ]),
    ['left', 'right', 'right', 'right'],
  )
}
