// `--watch`: on a terminal what is shown is drawn anew whenever it changes; elsewhere each change is a line with its time, or with
// --json a whole object. It ends with Ctrl-C, or with the node.
import { findNode, NoNodeError, type NodeClient } from './client.ts'
import { isoTime } from './json.ts'
import type { State } from '../../proto/api/index.ts'
import type { Terminal } from './terminal.ts'

/** Often enough to look alive; a node answers 600 a minute. */
const LOOK_MS = 1_000

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
  while (!signal.aborted) {
    const snapshot = await node.call('state.get', {}).catch(orEnded)
    if (!snapshot) {
      terminal.say('The node has ended.')
      return 3
    }
    const { state } = snapshot
    if (json) {
      if (snapshot.rev !== rev) json(state)
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
      for (const fact of now.filter((one) => !known.has(one))) write(`${isoTime(clock.now())}  ${fact}`)
      known = new Set(now)
    }
    await clock.sleep(LOOK_MS, signal).catch(() => undefined)
  }
  return 0
}

function orEnded(error: unknown): undefined {
  if (!(error instanceof NoNodeError)) throw error
}
