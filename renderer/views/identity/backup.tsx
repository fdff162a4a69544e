// The identity in an encrypted file, and back.
import { useSignal } from '@preact/signals'
import { useAction, useApp, useSlices } from '../../app.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { FieldError } from '../../parts/fields.tsx'
import { FileField, PassphraseField } from '../../parts/key-fields.tsx'
import { ConfirmedForm } from './confirmation.tsx'
import { NewPassphraseFields, useNewPassphrase } from './passphrase.tsx'

/** A backup has 16 KiB at most. */
const MOST_BACKUP_BYTES = 16_384

/** Writes the identity into an encrypted file. */
export function BackupDialog({ onClose }: { onClose: () => void }) {
  const app = useApp()
  const { t } = app
  const { settings } = useSlices()
  const save = useAction('identity.export')
  const open = useAction('folder.open')
  const passphrase = useNewPassphrase()
  const file = useSignal('')
  const run = async (confirmation: string) => {
    const done = await save.run({ passphrase: passphrase.first.value, confirmation })
    if (done === undefined) return
    passphrase.first.value = ''
    passphrase.again.value = ''
    file.value = done.fileName
  }
  return (
    <Dialog title={t('backup.save.title')} onClose={onClose}>
      {file.value === '' ? (
        <ConfirmedForm
          action="export-identity"
          button={t('backup.save.button')}
          ready={passphrase.good}
          busy={save.busy.value}
          problem={save.problem.value}
          run={run}
          onClose={onClose}
        >
          <p class="soft">{t('backup.save.say')}</p>
          <NewPassphraseFields passphrase={passphrase} />
        </ConfirmedForm>
      ) : (
        <>
          <p role="status">{t('backup.save.done', { file: file.value })}</p>
          <div class="actions actions-end">
            {settings.value.can.openFolders && app.host.kind === 'desktop' && (
              <Button onClick={() => void open.run({ name: 'exports' })}>{t('show-folder')}</Button>
            )}
            <Button kind="primary" onClick={onClose}>
              {t('done')}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  )
}

/** Takes the identity of a backup. */
export function RestoreDialog({ onClose }: { onClose: () => void }) {
  const app = useApp()
  const { t } = app
  const restore = useAction('identity.import')
  const backup = useSignal<{ name: string; base64: string } | undefined>(undefined)
  const tooLarge = useSignal(false)
  const passphrase = useSignal('')
  const run = async (confirmation: string) => {
    const base64 = backup.value?.base64 ?? ''
    const done = await restore.run({ backup: base64, passphrase: passphrase.value, confirmation })
    if (done === undefined) return
    app.say(t('backup.restore.done'))
    onClose()
  }
  const choose = async (file: File) => {
    tooLarge.value = file.size > MOST_BACKUP_BYTES
    backup.value = tooLarge.value ? undefined : { name: file.name, base64: base64Of(await file.arrayBuffer()) }
  }
  return (
    <Dialog title={t('key.restore')} onClose={onClose}>
      <ConfirmedForm
        action="import-identity"
        button={t('backup.restore.button')}
        ready={backup.value !== undefined && passphrase.value !== ''}
        busy={restore.busy.value}
        problem={restore.problem.value}
        run={run}
        onClose={onClose}
      >
        <p class="soft">{t('backup.restore.say')}</p>
        <FileField
          label={t('backup.restore.file')}
          button={t('backup.restore.choose')}
          name={backup.value?.name ?? t('backup.restore.none')}
          onFile={(file) => void choose(file)}
        />
        <FieldError id="backup-file" text={tooLarge.value ? t('backup.restore.too-large') : undefined} />
        <PassphraseField
          label={t('key.passphrase')}
          fresh={false}
          value={passphrase.value}
          onInput={(typed) => {
            passphrase.value = typed
          }}
        />
      </ConfirmedForm>
    </Dialog>
  )
}

function base64Of(bytes: ArrayBuffer): string {
  return btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCodePoint(byte)).join(''))
}
