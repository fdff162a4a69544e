// `nodetrust peers`: who the node knows.
import { findNode } from '../client.ts'
import { writeJson } from '../json.ts'
import { peersFacts, peersText } from '../text.ts'
import { watch } from '../watch.ts'
import type { Terminal } from '../terminal.ts'
import type { Asked } from '../words.ts'

export async function peers({ dir, switches }: Asked, terminal: Terminal): Promise<number> {
  const json = switches.has('json')
  if (switches.has('watch')) {
    return await watch(
      {
        ...{ dir, facts: peersFacts, draw: (state, _node, now) => peersText(state, now) },
        json: json ? (state) => writeJson(terminal, 'peers', state.peers) : undefined,
      },
      terminal,
    )
  }
  const { state } = await (await findNode(dir)).call('state.get', {})
  if (json) writeJson(terminal, 'peers', state.peers)
  else terminal.print(peersText(state, terminal.clock.now()))
  return 0
}
