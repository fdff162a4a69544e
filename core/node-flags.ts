// What a Node of ours is started with before its program. Whoever starts another one asks here, because the flags of this
// process count for the next as well: the sources run with patched packages (scripts/patches/), which `--import` puts in.

/** Node tells everybody that node:sqlite and others are new, once for each process. */
const QUIET = '--disable-warning=ExperimentalWarning'

/**
 * Node 24 lets what is young grow to 64 MiB before it clears up, and what is old to several times of what is needed: on a quiet machine a
 * siege of two minutes left servers at 410 MiB and a home at 315, nearly all of it garbage, and at half of that like this.
 */
const SMALL = ['--max-semi-space-size=4', '--heap-growing-percent=40']

/**
 * The flags for a Node process that runs a file of ours.
 *
 * @param own  those of this process; what it was told to import first is passed on, and nothing else
 */
export function nodeFlags(own: readonly string[] = process.execArgv): string[] {
  return [QUIET, ...SMALL, ...own.flatMap((flag, index) => importFlag(flag, own[index + 1]))]
}

function importFlag(flag: string, next: string | undefined): string[] {
  if (flag.startsWith('--import=')) return [flag]
  return flag === '--import' && next !== undefined ? [`--import=${next}`] : []
}
