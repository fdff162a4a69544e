// Home while the issuer asks to wait: until when, and what can be done meanwhile.
import type { LifeWords } from '../../../proto/text/life.ts'
import { useAction, useApp, useSlices } from '../../app.ts'
import { Switch } from '../../parts/fields.tsx'
import { Moment } from '../../parts/pieces.tsx'
import { capital, StillValid, Why } from '../rows.tsx'
import { PrimaryAction } from './action.tsx'
import { Foot } from './rows.tsx'

export function RateLimited({ words }: { words: LifeWords }) {
  const { t, times, now } = useApp()
  const { certificate, settings } = useSlices()
  const set = useAction('settings.set')
  const { life } = certificate.value
  const { nextTryAt } = life
  return (
    <>
      <div class="card rows">
        {nextTryAt !== null && (
          <div class="row">
            <div class="leaf" aria-hidden="true" translate={false} dir="auto">
              <span class="leaf-month">{times().month(nextTryAt)}</span>
              <span class="leaf-day number">{times().dayOfMonth(nextTryAt)}</span>
            </div>
            <p class="row-body">
              <Moment at={nextTryAt}>
                <span class="strong">{t('home.next-try', { when: times().moment(nextTryAt, now.value) })}</span>
              </Moment>
              <span class="small number">
                {t('home.next-try.say', { when: capital(times().relative(nextTryAt, now.value)) })}
              </span>
            </p>
          </div>
        )}
        {settings.value.can.notify && (
          <Switch
            label={t('home.tell-me')}
            checked={settings.value.values.notifications}
            disabled={!set.allowed || settings.value.locked.includes('notifications')}
            onChange={async (notifications) => (await set.run({ values: { notifications } })) !== undefined}
          />
        )}
        <StillValid />
      </div>
      <Foot>
        <div class="actions">
          <p class="row-body small">{t('home.hurry')}</p>
          <PrimaryAction action={words.action} secondary />
        </div>
        <Why problem={life.problem} until={nextTryAt} />
      </Foot>
    </>
  )
}
