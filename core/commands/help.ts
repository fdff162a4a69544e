// What `nodetrust help` says, of everything or of one command. Each line comes from the table.
import { type Command, GROUPS, UsageError } from './command.ts'
import { commandsOf, COMMANDS, findCommand } from './table.ts'
import { COLUMNS, flagText, fold, usageOf } from './usage.ts'

const HELP_FLAG = ['-h, --help', 'this text'] as const

/** All commands. */
export function helpOfAll(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length)) + 2
  const groups = GROUPS.map((group) => {
    const lines = COMMANDS.filter((command) => command.group === group).map(({ name, says }) => row(name, says, width))
    return `${group}\n${lines.join('\n')}`
  })
  return `nodetrust: certificates that browsers trust for libp2p nodes at home

${groups.join('\n\n')}

nodetrust COMMAND --help tells its flags, examples and exit codes.
nodetrust --version prints the version.
`
}

/**
 * One command, or the members of a group.
 *
 * @param words  its name
 * @throws UsageError where there is no such command
 */
export function helpOf(words: readonly string[]): string {
  const [first = ''] = words
  const members = commandsOf(first)
  if (words.length === 1 && members.length > 1 && members.every(({ name }) => name !== first)) {
    const width = Math.max(...members.map(({ name }) => name.length)) + 2
    return `${members.map(({ name, says }) => row(name, says, width)).join('\n')}

nodetrust ${members[0]?.name ?? first} --help says what it takes; so do the others.
`
  }
  const { command, rest } = findCommand(words)
  if (rest[0] !== undefined) throw new UsageError(`there is no command "${words.join(' ')}"`)
  const others = members.filter(({ name }) => command.name === first && name !== first)
  const also = others.map(({ name, says }) => `\nSee also nodetrust ${name} --help: ${says}.\n`)
  return `${textOf(command)}${also.join('')}`
}

/** `help --help` is `help`; `serve --help` and `certificate get -h` are `help serve` and `help certificate get`; other words stay as they are. */
export function askedForHelp(words: readonly string[]): readonly string[] {
  const [first, second] = words
  if (first === undefined || first.startsWith('-')) return words
  if (first === 'help') return words.filter((word) => word !== '--help' && word !== '-h')
  const flags = words.slice(1, words.includes('--') ? words.indexOf('--') : words.length)
  if (!flags.includes('--help') && !flags.includes('-h')) return words
  const isMember = commandsOf(first).some(({ name }) => name === `${first} ${second ?? ''}`)
  return isMember ? ['help', first, second ?? ''] : ['help', first]
}

function textOf(command: Command): string {
  const flags = [...command.flags.map((flag) => [flagText(flag), flag.says] as const)]
  if (command.settings) flags.push(['--KEY=VALUE', 'any key of the configuration, such as --log=debug'])
  const list = (title: string, rows: readonly (readonly [string, string])[]) => {
    const width = Math.min(22, Math.max(...rows.map(([left]) => left.length)) + 2)
    return rows.length === 0 ? [] : [`\n${title}\n${rows.map(([left, right]) => row(left, right, width)).join('\n')}`]
  }
  const examples = command.examples.map(([words, says]) => `  nodetrust ${words}\n      ${says}`)
  return `${[
    ...[fold('', capital(command.says).split(' '), 0).trimStart(), `\n${usageOf(command, 'Usage: ')}`],
    ...list(
      'Arguments',
      command.arguments.map(({ word, says }) => [word, says] as const),
    ),
    ...list('Flags', [...flags, HELP_FLAG]),
    `\nExamples\n${examples.join('\n')}`,
    ...list(
      'Exit codes',
      command.exits.map(([code, says]) => [String(code), says] as const),
    ),
  ].join('\n')}\n`
}

/** Two columns; where the left one is too wide, the right one begins below it. */
function row(left: string, right: string, width: number): string {
  const indent = width + 2
  const start = `  ${left}`.padEnd(indent)
  const lines = wrap(right, COLUMNS - indent)
  const below = ' '.repeat(indent)
  return start.length > indent
    ? [start, ...lines.map((line) => `${below}${line}`)].join('\n')
    : `${start}${lines.join(`\n${below}`)}`
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (last === '') lines[lines.length - 1] = word
    else if (`${last} ${word}`.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
