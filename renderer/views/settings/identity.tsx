// The node's identity: its name for peers, its backup, and where its key is kept.
import { useSignal } from '@preact/signals'
import { useApp, useSlices } from '../../app.ts'
import { Button, CopyButton } from '../../parts/button.tsx'
import { shortPeer } from '../../say/names.ts'
import { BackupDialog, RestoreDialog } from '../identity/backup.tsx'
import { ProtectDialog } from '../identity/protect.tsx'
import { Group, Line } from './rows.tsx'

export function IdentityGroup() {
  const app = useApp()
  const { t, times, now } = app
  const { identity } = useSlices()
  const shown = useSignal<'none' | 'backup' | 'restore' | 'protect'>('none')
  const { store, peerId, backupAt } = identity.value
  const last =
    backupAt === null
      ? t('settings.backup.never')
      : t('settings.backup.last', { when: times().relative(backupAt, now.value) })
  const close = () => {
    shown.value = 'none'
  }
  return (
    <Group id="identity" title={t('settings.identity')}>
      {peerId !== null && (
        <div class="setting">
          <p>
            {t('settings.peer-id')}
            <span class="small" title={peerId} translate={false} dir="ltr">
              {shortPeer(peerId)}
            </span>
          </p>
          <CopyButton text={peerId} label={t('copy')} />
        </div>
      )}
      <Line title={t('settings.backup')} say={`${t('settings.backup.say')} ${last}`}>
        {app.may('identity.export') && (
          <span class="actions">
            <Button
              onClick={() => {
                shown.value = 'restore'
              }}
            >
              {t('settings.backup.restore')}
            </Button>
            <Button
              disabled={identity.value.state !== 'ready'}
              onClick={() => {
                shown.value = 'backup'
              }}
            >
              {t('settings.backup.save')}
            </Button>
          </span>
        )}
      </Line>
      <Line title={t('settings.key')} say={t(store === null ? 'settings.key.unknown' : `settings.key.${store}`)}>
        {store === 'file' && app.may('identity.protect') && (
          <Button
            onClick={() => {
              shown.value = 'protect'
            }}
          >
            {t('settings.key.protect')}
          </Button>
        )}
      </Line>
      {shown.value === 'backup' && <BackupDialog onClose={close} />}
      {shown.value === 'restore' && <RestoreDialog onClose={close} />}
      {shown.value === 'protect' && <ProtectDialog onClose={close} />}
    </Group>
  )
}
