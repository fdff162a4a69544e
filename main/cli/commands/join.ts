// `nodetrust join`: shows what an invitation says, and joins its network when the person says yes.
import { resolve } from 'node:path'
import { UsageError } from '../../../core/commands/index.ts'
import { readFileIfThere } from '../../../core/files.ts'
import { ApiError } from '../../../proto/api/index.ts'
import { findNode } from '../client.ts'
import { writeJson } from '../json.ts'
import { invitationText } from '../text.ts'
import type { Terminal } from '../terminal.ts'
import type { Asked } from '../words.ts'

export async function join(asked: Asked, terminal: Terminal): Promise<number> {
  const { dir, switches } = asked
  const { ask, print, say } = terminal
  const invitation = await invitationOf(asked, terminal)
  const node = await findNode(dir)
  const preview = await node.call('network.preview', { invitation }).catch((error: unknown) => {
    if (isCutByShell(asked.words[0])) say("In a shell an invitation stands between quotes: nodetrust join '…'")
    throw error
  })
  const json = switches.has('json')
  if (json && !switches.has('yes')) {
    // a program is not asked: it looks, and joins when it wants to
    writeJson(terminal, 'join', { joined: false, silent: false, invitation: preview })
    say('Add --yes to join it.')
    return 2
  }
  if (!json) print(invitationText(preview))
  if (!switches.has('yes')) {
    if (!ask) {
      say('Add --yes to join it.')
      return 2
    }
    if (!(await ask('\nJoin this network?'))) return 1
  }
  const anyway = switches.has('anyway') ? { anyway: true } : {}
  const joined = await node.call('network.join', { invitation, ...anyway }).catch(keptNetwork)
  if (typeof joined === 'string') {
    if (json) writeJson(terminal, 'join', { joined: false, silent: true, invitation: preview })
    say(joined)
    return 1
  }
  if (joined.silent) say('Its server does not answer yet; the node tries again by itself.')
  if (json) writeJson(terminal, 'join', { joined: true, silent: joined.silent, invitation: preview })
  else {
    say(`Joined ${preview.name}.`)
    say('A node without a window now gets its certificate by itself; watch it with: nodetrust status --watch')
    say('With a window, ask for it there or with: nodetrust certificate get')
  }
  return 0
}

/** Without quotes a shell takes every `&` for the end of a command: what comes through is a link with its first word alone. */
function isCutByShell(word: string | undefined): boolean {
  return word !== undefined && word.includes('?') && !word.includes('&')
}

/** What is said where the network was kept, since the server of the new one is not there. @throws everything else */
function keptNetwork(error: unknown): string {
  if (!(error instanceof ApiError)) throw error
  const { code, detail } = error.problem
  if (code !== 'server-unreachable' && code !== 'server-other-key') throw error
  const what = code === 'server-other-key' ? 'Another key answers there' : 'Its server does not answer'
  return `${what}, so nothing was changed: ${detail}\nTo join all the same: add --anyway`
}

/**
 * The invitation, which may hold a token: of a file, standard input, the command line, or the variable NODETRUST_INVITATION.
 *
 * @throws UsageError, FileError
 */
async function invitationOf({ words, values }: Asked, { env, readAll }: Terminal): Promise<string> {
  const file = values.get('link-file')
  const [word] = words
  if (file !== undefined && word !== undefined) throw new UsageError('the invitation is given twice: leave one out')
  if (file !== undefined) {
    const bytes = await readFileIfThere(resolve(file))
    if (!bytes) throw new UsageError(`there is no file ${file}`)
    return bytes.toString('utf8').trim()
  }
  if (word === '-' && readAll) return (await readAll()).trim()
  const given = word ?? env['NODETRUST_INVITATION']?.trim()
  if (!given)
    throw new UsageError(
      'the invitation is missing: nodetrust join INVITATION, nodetrust join - to read it from standard input, or --link-file FILE',
    )
  return given
}
