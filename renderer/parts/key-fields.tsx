// Fields for what guards a key: a passphrase, and the file of a backup. Apart from the others, which the first question needs too.
import { useId, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { useApp } from '../app.ts'
import { Field } from './fields.tsx'

/** A passphrase that can be shown while it is typed. */
export function PassphraseField({
  label,
  hint,
  error,
  value,
  fresh,
  onInput,
}: {
  label: string
  hint?: string
  error?: string | undefined
  value: string
  /** A new one, not the one that is there. */
  fresh: boolean
  onInput: (value: string) => void
}) {
  const { t } = useApp()
  const shown = useSignal(false)
  return (
    <Field label={label} {...(hint === undefined ? {} : { hint })} error={error}>
      {({ id, describedBy, invalid }) => (
        <div class="with-button">
          <input
            class="input"
            id={id}
            {...(shown.value ? { type: 'text' as const } : { type: 'password' as const })}
            autocomplete={fresh ? 'new-password' : 'current-password'}
            spellcheck={false}
            autocapitalize="off"
            value={value}
            aria-describedby={describedBy}
            aria-invalid={invalid}
            onInput={({ currentTarget }) => onInput(currentTarget.value)}
          />
          <button
            class="button"
            type="button"
            aria-pressed={shown.value}
            onClick={() => {
              shown.value = !shown.value
            }}
          >
            {t('key.passphrase.show')}
          </button>
        </div>
      )}
    </Field>
  )
}

/** A file, chosen with a button of ours. */
export function FileField({
  label,
  button,
  name,
  onFile,
}: {
  label: string
  button: string
  /** Of the chosen file, or that there is none. */
  name: string
  onFile: (file: File) => void
}) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  return (
    <div class="field">
      <span class="strong" id={id}>
        {label}
      </span>
      <div class="actions">
        <button class="button" type="button" aria-describedby={id} onClick={() => input.current?.click()}>
          {button}
        </button>
        <span class="row-body small one-line" translate={false} dir="auto">
          {name}
        </span>
      </div>
      <input
        ref={input}
        class="unseen"
        type="file"
        tabIndex={-1}
        aria-hidden="true"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0]
          if (file !== undefined) onFile(file)
        }}
      />
    </div>
  )
}
