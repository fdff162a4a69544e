// The commands of whoever runs a network, and those about this program itself.
import type { Argument, Command, Flag } from './command.ts'

const ROLES = ['dns', 'proof', 'issue', 'broker', 'nostr-relay', 'ca', 'all'] as const

const ROLE: Argument = {
  word: 'ROLE',
  kind: ROLES,
  many: true,
  says: `${ROLES.slice(0, -1).join(', ')}, or all but ca`,
}

const CONFIG: Flag = {
  name: 'config',
  value: { word: 'FILE', kind: 'file' },
  says: 'the configuration that init wrote',
}

/** Where nothing can be done without it. */
const NEEDED: Flag = { ...CONFIG, needed: true }

const DIR: Flag = {
  name: 'dir',
  value: { word: 'FOLDER', kind: 'folder' },
  says: 'where keys and what is remembered lie',
}

/** Keys without a dot that may be flags of serve. */
const SETTINGS = ['dir', 'log', 'zone', 'admin'] as const

const EXITS = [
  [0, 'it did what was asked'],
  [1, 'it could not; the message says why'],
  [2, 'the words or the configuration could not be understood'],
] as const

const HOSTING = { half: 'servers', group: 'A network of your own', arguments: [] } as const
const PROGRAM = { half: 'servers', group: 'This program', flags: [], exits: [EXITS[0], EXITS[2]] } as const

export const SERVER_COMMANDS: readonly Command[] = [
  {
    ...{ name: 'init', ...HOSTING, arguments: [{ ...ROLE, optional: true }] },
    says: 'write configuration and keys for the servers; asks for what is not said',
    flags: [
      { name: 'zone', value: { word: 'DOMAIN', kind: 'text' }, says: 'the domain that the names end in' },
      DIR,
      {
        name: 'address',
        value: { word: 'IP', kind: 'text' },
        says: 'the public address of the machine they run on; found by itself where it has one',
      },
      { name: 'ipv6', value: { word: 'IP', kind: 'text' }, says: 'its IPv6 address, beside the other' },
      {
        name: 'ca',
        value: { word: 'CA', kind: 'text' },
        says: 'staging, letsencrypt, or the https address of an ACME directory; staging is for a rehearsal',
      },
      { name: 'email', value: { word: 'ADDRESS', kind: 'text' }, says: 'where the CA may write to' },
      { name: 'broker-https', says: 'port 443 and a certificate of its own for the broker' },
      { name: 'invited-only', says: 'the broker takes only whom you invite' },
      {
        name: 'allow',
        value: { word: 'PEERS', kind: 'text' },
        says: 'peer ids that the broker takes, with commas between',
      },
      {
        name: 'metrics',
        value: { word: 'IP:PORT', kind: 'text' },
        says: 'figures for a Prometheus elsewhere, and their token',
      },
      { name: 'change', says: 'change these things in a configuration that is there' },
      { name: 'json', says: 'print one JSON object, for programs; asks for nothing' },
    ],
    examples: [
      ['init', 'asks for everything, and shows it before it writes'],
      ['init all --zone nt.example.net --dir ./servers --ca staging', 'in a script: everything on one machine'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'serve', ...HOSTING, arguments: [ROLE], settings: SETTINGS },
    says: 'run roles until stopped',
    flags: [NEEDED],
    examples: [
      ['serve all --config ./servers/nodetrust.yaml', 'every role that the file has'],
      ['serve dns --config ./servers/nodetrust.yaml --log=debug', 'one, with a value changed'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'invite', ...HOSTING },
    says: 'the links for the people of your network',
    flags: [
      NEEDED,
      {
        name: 'for',
        value: { word: 'NAME', kind: 'text' },
        says: 'a personal one to the broker, which then takes nobody uninvited',
      },
      { name: 'take-back', value: { word: 'NAME', kind: 'text' }, says: 'make a personal one worthless' },
      { name: 'page', value: { word: 'URL', kind: 'text' }, says: 'as https links to a page of yours as well' },
      { name: 'write-page', value: { word: 'FILE', kind: 'file' }, says: 'write that page, for your web server' },
      { name: 'qr', says: 'a code below each link, for a camera' },
      { name: 'json', says: 'print one JSON object, for programs' },
    ],
    examples: [
      ['invite --config ./servers/nodetrust.yaml', 'for everybody'],
      ['invite --config ./servers/nodetrust.yaml --for Anna', 'for one person'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'doctor host', ...HOSTING },
    says: 'look at what the servers of a zone need',
    flags: [
      CONFIG,
      {
        name: 'peer',
        value: { word: 'ADDRESS', kind: 'text' },
        says: 'a node elsewhere, which looks at the ports from outside',
      },
      {
        name: 'backup',
        value: { word: 'FILE', kind: 'file' },
        says: 'your last backup, where its time is not noted in the folder',
      },
      {
        name: 'resolver',
        value: { word: 'IP:PORT', kind: 'text' },
        says: 'the resolver that is asked instead of the one of this machine',
      },
      { name: 'json', says: 'print one JSON object, for programs' },
      { name: 'share', says: 'a card for somebody who helps, without secrets' },
    ],
    examples: [
      ['doctor host --config ./servers/nodetrust.yaml', 'a line for each thing, with what to do'],
      ['doctor host --share', 'to be sent to somebody'],
    ],
    exits: [[0, 'nothing is wrong'], [1, 'something is wrong; its line says what to do'], EXITS[2]],
  },
  {
    ...{ name: 'sandbox', ...HOSTING },
    says: 'run a whole network on this machine, to try things out',
    flags: [
      { name: 'once', says: 'end after a certificate was got and a node was dialled' },
      { name: 'json', says: 'print one JSON object, for programs' },
      {
        name: 'nodes',
        value: { word: 'N', kind: 'text' },
        says: 'so many, 3 to 9; each after the third knows one other alone',
      },
      { name: 'serve', says: 'without nodes, for as long as standard input is open; needs --dir' },
      DIR,
    ],
    examples: [
      ['sandbox', 'until Ctrl-C, with links that a node here can join by'],
      ['sandbox --once --json', 'as a check: exit code 0 only if all of it worked'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'completion', ...PROGRAM },
    arguments: [{ word: 'SHELL', kind: ['bash', 'zsh', 'fish'], says: 'bash, zsh or fish' }],
    says: 'the script by which a shell completes all of this',
    examples: [
      ['completion bash > ~/.nodetrust-completion', 'a file that ~/.bashrc can source'],
      ['completion fish | source', 'for this shell'],
    ],
  },
  {
    ...{ name: 'help', ...PROGRAM },
    arguments: [
      {
        word: 'COMMAND',
        kind: 'text',
        optional: true,
        many: true,
        says: 'the one to be explained; all where left out',
      },
    ],
    says: 'all commands, or what one of them takes',
    examples: [
      ['help', 'the list'],
      ['help certificate get', 'as certificate get --help does'],
    ],
  },
]
