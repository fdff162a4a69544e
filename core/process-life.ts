// How a process of ours is told to stop or to read its files again, and what becomes of it when its terminal or the reader of its
// output goes away. One rule for node and servers: no signal and no closed pipe ends them uncleanly.
//
//   SIGTERM, SIGINT, SIGQUIT   stop cleanly; a second one, half a second later at the earliest, ends the process at once
//   SIGHUP                     read again what can be read again; but where the process was started at a terminal, that has gone: stop
//   SIGUSR2                    read again, also at a terminal
import { constants } from 'node:os'
import { isatty } from 'node:tty'

/** The part of `process` that is needed. */
export interface SignalledProcess {
  on(signal: string, listener: () => void): unknown
  exit(code: number): void
}

/** Where a process is told what to do. */
export interface ProcessLifeInit {
  /** @default this process */
  readonly process?: SignalledProcess
  /** Whether it was started at a terminal, which sends SIGHUP when it is closed. @default whether any of its streams is one */
  readonly atTerminal?: boolean
  /** Milliseconds that only count. @default performance.now */
  readonly monotonic?: () => number
}

/** What a process was told. */
export interface ProcessLife {
  /** Settles at the first signal to stop, with its name. */
  readonly stopped: Promise<string>
  /** What is done to read files again; one run at a time, and what was asked for before this was called is done now. */
  onReread(work: () => Promise<void>): void
}

const STOPS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const

/** A terminal sends its signals to a whole group, and `scripts/run.mjs` passes them on as well: the same one comes twice at once. */
const SAME_SIGNAL_MS = 500

/** Whether a person's terminal is on any stream; asked at the start, because one that was closed is none any more. */
export function isAtTerminal(): boolean {
  return [0, 1, 2].some((descriptor) => isatty(descriptor))
}

/** Begins to listen; from now on no signal that is named above ends the process by itself. */
export function watchSignals(init: ProcessLifeInit = {}): ProcessLife {
  const { process: target = process, monotonic = () => performance.now() } = init
  const atTerminal = init.atTerminal ?? isAtTerminal()
  const stopped = Promise.withResolvers<string>()
  let stoppedAt: number | undefined
  let work: (() => Promise<void>) | undefined
  let asked = false
  let running = false

  const stop = (signal: string) => () => {
    const now = monotonic()
    if (stoppedAt !== undefined && now - stoppedAt >= SAME_SIGNAL_MS) return target.exit(exitCodeOf(signal))
    stoppedAt ??= now
    stopped.resolve(signal)
  }
  const reread = (): void => {
    asked = true
    if (running || !work || stoppedAt !== undefined) return
    asked = false
    running = true
    void work()
      .catch(() => undefined) // whoever reads tells
      .finally(() => {
        running = false
        if (asked) reread()
      })
  }

  for (const signal of STOPS) target.on(signal, stop(signal))
  target.on('SIGHUP', atTerminal ? stop('SIGHUP') : reread)
  target.on('SIGUSR2', reread)
  return {
    stopped: stopped.promise,
    onReread(given) {
      work = given
      if (asked) reread()
    },
  }
}

/** As shells count it: 128 and the signal's number. */
export function exitCodeOf(signal: string): number {
  return 128 + (Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0)
}

/** What goes wrong with the two streams of output. */
export interface OutputLoss {
  readonly stream: 'stdout' | 'stderr'
  /** The reader has gone: a closed pipe, a closed terminal. Otherwise it could not be written, on a full disk for example. */
  readonly gone: boolean
  readonly error: Error
}

/** Codes of a reader that has gone away. */
const GONE = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

/**
 * Keeps a lost output from ending the process (Node makes it an uncaught exception).
 *
 * @param onLoss  called once for each stream that is lost; must not write to it
 */
export function guardOutputs(onLoss: (loss: OutputLoss) => void = () => undefined): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    let told = false
    process[stream].on('error', (error: NodeJS.ErrnoException) => {
      if (told) return
      told = true
      onLoss({ stream, gone: GONE.has(error.code ?? ''), error })
    })
  }
}
