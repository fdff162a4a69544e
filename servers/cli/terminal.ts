// A person at a terminal: asks, and reads one line. The terminal itself edits the line, so what arrives is whole lines; whatever
// arrives, no more than a long answer is kept.
import { asTyped, ownCommand } from '../../core/commands/index.ts'
import type { Readable, Writable } from 'node:stream'

/** Who can be asked. */
export interface Terminal {
  /** Whether it shows bold and dim letters. */
  readonly hasStyles: boolean
  say(text: string): void
  /** @returns the next line without its end; undefined where no more will come. A line that is too long is cut after MAX_ANSWER_CHARS + 1 */
  ask(prompt: string): Promise<string | undefined>
}

/** Ten peer ids and some room; the longest single answer is a folder. */
export const MAX_ANSWER_CHARS = 4_000

/** The part of a process that is needed. */
export interface TerminalInit {
  readonly input: Readable & { readonly isTTY?: boolean }
  /** Where questions go, so that results can be redirected. */
  readonly output: Writable & { readonly isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Opens it; undefined where nobody sits there. */
export function openTerminal(
  { input, output, env }: TerminalInit = { input: process.stdin, output: process.stderr, env: process.env },
): Terminal | undefined {
  if (input.isTTY !== true || output.isTTY !== true) return undefined
  return {
    hasStyles: (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    say: (text) => void output.write(`${asTyped(text, ownCommand())}\n`),
    ask: askBy(input, output),
  }
}

function askBy(input: Readable, output: Writable): Terminal['ask'] {
  let rest = ''
  let ended = false
  return async (prompt) => {
    output.write(prompt)
    let line = ''
    for (;;) {
      const end = rest.indexOf('\n')
      line = (line + (end < 0 ? rest : rest.slice(0, end))).slice(0, MAX_ANSWER_CHARS + 1)
      rest = end < 0 ? '' : rest.slice(end + 1)
      if (end >= 0) return line.replace(/\r$/, '')
      if (ended) return line === '' ? undefined : line
      const chunk = await nextChunk(input)
      if (chunk === undefined) ended = true
      else rest = chunk
    }
  }
}

/** One piece; nothing is read ahead of the questions. */
function nextChunk(input: Readable): Promise<string | undefined> {
  return new Promise((resolve) => {
    const settle = (chunk: Buffer | string | undefined) => {
      input.pause()
      input.off('data', settle).off('end', end).off('close', end).off('error', end)
      resolve(chunk?.toString())
    }
    const end = () => settle(undefined)
    if (input.readableEnded || input.destroyed) return end()
    input.on('data', settle).on('end', end).on('close', end).on('error', end)
    input.resume()
  })
}
