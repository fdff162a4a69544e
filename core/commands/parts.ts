// What commands of the running node have in common.
import type { Flag } from './command.ts'

export const JSON_FLAG: Flag = { name: 'json', says: 'print one JSON object, for programs' }

export const CONFIG: Flag = {
  name: 'config',
  value: { word: 'FILE', kind: 'file' },
  says: 'the configuration of the node',
}

/** Which node is meant. */
export const WHICH: readonly Flag[] = [
  CONFIG,
  { name: 'dir', value: { word: 'FOLDER', kind: 'folder' }, says: 'the data folder of the node that is asked' },
]

export const DONE = [0, 'it did what was asked'] as const
export const NOT = [1, 'it could not; the message says why'] as const
export const UNCLEAR = [2, 'the words or the configuration could not be understood'] as const
export const NOBODY = [3, 'no node is running'] as const
export const EXITS = [DONE, NOT, UNCLEAR, NOBODY] as const
