// Every mutant, table by table in the order of docs/security.md.
import { BRIDGE } from './bridge.ts'
import { BROKER } from './broker.ts'
import { DNS } from './dns.ts'
import { ISSUE } from './issue.ts'
import { LISTENERS } from './listeners.ts'
import { NAMES } from './names.ts'
import { NOSTR } from './nostr.ts'
import { OPERATION } from './operation.ts'
import { PEERS } from './peers.ts'
import { BOOK } from './book.ts'
import { EXCHANGE } from './exchange.ts'
import { RECORDS } from './records.ts'
import { SHELL } from './shell.ts'
import type { Mutants } from './mutant.ts'

export const MUTANTS: Mutants = {
  ...{
    ...SHELL,
    ...BRIDGE,
    ...LISTENERS,
    ...ISSUE,
    ...PEERS,
    ...BOOK,
    ...RECORDS,
    ...EXCHANGE,
    ...DNS,
    ...BROKER,
    ...OPERATION,
    ...NAMES,
    ...NOSTR,
  },
}
