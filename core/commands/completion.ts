// `nodetrust completion bash|zsh|fish`: scripts that complete commands, flags, roles and paths, made from the table. The lists stand in
// the script itself, so that pressing Tab starts no program of ours.
import { commandsOf, COMMANDS, FIRST_WORDS } from './table.ts'
import type { Command, Flag, ValueKind } from './command.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The script for a shell. */
export function completionFor(shell: Shell): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell]()
}

const headOf = (shell: Shell) => `# Completion of nodetrust for ${shell}, made by: nodetrust completion ${shell}\n`

/** First words that others may follow; some of them are commands themselves. */
const GROUPS = FIRST_WORDS.filter((first) => membersOf(first).length > 0)

/** Groups that are no commands themselves. */
const PURE = GROUPS.filter((group) => commandsOf(group).length === membersOf(group).length)

/** `certificate get` and the like. */
const PAIRS = GROUPS.flatMap((group) => membersOf(group).map(({ name }) => name))

function membersOf(group: string): readonly Command[] {
  return commandsOf(group).filter(({ name }) => name !== group)
}

const secondWords = (group: string) => membersOf(group).map(({ name }) => name.slice(group.length + 1))

/** What may follow a command besides flags. */
function wordsAfter({ name, arguments: [argument] }: Command): readonly string[] {
  if (name === 'help') return FIRST_WORDS
  const kinds = argument && typeof argument.kind !== 'string' ? argument.kind : []
  return GROUPS.includes(name) ? [...kinds, ...secondWords(name)] : kinds
}

const HELP: Flag = { name: 'help', says: 'what the command takes' }

const flagsOf = (command: Command): readonly Flag[] => [...command.flags, HELP]

/** What is said of a first word. */
function saysOf(first: string): string {
  return commandsOf(first).find(({ name }) => name === first)?.says ?? secondWords(first).join(', ')
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

const bashWords = (words: readonly string[]) => `COMPREPLY=($(compgen -W ${quoted(words.join(' '))} -- "$cur"))`

/** What bash offers for a value: nothing where anything may stand there. */
function bashValues(kind: ValueKind): string {
  if (typeof kind !== 'string') return bashWords(kind)
  if (kind === 'text') return 'COMPREPLY=()'
  return `COMPREPLY=($(compgen ${kind === 'file' ? '-f' : '-d'} -- "$cur")); compopt -o filenames 2>/dev/null`
}

function bashScript(): string {
  const cases = COMMANDS.map((command) => {
    const values = command.flags.flatMap(({ name, value }) =>
      value ? [`        --${name}) ${bashValues(value.kind)}; return ;;`] : [],
    )
    const ofValues = values.length === 0 ? [] : ['      case $prev in', ...values, '      esac']
    const words = [...wordsAfter(command), ...flagsOf(command).map(({ name }) => `--${name}`)]
    return [`    ${quoted(command.name)})`, ...ofValues, `      ${bashWords(words)}`, '      ;;'].join('\n')
  })
  const groups = PURE.map((group) => `      ${group}) ${bashWords(secondWords(group))}; return ;;`)
  return `${headOf('bash')}_nodetrust() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]-}
  COMPREPLY=()
  # "--flag=value" comes as three words
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if ((COMP_CWORD == 1)); then
    ${bashWords([...FIRST_WORDS, '--help', '--version'])}
    return
  fi
  if ((COMP_CWORD == 2)); then
    case $command in
${groups.join('\n')}
    esac
  else
    case "$command \${COMP_WORDS[2]-}" in
      ${PAIRS.map((name) => quoted(name)).join(' | ')}) command="$command \${COMP_WORDS[2]}" ;;
    esac
  fi
  case $command in
${cases.join('\n')}
  esac
}
complete -F _nodetrust nodetrust
`
}

/** zsh: a name and what is said of it, with a colon between. */
const described = (name: string, says: string) => quoted(`${name}:${says.replaceAll(':', '\\:')}`)

function zshAction(kind: ValueKind): string {
  if (kind === 'file') return '_files'
  if (kind === 'folder') return '_files -/'
  return kind === 'text' ? ' ' : `(${kind.join(' ')})`
}

/** zsh: brackets and colons mean something in a specification. */
const plain = (says: string) => says.replaceAll('[', '(').replaceAll(']', ')').replaceAll(':', '\\:')

function zshFlag({ name, value, says }: Flag): string {
  const taken = value ? `:${plain(value.word)}:${zshAction(value.kind)}` : ''
  return `--${name}${value ? '=' : ''}[${plain(says)}]${taken}`
}

function zshScript(): string {
  const cases = COMMANDS.map((command) => {
    const after = wordsAfter(command)
    const [argument] = command.arguments
    const kind = after.length > 0 ? after : argument?.kind
    const word = (argument?.word ?? 'COMMAND').toLowerCase()
    const words = kind === undefined ? [] : [`${argument?.many === true ? '*' : ''}:${word}:${zshAction(kind)}`]
    const specs = [...flagsOf(command).map((flag) => zshFlag(flag)), ...words].map((spec) => quoted(spec))
    return `    ${quoted(command.name)})\n      _arguments ${specs.join(' \\\n        ')}\n      ;;`
  })
  const groups = PURE.map((group) => {
    const members = membersOf(group).map(({ name, says }) => described(name.slice(group.length + 1), says))
    return `      ${group})
        local -a members=(
          ${members.join('\n          ')}
        )
        _describe 'command' members
        return
        ;;`
  })
  return `#compdef nodetrust
${headOf('zsh')}_nodetrust() {
  local -a commands=(
    ${FIRST_WORDS.map((first) => described(first, saysOf(first))).join('\n    ')}
  )
  if ((CURRENT == 2)); then
    _describe 'command' commands
    return
  fi
  shift words
  ((CURRENT--))
  local command=$words[1]
  if ((CURRENT == 2)); then
    case $command in
${groups.join('\n')}
    esac
  else
    case "$command $words[2]" in
      ${PAIRS.map((name) => quoted(name)).join(' | ')})
        command="$command $words[2]"
        shift words
        ((CURRENT--))
        ;;
    esac
  fi
  case $command in
${cases.join('\n')}
  esac
}
# loaded by itself from a folder of fpath, or by: source <(nodetrust completion zsh)
if [ "$funcstack[1]" = _nodetrust ]; then
  _nodetrust "$@"
elif (( $+functions[compdef] )); then
  compdef _nodetrust nodetrust
fi
`
}

/** In fish a backslash escapes inside of quotes. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", `\\'`)}'`
}

function fishValues(kind: ValueKind): string {
  if (kind === 'file') return ' -r -F'
  if (kind === 'folder') return ` -x -a '(__fish_complete_directories)'`
  return kind === 'text' ? ' -x' : ` -x -a ${fishQuoted(kind.join(' '))}`
}

function fishScript(): string {
  const offer = (condition: string, rest: string) => `complete -c nodetrust -n ${fishQuoted(condition)} ${rest}`
  const lines = FIRST_WORDS.map((first) =>
    offer('__fish_use_subcommand', `-a ${first} -d ${fishQuoted(saysOf(first))}`),
  )
  for (const group of GROUPS)
    for (const { name, says } of membersOf(group))
      lines.push(offer(`__nodetrust_begins ${group}`, `-a ${name.slice(group.length + 1)} -d ${fishQuoted(says)}`))
  for (const command of COMMANDS) {
    const seen = `__nodetrust_is ${command.name}`
    for (const { name, value, says } of flagsOf(command))
      lines.push(offer(seen, `-l ${name}${value ? fishValues(value.kind) : ''} -d ${fishQuoted(says)}`))
    const words = command.arguments.length === 0 ? [] : wordsAfter(command)
    if (words.length > 0) lines.push(offer(seen, `-a ${fishQuoted(words.join(' '))}`))
  }
  return `${headOf('fish')}function __nodetrust_is
  set -l words (commandline -opc)
  for index in (seq (count $argv))
    set -l at (math $index + 1)
    test "$words[$at]" = "$argv[$index]"; or return 1
  end
end
function __nodetrust_begins
  __nodetrust_is $argv; and test (count (commandline -opc)) -eq (math (count $argv) + 1)
end
complete -c nodetrust -f
${lines.join('\n')}
`
}
