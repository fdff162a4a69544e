// Buttons. One that works on something stays focused and says so; it is never disabled while it has the focus, so that a
// keyboard does not lose its place.
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { Problem } from '../../proto/api/index.ts'
import { useApp } from '../app.ts'
import { Icon, type IconName } from './icon.tsx'

export interface ButtonProps {
  readonly kind?: 'primary' | 'quiet'
  readonly large?: boolean
  readonly wide?: boolean
  readonly icon?: IconName
  /** Works on something: presses are not heard. */
  readonly busy?: boolean
  readonly disabled?: boolean
  readonly onClick?: () => void
  readonly type?: 'button' | 'submit'
  readonly label?: string
  readonly describedBy?: string
  readonly children: ComponentChildren
}

/** A button with words. */
export function Button(props: ButtonProps) {
  const { kind, large, wide, icon, busy = false, disabled = false, onClick, type = 'button', children } = props
  const names = ['button', kind && `button-${kind}`, large && 'button-large', wide && 'button-wide']
  return (
    <button
      class={names.filter(Boolean).join(' ')}
      type={type}
      disabled={disabled}
      aria-disabled={busy ? 'true' : undefined}
      aria-label={props.label}
      aria-describedby={props.describedBy}
      onClick={(event) => {
        if (busy) event.preventDefault()
        else onClick?.()
      }}
    >
      {busy ? <Ring /> : icon && <Icon name={icon} small />}
      {children}
    </button>
  )
}

/** The turning ring of something that is under way; still where motion is unwanted. */
export function Ring() {
  return (
    <svg class="ring" viewBox="0 0 20 20" aria-hidden="true">
      <path d="M10 2a8 8 0 0 1 6.93 12" />
    </svg>
  )
}

/** A button that is only an icon; its name is for those who do not see it and stands as a tip. */
export function IconButton({
  icon,
  label,
  onClick,
  pressed,
}: {
  icon: IconName
  label: string
  onClick: () => void
  pressed?: boolean
}) {
  return (
    <button class="icon-button" type="button" aria-label={label} title={label} aria-pressed={pressed} onClick={onClick}>
      <Icon name={icon} />
    </button>
  )
}

/** How long the tick stands after copying. */
const COPIED_MS = 2_000

/** Copies a text; the icon becomes a tick for two seconds, and listeners hear it. */
export function CopyButton({ text, label, words }: { text: string; label: string; words?: string }) {
  const app = useApp()
  const copied = useSignal(false)
  useEffect(() => {
    if (!copied.value) return undefined
    const timer = setTimeout(() => {
      copied.value = false
    }, COPIED_MS)
    return () => clearTimeout(timer)
  }, [copied.value])
  const copy = () => {
    void app.copy(text).then((worked) => {
      copied.value = worked
    })
  }
  if (words !== undefined) {
    return (
      <Button icon={copied.value ? 'check' : 'copy'} label={label} onClick={copy}>
        {copied.value ? app.t('copied') : words}
      </Button>
    )
  }
  return (
    <button class="icon-button" type="button" aria-label={label} title={label} onClick={copy}>
      <Icon name={copied.value ? 'check' : 'copy'} {...(copied.value ? { tone: 'good' as const } : {})} />
    </button>
  )
}

/** A failure beside what caused it. Shown in words; the technical text behind a fold. */
export function Trouble({ problem, id }: { problem: Problem | undefined; id?: string }) {
  const { t } = useApp()
  if (problem === undefined) return null
  return (
    <div class="stack" role="alert">
      <p class="field-error" id={id}>
        <Icon name="warning" />
        <span>{t(`error.${problem.code}`)}</span>
      </p>
    </div>
  )
}
