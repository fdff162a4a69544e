// The commands of names that belong to a key.
import { EXITS, JSON_FLAG, NOBODY, UNCLEAR, WHICH } from './parts.ts'
import type { Argument, Command } from './command.ts'

const NAMES = { half: 'node', settings: ['dir', 'log'], arguments: [], group: 'Names that belong to a key' } as const

const NAME: Argument = {
  word: 'NAME',
  kind: 'text',
  says: 'npub1..., npub1....nostr, or an address of a page under it',
}

export const NAME_COMMANDS: readonly Command[] = [
  {
    ...{ name: 'name status', ...NAMES },
    says: 'this computer’s name: what is published where, and since when',
    flags: [JSON_FLAG, ...WHICH],
    examples: [
      ['name status', 'in words'],
      ['name status --json', 'for a program'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'name publish', ...NAMES },
    says: 'publish this computer’s name now, and from now on',
    flags: [JSON_FLAG, ...WHICH],
    examples: [
      ['name publish', 'everybody can find this computer’s address by its name then'],
      ['name publish --json', 'for a program'],
    ],
    exits: [[0, 'relays have it'], [1, 'they do not; what is wrong is said'], UNCLEAR, NOBODY],
  },
  {
    ...{ name: 'name withdraw', ...NAMES },
    says: 'publish it no more, and say so to the relays',
    flags: [JSON_FLAG, ...WHICH],
    examples: [
      ['name withdraw', 'what others have kept of it nobody can take back'],
      ['name withdraw --json', 'for a program'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'name import', ...NAMES },
    says: 'use a key of your own (nsec1...) for the name',
    arguments: [
      { word: 'FILE', kind: 'file', says: 'a file with the key, or - for standard input, where others may not see it' },
    ],
    flags: [{ name: 'own', says: 'go back to the key of this computer; FILE is not read then' }, ...WHICH],
    examples: [
      ['name import -', 'reads the key from standard input'],
      ['name import key.txt', 'from a file'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'name certificate', ...NAMES },
    says: 'print the certificate that is served under the name, as PEM',
    flags: WHICH,
    examples: [
      ['name certificate', 'for curl --cacert'],
      ['name certificate --dir /var/lib/nodetrust', 'of another node'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'name resolve', ...NAMES, arguments: [NAME] },
    says: 'say what somebody’s name says: addresses, pins, who and when',
    flags: [{ name: 'fresh', says: 'ask the relays, whatever is remembered' }, JSON_FLAG, ...WHICH],
    examples: [
      ['name resolve npub1...', 'in words'],
      ['name resolve npub1....nostr --json', 'for a program'],
    ],
    exits: [[0, 'the name says something'], [1, 'there is no such name, or nobody can tell'], UNCLEAR, NOBODY],
  },
  {
    ...{ name: 'name verify', ...NAMES, arguments: [NAME] },
    says: 'connect to a name, and compare the key there with the one its owner has signed',
    flags: [
      {
        ...{ name: 'offline', value: { word: 'WHERE', kind: 'text' } },
        says: 'ask no relay: a file with a chain, or HOST:PORT that shows one, which the name’s key itself has signed',
      },
      JSON_FLAG,
      ...WHICH,
    ],
    examples: [
      ['name verify npub1...', 'a line for each thing that was looked at'],
      ['name verify npub1... --offline chain.pem', 'an experiment: from the name alone'],
    ],
    exits: [
      [0, 'what is served there is what its owner has signed'],
      [1, 'it is not, or nobody can tell; why is said'],
      UNCLEAR,
      NOBODY,
    ],
  },
  {
    ...{ name: 'name open', ...NAMES, arguments: [NAME] },
    says: 'start the proxy for browsers, and say how a browser takes it',
    flags: [JSON_FLAG, ...WHICH],
    examples: [
      ['name open npub1...', 'prints the address, and what to set in the browser'],
      ['name open npub1... --json', 'for a program'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'name trust', ...NAMES },
    says: 'let your browsers trust the proxy for names by key, and nothing else',
    arguments: [{ word: 'on|off', kind: 'text', says: 'on puts its authority into your browsers, off takes it out' }],
    flags: [JSON_FLAG, ...WHICH],
    examples: [
      ['name trust on', 'on Linux; elsewhere it says what to import'],
      ['name trust off', 'takes it out again'],
    ],
    exits: EXITS,
  },
  {
    ...{ name: 'resolver setup', ...NAMES },
    says: 'let this computer look names by key up by DNS: prints what to set',
    flags: [
      { name: 'apply', says: 'make the change, which needs the rights of an administrator' },
      { name: 'undo', says: 'take it back, and stop the DNS server for such names' },
      ...WHICH,
    ],
    examples: [
      ['resolver setup', 'prints the lines, and changes nothing of the system'],
      ['resolver setup --apply', 'writes them'],
    ],
    exits: EXITS,
  },
]
