// The words after a command of the running node, taken apart: what the command itself knows, and what says which node is
// meant (the configuration's flags).
import { ConfigError, loadConfig, type ConfigSources } from '../../core/config.ts'
import { parseArgs } from '../settings/arguments.ts'
import { NodeConfigSchema } from '../settings/config.ts'

/** What was asked. */
export interface Asked {
  /** Words without dashes, such as an invitation. */
  readonly words: readonly string[]
  readonly switches: ReadonlySet<string>
  readonly values: ReadonlyMap<string, string>
  /** The data folder of the node that is meant. */
  readonly dir: string
  /** Where its configuration comes from. */
  readonly sources: ConfigSources
}

/** What a command knows. */
export interface Known {
  readonly usage: string
  /** How many words it takes. */
  readonly words?: number
  /** Whether fewer will do. */
  readonly fewer?: boolean
  /** Such as `json`. */
  readonly switches?: readonly string[]
  /** Such as `out`. */
  readonly values?: readonly string[]
}

/**
 * Takes the words apart.
 *
 * @throws ConfigError for what cannot be understood, with the usage
 */
export async function readWords(
  given: readonly string[],
  known: Known,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Asked> {
  const { usage, words: count = 0, switches: knownSwitches = [], values: knownValues = [] } = known
  const wrong = (why: string) => new ConfigError(`${why}\nusage: nodetrust ${usage} [--config FILE] [--dir=FOLDER]`)
  const words: string[] = []
  const switches = new Set<string>()
  const values = new Map<string, string>()
  const rest: string[] = []
  const queue = [...given]
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    const [, name = '', , value] = /^--([a-z][A-Za-z.-]*)(=([^]*))?$/.exec(word) ?? []
    if (knownSwitches.includes(name) && value === undefined) switches.add(name)
    else if (knownValues.includes(name)) {
      const taken = value ?? queue.shift()
      if (!taken) throw wrong(`--${name} needs a value`)
      values.set(name, taken)
    } else if (name === 'config' && value === undefined) rest.push(word, queue.shift() ?? '')
    else if (word.startsWith('--')) rest.push(word)
    else words.push(word)
  }
  if (words.length > count || (words.length < count && known.fewer !== true))
    throw wrong(words.length > count ? `cannot understand "${words[count]}"` : 'a word is missing')
  const args = parseArgs(['node', ...rest], env)
  if ('wrong' in args) throw wrong(args.wrong.split('\n')[0] ?? '')
  const sources = { file: args.config, env, flags: args.flags }
  const { dir } = await loadConfig(NodeConfigSchema, sources)
  return { words, switches, values, dir, sources }
}
