// The commands of the app and of the running node.
import { DIAL_POLICIES } from '../../proto/dial-policy.ts'
import { CONFIG, EXITS, JSON_FLAG, NOBODY, UNCLEAR, WHICH } from './parts.ts'
import type { Argument, Command, Flag } from './command.ts'

/** Keys without a dot that may be flags where a node is run or asked. */
const SETTINGS = ['dir', 'log'] as const

const NODE = { half: 'node', settings: SETTINGS, arguments: [] } as const
const ASKING = { ...NODE, group: 'Asking the running node' } as const
const RUNNING = { settings: SETTINGS, arguments: [], group: 'The app and the node' } as const

const NO_OPEN: Flag = { name: 'no-open', says: 'open no browser; the link is printed' }

const WATCH: Flag = { name: 'watch', says: 'stay, and show what changes until Ctrl-C' }

const PEER_ID: Argument = { word: 'ID', kind: 'text', says: 'the id of the peer, such as 12D3KooW...' }

const INVITATION: Argument = {
  ...{ word: 'INVITATION', kind: 'text', optional: true },
  says: 'the link; - reads it from standard input, where others may not see it',
}

const RECORD: Argument = {
  ...{ word: 'RECORD', kind: 'file' },
  says: 'a file, hexadecimal digits, base 64, or - for standard input',
}

export const NODE_COMMANDS: readonly Command[] = [
  {
    ...{ name: 'app', half: 'app', ...RUNNING },
    says: 'open the app, in Electron or in the browser',
    flags: [
      { name: 'browser', says: 'in the browser, also where Electron is installed' },
      NO_OPEN,
      { name: 'hidden', says: 'without its window, as at login (Electron)' },
      CONFIG,
    ],
    examples: [
      ['app', 'open it'],
      ['app --browser --no-open', 'on a machine that is reached over SSH: prints the link'],
    ],
    exits: [[0, 'it was closed'], [1, 'it could not run; the message says why'], UNCLEAR],
  },
  {
    ...{ name: 'node', half: 'node', ...RUNNING },
    says: 'run the node without a window',
    flags: [CONFIG, { name: 'events', says: 'print what happens as lines of JSON' }],
    examples: [
      ['node --config node.yaml', 'with settings of your own'],
      ['node --discovery.connect=certified --log=info', 'with two settings changed'],
    ],
    exits: [[0, 'it was told to stop'], [1, 'it could not run; the message says why'], UNCLEAR],
  },
  {
    ...{ name: 'status', ...ASKING },
    says: 'how the node is: state, names, certificate, visitors',
    flags: [
      JSON_FLAG,
      { name: 'check', says: 'one line and an exit code, as monitoring plugins give them' },
      WATCH,
      ...WHICH,
    ],
    examples: [
      ['status --watch', 'stays, and follows what happens'],
      ['status --check', 'for Nagios, Icinga and their like'],
    ],
    exits: [
      [0, 'it answered; with --check: OK'],
      [1, 'it could not; with --check: WARNING, somebody should look'],
      [2, 'not understood; with --check: CRITICAL, no good certificate, or no node'],
      [3, 'no node is running; with --check: UNKNOWN, it could not be found out'],
    ],
  },
  {
    ...{ name: 'peers', ...ASKING },
    says: 'who the node knows, and which addresses are proved',
    flags: [JSON_FLAG, WATCH, ...WHICH],
    examples: [
      ['peers', 'in words'],
      ['peers --json', 'for a program'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'peers show', ...ASKING },
    says: 'where its addresses come from',
    arguments: [{ word: 'ID', kind: 'text', says: 'the peer id' }],
    flags: [
      { name: 'record', says: 'its signed record in base 64, as `nodetrust record show` takes it; also your own' },
      JSON_FLAG,
      ...WHICH,
    ],
    examples: [
      ['peers show 12D3KooW…', 'in words'],
      ['peers show 12D3KooW… --record | nodetrust record show -', 'what it has signed'],
    ],
    exits: [[0, 'the peer is known'], [1, 'nothing is known of it'], UNCLEAR, NOBODY],
  },
  {
    ...{ name: 'peers add', ...ASKING },
    says: 'add an address of a peer by hand',
    arguments: [{ word: 'ADDRESS', kind: 'text', says: 'a multiaddr that ends with /p2p/ and the peer id' }],
    flags: [JSON_FLAG, ...WHICH],
    examples: [
      ['peers add /ip4/192.0.2.1/tcp/4431/p2p/12D3KooW…', 'an address that somebody gave you'],
      ['peers add --json /dns4/nt.example.org/tcp/4430/tls/ws/p2p/12D3KooW…', 'for a program'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'peers remove', ...ASKING },
    says: 'take back what you added by hand',
    arguments: [{ word: 'ID-OR-ADDRESS', kind: 'text', says: 'the peer id, or the address as it was added' }],
    flags: [JSON_FLAG, ...WHICH],
    examples: [
      ['peers remove 12D3KooW…', 'all that you added of this peer'],
      ['peers remove /ip4/192.0.2.1/tcp/4431/p2p/12D3KooW…', 'this address alone'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'record show', half: 'node', group: ASKING.group, arguments: [RECORD] },
    says: 'say what a signed record says; no node has to run for it',
    flags: [JSON_FLAG],
    examples: [
      ['record show record.bin', 'one that somebody sent, as a file'],
      ['record show 0a240801... --json', 'one in hexadecimal digits, for a program'],
    ],
    exits: [[0, 'one may believe it'], [1, 'one must not; it says why'], UNCLEAR],
  },
  {
    ...{ name: 'peers dial', ...ASKING, arguments: [PEER_ID] },
    says: 'connect to a peer, and say what was tried',
    flags: [
      {
        ...{ name: 'policy', value: { word: 'NAME', kind: 'text' } },
        says: `which addresses: ${DIAL_POLICIES.join(', ')}, or one of the configuration`,
      },
      JSON_FLAG,
      ...WHICH,
    ],
    examples: [
      ['peers dial 12D3KooW...', 'by the policy of the settings'],
      ['peers dial 12D3KooW... --policy certified-only', 'only where the peer itself has signed the address'],
    ],
    exits: [[0, 'there is a connection'], [1, 'there is none; what was tried is said'], UNCLEAR, NOBODY],
  },
  {
    ...{ name: 'reachability', ...ASKING },
    says: 'look whether others reach this computer, and what to do',
    flags: [JSON_FLAG, ...WHICH],
    examples: [
      ['reachability', 'looks anew, which takes some seconds'],
      ['reachability --json', 'for a program'],
    ],
    exits: [[0, 'others get through, or nobody can tell'], [1, 'others do not get through'], UNCLEAR, NOBODY],
  },
  {
    ...{ name: 'doctor', ...ASKING },
    says: 'look at everything that a certificate needs',
    flags: [JSON_FLAG, { name: 'share', says: 'a card for somebody who helps, without secrets' }, ...WHICH],
    examples: [
      ['doctor', 'a line for each thing, with what to do'],
      ['doctor --share', 'to be sent to somebody'],
    ],
    exits: [
      [0, 'nothing is wrong'],
      [1, 'something is wrong; its line says what to do'],
      UNCLEAR,
      [130, 'left with Ctrl-C'],
    ],
  },
  {
    ...{ name: 'logs', ...ASKING },
    says: 'what happened to it, and the newest lines of its log, without secrets',
    flags: [
      { name: 'lines', value: { word: 'N', kind: 'text' }, says: 'so many, 500 at most; 50 where left out' },
      { name: 'follow', says: 'stay, and print what comes until Ctrl-C' },
      { name: 'json', says: 'print each line as one JSON object, for programs' },
      ...WHICH,
    ],
    examples: [
      ['logs --follow', 'stays, and tells what happens'],
      ['logs --lines 500 --json', 'all that is kept, for a program'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'certificate show', ...ASKING },
    says: 'say what there is; no node has to run for it',
    flags: [JSON_FLAG, ...WHICH],
    examples: [
      ['certificate show', 'names, end, renewal, what happened'],
      ['certificate show --json', 'with exact times, for a program'],
    ],
    exits: [[0, 'there is a certificate'], [1, 'there is none yet'], UNCLEAR],
  },
  {
    ...{ name: 'certificate get', ...ASKING },
    says: 'get a certificate, and watch it step by step',
    flags: [JSON_FLAG, ...WHICH],
    examples: [
      ['certificate get', 'a line for each step'],
      ['certificate get --json', 'what came of it, for a program'],
    ],
    exits: [...EXITS, [130, 'left with Ctrl-C; the node goes on']],
  },
  {
    ...{ name: 'certificate renew', ...ASKING },
    says: 'the same, before its time',
    flags: [JSON_FLAG, ...WHICH],
    examples: [
      ['certificate renew', 'a line for each step'],
      ['certificate renew --json', 'what came of it, for a program'],
    ],
    exits: [...EXITS, [130, 'left with Ctrl-C; the node goes on']],
  },
  {
    ...{ name: 'certificate export', ...ASKING },
    says: 'write the chain; the key never leaves the node',
    flags: [
      { name: 'out', value: { word: 'FILE', kind: 'file' }, says: 'where to; standard output where left out' },
      JSON_FLAG,
      ...WHICH,
    ],
    examples: [
      ['certificate export --out chain.pem', 'into a file'],
      ['certificate export | openssl x509 -noout -text', 'to look at it'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'join', ...ASKING, arguments: [INVITATION] },
    says: 'show what an invitation says, and join when you say yes',
    flags: [
      { name: 'link-file', value: { word: 'FILE', kind: 'file' }, says: 'read the invitation from a file' },
      { name: 'yes', says: 'join without asking' },
      { name: 'anyway', says: 'also where the server of the network does not answer' },
      JSON_FLAG,
      ...WHICH,
    ],
    examples: [
      ["join 'nodetrust://join/...'", 'shows it and asks'],
      ['join --link-file invitation.txt --yes', 'in a script'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'open', ...ASKING },
    says: 'a link to the window of the node, for a browser here',
    flags: [{ name: 'viewer', says: 'a link for somebody who may only look' }, JSON_FLAG, ...WHICH],
    examples: [
      ['open', 'works once, within a minute'],
      ['open --viewer', 'to show it to somebody'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'confirm', ...ASKING },
    says: 'the code that the window asks for',
    flags: [JSON_FLAG, ...WHICH],
    examples: [
      ['confirm', 'type it into the page'],
      ['confirm --dir /srv/node', 'of a node with a folder of its own'],
    ],
    exits: [[0, 'there is a code'], [1, 'no page waits for one'], UNCLEAR, NOBODY],
  },
]
