// Whether what has to be remembered can be written down.
import { FULL_BYTES, lookAtDisk, sizeInWords } from '../../core/disk-room.ts'
import { found, type Check } from './situation.ts'

/** A certificate takes a few kilobytes; a system that has less than this stumbles elsewhere first. */
const LOW_BYTES = 200 * 1_024 ** 2

export const checkDisk: Check = async ({ dir }) => {
  const room = await lookAtDisk(dir)
  if (room.state === 'absent') return found('disk-none', { folder: dir })
  if (room.state === 'unwritable') return found('disk-unwritable', { folder: dir, reason: room.reason })
  const free = sizeInWords(room.free)
  if (room.state === 'full' || room.free < FULL_BYTES) return found('disk-full', { free, folder: dir })
  if (room.open) return found('disk-open', { folder: dir })
  return room.free < LOW_BYTES ? found('disk-low', { free, folder: dir }) : found('disk-good', { free })
}
