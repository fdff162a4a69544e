// What `nodetrust help` says, of everything or of one command: the same lines, so that the two never differ.

const INTRODUCTION = 'nodetrust: certificates that browsers trust for libp2p nodes at home\n'

const COMMANDS = `
  nodetrust app                                   open the app: in Electron where it is installed, else the browser
  nodetrust node [--config FILE]                  run the node without a window
                 [--events]                       ... and print what happens as lines of JSON
                 [--KEY=VALUE ...]                ... with a setting changed, such as --discovery.connect=certified

  nodetrust status | peers | reachability         ask the running node; add --json for programs
  nodetrust doctor [--json | --share]             look at everything that a certificate needs
  nodetrust doctor host [--config FILE]           ... that the servers of a zone need: delegation, DNS, CA, ports
                   [--peer ADDRESS]               ... also from outside, by a node elsewhere
                   [--backup FILE]                ... with your last backup, where it has another name
                   [--resolver IP:PORT]           ... and with another resolver than this machine's
  nodetrust certificate get | renew | show        get or renew the certificate, or say what there is
  nodetrust certificate export [--out FILE]       write the chain; the key never leaves the node
  nodetrust join INVITATION [--yes]               show what it says, and join when you say yes; it is read from
                 - | --link-file FILE             ... standard input or a file where others may not see it
  nodetrust open [--viewer]                       a link to the node's window, for a browser here
  nodetrust confirm                               the code that the window asks for

  nodetrust init                                  ask for what is needed, then write what is below
  nodetrust init <role...> --zone Z --dir D       write a configuration and keys for dns, proof, issue,
                                                  broker, ca, or all of them but ca
                 [--address IP] [--ipv6 IP]       ... with the public addresses of the machine they run on
                 [--ca staging|letsencrypt|URL]   ... with this CA; staging is for a rehearsal
                 [--email ADDRESS]                ... which may write there
                 [--broker-https]                 ... with port 443 and a certificate of its own for the broker
                 [--invited-only] [--allow PEERS] ... which takes only whom you invite, and these peer ids
                 [--metrics IP:PORT]              ... with figures for a Prometheus elsewhere, and its token
  nodetrust init --change --dir D [flags above]   change these things in a configuration that is there
  nodetrust serve <role...> --config FILE         run roles until stopped
                 [--<section>.<key>=VALUE]        ... with a value changed
  nodetrust invite --config FILE                  the links for the people of your network
                   [--for NAME]                   ... a personal one to the broker, which then takes
                   [--take-back NAME]             ... nobody uninvited; and taken back
                   [--page URL]                   ... as https links to a page of yours as well
                   [--write-page FILE]            ... and that page, for your web server
  nodetrust sandbox [--once] [--json]             run a whole network on this machine
  nodetrust sandbox --serve --dir D               ... without nodes, for as long as standard input is open
`

const ENDING = `
The running node is found by --config FILE or --dir=FOLDER where it is not in the usual folder.
A command ends with 0 if it did what was asked, 1 if not, 2 if it could not be understood, 3 if no node is running.
`

/** All of it. */
export const USAGE = `${INTRODUCTION}${COMMANDS}${ENDING}
nodetrust help COMMAND, or any command with --help, says its lines alone.
`

/**
 * The lines of one command, each with those that go on below it.
 *
 * @returns undefined where there is no such command
 */
export function helpFor(command: string): string | undefined {
  const lines: string[] = []
  let belongs = false
  for (const line of COMMANDS.split('\n')) {
    const [, words] = /^ {2}nodetrust (.*?)(?: {2}|$)/.exec(line) ?? []
    if (words !== undefined) belongs = words.split('|').some((word) => word.trim().split(' ')[0] === command)
    else if (line === '') belongs = false
    if (belongs) lines.push(line)
  }
  return lines.length === 0 ? undefined : `${lines.join('\n')}\n${ENDING}`
}

/** `serve --help` and `serve dns -h` are `help serve`; what asks for no help stays as it is. */
export function askedForHelp(words: readonly string[]): readonly string[] {
  const [command, ...rest] = words
  if (command === undefined || command.startsWith('-')) return words
  return rest.includes('--help') || rest.includes('-h') ? ['help', command] : words
}
