// Reads the pages for hosts as a list of things to do: every block of commands with the machine it is for, what it should print,
// and the records that a registrar is given. A block of commands that nobody says anything about is an error.

/** One thing that the page tells somebody to do, in the page's order. */
export type Step =
  | {
      readonly kind: 'run'
      readonly line: number
      /** The machine: `host`, `home`, … */
      readonly machine: string
      readonly commands: string
      /** Lines that must be in what it prints; `…` stands for anything. */
      readonly prints: readonly string[]
    }
  | { readonly kind: 'left-out'; readonly line: number; readonly reason: string }
  | { readonly kind: 'registrar'; readonly line: number; readonly records: readonly Delegation[] }

/** A record that the parent zone gets. */
export interface Delegation {
  readonly name: string
  readonly type: 'NS' | 'A' | 'DS'
  readonly data: string
}

/** The page says something that cannot be tried. */
export class PageError extends Error {
  override readonly name = 'PageError'
}

/**
 * Takes the page apart.
 *
 * @throws PageError for a block of commands without a mark, or a mark without a block
 */
export function readPage(markdown: string): readonly Step[] {
  const lines = markdown.split('\n')
  const steps: Step[] = []
  for (let index = 0; index < lines.length; index++) {
    const language = /^```(\w*)/.exec(lines[index] ?? '')?.[1]
    if (language === undefined) continue
    const line = index + 1
    const end = lines.indexOf('```', line)
    if (end < 0) throw new PageError(`the block in line ${line} has no end`)
    const mark = /^<!-- (.*) -->$/.exec(lines[index - 1] ?? '')?.[1]
    const body = lines.slice(line, end)
    if (language === 'sh') steps.push(commandsOf(mark, body, line))
    else if (mark === 'registrar') steps.push({ kind: 'registrar', line, records: body.map(recordOf) })
    else if (mark === 'prints') addPrints(steps, body, line)
    else if (mark !== undefined) throw new PageError(`line ${index}: "${mark}" is no mark of such a block`)
    index = end
  }
  return steps
}

function commandsOf(mark: string | undefined, body: readonly string[], line: number): Step {
  const [, machine] = /^run: ([a-z-]+)$/.exec(mark ?? '') ?? []
  if (machine !== undefined) return { kind: 'run', line, machine, commands: body.join('\n'), prints: [] }
  const [, reason] = /^not run: (.+)$/.exec(mark ?? '') ?? []
  if (reason !== undefined) return { kind: 'left-out', line, reason }
  throw new PageError(`the commands in line ${line} have no mark: "run: <machine>" or "not run: <reason>"`)
}

function recordOf(text: string): Delegation {
  const [, name, type, data] = /^(\S+)\s+(NS|A)\s+(\S+)$/.exec(text) ?? []
  if (name === undefined || data === undefined || (type !== 'NS' && type !== 'A'))
    throw new PageError(`"${text}" is no record`)
  return { name, type, data: data.replace(/\.$/, '') }
}

function addPrints(steps: Step[], prints: readonly string[], line: number): void {
  const last = steps.pop()
  if (last?.kind !== 'run') throw new PageError(`line ${line}: nothing that is run prints this`)
  steps.push({ ...last, prints })
}

/** The first line that the page promises and that was not printed. */
export function missingLine(prints: readonly string[], output: string): string | undefined {
  const printed = output.split('\n').map((line) => line.trim().replaceAll(/\s+/g, ' '))
  return prints
    .map((line) => line.trim().replaceAll(/\s+/g, ' '))
    .find((line) => {
      const parts = line.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      const pattern = new RegExp(`^${parts.join('.*')}$`)
      return line !== '' && !printed.some((text) => pattern.test(text))
    })
}
