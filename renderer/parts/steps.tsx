// The steps towards a certificate, live: what is done, what goes on, what is still to come.
import { useEffect, useRef } from 'preact/hooks'
import type { Step, Way } from '../../proto/api/index.ts'
import { nextForge, stepName, stepSentence } from '../../proto/text/ways.ts'
import { useApp } from '../app.ts'
import { Icon } from './icon.tsx'
import { Lasted } from './pieces.tsx'

/** How a step is drawn. */
export const STEP_CLASSES: Record<Step['status'], string> = {
  done: 'step-done',
  now: 'step-now',
  waiting: 'step-next',
  failed: 'step-failed',
}

/** One sentence for a step: its outcome, or what it is about. Above them, that another forge is asked now. */
export function Steps({ steps, way }: { steps: readonly Step[]; way: Way }) {
  const { t, words } = useApp()
  const next = nextForge(way, words.value)
  const list = useRef<HTMLOListElement>(null)
  const running = steps.find(({ status }) => status === 'now')?.name
  // in a low window the steps scroll, and what goes on would go on out of sight
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
  }, [running])
  return (
    <>
      {next !== undefined && (
        <p class="note note-small" role="status">
          <Icon name="info" tone="soft" />
          <span class="small">{next}</span>
        </p>
      )}
      <ol class="steps" ref={list} aria-label={t('steps.label')}>
        {steps.map((step) => (
          <StepLine key={step.name} step={step} way={way} />
        ))}
      </ol>
    </>
  )
}

function StepLine({ step, way }: { step: Step; way: Way }) {
  const { t, now, words } = useApp()
  const { name, status } = step
  const ms = step.ms ?? (step.startedAt === null || status !== 'now' ? null : now.value - step.startedAt)
  return (
    <li class={`step ${STEP_CLASSES[status]}`} aria-current={status === 'now' ? 'step' : undefined} data-step={name}>
      <Mark status={status} />
      <p class="step-name">
        {stepName(name, way.kind, words.value)}
        <span class="unseen">({t(`step.status.${status}`)})</span>
      </p>
      {ms !== null && <Lasted ms={ms} step />}
      <p class="step-say">{stepSentence(step, way, words.value)}</p>
    </li>
  )
}

/** The mark before a step. */
export function Mark({ status }: { status: Step['status'] }) {
  return (
    <svg class="step-mark" viewBox="0 0 20 20" aria-hidden="true">
      {status === 'waiting' ? (
        <circle cx="10" cy="10" r="6" stroke-width="1.5" />
      ) : status === 'now' ? (
        <>
          <circle class="step-mark-track" cx="10" cy="10" r="8" />
          <path class="step-mark-part" d="M10 2a8 8 0 0 1 6.93 12" />
        </>
      ) : (
        <>
          <circle cx="10" cy="10" r="10" stroke="none" />
          <path d={status === 'done' ? 'm5.75 10.25 3 3 5.5-6' : 'M10 5.5v5M10 14v.1'} />
        </>
      )}
    </svg>
  )
}
