// Ending the program from its page, where there is no tray and no window of its own to do it from.
import { useAction, useApp } from '../../app.ts'
import { Button, Trouble } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'

/** The question, and the way to stay. */
export function QuitDialog({ onClose }: { onClose: () => void }) {
  const { t } = useApp()
  const quit = useAction('app.quit')
  return (
    <Dialog title={t('quit.title')} narrow onClose={onClose}>
      <p class="soft">{t('quit.say')}</p>
      <Trouble problem={quit.problem.value} />
      <div class="actions">
        <Button onClick={onClose}>{t('quit.stay')}</Button>
        <Button kind="primary" busy={quit.busy.value} onClick={() => void quit.run({})}>
          {t('quit.button')}
        </Button>
      </div>
    </Dialog>
  )
}
