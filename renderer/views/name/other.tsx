// Somebody else's name: checked against what its owner has signed, and opened in a browser.
import { useSignal } from '@preact/signals'
import type { VerificationData } from '../../../proto/api/index.ts'
import { useAction, useApp, useSlices } from '../../app.ts'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/fields.tsx'
import { Command } from '../../parts/pieces.tsx'
import { Failure } from './failure.tsx'
import { Findings } from './findings.tsx'

export function OtherName() {
  const app = useApp()
  const { t } = app
  const verify = useAction('name.verify')
  const open = useAction('name.open')
  const name = useSignal('')
  const found = useSignal<VerificationData | undefined>(undefined)
  const rules = useSignal('')
  if (!verify.allowed) return null
  const typed = name.value.trim()
  const check = async () => {
    found.value = undefined
    open.problem.value = undefined
    found.value = await verify.run({ name: typed })
    if (found.value !== undefined) app.say(t(found.value.ok ? 'name.verified' : 'name.wrong'))
  }
  const show = async () => {
    rules.value = ''
    verify.problem.value = undefined
    rules.value = (await open.run({ name: typed }))?.pac ?? ''
  }
  return (
    <section class="group" aria-labelledby="name-other">
      <h2 id="name-other">{t('name.other')}</h2>
      <form
        class="group"
        onSubmit={(event) => {
          event.preventDefault()
          void check()
        }}
      >
        <Field label={t('name.other.label')} hint={t('name.other.hint')}>
          {({ id, describedBy }) => (
            <input
              class="input code"
              id={id}
              dir="ltr"
              maxLength={300}
              spellcheck={false}
              autocapitalize="off"
              autocomplete="off"
              value={name.value}
              aria-describedby={describedBy}
              onInput={({ currentTarget }) => {
                name.value = currentTarget.value
                found.value = undefined
                rules.value = ''
              }}
            />
          )}
        </Field>
        <div class="actions">
          <Button type="submit" busy={verify.busy.value} disabled={typed === ''}>
            {t(verify.busy.value ? 'name.verify.busy' : 'name.verify')}
          </Button>
          <Button icon="external" busy={open.busy.value} disabled={typed === ''} onClick={() => void show()}>
            {t('name.open')}
          </Button>
        </div>
      </form>
      <Failure problem={verify.problem.value ?? open.problem.value} />
      {found.value !== undefined && <Findings found={found.value} />}
      {rules.value !== '' && (
        <div class="stack">
          <p class="small">{t('name.opened')}</p>
          <Command text={rules.value} />
        </div>
      )}
    </section>
  )
}

/** Whether this person's browsers take what the proxy shows them. */
export function Trust() {
  const { t } = useApp()
  const { trusted, resolver } = useSlices().name.value
  const trust = useAction('name.trust')
  if (!trust.allowed) return null
  const press = (on: boolean) => (
    <Button busy={trust.busy.value} onClick={() => void trust.run({ on })}>
      {t(on ? 'name.trust.on' : 'name.trust.off')}
    </Button>
  )
  return (
    <div class="card rows">
      <div class="setting">
        <p>
          {t('name.trust')}
          <span class="small">
            {t('name.trust.say')}
            {trusted === null && ` ${t('name.trust.unknown')}`}
          </span>
        </p>
        <span class="actions">
          {trusted !== false && press(false)}
          {trusted !== true && press(true)}
        </span>
        <Failure problem={trust.problem.value} />
      </div>
      {resolver !== null && (
        <div class="setting">
          <p>
            {t('name.resolver')}
            <span class="small" translate={false} dir="ltr">
              {resolver.addresses.join(', ')}
            </span>
          </p>
        </div>
      )}
    </div>
  )
}
