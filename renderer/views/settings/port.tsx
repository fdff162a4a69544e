// A port: saved when the field is left, with what is wrong below it and the next free one on a button.
import { useId } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { FieldProblem } from '../../../proto/api/index.ts'
import { useApp } from '../../app.ts'
import { Button, Trouble } from '../../parts/button.tsx'
import { FieldError } from '../../parts/fields.tsx'
import { useChange } from './rows.tsx'

type PortName = 'wssPort' | 'tcpPort'

export function Port({ name }: { name: PortName }) {
  const { t } = useApp()
  const { set, values, isLocked, change } = useChange()
  const problem = useSignal<FieldProblem | undefined>(undefined)
  const typed = useSignal<string | undefined>(undefined)
  const id = useId()
  const errorId = `${id}-error`
  const locked = isLocked(name)
  const save = async (text: string) => {
    const wanted = /^\d+$/.test(text.trim()) ? Number(text.trim()) : text
    if (wanted === values[name]) {
      problem.value = undefined
      typed.value = undefined
      return
    }
    const problems = await change({ [name]: wanted })
    if (problems === undefined) return
    problem.value = problems.find(({ field }) => field === name)
    if (problem.value === undefined) typed.value = undefined
  }
  const suggestion = problem.value?.suggestion ?? null
  return (
    <div class="setting">
      <label for={id}>
        {t(`settings.${name}`)}
        <span class="small">{t(locked ? 'settings.locked' : `settings.${name}.say`)}</span>
      </label>
      <input
        class="input input-number"
        id={id}
        inputMode="numeric"
        dir="ltr"
        autocomplete="off"
        maxLength={12}
        value={typed.value ?? String(values[name])}
        disabled={locked || !set.allowed}
        aria-invalid={problem.value === undefined ? undefined : 'true'}
        aria-describedby={problem.value === undefined ? undefined : errorId}
        onInput={({ currentTarget }) => {
          typed.value = currentTarget.value
        }}
        onChange={({ currentTarget }) => void save(currentTarget.value)}
      />
      <FieldError id={errorId} text={problem.value === undefined ? undefined : t(`field.${problem.value.code}`)} />
      {suggestion !== null && (
        <div class="actions">
          <Button onClick={() => void save(String(suggestion))}>{t('field.use', { value: String(suggestion) })}</Button>
        </div>
      )}
      <Trouble problem={set.problem.value} />
    </div>
  )
}
