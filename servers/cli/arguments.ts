// The words of a command line: which are commands and roles, which are flags. `--name value`, `--name=value` and bare
// `--switch` are understood; what a command does not know is an error that names it.

/** A command line that cannot be understood; the message says what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What was given. */
export interface Arguments {
  readonly words: readonly string[]
  readonly flags: ReadonlyMap<string, string>
  readonly switches: ReadonlySet<string>
}

/**
 * Sorts the words.
 *
 * @param switches  flags that take no value
 * @throws UsageError for a flag without a value
 */
export function parseArguments(words: readonly string[], switches: readonly string[]): Arguments {
  const plain: string[] = []
  const flags = new Map<string, string>()
  const set = new Set<string>()
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (!word.startsWith('--')) {
      plain.push(word)
      continue
    }
    const [name = '', ...rest] = word.slice(2).split('=')
    if (switches.includes(name)) set.add(name)
    else if (rest.length > 0) flags.set(name, rest.join('='))
    else {
      const value = words[++index]
      if (value === undefined) throw new UsageError(`--${name} needs a value`)
      flags.set(name, value)
    }
  }
  return { words: plain, flags, switches: set }
}

/**
 * The value of a flag that must be there.
 *
 * @throws UsageError
 */
export function requireFlag(given: Arguments, name: string, example: string): string {
  const value = given.flags.get(name)
  if (value === undefined || value === '')
    throw new UsageError(`--${name} is missing, for example --${name} ${example}`)
  return value
}
