// Which addresses of peers are tried, and in which order: one answer of a few, saved at once.
import { DIAL_POLICIES } from '../../../proto/dial-policy.ts'
import { useApp, useSlices } from '../../app.ts'
import { Details } from '../../parts/pieces.tsx'
import { Failed, useChange } from '../settings/rows.tsx'

export function Policy() {
  const { t } = useApp()
  const { set, values, isLocked, change } = useChange()
  const { settings } = useSlices()
  const { dialPolicy } = values
  const locked = isLocked('dialPolicy')
  // those of the configuration have the names that stand there
  const offered = [...DIAL_POLICIES, ...settings.value.dialPolicies]
  const known = (policy: string) => DIAL_POLICIES.find((name) => name === policy)
  const nameOf = (policy: string) => {
    const name = known(policy)
    return name === undefined ? policy : t(`dial.policy.${name}`)
  }
  const title = t('peers.policy', { policy: nameOf(dialPolicy) })
  return (
    <Details summary={title}>
      <fieldset class="card rows" disabled={locked || !set.allowed}>
        <legend class="unseen">{title}</legend>
        {offered.map((policy) => (
          <label class="row" key={policy}>
            <input
              class="radio"
              type="radio"
              name="dialPolicy"
              value={policy}
              checked={policy === dialPolicy}
              onChange={() => void change({ dialPolicy: policy })}
            />
            <span class="row-body">
              <span translate={known(policy) === undefined ? false : undefined}>{nameOf(policy)}</span>
              <span class="small">
                {locked && policy === dialPolicy
                  ? t('settings.locked')
                  : t(`dial.policy.${known(policy) ?? 'own'}.say`)}
              </span>
            </span>
          </label>
        ))}
        <Failed problem={set.problem.value} />
      </fieldset>
    </Details>
  )
}
