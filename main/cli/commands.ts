// What can be asked of a running node on the command line. Each command prints its result to standard output and comes back
// with an exit code: 0 done, 1 not, 2 not understood, 3 no node runs. `certificate get` that is left with Ctrl-C gives 130.
import { resolve } from 'node:path'
import { ConfigError } from '../../core/config.ts'
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts'
import { readCertificateReport, reportText } from '../certificates/show.ts'
import { findNode } from './client.ts'
import { doctor } from './doctor.ts'
import {
  ACTIONS,
  invitationText,
  moment,
  nextForgeText,
  peersText,
  problemText,
  reachabilityText,
  statusText,
  stepText,
} from './text.ts'
import { ApiError } from '../../proto/api/index.ts'
import { readWords } from './words.ts'
import type { Step, State } from '../../proto/api/index.ts'
import type { Clock } from '../../core/clock.ts'
import type { NodeClient } from './client.ts'
import type { Asked, Known } from './words.ts'

/** The terminal. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** A result: standard output. */
  readonly print: (text: string) => void
  /** What is said beside it: standard error. */
  readonly say: (text: string) => void
  /** Asks a person yes or no; undefined where nobody is there. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined
  /** All of standard input. */
  readonly readAll?: () => Promise<string>
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** A command that is not one of these is not ours. */
export const COMMANDS = ['certificate', 'status', 'peers', 'open', 'confirm', 'join', 'reachability', 'doctor'] as const
export type CommandName = (typeof COMMANDS)[number]

/** Left with Ctrl-C, as shells count it. */
const LEFT = 130

/** Often enough to look alive. */
const LOOK_MS = 400

/** A look at reachability takes a quarter of a minute at most. */
const REACH_TIMEOUT_MS = 40_000

type Command = (asked: Asked, terminal: Terminal) => Promise<number>

const SHOW: readonly [Known, Command] = [
  { usage: 'certificate show [--json]', switches: ['json'] },
  async ({ dir, switches }, { clock, print }) => {
    const report = await readCertificateReport(dir, clock.now())
    print(switches.has('json') ? JSON.stringify(report) : reportText(report, clock.now()))
    return report.certificate ? 0 : 1
  },
]

const get: Command = async ({ dir, switches }, terminal) => {
  const node = await findNode(dir)
  const { attempt } = await node.call('certificate.get', {})
  const state = await watchAttempt(node, attempt, switches.has('json') ? undefined : terminal.say, terminal)
  if (!state) {
    terminal.say('It goes on without you; see `nodetrust status`.')
    return LEFT
  }
  const { certificate } = state
  if (switches.has('json')) terminal.print(JSON.stringify(certificate))
  const done = certificate.attempt?.steps.every(({ status }) => status === 'done') === true
  if (!switches.has('json')) {
    if (done && certificate.current) {
      terminal.print(`The certificate is good until ${moment(certificate.current.notAfter, terminal.clock.now())}.`)
    } else terminal.say(problemText(certificate.life.problem) ?? 'It was ended before there was a certificate.')
  }
  return done ? 0 : 1
}

const CERTIFICATE: Readonly<Record<string, readonly [Known, Command]>> = {
  show: SHOW,
  get: [{ usage: 'certificate get [--json]', switches: ['json'] }, get],
  renew: [{ usage: 'certificate renew [--json]', switches: ['json'] }, get],
  export: [
    { usage: 'certificate export [--out FILE]', values: ['out'] },
    async ({ dir, values }, { print, say }) => {
      const { chainPem } = await (await findNode(dir)).call('certificate.export', {})
      const out = values.get('out')
      if (out === undefined) print(chainPem.trimEnd())
      else {
        await writeFileAtomic(resolve(out), chainPem, PUBLIC_MODE)
        say(`Written to ${out}.`)
      }
      return 0
    },
  ],
}

/** A certificate is nothing secret. */
const PUBLIC_MODE = 0o644

const OTHERS: Readonly<Record<Exclude<CommandName, 'certificate'>, readonly [Known, Command]>> = {
  status: [
    { usage: 'status [--json]', switches: ['json'] },
    async ({ dir, switches }, { clock, print }) => {
      const node = await findNode(dir)
      const { state } = await node.call('state.get', {})
      print(switches.has('json') ? JSON.stringify(state) : statusText(state, node.pid, clock.now()))
      return 0
    },
  ],
  peers: [
    { usage: 'peers [--json]', switches: ['json'] },
    async ({ dir, switches }, { clock, print }) => {
      const { state } = await (await findNode(dir)).call('state.get', {})
      print(switches.has('json') ? JSON.stringify(state.peers) : peersText(state, clock.now()))
      return 0
    },
  ],
  open: [
    { usage: 'open [--viewer]', switches: ['viewer'] },
    async ({ dir, switches }, { clock, print, say }) => {
      const role = switches.has('viewer') ? 'viewer' : 'owner'
      const { url, until } = await (await findNode(dir)).call('bridge.link', { role })
      print(url)
      say(`It works once, for ${Math.round((until - clock.now()) / 1_000)} seconds.`)
      return 0
    },
  ],
  confirm: [
    { usage: 'confirm' },
    async ({ dir }, { clock, print, say }) => {
      const { pending } = await (await findNode(dir)).call('confirmation.show', {})
      if (!pending) {
        say('No page waits for a code.')
        return 1
      }
      print(pending.code)
      const seconds = Math.max(0, Math.round((pending.until - clock.now()) / 1_000))
      say(`Type it into the page to ${ACTIONS[pending.action]}. It works for ${seconds} seconds.`)
      return 0
    },
  ],
  join: [
    {
      ...{ usage: 'join INVITATION | - | --link-file FILE [--yes] [--anyway]', words: 1, fewer: true },
      ...{ switches: ['yes', 'anyway'], values: ['link-file'] },
    },
    async (asked, terminal) => {
      const { dir, switches } = asked
      const { ask, print, say } = terminal
      const invitation = await invitationOf(asked, terminal)
      const node = await findNode(dir)
      const preview = await node.call('network.preview', { invitation })
      print(invitationText(preview))
      if (!switches.has('yes')) {
        if (!ask) {
          say('Add --yes to join it.')
          return 2
        }
        if (!(await ask('\nJoin this network?'))) return 1
      }
      const anyway = switches.has('anyway')
      const joined = await node.call('network.join', { invitation, ...(anyway ? { anyway } : {}) }).catch(keptNetwork)
      if (typeof joined === 'string') {
        say(joined)
        return 1
      }
      if (joined.silent) say('Its server does not answer yet; the node tries again by itself.')
      say(
        `Joined ${preview.name}. A node without a window now gets its certificate by itself: watch it with nodetrust status`,
      )
      say('Beside the window, ask for it there or with: nodetrust certificate get')
      return 0
    },
  ],
  doctor: [{ usage: 'doctor [--json | --share]', switches: ['json', 'share'] }, doctor],
  reachability: [
    { usage: 'reachability [--json]', switches: ['json'] },
    async ({ dir, switches }, { clock, print, signal }) => {
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
      const { reachability } = state
      print(switches.has('json') ? JSON.stringify(reachability) : reachabilityText(state, clock.now()))
      return reachability.status === 'unreachable' ? 1 : 0
    },
  ],
}

/**
 * Runs a command.
 *
 * @throws ConfigError (exit code 2), NoNodeError (3), ApiError, FileError (1)
 */
export async function runCommand(name: CommandName, given: readonly string[], terminal: Terminal): Promise<number> {
  const [known, command] = find(name, given[0])
  const asked = await readWords(name === 'certificate' ? given.slice(1) : given, known, terminal.env)
  return await command(asked, terminal)
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
 * @throws ConfigError, FileError
 */
async function invitationOf({ words, values }: Asked, { env, readAll }: Terminal): Promise<string> {
  const file = values.get('link-file')
  const [word] = words
  if (file !== undefined && word !== undefined) throw new ConfigError('the invitation is given twice: leave one out')
  if (file !== undefined) {
    const bytes = await readFileIfThere(resolve(file))
    if (!bytes) throw new ConfigError(`there is no file ${file}`)
    return bytes.toString('utf8').trim()
  }
  if (word === '-' && readAll) return (await readAll()).trim()
  const given = word ?? env['NODETRUST_INVITATION']?.trim()
  if (!given)
    throw new ConfigError('a word is missing\nusage: nodetrust join INVITATION | - | --link-file FILE [--yes]')
  return given
}

/** @throws ConfigError */
function find(name: CommandName, second: string | undefined): readonly [Known, Command] {
  if (name !== 'certificate') return OTHERS[name]
  const found = second !== undefined && Object.hasOwn(CERTIFICATE, second) ? CERTIFICATE[second] : undefined
  if (found) return found
  throw new ConfigError('usage: nodetrust certificate show|get|renew|export [--json] [--out FILE] [--config FILE]')
}

/**
 * Looks at an attempt until it has ended, and says each step as it ends.
 *
 * @returns the state afterwards; undefined where the person left
 */
async function watchAttempt(
  node: NodeClient,
  id: string,
  say: ((text: string) => void) | undefined,
  { clock, signal }: Terminal,
): Promise<State | undefined> {
  const told = new Set<string>()
  for (;;) {
    const { state } = await node.call('state.get', {})
    const { attempt } = state.certificate
    if (attempt?.id === id) {
      const next = nextForgeText(attempt.way)
      // the steps begin anew with another forge
      const forge = attempt.way.kind === 'forge' ? attempt.way.forge : ''
      const tell = (news: string | undefined, text: string) => {
        if (news === undefined || told.has(news)) return
        told.add(news)
        say?.(text)
      }
      if (next !== undefined) tell(`next ${forge}`, next)
      for (const step of attempt.steps) {
        const news = newsOf(step)
        tell(news === undefined || step.name === 'reach' ? news : `${forge} ${news}`, stepText(step, attempt.way))
      }
    }
    if (attempt?.id !== id || attempt.endedAt !== null) return state
    await clock.sleep(LOOK_MS, signal).catch(() => undefined)
    if (signal.aborted) return undefined
  }
}

/** What is told once of a step; undefined while there is nothing to tell. */
function newsOf({ name, status, note, params }: Step): string | undefined {
  if (status === 'done' || status === 'failed') return name
  return status === 'now' && note === 'queued' ? `${name} ${String(params['position'])}` : undefined
}
