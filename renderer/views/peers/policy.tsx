// Which addresses of peers are tried, and in which order: one answer of a few, saved at once.
import { DIAL_POLICIES } from '../../../proto/dial-policy.ts'
import { useApp } from '../../app.ts'
import { Details } from '../../parts/pieces.tsx'
import { Failed, useChange } from '../settings/rows.tsx'

export function Policy() {
  const { t } = useApp()
  const { set, values, isLocked, change } = useChange()
  const { dialPolicy } = values
  const locked = isLocked('dialPolicy')
  // one of the configuration is shown where it is used, and never offered
  const offered = dialPolicy === 'own' ? ([...DIAL_POLICIES, 'own'] as const) : DIAL_POLICIES
  const title = t('peers.policy', { policy: t(`dial.policy.${dialPolicy}`) })
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
              {t(`dial.policy.${policy}`)}
              <span class="small">{t(`dial.policy.${policy}.say`)}</span>
            </span>
          </label>
        ))}
        {locked && <p class="row small">{t('settings.locked')}</p>}
        <Failed problem={set.problem.value} />
      </fieldset>
    </Details>
  )
}
