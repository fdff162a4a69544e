// The newest log lines in memory, for the file that a person sends to somebody who helps, and for `nodetrust logs`. They go where they
// went before too. A node that is well logs next to nothing, so what happened to it stands among them, in words.

/** Lines of a log. */
export interface RecentLines {
  /** To be given to `createLog` as its destination. */
  readonly destination: { write(line: string): void }
  /** Keeps what happened among them; it goes nowhere else. */
  keepEvent(event: { readonly event: string; readonly at: string; readonly isBad: boolean; readonly say: string }): void
  /** Oldest first. */
  lines(): readonly string[]
  /** How many there were since the start, with those that are kept no longer. */
  written(): number
}

/** A line is a few hundred bytes; a thousand long ones must not be a burden for the node. */
const MAX_LINE_CHARS = 4_096

/** pino's numbers. */
const INFO = 30
const WARN = 40

/** Whether a line that was kept is an event: who tells events has those already. */
export function isEvent(line: string): boolean {
  return line.startsWith('{"event":')
}

/**
 * Keeps lines.
 *
 * @param most  how many; older ones go, and long ones are cut
 * @param onward  where each line goes besides
 */
export function keepRecentLines(most: number, onward: (line: string) => void): RecentLines {
  let kept: string[] = []
  let written = 0
  const keep = (line: string): void => {
    written += 1
    kept.push(line.length > MAX_LINE_CHARS ? `${line.slice(0, MAX_LINE_CHARS)}…\n` : line)
    if (kept.length >= 2 * most) kept = kept.slice(-most)
  }
  return {
    keepEvent: ({ event, at, isBad, say }) =>
      keep(`${JSON.stringify({ event, level: isBad ? WARN : INFO, time: at, msg: say })}\n`),
    lines: () => kept.slice(-most),
    written: () => written,
    destination: {
      write(line) {
        keep(line)
        onward(line)
      },
    },
  }
}
