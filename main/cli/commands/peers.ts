// `nodetrust peers`: who the node knows.
import { findNode } from '../client.ts'
import { writeJson } from '../json.ts'
import { peersText } from '../text.ts'
import type { Terminal } from '../terminal.ts'
import type { Asked } from '../words.ts'

export async function peers({ dir, switches }: Asked, terminal: Terminal): Promise<number> {
  const { state } = await (await findNode(dir)).call('state.get', {})
  if (switches.has('json')) writeJson(terminal, 'peers', state.peers)
  else terminal.print(peersText(state, terminal.clock.now()))
  return 0
}
