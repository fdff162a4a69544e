// Adding a peer whose address somebody handed on.
import { useSignal } from '@preact/signals'
import { useAction, useApp } from '../../app.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field } from '../../parts/fields.tsx'

export function AddPeer({ onClose }: { onClose: () => void }) {
  const app = useApp()
  const { t } = app
  const add = useAction('peers.add')
  const address = useSignal('')
  const submit = async () => {
    const done = await add.run({ address: address.value.trim() })
    if (done === undefined) return
    app.say(t('peers.try.reused'))
    onClose()
  }
  const problem = add.problem.value
  return (
    <Dialog title={t('peers.add')} onClose={onClose}>
      <form
        class="group"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <p class="soft">{t('peers.add.say')}</p>
        <Field
          label={t('peers.add.address')}
          hint={t('peers.add.hint')}
          error={problem === undefined ? undefined : t(`error.${problem.code}`)}
        >
          {({ id, describedBy, invalid }) => (
            <textarea
              dir="ltr"
              class="input code"
              id={id}
              rows={3}
              maxLength={1024}
              spellcheck={false}
              value={address.value}
              aria-describedby={describedBy}
              aria-invalid={invalid}
              onInput={({ currentTarget }) => {
                address.value = currentTarget.value
              }}
            />
          )}
        </Field>
        <div class="actions actions-end">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="primary" type="submit" busy={add.busy.value} disabled={address.value.trim() === ''}>
            {t(add.busy.value ? 'peers.add.busy' : 'peers.add.button')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
