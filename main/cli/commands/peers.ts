// `nodetrust peers`: who the node knows; `peers show`: all that is known of one; `peers add` and `peers remove`: what a person adds by hand.
import { findNode } from '../client.ts'
import { writeJson } from '../json.ts'
import { peersFacts, peersText, peerText } from '../peers-text.ts'
import { peerAddressIn, peerIdIn } from '../typed-peer.ts'
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

export async function showPeer({ dir, switches, words }: Asked, terminal: Terminal): Promise<number> {
  const peerId = peerIdIn(words[0] ?? '')
  const node = await findNode(dir)
  if (switches.has('record')) {
    const { record } = await node.call('peers.record', { peerId })
    if (switches.has('json')) writeJson(terminal, 'peers show --record', { record })
    else if (record === null) terminal.say('No signed record of this peer is known.')
    else terminal.print(record)
    return record === null ? 1 : 0
  }
  const { peer } = await node.call('peers.show', { peerId })
  if (switches.has('json')) writeJson(terminal, 'peers show', { peer })
  else if (peer) terminal.print(peerText(peer, terminal.clock.now()))
  else terminal.say('Nothing is known of this peer.')
  return peer ? 0 : 1
}

export async function addPeer({ dir, switches, words }: Asked, terminal: Terminal): Promise<number> {
  const address = peerAddressIn(words[0] ?? '')
  await (await findNode(dir)).call('peers.add', { address, connect: false })
  if (switches.has('json')) writeJson(terminal, 'peers add', { added: address })
  else terminal.say('Added. It is kept until you remove it.')
  return 0
}

export async function removePeer({ dir, switches, words }: Asked, terminal: Terminal): Promise<number> {
  const [word = ''] = words
  const what = word.startsWith('/') ? peerAddressIn(word) : peerIdIn(word)
  const node = await findNode(dir)
  if (what.startsWith('/')) await node.call('peers.remove', { address: what })
  else {
    const { peer } = await node.call('peers.show', { peerId: what })
    const isAdded = peer?.addresses.some(({ sources }) => sources.some(({ provenance }) => provenance === 'user'))
    if (isAdded !== true) {
      terminal.say('Nothing was removed: no address of this peer was added by hand.')
      return 1
    }
    await node.call('peers.forget', { peerId: what })
  }
  if (switches.has('json')) writeJson(terminal, 'peers remove', { removed: what })
  else terminal.say('Removed. What others say of this peer stays.')
  return 0
}
