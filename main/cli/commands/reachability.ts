// `nodetrust reachability`: has the node look whether others get through, and says what came of it.
import { findNode } from '../client.ts'
import { writeJson } from '../json.ts'
import { reachabilityText } from '../text.ts'
import type { Terminal } from '../terminal.ts'
import type { Asked } from '../words.ts'

/** Often enough to look alive. */
const LOOK_MS = 400

/** A look at reachability takes a quarter of a minute at most. */
const REACH_TIMEOUT_MS = 40_000

export async function reachability({ dir, switches }: Asked, terminal: Terminal): Promise<number> {
  const { clock, print, signal } = terminal
  const node = await findNode(dir)
  const before = await node.call('state.get', {})
  await node.call('reachability.check', {})
  const until = clock.now() + REACH_TIMEOUT_MS
  let { state } = await node.call('state.get', {})
  const isOld = () => state.reachability.checkedAt === before.state.reachability.checkedAt
  while ((isOld() || state.reachability.status === 'checking') && clock.now() < until && !signal.aborted) {
    await clock.sleep(LOOK_MS, signal).catch(() => undefined)
    state = (await node.call('state.get', {})).state
  }
  if (switches.has('json')) writeJson(terminal, 'reachability', state.reachability)
  else print(reachabilityText(state, clock.now()))
  return state.reachability.status === 'unreachable' ? 1 : 0
}
