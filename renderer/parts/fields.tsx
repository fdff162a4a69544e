// Native inputs, restyled. An error stands under its field, says what is wrong and what would be right, and offers one button
// that mends it.
import type { ComponentChildren } from 'preact'
import { useId, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { useApp } from '../app.ts'
import { Icon } from './icon.tsx'

/** A row with a switch. */
export function Switch({
  label,
  say,
  checked,
  disabled = false,
  onChange,
}: {
  label: string
  say?: string
  checked: boolean
  disabled?: boolean
  /** @returns whether it was taken */
  onChange: (checked: boolean) => Promise<boolean>
}) {
  return (
    <label class="row">
      <span class={disabled ? 'row-body soft' : 'row-body'}>
        {label}
        {say !== undefined && <span class="small">{say}</span>}
      </span>
      <input
        class="switch"
        type="checkbox"
        role="switch"
        checked={checked}
        disabled={disabled}
        onChange={({ currentTarget }) => {
          void onChange(currentTarget.checked).then((taken) => {
            if (!taken) currentTarget.checked = checked
          })
        }}
      />
    </label>
  )
}

/** Some words of which one holds. */
export function Segments<Value extends string>({
  legend,
  name,
  value,
  options,
  wide = false,
  disabled = false,
  onChange,
}: {
  legend: string
  name: string
  value: Value
  options: readonly { readonly value: Value; readonly text: string; readonly count?: number }[]
  wide?: boolean
  disabled?: boolean
  onChange: (value: Value) => void
}) {
  return (
    <fieldset class={wide ? 'segments segments-wide' : 'segments'} disabled={disabled}>
      <legend class="unseen">{legend}</legend>
      {options.map((option) => (
        <label class="segment" key={option.value}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.text}
          {option.count !== undefined && <span class="number">{option.count}</span>}
        </label>
      ))}
    </fieldset>
  )
}

/** What is wrong with a field, under it. */
export function FieldError({ id, text }: { id: string; text: string | undefined }) {
  if (text === undefined) return null
  return (
    <p class="field-error" id={id} role="alert">
      <Icon name="warning" />
      <span>{text}</span>
    </p>
  )
}

/** A text field with its name above, its hint below. */
export function Field({
  label,
  hint,
  error,
  children,
}: {
  label: string
  hint?: string
  error?: string | undefined
  children: (given: { id: string; describedBy: string | undefined; invalid: 'true' | undefined }) => ComponentChildren
}) {
  const id = useId()
  const errorId = `${id}-error`
  const hintId = `${id}-hint`
  const describedBy = error !== undefined ? errorId : hint !== undefined ? hintId : undefined
  return (
    <div class="field">
      <label class="strong" for={id}>
        {label}
      </label>
      {children({ id, describedBy, invalid: error === undefined ? undefined : 'true' })}
      {hint !== undefined && error === undefined && (
        <p class="small" id={hintId}>
          {hint}
        </p>
      )}
      <FieldError id={errorId} text={error} />
    </div>
  )
}

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
