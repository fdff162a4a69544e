// Figures in columns, for a terminal.

/** One line of a table. */
export type Row = readonly (string | number)[]

type Side = 'left' | 'right'

/** A heading over columns that are as wide as what is in them. */
export function table(
  heading: Row,
  rows: readonly Row[],
  sides: readonly Side[] = ['left', 'left', 'right', 'right'],
): string {
  const all = [heading, ...rows].map((row) => row.map(String))
  const indent = (row: readonly string[], index: number) =>
    index === 0 ? row : row.map((cell, column) => (column === 0 ? `  ${cell}` : cell))
  const cells = all.map((row, index) => indent(row, index))
  // a heading without a neighbour may reach into the next column
  const widths = sides.map((_, column) =>
    Math.max(...cells.map((row, index) => (index === 0 && row[column + 1] === '' ? 0 : (row[column] ?? '').length))),
  )
  return cells
    .map((row) => {
      let line = ''
      let end = 0
      for (const [column, side] of sides.entries()) {
        const cell = row[column] ?? ''
        const width = widths[column] ?? 0
        const gap = column === 0 ? 0 : GAP
        const place = side === 'right' ? cell.padStart(width) : cell
        line = `${line.padEnd(end + gap)}${place}`
        end += gap + width
        // text that reaches on takes the room of the empty cell beside it
        if (line.length > end && (row[column + 1] ?? '') !== '') line = line.slice(0, end)
      }
      return line.trimEnd()
    })
    .join('\n')
}

const GAP = 3
