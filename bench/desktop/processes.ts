// Memory and CPU of a program with all its processes, from /proc (proc_pid_smaps(5), proc_pid_stat(5)). What several of them share is
// counted once: each gets its part of a page (PSS).
import { readFile, readlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { processesOf } from '../../test/support/desktop/account.ts'

/** Memory of one process, MiB. */
export interface ProcessMemory {
  readonly pid: number
  /** main, gpu, renderer, utility, zygote; node for what is no Electron. */
  readonly kind: string
  readonly pss: number
  readonly rss: number
}

const KIB_PER_MIB = 1024
/** Clock ticks of the kernel, as every Linux that Node runs on counts them. */
const TICK_MS = 10

/** Processes of a user that run a program of this one's folder. */
export async function processesIn(uid: number, program: string): Promise<number[]> {
  const folder = dirname(program)
  const all = await processesOf(uid)
  const where = await Promise.all(all.map((pid) => readlink(`/proc/${pid}/exe`).catch(() => '')))
  return all.filter((_, index) => where[index]?.startsWith(`${folder}/`))
}

/** What each of them holds. */
export async function memoryOf(pids: readonly number[]): Promise<ProcessMemory[]> {
  const read = async (pid: number): Promise<ProcessMemory> => {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
    // Chromium writes its own command line anew, with spaces in place of zeros
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split(/[\0 ]/)
    const kind = words.find((word) => word.startsWith('--type='))?.slice('--type='.length)
    const service = words
      .find((word) => word.startsWith('--utility-sub-type='))
      ?.split('.')[0]
      ?.split('=')[1]
    return { pid, kind: service ?? kind ?? 'main', pss: field(rollup, 'Pss'), rss: field(rollup, 'Rss') }
  }
  return await Promise.all(pids.map((pid) => read(pid)))
}

/** Milliseconds of CPU that they have used together. */
export async function cpuOf(pids: readonly number[]): Promise<number> {
  const read = async (pid: number) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // the name before the last `)` may hold anything; fields 14 and 15 are the ticks
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  }
  return (await Promise.all(pids.map((pid) => read(pid)))).reduce((sum, ms) => sum + ms, 0)
}

function field(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / KIB_PER_MIB
}
