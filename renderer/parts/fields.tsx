// Native inputs, restyled. An error stands under its field, says what is wrong and what would be right, and offers one button
// that mends it.
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
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
