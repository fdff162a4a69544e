// How the figures of the desktop app look in a terminal.
import type { Summary } from '../summary.ts'
import { type Row, table } from '../table.ts'
import type { Cost, DesktopResult } from './run.ts'

/** Start, memory of each state, and the processes that are left without a window. */
export function desktopTable({ electron, starts, lives, idleMinutes, app, empty, node }: DesktopResult): string {
  const ms = ({ median, min, max }: Summary): Row => [
    `${median.toFixed(0)} ms`,
    `${min.toFixed(0)} - ${max.toFixed(0)}`,
  ]
  const moments = table(
    [`Desktop app, Electron ${electron}, ${starts} starts`, 'median', 'min - max'],
    [
      ['a window is there', ...ms(app.start.shown)],
      ['something is drawn in it', ...ms(app.start.painted)],
      ...(app.start.tray ? [['its icon is in the tray', ...ms(app.start.tray)]] : []),
      ['an empty app: a window is there', ...ms(empty.start.shown)],
      ['something is drawn in it', ...ms(empty.start.painted)],
      ['the app ends', ...ms(app.quitMs)],
    ],
    ['left', 'right', 'right'],
  )
  const mib = ({ median, min, max }: Summary) => `${median.toFixed(0)} (${min.toFixed(0)} - ${max.toFixed(0)}) MiB`
  const row = (name: string, { pss, rss, cpuMsPerMinute, processes }: Cost): Row => [
    ...[name, processes.length, mib(pss), mib(rss), `${cpuMsPerMinute.median.toFixed(0)} ms`],
  ]
  const costs = table(
    [
      `All processes, ${lives} ${lives === 1 ? 'life' : 'lives'}`,
      'processes',
      'PSS',
      'RSS, shared twice',
      'CPU a minute',
    ],
    [
      row('with its window', app.open),
      row(`its window closed for ${idleMinutes} min`, app.closed),
      row('an empty app, with its window', empty.open),
      row('its window closed', empty.closed),
      row('headless node, bundled', node),
    ],
    ['left', 'right', 'right', 'right', 'right'],
  )
  const parts = table(
    ['Its window closed, process by process', 'PSS'],
    app.closed.processes.map(({ kind, pss }) => [kind, `${pss.toFixed(0)} MiB`]),
    ['left', 'right'],
  )
  return [moments, costs, parts].join('\n\n')
}
