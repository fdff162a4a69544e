// Every command there is, and how one is found by what somebody has typed.
import { NAME_COMMANDS } from './name-commands.ts'
import { NODE_COMMANDS } from './node-commands.ts'
import { didYouMean } from './nearest.ts'
import { SERVER_COMMANDS } from './server-commands.ts'
import { type Command, UsageError } from './command.ts'

export const COMMANDS: readonly Command[] = [...NODE_COMMANDS, ...NAME_COMMANDS, ...SERVER_COMMANDS]

/** First words: commands of one word, and groups. */
export const FIRST_WORDS: readonly string[] = [...new Set(COMMANDS.map(({ name }) => firstOf(name)))]

/** A command by its whole name. @throws UsageError */
export function commandNamed(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name)
  if (!found) throw new UsageError(`there is no command "${name}"`)
  return found
}

/** The commands that begin with a word: one, the members of a group, or none. */
export function commandsOf(first: string): readonly Command[] {
  return COMMANDS.filter(({ name }) => firstOf(name) === first)
}

/**
 * The command that words begin with.
 *
 * @returns it, and the words after its name
 * @throws UsageError, which names the nearest one
 */
export function findCommand(words: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } {
  const [first = '', second = '', ...more] = words
  const found = commandsOf(first)
  const [only] = found
  if (only === undefined) {
    const near = didYouMean(first, FIRST_WORDS, (word) => `nodetrust ${word}`)
    throw new UsageError(`there is no command "${first}"${near}\nnodetrust help lists them all`)
  }
  const member = found.find(({ name }) => name === `${first} ${second}`)
  if (member) return { command: member, rest: more }
  const alone = found.find(({ name }) => name === first)
  if (alone) return { command: alone, rest: words.slice(1) }
  const members = found.map(({ name }) => name.slice(first.length + 1))
  const wrong =
    second === '' || second.startsWith('-')
      ? `what about the ${first}?`
      : `there is no command "${first} ${second}"${didYouMean(second, members, (word) => `nodetrust ${first} ${word}`)}`
  throw new UsageError(`${wrong}\nusage: nodetrust ${first} ${members.join('|')}\nnodetrust help ${first} says more`)
}

function firstOf(name: string): string {
  return name.split(' ')[0] ?? ''
}
