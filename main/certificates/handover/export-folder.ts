// The certificate as files for other programs, in a folder that is kept fresh. Each certificate gets a folder of its own, and one
// symbolic link, `current`, leads to the newest: it is exchanged in one step, so whoever follows it once (by its real path) never
// sees the key of one certificate and the chain of another. The names beside it (`fullchain.pem`, …) lead through `current`.
import { createHash, randomBytes } from 'node:crypto'
import { chmod, chown, lstat, mkdir, open, readFile, readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { FileError, PRIVATE_MODE, syncFolder, writeFileAtomic } from '../../../core/files.ts'
import { readChain } from '../../../core/x509/index.ts'
import type { CertificateBundle } from '../../../core/x509/index.ts'

/** The files of each certificate. */
export const EXPORTED_FILES = {
  /** Leaf and intermediates, what most servers want. */
  fullchain: 'fullchain.pem',
  privkey: 'privkey.pem',
  /** The leaf alone. */
  cert: 'cert.pem',
  /** The intermediates alone. */
  chain: 'chain.pem',
  /** Leaf, intermediates and key in one file, as HAProxy wants it. */
  combined: 'combined.pem',
} as const
type ExportedName = keyof typeof EXPORTED_FILES

const SECRET: ReadonlySet<ExportedName> = new Set<ExportedName>(['privkey', 'combined'])

/** A certificate is nothing secret; its folder decides who gets that far. */
const PUBLIC_MODE = 0o644
const GROUP_KEY_MODE = 0o640
const FOLDER_MODE = 0o700
const GROUP_FOLDER_MODE = 0o750

/** Who has followed `current` just before it changed still finds what it led to. */
const KEPT_OLD = 2

/** What is ours in the folder: the first digits of the chain's SHA-256, and a random part for what a crash left half done. */
const VERSION = /^\.certificate-[0-9a-f]{16}-[0-9a-f]{8}$/

/** The folder cannot be used for this; the message says why and what to do. */
export class ExportError extends Error {
  override readonly name = 'ExportError'
}

/** Where and for whom. */
export interface ExportInit {
  /** Absolute; made where it is not there. */
  readonly folder: string
  /** Who may read the key besides: the name of a group, or its number. */
  readonly group?: string | number | undefined
  /** @default this machine's */
  readonly platform?: NodeJS.Platform
}

/** What was written. */
export interface Exported {
  /** False where the folder had this certificate already. */
  readonly changed: boolean
  /** Where each file is, by a path that stays the same with each renewal. */
  readonly paths: Readonly<Record<ExportedName, string>>
}

/**
 * Writes a certificate into the folder, where it is not there yet.
 *
 * @throws ExportError, FileError; what was there before is still there then
 */
export async function exportCertificate(bundle: CertificateBundle, init: ExportInit): Promise<Exported> {
  const { folder, platform = process.platform } = init
  const contents = contentsOf(bundle)
  const paths = pathsIn(folder)
  try {
    const gid = await groupId(init.group)
    const access = { gid, keyMode: gid === undefined ? PRIVATE_MODE : GROUP_KEY_MODE }
    await makeFolder(folder, gid)
    if (platform === 'win32') return { changed: await writePlainly(folder, contents), paths }
    await refuseForeign(folder)
    const fresh = await isCurrent(folder, contents, access.keyMode)
    if (!fresh) await exchange(folder, contents, access)
    await linkNames(folder)
    if (!fresh) await prune(folder)
    return { changed: !fresh, paths }
  } catch (error) {
    throw error instanceof ExportError || error instanceof FileError
      ? error
      : new FileError(folder, 'write into', error)
  }
}

function pathsIn(folder: string): Record<ExportedName, string> {
  const { fullchain, privkey, cert, chain, combined } = EXPORTED_FILES
  return {
    ...{ fullchain: join(folder, fullchain), privkey: join(folder, privkey), cert: join(folder, cert) },
    ...{ chain: join(folder, chain), combined: join(folder, combined) },
  }
}

function contentsOf({ keyPem, chainPem }: CertificateBundle): Record<ExportedName, string> {
  const pems = readChain(chainPem).map((certificate) => certificate.toString().trimEnd())
  const [leaf = '', ...others] = pems
  const fullchain = `${pems.join('\n')}\n`
  const privkey = `${keyPem.trimEnd()}\n`
  const chain = others.length === 0 ? '' : `${others.join('\n')}\n`
  return { fullchain, privkey, cert: `${leaf}\n`, chain, combined: `${fullchain}${privkey}` }
}

interface Access {
  readonly gid: number | undefined
  readonly keyMode: number
}

/** A folder that was there keeps the permissions that somebody gave it. */
async function makeFolder(folder: string, gid: number | undefined): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: FOLDER_MODE })
  if (made === undefined || gid === undefined) return
  await give(folder, gid, GROUP_FOLDER_MODE)
}

/** @throws ExportError where something stands in our place that we did not put there */
async function refuseForeign(folder: string): Promise<void> {
  for (const name of ['current', ...Object.values(EXPORTED_FILES)]) {
    const found = await lstat(join(folder, name)).catch(ifAbsent)
    if (found && !found.isSymbolicLink())
      throw new ExportError(
        `${join(folder, name)} is there already and is not ours: choose an empty folder for \`certificate.export\`, or move it away`,
      )
  }
}

/** Whether `current` leads to exactly this, readable for exactly those who should. */
async function isCurrent(folder: string, contents: Record<ExportedName, string>, keyMode: number): Promise<boolean> {
  const target = await readlink(join(folder, 'current')).catch(ifAbsent)
  if (target === undefined || !VERSION.test(target)) return false
  for (const [name, file] of entries(EXPORTED_FILES)) {
    const path = join(folder, target, file)
    const text = await readFile(path, 'utf8').catch(ifAbsent)
    if (text !== contents[name]) return false
    const { mode } = await lstat(path)
    if ((mode & 0o777) !== (SECRET.has(name) ? keyMode : PUBLIC_MODE)) return false
  }
  return true
}

async function exchange(folder: string, contents: Record<ExportedName, string>, access: Access): Promise<void> {
  const digest = createHash('sha256').update(contents.fullchain).digest('hex').slice(0, 16)
  const version = `.certificate-${digest}-${randomBytes(4).toString('hex')}`
  const place = join(folder, version)
  await mkdir(place, { mode: FOLDER_MODE })
  try {
    for (const [name, file] of entries(EXPORTED_FILES))
      await writeSynced(
        join(place, file),
        contents[name],
        SECRET.has(name) ? access : { ...access, keyMode: PUBLIC_MODE },
      )
    if (access.gid !== undefined) await give(place, access.gid, GROUP_FOLDER_MODE)
    await syncFolder(place)
    await replaceLink(folder, 'current', version)
  } catch (error) {
    await rm(place, { recursive: true, force: true }).catch(() => undefined)
    throw error
  }
}

async function writeSynced(path: string, content: string, { gid, keyMode }: Access): Promise<void> {
  const file = await open(path, 'wx', PRIVATE_MODE)
  try {
    await file.writeFile(content)
    // a folder with the setgid bit has given it the group already, and a strict service may not
    if (gid !== undefined && (await file.stat()).gid !== gid) await file.chown(process.getuid?.() ?? 0, gid)
    await file.chmod(keyMode)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function give(path: string, gid: number, mode: number): Promise<void> {
  if ((await lstat(path)).gid !== gid) await chown(path, process.getuid?.() ?? 0, gid)
  await chmod(path, mode)
}

/** A link cannot be changed in place; a new one is renamed over it. */
async function replaceLink(folder: string, name: string, target: string): Promise<void> {
  const temporary = join(folder, `.${name}.${randomBytes(6).toString('hex')}.tmp`)
  await symlink(target, temporary)
  try {
    await rename(temporary, join(folder, name))
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(folder)
}

async function linkNames(folder: string): Promise<void> {
  for (const file of Object.values(EXPORTED_FILES)) {
    const target = join('current', file)
    const found = await readlink(join(folder, file)).catch(ifAbsent)
    if (found !== target) await replaceLink(folder, file, target)
  }
}

/** Removes old certificates but the newest few, and what a crash left behind. */
async function prune(folder: string): Promise<void> {
  const current = await readlink(join(folder, 'current'))
  const names = (await readdir(folder)).filter((name) => VERSION.test(name) && name !== current)
  const dated = await Promise.all(names.map(async (name) => ({ name, at: (await lstat(join(folder, name))).mtimeMs })))
  const old = dated.toSorted((a, b) => b.at - a.at).slice(KEPT_OLD)
  for (const { name } of old) await rm(join(folder, name), { recursive: true, force: true })
}

/** Windows has no links for everybody: each file for itself is old or new, the one with both parts last. */
async function writePlainly(folder: string, contents: Record<ExportedName, string>): Promise<boolean> {
  let changed = false
  for (const [name, file] of entries(EXPORTED_FILES)) {
    const path = join(folder, file)
    if ((await readFile(path, 'utf8').catch(ifAbsent)) === contents[name]) continue
    await writeFileAtomic(path, contents[name], SECRET.has(name) ? PRIVATE_MODE : PUBLIC_MODE)
    changed = true
  }
  return changed
}

/** @throws ExportError */
async function groupId(group: string | number | undefined): Promise<number | undefined> {
  if (group === undefined || typeof group === 'number') return group
  const lines = (await readFile('/etc/group', 'utf8').catch(() => '')).split('\n')
  const line = lines.map((text) => text.split(':')).find(([name]) => name === group)
  const id = Number(line?.[2])
  if (line && Number.isInteger(id)) return id
  throw new ExportError(
    `there is no group "${group}" in /etc/group: set \`certificate.exportGroup\` to one that is, or to its number`,
  )
}

function entries(files: typeof EXPORTED_FILES): [ExportedName, string][] {
  return Object.entries(files) as [ExportedName, string][]
}

function ifAbsent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
  throw error
}
