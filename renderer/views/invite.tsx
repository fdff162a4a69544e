// Handing an invitation on: as a code for who stands here, as a link for who does not. One that is for its receiver alone stays with them.
import { useEffect } from 'preact/hooks'
import { useAction, useApp } from '../app.ts'
import { useSignal } from '@preact/signals'
import { Button, CopyButton, Ring, Trouble } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Qr } from '../parts/qr.tsx'

/** Asks for the invitation and shows it. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useApp()
  const asked = useAction('network.invitation')
  const found = useSignal<{ readonly invitation: string; readonly personal: boolean } | undefined>(undefined)
  useEffect(() => {
    void asked.run({}).then((done) => {
      found.value = done
    })
  }, [])
  const { invitation = '', personal = false } = found.value ?? {}
  const words =
    found.value === undefined
      ? ''
      : t(personal ? 'invite.personal' : invitation === '' ? 'settings.invite.none' : 'invite.say')
  return (
    <Dialog title={t('settings.invite')} narrow onClose={onClose}>
      {found.value === undefined ? asked.problem.value === undefined && <Ring /> : <p class="small">{words}</p>}
      <Trouble problem={asked.problem.value} />
      {invitation !== '' && !personal && (
        <>
          <Qr text={invitation} label={t('invite.qr')} large />
          <CopyButton text={invitation} label={t('invite.copy')} words={t('invite.copy')} />
        </>
      )}
      <Button onClick={onClose}>{t('close')}</Button>
    </Dialog>
  )
}
