// What to do when the key cannot be read: unlock its store, enter the passphrase, or restore a backup. Nothing here makes a new
// identity.
import { useSignal } from '@preact/signals'
import { useAction, useApp, useSlices } from '../app.ts'
import { Button, Trouble } from '../parts/button.tsx'
import { PassphraseField } from '../parts/key-fields.tsx'
import { Icon } from '../parts/icon.tsx'
import { RestoreDialog } from './identity/backup.tsx'
import { RenewalWaits, StillValid, Why } from './rows.tsx'

export function KeyRescue() {
  const { t } = useApp()
  const { certificate, app, identity } = useSlices()
  const { state } = identity.value
  const restoring = useSignal(false)
  const restore = useAction('identity.import')
  const startRestore = () => {
    restoring.value = true
  }
  const missing = state === 'missing'
  return (
    <>
      {state === 'passphrase-needed' ? <WithPassphrase /> : <Unlock retry={state !== 'locked' && state !== 'ready'} />}
      {missing && restore.allowed && (
        <div class="actions actions-center">
          <Button icon="key" onClick={startRestore}>
            {t('key.restore')}
          </Button>
        </div>
      )}
      <div class="foot group">
        <div class="card rows">
          <StillValid />
          <RenewalWaits />
          {!missing && restore.allowed && (
            <div class="row">
              <Icon name="key" tone="soft" />
              <p class="row-body">
                {t('key.another-way')}
                <span class="small">{t('key.another-way.say')}</span>
              </p>
              <Button onClick={startRestore}>{t('settings.backup.restore')}</Button>
            </div>
          )}
        </div>
        <Why problem={certificate.value.life.problem ?? app.value.problem} />
      </div>
      {restoring.value && (
        <RestoreDialog
          onClose={() => {
            restoring.value = false
          }}
        />
      )}
    </>
  )
}

function Unlock({ retry }: { retry: boolean }) {
  const { t } = useApp()
  const unlock = useAction('identity.unlock')
  const busy = unlock.busy.value
  return (
    <>
      <div class="actions actions-center">
        <Button
          kind="primary"
          large
          icon={retry ? 'refresh' : 'lock'}
          disabled={!unlock.allowed}
          busy={busy}
          onClick={() => void unlock.run({})}
        >
          {busy ? t('key.waiting') : t(retry ? 'key.try-again' : 'home.key-locked.button')}
        </Button>
      </div>
      {unlock.problem.value !== undefined && (
        <div class="hero">
          <Trouble problem={unlock.problem.value} />
        </div>
      )}
    </>
  )
}

function WithPassphrase() {
  const { t } = useApp()
  const unlock = useAction('identity.unlock')
  const passphrase = useSignal('')
  const submit = async () => {
    const done = await unlock.run({ passphrase: passphrase.value })
    if (done !== undefined) passphrase.value = ''
  }
  const problem = unlock.problem.value
  return (
    <form
      class="card card-pad group"
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <PassphraseField
        label={t('key.passphrase')}
        fresh={false}
        value={passphrase.value}
        error={problem === undefined ? undefined : t(`error.${problem.code}`)}
        onInput={(typed) => {
          passphrase.value = typed
        }}
      />
      <Button kind="primary" wide type="submit" busy={unlock.busy.value} disabled={passphrase.value === ''}>
        {t('home.key-locked.button')}
      </Button>
    </form>
  )
}
