// `nodetrust open`: a link to the page of the running node.
import { findNode } from '../client.ts'
import { isoTime, writeJson } from '../json.ts'
import type { Terminal } from '../terminal.ts'
import type { Asked } from '../words.ts'

export async function open({ dir, switches }: Asked, terminal: Terminal): Promise<number> {
  const role = switches.has('viewer') ? 'viewer' : 'owner'
  const { url, until } = await (await findNode(dir)).call('bridge.link', { role })
  if (switches.has('json')) writeJson(terminal, 'open', { url, role, until: isoTime(until) })
  else {
    terminal.print(url)
    terminal.say(`It works once, for ${Math.round((until - terminal.clock.now()) / 1_000)} seconds.`)
  }
  return 0
}
