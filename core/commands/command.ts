// What the command line knows of a command, as data. Help, usage lines, completion, the manual page, the reading of words and
// "did you mean" are all made from it, so that none of them can tell something else than the others.

/** What may stand for a value: a path, one of some words, or anything. */
export type ValueKind = 'file' | 'folder' | 'text' | readonly string[]

/** A flag. */
export interface Flag {
  /** Without its dashes. */
  readonly name: string
  /** Left out for a switch. */
  readonly value?: { readonly word: string; readonly kind: ValueKind }
  /** Whether nothing can be done without it. */
  readonly needed?: true
  readonly says: string
}

/** A word without dashes. */
export interface Argument {
  readonly word: string
  readonly kind: ValueKind
  readonly says: string
  readonly optional?: true
  /** Whether several may stand there. */
  readonly many?: true
}

/** Who runs it: the node's half of the house, the servers' half, or whatever opens windows. */
export type Half = 'node' | 'servers' | 'app'

/** Headings of the list of all commands. */
export const GROUPS = [
  'The app and the node',
  'Asking the running node',
  'Names that belong to a key',
  'A network of your own',
  'This program',
] as const

/** A command. */
export interface Command {
  /** One word, or two where the first one is a group. */
  readonly name: string
  readonly half: Half
  readonly group: (typeof GROUPS)[number]
  /** One line of the list of all commands: what it does, without a full stop. */
  readonly says: string
  readonly arguments: readonly Argument[]
  readonly flags: readonly Flag[]
  /** Keys of the configuration that may be flags and have no dot; those with a dot may always. Left out: none may. */
  readonly settings?: readonly string[]
  /** Two, each with what it is for. */
  readonly examples: readonly (readonly [words: string, says: string])[]
  readonly exits: readonly (readonly [code: number, says: string])[]
}

/** A command line that cannot be understood; the message says what would be right. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
