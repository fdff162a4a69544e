// `nodetrust certificate ...`: what there is, a new one, the chain as a file.
import { resolve } from 'node:path'
import { writeFileAtomic } from '../../../core/files.ts'
import { readCertificateReport, reportText } from '../../certificates/show.ts'
import { findNode, type NodeClient } from '../client.ts'
import { writeJson } from '../json.ts'
import { moment, nextForgeText, problemText, stepText } from '../text.ts'
import type { Step, State } from '../../../proto/api/index.ts'
import type { Terminal } from '../terminal.ts'
import type { Asked } from '../words.ts'

/** Left with Ctrl-C, as shells count it. */
const LEFT = 130

/** Often enough to look alive. */
const LOOK_MS = 400

/** A certificate is nothing secret. */
const PUBLIC_MODE = 0o644

export async function showCertificate({ dir, switches }: Asked, terminal: Terminal): Promise<number> {
  const now = terminal.clock.now()
  const report = await readCertificateReport(dir, now)
  if (switches.has('json')) writeJson(terminal, 'certificate show', report)
  else terminal.print(reportText(report, now))
  return report.certificate ? 0 : 1
}

/** `get` and `renew`, which the node takes for the same. */
export async function getCertificate({ dir, switches }: Asked, terminal: Terminal): Promise<number> {
  const node = await findNode(dir)
  const { attempt } = await node.call('certificate.get', {})
  const state = await watchAttempt(node, attempt, switches.has('json') ? undefined : terminal.say, terminal)
  if (!state) {
    terminal.say('It goes on without you; see `nodetrust status`.')
    return LEFT
  }
  const { certificate } = state
  if (switches.has('json')) writeJson(terminal, 'certificate get', certificate)
  const done = certificate.attempt?.steps.every(({ status }) => status === 'done') === true
  if (!switches.has('json')) {
    if (done && certificate.current) {
      terminal.print(`The certificate is good until ${moment(certificate.current.notAfter, terminal.clock.now())}.`)
    } else terminal.say(problemText(certificate.life.problem) ?? 'It was ended before there was a certificate.')
  }
  return done ? 0 : 1
}

export async function exportChain({ dir, values, switches }: Asked, terminal: Terminal): Promise<number> {
  const { chainPem } = await (await findNode(dir)).call('certificate.export', {})
  const given = values.get('out')
  const out = given === undefined ? null : resolve(given)
  if (out !== null) await writeFileAtomic(out, chainPem, PUBLIC_MODE)
  if (switches.has('json')) writeJson(terminal, 'certificate export', { chainPem, out })
  else if (out === null) terminal.write(chainPem.trimEnd())
  else terminal.say(`Written to ${given}.`)
  return 0
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
