// What cannot be undone or gives the identity away is confirmed outside the page: the desktop app asks in a window of its own and
// hands the code over; elsewhere a code is shown where the node runs and typed here.
import type { ComponentChildren } from 'preact'
import { useSignal, type Signal } from '@preact/signals'
import type { ConfirmAction, Problem } from '../../../proto/api/index.ts'
import { useAction, useApp, useSlices } from '../../app.ts'
import { Button, Trouble } from '../../parts/button.tsx'
import { ownName } from '../../form.ts'
import { Field } from '../../parts/fields.tsx'
import { Command } from '../../parts/pieces.tsx'

interface Confirming {
  readonly busy: boolean
  readonly problem: Problem | undefined
  /** When a code must be typed: until when it is good. */
  readonly asked: Signal<number | undefined>
  /** Asks outside the page. @returns a code where one was handed over */
  ask(): Promise<string | undefined>
}

function useConfirmation(action: ConfirmAction): Confirming {
  const request = useAction('confirmation.request')
  const asked = useSignal<number | undefined>(undefined)
  return {
    busy: request.busy.value,
    problem: request.problem.value,
    asked,
    async ask() {
      const answer = await request.run({ action })
      if (answer === undefined) return undefined
      if (answer.code !== null) return answer.code
      asked.value = answer.until
      return undefined
    },
  }
}

/** A form whose call is confirmed outside the page, in one step or two. */
export function ConfirmedForm({
  action,
  button,
  ready,
  busy,
  problem,
  run,
  onClose,
  children,
}: {
  action: ConfirmAction
  button: string
  ready: boolean
  busy: boolean
  problem: Problem | undefined
  run: (confirmation: string) => Promise<void>
  onClose: () => void
  children: ComponentChildren
}) {
  const { t } = useApp()
  const confirming = useConfirmation(action)
  const code = useSignal('')
  const typing = confirming.asked.value !== undefined
  const wrongCode = problem?.code === 'not-confirmed'
  const submit = async () => {
    if (typing) return run(code.value)
    const given = await confirming.ask()
    if (given !== undefined) await run(given)
  }
  return (
    <form
      class="group sheet-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!busy && !confirming.busy) void submit()
      }}
    >
      {typing ? <CodeField code={code} until={confirming.asked.value ?? 0} wrong={wrongCode} /> : children}
      {confirming.busy && (
        <p class="soft" role="status">
          {t('confirm.waiting')}
        </p>
      )}
      <Trouble problem={typing && wrongCode ? undefined : (problem ?? confirming.problem)} />
      <div class="actions actions-end">
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button
          kind="primary"
          type="submit"
          busy={busy || confirming.busy}
          disabled={typing ? !/^[0-9]{6}$/.test(code.value) : !ready}
        >
          {button}
        </Button>
      </div>
    </form>
  )
}

function CodeField({ code, until, wrong }: { code: Signal<string>; until: number; wrong: boolean }) {
  const { t, times } = useApp()
  const { app } = useSlices()
  return (
    <>
      <p class="strong">{t('confirm.title')}</p>
      <p class="soft">{t(app.value.host === 'desktop' ? 'confirm.say' : 'confirm.say.terminal')}</p>
      <Command text={`${ownName(app.value)} confirm`} />
      <Field
        label={t('confirm.code')}
        hint={t('confirm.until', { time: times().clock(until) })}
        error={wrong ? t('confirm.wrong') : undefined}
      >
        {({ id, describedBy, invalid }) => (
          <input
            class="input input-number"
            id={id}
            inputMode="numeric"
            dir="ltr"
            autocomplete="one-time-code"
            maxLength={6}
            value={code.value}
            aria-describedby={describedBy}
            aria-invalid={invalid}
            onInput={({ currentTarget }) => {
              code.value = currentTarget.value.replaceAll(/\D/g, '')
            }}
          />
        )}
      </Field>
    </>
  )
}
