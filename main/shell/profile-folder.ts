// Where Chromium keeps its own things: caches, window sizes, the lock of the one instance. Nothing of the node is in there, so a folder that
// cannot be written to (a full or read-only disk, another user's) is no reason not to open: another one that ends with the session does.
import { randomBytes } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** What the choice depends on. */
export interface ProfileInit {
  /** Where Electron would put it; undefined where it could not make it. */
  readonly wanted: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** @default the system's folder for temporary files */
  readonly temporary?: string
}

/** Where it is put. */
export interface Profile {
  readonly path: string | undefined
  /** Why it is not where it belongs; undefined where it is. */
  readonly why: string | undefined
}

/** Chromium's first files take more; a disk with less than this is full. */
const ROOM_BYTES = 262_144
const TRIAL = '.nodetrust-trial'

/** What anybody but the owner may do. */
const OTHERS_MODE = 0o077

/** Chooses the folder; what cannot be used is left alone. */
export function chooseProfile({ wanted, env, temporary = tmpdir() }: ProfileInit): Profile {
  const why = wanted === undefined ? 'the folder for settings of programs cannot be made' : whyUnusable(wanted)
  if (wanted !== undefined && why === undefined) {
    removeStray(wanted)
    return { path: wanted, why }
  }
  const runtime = env['XDG_RUNTIME_DIR']
  // the same for a second start; the first one ends with the login, the other has a name that others can guess
  const others = [
    ...(runtime ? [join(runtime, 'nodetrust-profile')] : []),
    join(temporary, `nodetrust-profile-${process.getuid?.() ?? 'own'}`),
  ]
  const path = others.find((folder) => whyUnusable(folder, isPrivate) === undefined)
  return { path: path ?? wanted, why }
}

/** The lock of the one instance is a few links: what else stands in their place would look like another instance for ever. */
function removeStray(folder: string): void {
  for (const name of ['SingletonLock', 'SingletonCookie', 'SingletonSocket']) {
    const path = join(folder, name)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats !== undefined && !stats.isSymbolicLink()) rmSync(path, { recursive: true, force: true })
  }
}

/** Whether nobody else has made it, or may look into it. */
function isPrivate(folder: string): boolean {
  const stats = lstatSync(folder)
  if (!stats.isDirectory()) return false
  return process.platform === 'win32' || (stats.uid === process.getuid?.() && (stats.mode & OTHERS_MODE) === 0)
}

/** Node says "no such file" where it may not make one: the folder that is there, above, knows better. */
function whyNotMade(folder: string): string | undefined {
  let above = folder
  while (!existsSync(above) && dirname(above) !== above) above = dirname(above)
  try {
    accessSync(above, constants.W_OK)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Tries it out: being allowed to write says nothing about the room. */
function whyUnusable(folder: string, isRight: (folder: string) => boolean = () => true): string | undefined {
  // a name that nobody can have put a link at
  const trial = join(folder, `${TRIAL}-${randomBytes(6).toString('hex')}`)
  let file: number | undefined
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { uid } = statSync(folder)
    const me = process.getuid?.()
    if (me !== undefined && uid !== me) return `${folder} belongs to another user`
    // before anything is written: a link that somebody else has made may lead anywhere
    if (!isRight(folder)) return `${folder} is not for its owner alone`
    file = openSync(trial, 'wx', 0o600)
    // a short write is a full disk as well
    if (writeSync(file, Buffer.alloc(ROOM_BYTES)) < ROOM_BYTES) return `the disk of ${folder} is full`
    return undefined
  } catch (error) {
    return whyNotMade(folder) ?? (error instanceof Error ? error.message : String(error))
  } finally {
    if (file !== undefined) closeSync(file)
    try {
      rmSync(trial, { force: true })
    } catch {
      // what could not be made cannot be removed
    }
  }
}
