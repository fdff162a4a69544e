// What the kernel says of a process: the most memory it ever had, and what it wrote to disks. Linux alone tells.
import { readFile } from 'node:fs/promises'

/** The figures of one process. */
export interface ProcessFigures {
  readonly name: string
  /** The most that was ever in memory at a time, MiB. */
  readonly peakMib: number
  /** Written to files since `since`, bytes. */
  readonly writtenBytes: number
}

/** A process that is watched. */
export interface Watched {
  readonly name: string
  readonly pid: number
  /** Bytes written when the watch began. */
  readonly since: number
}

/** Begins to watch; undefined where the kernel does not tell. */
export async function watch(name: string, pid: number | undefined): Promise<Watched | undefined> {
  if (pid === undefined || process.platform !== 'linux') return undefined
  return { name, pid, since: await written(pid) }
}

/** Reads the figures; a process that has ended is told with its absence. */
export async function figuresOf({ name, pid, since }: Watched): Promise<ProcessFigures | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    const peakKib = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1])
    return { name, peakMib: Math.round(peakKib / 1024), writtenBytes: (await written(pid)) - since }
  } catch {
    return undefined
  }
}

async function written(pid: number): Promise<number> {
  return Number(/^write_bytes: (\d+)/m.exec(await readFile(`/proc/${pid}/io`, 'utf8'))?.[1])
}
