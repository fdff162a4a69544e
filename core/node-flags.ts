// What a Node of ours is started with before its program. Whoever starts another one asks here, because the flags of this
// process count for the next as well: the sources run with patched packages (scripts/patches/), which `--import` puts in.

/** Node tells everybody that node:sqlite and others are new, once for each process. */
const QUIET = '--disable-warning=ExperimentalWarning'

/**
 * Node 24 lets what is young grow to 64 MiB before it clears up, and to that again of what it has copied: in a siege of strangers a home
 * had 309 MiB, much of it garbage, and 207 to 235 like this; servers with all roles in one process 371, and 241 to 330.
 */
const SMALL = '--max-semi-space-size=4'

/**
 * The flags for a Node process that runs a file of ours.
 *
 * @param own  those of this process; what it was told to import first is passed on, and nothing else
 */
export function nodeFlags(own: readonly string[] = process.execArgv): string[] {
  return [QUIET, SMALL, ...own.flatMap((flag, index) => importFlag(flag, own[index + 1]))]
}

function importFlag(flag: string, next: string | undefined): string[] {
  if (flag.startsWith('--import=')) return [flag]
  return flag === '--import' && next !== undefined ? [`--import=${next}`] : []
}
