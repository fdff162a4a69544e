// The words after `nodetrust node`: which configuration file, which keys to override, how to speak. What a key means is the
// schema's business; here a word is only taken apart.

/** The command line, taken apart. */
export interface Arguments {
  readonly command: 'node' | 'app'
  /** Path of the configuration file. */
  readonly config: string | undefined
  /** Dotted keys and their values as text. */
  readonly flags: Readonly<Record<string, string>>
  /** Whether to print events as JSON lines. */
  readonly events: boolean
}

/** A command line that cannot be understood, and why. */
export interface WrongArguments {
  readonly wrong: string
  readonly command: undefined
  readonly events: false
}

const USAGE =
  'usage: nodetrust node [--config FILE] [--events] [--KEY=VALUE ...], such as --discovery.connect=certified'

/** Takes the words apart; the variable NODETRUST_CONFIG names the file where no flag does. */
export function parseArgs(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Arguments | WrongArguments {
  const [command, ...rest] = words
  if (command !== 'node' && command !== 'app') return wrong(`unknown command "${command ?? ''}"`)
  const flags: Record<string, string> = {}
  let config = env['NODETRUST_CONFIG'] || undefined
  let events = false
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const match = /^--([A-Za-z][A-Za-z0-9.]*)(?:=([^]*))?$/.exec(word)
    const name = match?.[1]
    const value = match?.[2]
    if (name === undefined) return wrong(`cannot understand "${word}"`)
    if (name === 'events' && value === undefined) {
      events = true
    } else if (name === 'config') {
      config = value ?? rest.shift()
      if (!config) return wrong('--config needs the path of a file')
    } else if (value === undefined) {
      return wrong(`--${name} needs a value: --${name}=VALUE`)
    } else {
      flags[name] = value
    }
  }
  return { command, config, flags, events }
}

function wrong(why: string): WrongArguments {
  return { wrong: `${why}\n${USAGE}`, command: undefined, events: false }
}
