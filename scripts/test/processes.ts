// Which processes belong to a test file: they carry its mark in their environment, whoever has started them. So what a file leaves
// behind is found, and what all of them together cost. Linux alone tells; elsewhere there are none.
import { readdirSync, readFileSync } from 'node:fs'

/** Not one of the product's own variables: tests keep those from what they start. */
export const MARK_VARIABLE = 'TEST_FILE_MARK'

/** A process of a test file. */
export interface MarkedProcess {
  readonly pid: number
  readonly parent: number
  readonly command: string
  /** Its own and that of children that have ended, seconds of one processor. */
  readonly cpu: number
}

/** The kernel tells times in hundredths of a second, on every machine that Node runs on (sysconf(3), _SC_CLK_TCK). */
const TICKS_A_SECOND = 100

/** All processes that carry a mark, by the mark. */
export function markedProcesses(): Map<string, MarkedProcess[]> {
  const found = new Map<string, MarkedProcess[]>()
  for (const name of namesIn('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const mark = new RegExp(`(?:^|\0)${MARK_VARIABLE}=([^\0]*)`).exec(textOf(`/proc/${name}/environ`))?.[1]
    const one = mark === undefined ? undefined : processOf(Number(name))
    if (mark !== undefined && one) found.set(mark, [...(found.get(mark) ?? []), one])
  }
  return found
}

/** @returns undefined where it has ended, also where nobody has noticed yet */
function processOf(pid: number): MarkedProcess | undefined {
  const stat = textOf(`/proc/${pid}/stat`)
  // the name of the program is in parentheses and may hold anything; what follows is the third field (proc(5))
  const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (state === undefined || state === '' || state === 'Z' || state === 'X') return undefined
  const ticks = rest.slice(9, 13).reduce((sum, field) => sum + Number(field), 0)
  const command = textOf(`/proc/${pid}/cmdline`).split('\0').join(' ').trim()
  return { pid, parent: Number(parent), command, cpu: ticks / TICKS_A_SECOND }
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}

/** Empty for what has gone, and for what nobody may read. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
