// The words of `nodetrust node` and `nodetrust app`: which configuration file, which keys to override, how to speak. What a key
// means is the schema's business; which flags there are says the table of commands.
import { commandNamed, readWords, UsageError } from '../../core/commands/index.ts'

/** The command line, taken apart. */
export interface Arguments {
  readonly command: 'node' | 'app'
  /** Path of the configuration file. */
  readonly config: string | undefined
  /** Dotted keys and their values as text. */
  readonly flags: Readonly<Record<string, string>>
  /** Whether to print events as JSON lines. */
  readonly events: boolean
  /** Whether the page is opened by the person, not by us. */
  readonly staysClosed: boolean
}

/**
 * Takes the words apart; the variable NODETRUST_CONFIG names the file where no flag does.
 *
 * @throws UsageError
 */
export function parseArgs(words: readonly string[], env: Readonly<Record<string, string | undefined>>): Arguments {
  const [command = '', ...rest] = words
  if (command !== 'node' && command !== 'app') throw new UsageError(`"${command}" runs no node: it is node or app`)
  const { switches, values, settings } = readWords(commandNamed(command), rest)
  const config = values.get('config') ?? (env['NODETRUST_CONFIG'] || undefined)
  const [events, staysClosed] = [switches.has('events'), switches.has('no-open')]
  return { command, config, flags: settings, events, staysClosed }
}

/** The words that start the same node again: which one it is. Flags that change single keys may hold secrets, and stay out. */
export function startWordsOf({ command, config, flags }: Pick<Arguments, 'command' | 'config' | 'flags'>): string {
  const paths = Object.entries({ config, dir: flags['dir'] })
  const words = paths.flatMap(([name, path]) => (path === undefined ? [] : [`--${name}`, path]))
  return [command, ...words.map((word) => (/^[\w./\\:@+=,-]+$/.test(word) ? word : `"${word}"`))].join(' ')
}
