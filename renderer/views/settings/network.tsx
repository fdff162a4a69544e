// The network this node is in: another one, inviting somebody, leaving.
import { useSignal } from '@preact/signals'
import { useAction, useApp, useSlices } from '../../app.ts'
import { Button, Trouble } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { InviteDialog } from '../invite.tsx'
import { Group, Line } from './rows.tsx'

export function NetworkGroup() {
  const app = useApp()
  const { t } = app
  const { network } = useSlices()
  const inviting = useSignal(false)
  const leaving = useSignal(false)
  const { choice } = network.value
  const own = choice !== null && choice.kind !== 'configured'
  const say =
    choice === null
      ? t('home.no-network.say')
      : choice.kind === 'configured'
        ? t('settings.locked')
        : choice.zone === null
          ? t('settings.network.say')
          : t('settings.network.zone', { zone: choice.zone })
  const title =
    choice === null ? t('settings.network.none') : choice.kind === 'sandbox' ? t('home.network.sandbox') : choice.name
  return (
    <Group id="network" title={t('settings.network')}>
      <Line title={title} say={say} data={choice !== null && choice.kind !== 'sandbox'}>
        {choice?.kind !== 'configured' && app.may('network.join') && (
          <Button onClick={() => app.go('network')}>
            {t(choice === null ? 'home.no-network.button' : 'home.change')}
          </Button>
        )}
      </Line>
      {choice?.kind === 'joined' && app.may('network.invitation') && (
        <Line title={t('settings.invite')} say={t('settings.invite.say')}>
          <Button
            onClick={() => {
              inviting.value = true
            }}
          >
            {t('settings.invite.button')}
          </Button>
        </Line>
      )}
      {own && app.may('network.leave') && (
        <Line title={t('settings.leave')} say={t('settings.leave.say')}>
          <Button
            onClick={() => {
              leaving.value = true
            }}
          >
            {t('settings.leave.button')}
          </Button>
        </Line>
      )}
      {inviting.value && (
        <InviteDialog
          onClose={() => {
            inviting.value = false
          }}
        />
      )}
      {leaving.value && (
        <LeaveDialog
          onClose={() => {
            leaving.value = false
          }}
        />
      )}
    </Group>
  )
}

function LeaveDialog({ onClose }: { onClose: () => void }) {
  const { t } = useApp()
  const leave = useAction('network.leave')
  const run = async () => {
    if ((await leave.run({})) !== undefined) onClose()
  }
  return (
    <Dialog title={t('settings.leave.title')} onClose={onClose}>
      <p class="soft">{t('settings.leave.confirm')}</p>
      <Trouble problem={leave.problem.value} />
      <div class="actions actions-end">
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button kind="primary" busy={leave.busy.value} onClick={() => void run()}>
          {t('settings.leave.button')}
        </Button>
      </div>
    </Dialog>
  )
}
