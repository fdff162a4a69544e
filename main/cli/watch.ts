// `--watch`: on a terminal what is shown is drawn anew whenever it changes; elsewhere each change is a line with its time, or with
// --json a whole object. It ends with Ctrl-C, with the node, or with its reader.
import { findNode, NoNodeError, type NodeClient } from './client.ts'
import { isoTime } from './json.ts'
import type { State } from '../../proto/api/index.ts'
import type { Terminal } from './terminal.ts'

/** Often enough to look alive; a node answers 600 a minute. */
const LOOK_MS = 1_000

/** A reader of a pipe that has enough (`| head -1`) has gone by the next line; between two written at once nobody would notice. */
const LINE_PAUSE_MS = 25

/** Where nothing changes the newest is said again: that it is still so, and whether somebody still reads. */
const STILL_MS = 60_000

/** What is watched. */
export interface Watched {
  readonly dir: string
  /** As it is drawn on a terminal. */
  readonly draw: (state: State, node: NodeClient, now: number) => string
  /** What does not change by mere time, one fact each; what is new is a line. */
  readonly facts: (state: State) => readonly string[]
  /** Written at every change instead. */
  readonly json: ((state: State) => void) | undefined
}

/** @throws NoNodeError where none runs from the start */
export async function watch({ dir, draw, facts, json }: Watched, terminal: Terminal): Promise<number> {
  const { clock, signal, print, write, clear } = terminal
  const node = await findNode(dir)
  let shown = ''
  let known: ReadonlySet<string> = new Set()
  let rev = -1
  let toldAt = clock.now()
  while (!signal.aborted) {
    const snapshot = await node.call('state.get', {}).catch(orEnded)
    if (!snapshot) {
      terminal.say('The node has ended.')
      return 3
    }
    const { state } = snapshot
    const isStill = Math.abs(clock.now() - toldAt) >= STILL_MS
    if (json) {
      if (snapshot.rev !== rev || isStill) {
        json(state)
        toldAt = clock.now()
      }
      rev = snapshot.rev
    } else if (clear) {
      const text = draw(state, node, clock.now())
      if (text !== shown) {
        clear()
        print(`${text}\n\nCtrl-C ends it.`)
      }
      shown = text
    } else {
      const now = facts(state)
      const news = now.filter((one) => !known.has(one))
      for (const fact of news.length > 0 ? news : isStill ? now.slice(0, 1) : []) {
        write(`${isoTime(clock.now())}  ${fact}`)
        toldAt = clock.now()
        await clock.sleep(LINE_PAUSE_MS, signal).catch(() => undefined)
        if (signal.aborted) return 0
      }
      known = new Set(now)
    }
    await clock.sleep(LOOK_MS, signal).catch(() => undefined)
  }
  return 0
}

function orEnded(error: unknown): undefined {
  if (!(error instanceof NoNodeError)) throw error
}
