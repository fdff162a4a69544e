// `nodetrust status`: how the running node is, in words, for a program, for monitoring, or for whoever stays and looks.
import { UsageError } from '../../../core/commands/index.ts'
import { CHECK_CODES, checkLine, checkOf } from '../check.ts'
import { findNode, NoNodeError } from '../client.ts'
import { writeJson } from '../json.ts'
import { statusFacts, statusText } from '../text.ts'
import { watch } from '../watch.ts'
import type { Terminal } from '../terminal.ts'
import type { Asked } from '../words.ts'

export async function status(asked: Asked, terminal: Terminal): Promise<number> {
  const { dir, switches } = asked
  const json = switches.has('json')
  if (switches.has('check')) {
    if (json || switches.has('watch')) throw new UsageError('--check stands alone: leave --json and --watch out')
    return await check(dir, terminal)
  }
  if (switches.has('watch')) {
    return await watch(
      {
        dir,
        draw: (state, node, now) => statusText(state, node.pid, now),
        facts: statusFacts,
        json: json ? (state) => writeJson(terminal, 'status', state) : undefined,
      },
      terminal,
    )
  }
  const node = await findNode(dir)
  const { state } = await node.call('state.get', {})
  if (json) writeJson(terminal, 'status', state)
  else terminal.print(statusText(state, node.pid, terminal.clock.now()))
  return 0
}

/** A node that does not run is the very thing that is watched for; whatever else keeps from looking is told by whoever called us. */
async function check(dir: string, { clock, print }: Terminal): Promise<number> {
  try {
    const { state } = await (await findNode(dir)).call('state.get', {})
    const verdict = checkOf(state, clock.now())
    print(checkLine(verdict))
    return CHECK_CODES[verdict.word]
  } catch (error) {
    if (!(error instanceof NoNodeError)) throw error
    print(checkLine({ word: 'CRITICAL', text: error.message }))
    return CHECK_CODES.CRITICAL
  }
}
