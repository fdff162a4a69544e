// How many test files run at once. One more than there are processors always, because every one of them waits for somebody else at times;
// most do nearly all of the time, so more begin for as long as the processors have nothing to do. On a machine that is busy anyway nothing is started on top.
import { availableParallelism, cpus, freemem } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'

/** What decides whether one more may begin. */
export interface Moment {
  readonly running: number
  readonly processors: number
  /** Processors that had nothing to do since the last look, such as 0.7. */
  readonly idle: number
  /** Bytes. */
  readonly freeMemory: number
}

/** Of those that wait nearly all of the time some wake at once; more than this would get in each other's way then. */
const MOST_FOR_EACH_PROCESSOR = 3
/** Every file begins with a second of reading its sources; what is idle for less than a third of a processor is not idle. */
const IDLE_ENOUGH = 0.35
/** A browser, an Electron and what they talk to take a gigabyte. */
const ROOM_BYTES = 3 * 1024 ** 3
/** One that has begun is busy by the next look. */
const LOOK_MS = 1_500

/** Whether one more may begin. */
export function mayBegin({ running, processors, idle, freeMemory }: Moment): boolean {
  if (running <= processors) return true
  return running < processors * MOST_FOR_EACH_PROCESSOR && idle >= IDLE_ENOUGH && freeMemory >= ROOM_BYTES
}

/**
 * Runs all of them, in their order.
 *
 * @param work  never rejects
 */
export async function runSideBySide<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const processors = availableParallelism()
  const waiting = [...items]
  const running = new Set<Promise<void>>()
  let before = timesOf()
  /** Nothing is known yet: as if all were busy. */
  let idle = 0
  while (waiting.length > 0 || running.size > 0) {
    while (waiting.length > 0 && mayBegin({ running: running.size, processors, idle, freeMemory: freemem() })) {
      const [next] = waiting.splice(0, 1) as [Item]
      const done = work(next).finally(() => running.delete(done))
      running.add(done)
      // what was idle is taken
      idle = 0
    }
    await Promise.race([...running, pause(LOOK_MS)])
    const now = timesOf()
    const all = now.all - before.all
    // too short a time says nothing
    if (all < LOOK_MS * processors * 0.5) continue
    idle = ((now.idle - before.idle) / all) * processors
    before = now
  }
}

/** Milliseconds of all processors since the machine's start. */
function timesOf(): { readonly idle: number; readonly all: number } {
  let idle = 0
  let all = 0
  for (const { times } of cpus()) {
    idle += times.idle
    all += times.idle + times.user + times.nice + times.sys + times.irq
  }
  return { idle, all }
}
