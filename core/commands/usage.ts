// How a command is written, as one line of at most 80 columns that goes on below itself.
import type { Argument, Command, Flag } from './command.ts'

/** Terminals are 80 columns wide or wider. */
export const COLUMNS = 80

/** `usage: nodetrust status [--json] ...` */
export function usageOf(command: Command, label = 'usage: '): string {
  const start = `${label}nodetrust ${command.name}`
  const parts = [
    ...command.arguments.map(argumentText),
    ...command.flags.map((flag) => (flag.needed === true ? flagText(flag) : `[${flagText(flag)}]`)),
  ]
  if (command.settings) parts.push('[--KEY=VALUE ...]')
  return fold(start, parts, Math.min(start.length + 1, 24))
}

/** `--out FILE` */
export function flagText({ name, value }: Flag): string {
  return value === undefined ? `--${name}` : `--${name} ${value.word}`
}

function argumentText({ word, optional, many }: Argument): string {
  const text = many === true ? `${word} ...` : word
  return optional === true ? `[${text}]` : text
}

/** Parts behind a start, with what does not fit below it. */
export function fold(start: string, parts: readonly string[], indent: number): string {
  const lines = [start]
  for (const part of parts) {
    const last = lines.at(-1) ?? ''
    if (`${last} ${part}`.length <= COLUMNS) lines[lines.length - 1] = `${last} ${part}`
    else lines.push(`${' '.repeat(indent)}${part}`)
  }
  return lines.join('\n')
}
