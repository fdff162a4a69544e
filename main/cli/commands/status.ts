// `nodetrust status`: how the running node is.
import { findNode } from '../client.ts'
import { writeJson } from '../json.ts'
import { statusText } from '../text.ts'
import type { Terminal } from '../terminal.ts'
import type { Asked } from '../words.ts'

export async function status({ dir, switches }: Asked, terminal: Terminal): Promise<number> {
  const node = await findNode(dir)
  const { state } = await node.call('state.get', {})
  if (switches.has('json')) writeJson(terminal, 'status', state)
  else terminal.print(statusText(state, node.pid, terminal.clock.now()))
  return 0
}
