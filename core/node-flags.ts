// What a Node of ours is started with before its program. Whoever starts another one asks here, because the flags of this
// process count for the next as well: the sources run with patched packages (scripts/patches/), which `--import` puts in.

/** Node tells everybody that node:sqlite and others are new, once for each process. */
const QUIET = '--disable-warning=ExperimentalWarning'

/**
 * The flags for a Node process that runs a file of ours.
 *
 * @param own  those of this process; what it was told to import first is passed on, and nothing else
 */
export function nodeFlags(own: readonly string[] = process.execArgv): string[] {
  return [QUIET, ...own.flatMap((flag, index) => importFlag(flag, own[index + 1]))]
}

function importFlag(flag: string, next: string | undefined): string[] {
  if (flag.startsWith('--import=')) return [flag]
  return flag === '--import' && next !== undefined ? [`--import=${next}`] : []
}
