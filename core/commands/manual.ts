// The manual page, nodetrust(1): the commands from the table, the rest from here. `npm run manual` writes it.
import { GROUPS, type Command } from './command.ts'
import { COMMANDS } from './table.ts'

/** The page as man reads it (man(7)). */
export function manualPage(): string {
  const groups = GROUPS.map(
    (group) =>
      `.SS ${roff(group)}\n${COMMANDS.filter((one) => one.group === group)
        .map((command) => section(command))
        .join('\n')}`,
  )
  return `.\\" Made from the table of commands by: npm run manual
.TH NODETRUST 1 "" "Nodetrust" "User Commands"
.SH NAME
nodetrust \\- a certificate that every browser trusts, for a node at home
.SH SYNOPSIS
.B nodetrust
.RB [ \\-\\-hidden ]
.RI [ LINK ]
.br
.B nodetrust
.I COMMAND
.RI [ ARGUMENT ...]
.SH DESCRIPTION
Without a command the desktop package opens the app: a window and a symbol in the panel. A second start brings the window of the
first one to the front.
.I LINK
is an invitation
.RB ( nodetrust://join/ ...);
the window shows what it says, and nothing happens before you have said yes.
.PP
The commands belong to the command line of the node and the servers. They need Node 24 or newer on this machine and say so where
there is none. Those that ask a node find the one of the app once
.B Open in browser
was chosen in its settings: before, the app listens to nobody.
.SH OPTIONS
.TP
.B \\-\\-hidden
Start without the window, as at login.
.TP
.B \\-\\-version
Print the version.
.TP
.BR \\-h ", " \\-\\-help
Print all commands; after a command, what it takes, with examples and exit codes.
.SH COMMANDS
${groups.join('\n')}
.SH EXIT STATUS
.TP
.B 0
The command did what was asked.
.TP
.B 1
It could not, and the message says why.
.TP
.B 2
The words or the configuration could not be understood.
.TP
.B 3
No node is running.
.PP
.B nodetrust status \\-\\-check
ends as monitoring plugins do: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
.SH ENVIRONMENT
.TP
.B NODE
The Node that runs the commands, where it is not the first on the PATH.
.TP
.B NODETRUST_CONFIG
The configuration file of the node, where no flag names one.
.TP
.B NODETRUST_INVITATION
The invitation that
.B nodetrust join
follows where its words have none.
.TP
.BR NODETRUST_ ...
Settings; see the documentation.
.SH FILES
.TP
.I ~/.local/share/nodetrust
Certificate, settings and what the node remembers. Removing the package leaves it.
.TP
.I /etc/apparmor.d/local/nodetrust
Changes of your own to the AppArmor profile.
`
}

function section({ name, says, arguments: words, flags, settings, examples, exits }: Command): string {
  const synopsis = words.map(({ word, optional, many }) => {
    const text = `\\fI${roff(word)}\\fR${many === true ? ' ...' : ''}`
    return optional === true ? `[${text}]` : text
  })
  const lines = [`.TP\n\\fBnodetrust ${roff(name)}\\fR ${synopsis.join(' ')}`.trimEnd(), `${capital(roff(says))}.`]
  const rows = [
    ...words.map(({ word, says: what }) => [`\\fI${roff(word)}\\fR`, what] as const),
    ...flags.map(
      ({ name: flag, value, says: what }) =>
        [`\\fB\\-\\-${roff(flag)}\\fR${value ? ` \\fI${roff(value.word)}\\fR` : ''}`, what] as const,
    ),
    ...(settings ? [[`\\fB\\-\\-\\fIKEY\\fB=\\fIVALUE\\fR`, 'any key of the configuration'] as const] : []),
  ]
  if (rows.length > 0) {
    lines.push('.RS')
    for (const [left, right] of rows) lines.push('.TP', left, `${capital(roff(right))}.`)
    lines.push('.RE')
  }
  const codes = exits.filter(([code, what]) => code > 3 || what.includes('--check'))
  if (codes.length > 0) {
    const told = codes.map(([code, what]) => `${code} ${roff(what)}`)
    lines.push('.IP', `Exit codes: ${told.join('; ')}.`)
  }
  lines.push('.IP', examples.length === 1 ? 'Example:' : 'Examples:', '.RS')
  for (const [command, what] of examples) lines.push('.TP', `nodetrust ${roff(command)}`, `${capital(roff(what))}.`)
  lines.push('.RE')
  return lines.join('\n')
}

/** Text in which man finds no commands: backslashes and dashes told, no line that begins with a dot or a quote. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1')
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
