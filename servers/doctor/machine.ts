// The machine itself: its clock, its disk, who may read the keys, and how old the last backup is.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { clockFault } from '../../core/clock.ts'
import { FULL_BYTES, lookAtDisk, sizeInWords } from '../../core/disk-room.ts'
import { backupMark, lastBackup, LITTLE_ROOM_BYTES, OLD_BACKUP_MS } from '../admin/machine.ts'
import { linesOf, type HostCheck } from './look.ts'

/** A CA refuses what is signed with a date that is far off, and proofs are good for five minutes. */
const CLOCK_MS = 60_000
const DAY_MS = 24 * 3_600_000

const OTHERS_MODE = 0o077

export const checkClock: HostCheck = async ({ clock, ca }) => {
  const line = linesOf('clock', 'Clock')
  const todo = 'Switch time synchronisation on: timedatectl set-ntp true'
  const fault = clockFault(clock.now())
  if (fault !== undefined) return [line('bad', `${fault}.`, todo)]
  const time = (await ca)?.time
  if (!time) return [line('unknown', 'Nobody was there to compare it with.')]
  const off = time.here - time.there
  if (Math.abs(off) <= CLOCK_MS) return [line('good', 'It agrees with the CA’s.')]
  return [
    line(
      'bad',
      `It is ${Math.round(Math.abs(off) / 60_000)} minutes ${off > 0 ? 'ahead of' : 'behind'} the CA’s.`,
      todo,
    ),
  ]
}

export const checkDisk: HostCheck = async ({ config: { dir } }) => {
  const line = linesOf('disk', 'Disk')
  const room = await lookAtDisk(dir)
  if (room.state === 'absent')
    return [line('bad', `There is no folder ${dir}.`, 'Make it: nodetrust init, or restore a backup.')]
  if (room.state === 'unwritable')
    return [
      line(
        'bad',
        `${dir} cannot be written (${room.reason}).`,
        'Give it to the user that runs the servers, on a disk that is not read-only.',
      ),
    ]
  const free = sizeInWords(room.free)
  if (room.state === 'full' || room.free < FULL_BYTES)
    return [
      line(
        'bad',
        `The disk is full: ${free} are free.`,
        `Make room on the disk that holds ${dir}: no order can be written down.`,
      ),
    ]
  return [
    room.free < LITTLE_ROOM_BYTES
      ? line('warning', `Only ${free} are free.`, `Make some room on the disk that holds ${dir}.`)
      : line('good', `${free} are free.`),
  ]
}

export const checkKeys: HostCheck = async ({ config: { dir } }) => {
  const line = linesOf('keys', 'Keys')
  const names = await readdir(dir).catch((): string[] => [])
  const secret = names.filter((name) => name.endsWith('.key') || name.startsWith('acme-account-'))
  if (secret.length === 0) return [line('unknown', 'There are none yet.')]
  const open: string[] = []
  for (const name of secret) {
    const facts = await stat(join(dir, name)).catch(() => undefined)
    if (facts && process.platform !== 'win32' && (facts.mode & OTHERS_MODE) !== 0) open.push(name)
  }
  if (open.length === 0) return [line('good', `Only their owner reads them: ${secret.length} files.`)]
  return [
    line(
      'bad',
      `Others on this machine can read ${open.join(', ')}.`,
      `chmod 600 ${open.map((name) => join(dir, name)).join(' ')}`,
    ),
  ]
}

export const checkBackup: HostCheck = async ({ config: { dir }, backup, clock }) => {
  const line = linesOf('backup', 'Backup')
  const at = await (backup === undefined
    ? lastBackup(dir)
    : stat(backup).then(
        ({ mtimeMs }) => mtimeMs,
        () => undefined,
      ))
  const todo = `Make one, keep it elsewhere, and note it: touch ${backupMark(dir)}. Who loses the keys loses the network.`
  if (at === undefined)
    return [line('warning', backup === undefined ? 'None was noted.' : `There is no ${backup}.`, todo)]
  const days = Math.floor((clock.now() - at) / DAY_MS)
  const say =
    days < 1
      ? 'The last one is of today.'
      : days === 1
        ? 'The last one is a day old.'
        : `The last one is ${days} days old.`
  return [clock.now() - at > OLD_BACKUP_MS ? line('warning', say, todo) : line('good', say)]
}
