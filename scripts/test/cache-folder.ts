// Programs out of the cache of the tests are started, and root gives one of them the setuid bit: so nobody else may be able to put
// something there. Every folder on the way is looked at, because whoever may rename one of them may put another in its place.
import { lstat, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Somebody else could change what is in the cache; the message says where. */
export class OpenCacheError extends Error {
  override readonly name = 'OpenCacheError'
}

const ROOT = 0
const GROUP_MAY_WRITE = 0o020
const OTHERS_MAY_WRITE = 0o002
/** In such a folder, /tmp for example, everybody may change their own alone. */
const STICKY = 0o1000

/** Who asks. */
export interface Asking {
  /** @default this process's user; undefined where the system knows none */
  readonly uid?: number | undefined
}

/**
 * Looks at a folder that is there.
 *
 * @throws OpenCacheError
 */
export async function demandOwnFolder(folder: string, { uid = process.getuid?.() }: Asking = {}): Promise<void> {
  if (uid === undefined) return
  // a link on the way could lead elsewhere tomorrow, and what it leads to today counts as well
  for (const start of new Set([folder, await realpath(folder)])) {
    for (let at = start; ; at = dirname(at)) {
      const why = whyNotOwn(await lstat(at), uid)
      if (why !== undefined)
        throw new OpenCacheError(
          `${at} ${why}, who could put other programs into it: let NODETRUST_TEST_CACHE name another folder, or none`,
        )
      if (at === dirname(at)) break
    }
  }
}

function whyNotOwn(
  stats: { readonly uid: number; readonly gid: number; readonly mode: number; isSymbolicLink(): boolean },
  uid: number,
): string | undefined {
  if (stats.uid !== uid && stats.uid !== ROOT) return 'belongs to another user'
  // a link has no permissions of its own
  if (stats.isSymbolicLink() || (stats.mode & STICKY) !== 0) return undefined
  if ((stats.mode & OTHERS_MAY_WRITE) !== 0) return 'may be changed by every user'
  // an ordinary user's own group often has nobody else in it; root's are for daemons
  const isOwnGroup = uid !== ROOT || stats.gid === ROOT
  return (stats.mode & GROUP_MAY_WRITE) !== 0 && !isOwnGroup ? 'may be changed by a group' : undefined
}
