// `nodetrust confirm`: the code that a page in a browser waits for, told where no page can look.
import { findNode } from '../client.ts'
import { isoTime, writeJson } from '../json.ts'
import { ACTIONS } from '../text.ts'
import type { Terminal } from '../terminal.ts'
import type { Asked } from '../words.ts'

export async function confirm({ dir, switches }: Asked, terminal: Terminal): Promise<number> {
  const { clock, print, say } = terminal
  const { pending } = await (await findNode(dir)).call('confirmation.show', {})
  if (switches.has('json')) {
    writeJson(terminal, 'confirm', { pending: pending && { ...pending, until: isoTime(pending.until) } })
    return pending ? 0 : 1
  }
  if (!pending) {
    say('No page waits for a code.')
    return 1
  }
  print(pending.code)
  const seconds = Math.max(0, Math.round((pending.until - clock.now()) / 1_000))
  say(`Type it into the page to ${ACTIONS[pending.action]}. It works for ${seconds} seconds.`)
  return 0
}
