// What an operator wants to know of the machine beneath the roles: which program, how much room is left for its files, and when they
// were last put aside.
import { stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { VERSION } from '../../core/version.ts'
import { type Fact, html, type Html, facts, time } from './html.ts'

/** What there is to say. */
export interface Machine {
  readonly version: string
  readonly node: string
  /** Room that is left and that there is, bytes; undefined where the system does not say. */
  readonly disk: { readonly free: number; readonly size: number } | undefined
  /** When the folder was last backed up, milliseconds since 1970; undefined where nobody noted one. */
  readonly backupAt: number | undefined
  readonly startedAt: number
}

/** Touched by whoever has made a backup (docs/self-hosting.md): its time is that of the backup. */
const BACKUP_MARK = 'last-backup'

/** Where the time of the last backup is noted. */
export function backupMark(dir: string): string {
  return join(dir, BACKUP_MARK)
}

/** When the folder was last backed up. @returns milliseconds since 1970; undefined where nobody noted it */
export async function lastBackup(dir: string): Promise<number | undefined> {
  return stat(backupMark(dir)).then(
    ({ mtimeMs }) => Math.round(mtimeMs),
    () => undefined,
  )
}

/** Looks. Never rejects. @param dir  of keys and databases */
export async function lookAtMachine(dir: string, startedAt: number): Promise<Machine> {
  const disk = await statfs(dir).then(
    ({ bavail, blocks, bsize }) => ({ free: bavail * bsize, size: blocks * bsize }),
    () => undefined,
  )
  return { version: VERSION, node: process.version, disk, backupAt: await lastBackup(dir), startedAt }
}

const GIB = 2 ** 30

/** Databases grow by some hundred megabytes at most; below this even an update has no room. */
export const LITTLE_ROOM_BYTES = GIB / 2

/** Keys are made once and databases tell who is known: a month old is better than none, and no more. */
export const OLD_BACKUP_MS = 30 * 24 * 3_600_000

/** The facts. */
export function machineFacts({ version, node, disk, backupAt, startedAt }: Machine, now: number): Html {
  const all: Fact[] = [
    ['Version', html`${version} <span class="soft">on Node ${node.replace('v', '')}</span>`],
    ['Started', time(startedAt, now)],
    [
      'Free disk',
      disk
        ? html`<span class="${disk.free < LITTLE_ROOM_BYTES ? 'warn' : ''}">${size(disk.free)}</span> of
            ${size(disk.size)}`
        : 'not known',
    ],
    [
      'Last backup',
      backupAt === undefined
        ? html`<span class="warn">none noted</span>`
        : html`<span class="${now - backupAt > OLD_BACKUP_MS ? 'warn' : ''}">${time(backupAt, now)}</span>`,
    ],
  ]
  return facts(all)
}

function size(bytes: number): string {
  const gib = bytes / GIB
  return gib >= 10
    ? `${Math.round(gib)} GiB`
    : gib >= 1
      ? `${gib.toFixed(1)} GiB`
      : `${Math.round(bytes / 2 ** 20)} MiB`
}
