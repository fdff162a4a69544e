// A passphrase for the key where the system has no password store.
import { useAction, useApp } from '../../app.ts'
import { Button, Trouble } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { NewPassphraseFields, useNewPassphrase } from './passphrase.tsx'

/** Encrypts the key where the system has no password store. */
export function ProtectDialog({ onClose }: { onClose: () => void }) {
  const app = useApp()
  const { t } = app
  const protect = useAction('identity.protect')
  const passphrase = useNewPassphrase()
  const run = async () => {
    const done = await protect.run({ passphrase: passphrase.first.value })
    if (done === undefined) return
    app.say(t('protect.done'))
    onClose()
  }
  return (
    <Dialog title={t('protect.title')} onClose={onClose}>
      <form
        class="group sheet-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (passphrase.good) void run()
        }}
      >
        <p class="soft">{t('protect.say')}</p>
        <NewPassphraseFields passphrase={passphrase} />
        <Trouble problem={protect.problem.value} />
        <div class="actions actions-end">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="primary" type="submit" busy={protect.busy.value} disabled={!passphrase.good}>
            {t('protect.button')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
