// Starting over, perhaps with another identity.
import { useSignal } from '@preact/signals'
import { useAction, useApp } from '../../app.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { Switch } from '../../parts/fields.tsx'
import { ConfirmedForm } from './confirmation.tsx'

/** Deletes everything, perhaps the identity too. */
export function ResetDialog({ onClose }: { onClose: () => void }) {
  const { t } = useApp()
  const reset = useAction('app.reset')
  const identity = useSignal(false)
  const run = async (confirmation: string) => {
    const done = await reset.run({ identity: identity.value, confirmation })
    if (done !== undefined) onClose()
  }
  return (
    <Dialog title={t('reset.title')} onClose={onClose}>
      <ConfirmedForm
        action="reset"
        button={t('reset.button')}
        ready
        busy={reset.busy.value}
        problem={reset.problem.value}
        run={run}
        onClose={onClose}
      >
        <p class="soft">{t('reset.say')}</p>
        <div class="card rows">
          <Switch
            label={t('reset.identity')}
            say={t('reset.identity.say')}
            checked={identity.value}
            onChange={(wanted) => {
              identity.value = wanted
              return Promise.resolve(true)
            }}
          />
        </div>
      </ConfirmedForm>
    </Dialog>
  )
}
