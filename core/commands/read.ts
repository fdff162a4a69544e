// The words after a command, taken apart by what the table says of it: arguments, switches, values, settings. `--name value`
// and `--name=value` mean the same; `--` ends the flags; what a command does not know is an error that names it.
import { didYouMean } from './nearest.ts'
import { type Command, type Flag, UsageError, type ValueKind } from './command.ts'
import { usageOf } from './usage.ts'

/** What was given. */
export interface Given {
  /** Words without dashes. */
  readonly words: readonly string[]
  readonly switches: ReadonlySet<string>
  readonly values: ReadonlyMap<string, string>
  /** Keys of the configuration and their values as text. */
  readonly settings: Readonly<Record<string, string>>
}

/**
 * Takes words apart.
 *
 * @throws UsageError for what the command does not know, with its usage
 */
export function readWords(command: Command, given: readonly string[]): Given {
  const wrong = (why: string) => new UsageError(`${why}\n${usageOf(command)}\n`.trimEnd())
  const words: string[] = []
  const switches = new Set<string>()
  const values = new Map<string, string>()
  const settings: Record<string, string> = {}
  const queue = [...given]
  let flagsEnded = false
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === '--' && !flagsEnded) {
      flagsEnded = true
      continue
    }
    if (flagsEnded || !word.startsWith('-') || word === '-') {
      words.push(word)
      continue
    }
    const [, name = '', value] = /^--([A-Za-z][A-Za-z0-9.-]*)(?:=([^]*))?$/.exec(word) ?? []
    const flag = command.flags.find((known) => known.name === name)
    const isSetting = !flag && isSettingOf(command, name)
    if (!flag && !isSetting) throw wrong(unknownFlag(command, word, name))
    if (flag && !flag.value) {
      if (value !== undefined) throw wrong(`--${name} takes no value`)
      switches.add(name)
      continue
    }
    const next = queue[0]
    const taken = value ?? (next?.startsWith('--') === true ? undefined : queue.shift())
    // a setting may be nothing at all, such as --zone=
    if (taken === undefined || (flag && taken === '')) throw wrong(`--${name} needs a value: --${name}=${wordOf(flag)}`)
    if (flag?.value && isOther(flag.value.kind, taken)) throw wrong(noSuch(`--${name}`, flag.value.kind, taken))
    if (flag) values.set(name, taken)
    else settings[name] = taken
  }
  checkCount(command, words, wrong)
  return { words, switches, values, settings }
}

/** The value of a flag that must be there. @throws UsageError */
export function requireValue(command: Command, { values }: Given, name: string, example: string): string {
  const value = values.get(name)
  if (value === undefined)
    throw new UsageError(`--${name} is missing, for example --${name} ${example}\n${usageOf(command)}`)
  return value
}

function checkCount({ arguments: known }: Command, words: readonly string[], wrong: (why: string) => Error): void {
  const needed = known.filter(({ optional }) => optional !== true).length
  const most = known.some(({ many }) => many === true) ? Number.POSITIVE_INFINITY : known.length
  if (words.length > most) throw wrong(`cannot understand "${words[most]}"`)
  if (words.length < needed) throw wrong(`a word is missing: ${known[words.length]?.word ?? ''}`)
  for (const [index, word] of words.entries()) {
    const argument = known[Math.min(index, known.length - 1)]
    if (argument && isOther(argument.kind, word)) throw wrong(noSuch(argument.word.toLowerCase(), argument.kind, word))
  }
}

function isOther(kind: ValueKind, word: string): boolean {
  return typeof kind !== 'string' && !kind.includes(word)
}

function noSuch(what: string, kind: ValueKind, word: string): string {
  const known = typeof kind === 'string' ? [] : kind
  return `there is no ${what} "${word}"${didYouMean(word, known)}\nexpected ${known.join(', ')}`
}

/** What has a dot is a key of the configuration, whose schema knows whether there is such a one. */
function isSettingOf({ settings }: Command, name: string): boolean {
  return settings !== undefined && (settings.includes(name) || /^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)+$/.test(name))
}

function unknownFlag(command: Command, word: string, name: string): string {
  if (name === '') return `cannot understand "${word}"`
  const known = [...command.flags.map((flag) => flag.name), ...(command.settings ?? []), 'help']
  return `there is no flag "--${name}" for nodetrust ${command.name}${didYouMean(name, known, (found) => `--${found}`)}`
}

function wordOf(flag: Flag | undefined): string {
  return flag?.value?.word ?? 'VALUE'
}
