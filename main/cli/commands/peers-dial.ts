// `nodetrust peers dial`: connects to a peer, and says what was tried.
import { findNode } from '../client.ts'
import { dialText } from '../dial-text.ts'
import { writeJson } from '../json.ts'
import { peerIdIn } from '../typed-peer.ts'
import type { Terminal } from '../terminal.ts'
import type { Asked } from '../words.ts'

export async function dialPeer({ dir, switches, values, words }: Asked, terminal: Terminal): Promise<number> {
  const policy = values.get('policy')
  const peerId = peerIdIn(words[0] ?? '')
  const node = await findNode(dir)
  const report = await node.call('peers.dial', { peerId, ...(policy === undefined ? {} : { policy }) })
  if (switches.has('json')) writeJson(terminal, 'peers dial', report)
  else terminal.print(dialText(report))
  return report.address === null ? 1 : 0
}
