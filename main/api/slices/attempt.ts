// An attempt to get a certificate as the seven steps that people see, folded from the node's events. The node's own steps
// are finer in one place (info, proof) and coarser in another (order, whose progress the issue server tells). Where another
// forge is asked, or a forge after the issue server, all but the first step begins anew.
import { WAY_STEPS } from '../../../proto/api/index.ts'
import { reasonOf } from './problems.ts'
import type { Params, State, Step, StepName, Way } from '../../../proto/api/index.ts'
import type { NodeEventFields, NodeEventLine } from '../../../proto/node-events.ts'
import type { Attempt } from '../../certificates/keeper.ts'
import type { Verdict } from '../../reachability/verdict.ts'

/** The slice's part. */
export type AttemptView = NonNullable<State['certificate']['attempt']>

/** One thing that was seen. */
export interface Sighting {
  /** The attempt under way. */
  readonly attempt: Attempt | undefined
  readonly line?: NodeEventLine
  readonly verdict: Verdict | undefined
  /** The way that an attempt begins with. */
  readonly way: Way
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Failures that are told while an attempt runs and have nothing to do with it. */
const OTHER_FAILURES = new Set(['served-certificate', 'stored-certificate'])

const MAX_TEXT = 1_000

/** The way that is tried first: a network's own servers, then its forges. */
export function firstWay(choice: State['network']['choice']): Way {
  const [forge] = choice?.forges ?? []
  return choice?.issue === false && forge !== undefined ? { kind: 'forge', forge, before: null } : { kind: 'network' }
}

/** The attempt as it looks after something was seen; the last one stays to be looked at when it has ended. */
export function attemptAfter(view: AttemptView | null, seen: Sighting): AttemptView | null {
  const { attempt, line, now } = seen
  let next = view
  if (attempt && (next?.id !== attempt.id || next.startedAt !== attempt.startedAt || next.endedAt !== null)) {
    next = begin(attempt, seen.way)
  }
  if (!next || next.endedAt !== null) return next
  const way = line ? wayAfter(next.way, line) : next.way
  if (way !== next.way) next = { ...next, way, steps: stepsAnew(next.steps, way, seen) }
  if (line) next = { ...next, steps: stepsAfter(next.steps, line, { ...seen, way }) }
  if (!attempt) next = { ...next, endedAt: now, steps: endNow(next.steps, now, { status: 'failed', note: 'failed' }) }
  return next
}

function begin({ id, kind, startedAt }: Attempt, way: Way): AttemptView {
  return { id, kind, startedAt, endedAt: null, way, steps: enter(WAY_STEPS[way.kind].map(waiting), 'reach', startedAt) }
}

function waiting(name: StepName): Step {
  return { name, status: 'waiting', startedAt: null, ms: null, note: 'none', params: {}, detail: '' }
}

/** The way after an event; the very same one where it goes on. */
function wayAfter(way: Way, line: NodeEventLine): Way {
  if (line.event === 'next-forge') {
    return { kind: 'forge', forge: line.to, before: { forge: line.from, why: reasonOf(line.code) } }
  }
  if (line.event !== 'step' || line.forge === undefined) return way
  // the one that holds an order of ours goes first, whatever is preferred
  return way.kind === 'forge' && way.forge === line.forge ? way : { kind: 'forge', forge: line.forge, before: null }
}

/** The steps of another way; whether others reach us is known already. */
function stepsAnew(steps: readonly Step[], { kind }: Way, { now, verdict }: Sighting): Step[] {
  const [reach = waiting('reach')] = steps
  const looked = reach.status === 'now' ? { ...end(reach, now, { status: 'done' }), note: reachNote(verdict) } : reach
  const [, ...rest] = WAY_STEPS[kind]
  const [first = 'order'] = rest
  return enter([looked, ...rest.map((step) => waiting(step))], first, now)
}

function stepsAfter(steps: readonly Step[], line: NodeEventLine, seen: Sighting): Step[] {
  if (line.event === 'failed' && !OTHER_FAILURES.has(line.code)) {
    return endNow(steps, seen.now, { status: 'failed', note: 'failed', detail: line.message })
  }
  return line.event === 'step' ? afterStep(steps, line, seen) : [...steps]
}

function afterStep(steps: readonly Step[], line: NodeEventFields['step'], seen: Sighting): Step[] {
  const { now, verdict } = seen
  const { status, detail } = line
  const byForge = line.forge !== undefined
  // of several proof servers one may fail; a forge is alone
  const failed = status === 'failed' && (byForge || line.step !== 'proof')
  if (failed) {
    const place = (byForge && line.step === 'info' ? 'order' : PLACES[line.step]) ?? 'serve'
    const how = line.step === 'reach' ? 'unreachable' : line.step === 'proof' ? 'not-knocked' : 'failed'
    return endNow(enter(steps, place, now), now, { status: 'failed', note: how, detail })
  }
  const reached = (list: readonly Step[]) => note(list, 'reach', { note: reachNote(verdict) })
  const forgeSteps = byForge ? afterForgeStep(steps, line, seen) : undefined
  if (forgeSteps) return forgeSteps
  switch (line.step) {
    case 'reach':
      return status === 'done' ? reached(endNow(steps, now, { status: 'done', detail })) : enter(steps, 'reach', now)
    case 'info':
      return note(reached(enter(steps, 'prove', now)), 'prove', { detail })
    case 'proof': {
      const count = Number(stepOf(steps, 'prove')?.params['count'] ?? 0) + (status === 'done' ? 1 : 0)
      const said = [stepOf(steps, 'prove')?.detail, detail].filter(Boolean).join('; ')
      const found = status === 'failed' && count === 0 ? 'proof-failed' : 'proved'
      return note(steps, 'prove', { note: found, params: { count }, detail: said })
    }
    case 'request':
    case 'key':
      return note(enter(steps, 'order', now), 'order', { detail })
    case 'order':
      if (status !== 'done') return afterProgress(enter(steps, 'order', now), detail, now)
      return detail.includes('issued before') ? reuse(steps, now) : enter(steps, 'finish', now)
    case 'verify': {
      const finishing = enter(steps, 'finish', now)
      return status === 'done' ? endNow(finishing, now, { status: 'done', note: 'issued', detail }) : finishing
    }
    default: {
      const serving = enter(steps, 'serve', now)
      return status === 'done' ? endNow(serving, now, { status: 'done', note: 'serving', detail }) : serving
    }
  }
}

/** What is different where the broker of a forge takes part; undefined for what is as always. */
function afterForgeStep(
  steps: readonly Step[],
  { step, status, detail, mark }: NodeEventFields['step'],
  { now, verdict }: Sighting,
): Step[] | undefined {
  switch (step) {
    case 'info': {
      const asking = note(enter(steps, 'order', now), 'reach', { note: reachNote(verdict) })
      return note(asking, 'order', { note: status === 'begin' ? 'asked-forge' : 'none', detail })
    }
    case 'proof': {
      const knocking = enter(steps, 'prove', now)
      return status === 'done' ? enter(note(knocking, 'prove', { note: 'knocked', detail }), 'publish', now) : knocking
    }
    case 'order':
      if (mark !== undefined) {
        return note(steps, 'publish', { ...(mark === 'seen-at-forge' ? { note: mark } : {}), detail })
      }
      // the knock comes between the order and the code
      return /^order(:|$)/.test(detail) ? note(steps, 'order', { note: 'ordered', params: {}, detail }) : undefined
    default:
      return undefined
  }
}

/** Where each of the node's steps is seen. */
const PLACES: Readonly<Record<string, StepName>> = {
  ...{ reach: 'reach', info: 'prove', proof: 'prove', request: 'order', key: 'order', order: 'order' },
  ...{ verify: 'finish', install: 'serve' },
}

/** What the issue server tells of an order (`servers/issue/orders.ts`, `core/acme/issuance.ts`), as `name: detail`. */
function afterProgress(steps: readonly Step[], text: string, now: number): Step[] {
  const [, name = '', detail = ''] = /^([a-z-]+)(?:: (.*))?$/s.exec(text) ?? []
  switch (name) {
    case 'queued': {
      const [, position, seconds] = /number (\d+) in the line(?:, about (\d+) s)?/.exec(detail) ?? []
      const params: Params = {
        ...(position === undefined ? {} : { position: Number(position) }),
        ...(seconds === undefined ? {} : { seconds: Number(seconds) }),
      }
      return note(steps, 'order', { note: 'queued', params, detail })
    }
    case 'order':
      return enter(note(steps, 'order', { note: 'ordered', params: {}, detail }), 'publish', now)
    case 'challenge-set':
      return note(enter(steps, 'publish', now), 'publish', { note: 'published', detail })
    case 'challenge-told':
      return note(enter(note(steps, 'publish', { note: 'published' }), 'validate', now), 'validate', { detail })
    case 'validated':
      return enter(note(enter(steps, 'validate', now), 'validate', { note: 'validated', detail }), 'finish', now)
    case 'finalized':
    case 'downloaded':
    case 'verified':
      return note(enter(steps, 'finish', now), 'finish', { detail: text })
    default:
      return note(steps, 'order', text === '' ? {} : { detail: text })
  }
}

/** The issue server had it already: nothing was ordered, published or validated. */
function reuse(steps: readonly Step[], now: number): Step[] {
  const done = enter(steps, 'finish', now)
  return done.map((step) =>
    step.name === 'order' || step.name === 'publish' || step.name === 'validate' ? { ...step, note: 'reused' } : step,
  )
}

/**
 * Makes a step the one that is worked on; those before it are done. Steps are never gone back to; what was never begun had
 * been done by an attempt before.
 */
function enter(steps: readonly Step[], name: StepName, now: number): Step[] {
  const at = steps.findIndex((step) => step.name === name)
  return steps.map((step, index) => {
    if (index < at && step.status === 'waiting') return end(step, now, { status: 'done', note: 'done-before' })
    if (index < at && step.status === 'now') return end(step, now, { status: 'done' })
    if (index === at && step.status === 'waiting') return { ...step, status: 'now', startedAt: now }
    return step
  })
}

interface Ending {
  readonly status: 'done' | 'failed'
  readonly note?: Step['note']
  readonly detail?: string
}

/** Ends the step that is worked on. */
function endNow(steps: readonly Step[], now: number, ending: Ending): Step[] {
  return steps.map((step) => (step.status === 'now' ? end(step, now, ending) : step))
}

function end(step: Step, now: number, { status, note: how = step.note, detail = step.detail }: Ending): Step {
  const ms = step.startedAt === null ? null : Math.max(0, now - step.startedAt)
  return { ...step, status, ms, note: how, detail: detail.slice(0, MAX_TEXT) }
}

/** Says more of a step. */
function note(steps: readonly Step[], name: StepName, said: Partial<Pick<Step, 'note' | 'params' | 'detail'>>): Step[] {
  const bounded = said.detail === undefined ? said : { ...said, detail: said.detail.slice(0, MAX_TEXT) }
  return steps.map((step) => (step.name === name ? { ...step, ...bounded } : step))
}

function stepOf(steps: readonly Step[], name: StepName): Step | undefined {
  return steps.find((step) => step.name === name)
}

/** What the look at reachability came to. */
export function reachNote(verdict: Verdict | undefined): Step['note'] {
  switch (verdict?.status) {
    case 'reachable':
      return verdict.facts.router === 'mapped' ? 'router-opened' : 'reachable'
    case 'unreachable':
      return 'unreachable'
    case 'local':
      return 'reach-local'
    default:
      return 'reach-unknown'
  }
}
