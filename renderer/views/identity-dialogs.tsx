// Backup, restore, protection of the key, and starting over. What cannot be undone or gives the identity away is confirmed outside
// the page: the desktop app asks in a window of its own and hands the code over; elsewhere a code is shown where the node runs
// and typed here.
import type { ComponentChildren } from 'preact'
import { useSignal, type Signal } from '@preact/signals'
import { MIN_PASSPHRASE_CHARS, type ConfirmAction, type Problem } from '../../proto/api/index.ts'
import { useAction, useApp, useSlices } from '../app.ts'
import { Button, Trouble } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Field, FieldError, FileField, PassphraseField, Switch } from '../parts/fields.tsx'
import { Command } from '../parts/pieces.tsx'

/** A backup has 16 KiB at most. */
const MOST_BACKUP_BYTES = 16_384

/** Shows the code that is asked for here. */
const CONFIRM_COMMAND = 'nodetrust confirm'

interface Confirming {
  readonly busy: boolean
  readonly problem: Problem | undefined
  /** When a code must be typed: until when it is good. */
  readonly asked: Signal<number | undefined>
  /** Asks outside the page. @returns a code where one was handed over */
  ask(): Promise<string | undefined>
}

function useConfirmation(action: ConfirmAction): Confirming {
  const request = useAction('confirmation.request')
  const asked = useSignal<number | undefined>(undefined)
  return {
    busy: request.busy.value,
    problem: request.problem.value,
    asked,
    async ask() {
      const answer = await request.run({ action })
      if (answer === undefined) return undefined
      if (answer.code !== null) return answer.code
      asked.value = answer.until
      return undefined
    },
  }
}

/** A form whose call is confirmed outside the page, in one step or two. */
function ConfirmedForm({
  action,
  button,
  ready,
  busy,
  problem,
  run,
  onClose,
  children,
}: {
  action: ConfirmAction
  button: string
  ready: boolean
  busy: boolean
  problem: Problem | undefined
  run: (confirmation: string) => Promise<void>
  onClose: () => void
  children: ComponentChildren
}) {
  const { t } = useApp()
  const confirming = useConfirmation(action)
  const code = useSignal('')
  const typing = confirming.asked.value !== undefined
  const wrongCode = problem?.code === 'not-confirmed'
  const submit = async () => {
    if (typing) return run(code.value)
    const given = await confirming.ask()
    if (given !== undefined) await run(given)
  }
  return (
    <form
      class="group sheet-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!busy && !confirming.busy) void submit()
      }}
    >
      {typing ? <CodeField code={code} until={confirming.asked.value ?? 0} wrong={wrongCode} /> : children}
      {confirming.busy && (
        <p class="soft" role="status">
          {t('confirm.waiting')}
        </p>
      )}
      <Trouble problem={typing && wrongCode ? undefined : (problem ?? confirming.problem)} />
      <div class="actions actions-end">
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button
          kind="primary"
          type="submit"
          busy={busy || confirming.busy}
          disabled={typing ? !/^[0-9]{6}$/.test(code.value) : !ready}
        >
          {button}
        </Button>
      </div>
    </form>
  )
}

function CodeField({ code, until, wrong }: { code: Signal<string>; until: number; wrong: boolean }) {
  const { t, times } = useApp()
  return (
    <>
      <p class="strong">{t('confirm.title')}</p>
      <p class="soft">{t('confirm.say')}</p>
      <Command text={CONFIRM_COMMAND} />
      <Field
        label={t('confirm.code')}
        hint={t('confirm.until', { time: times().clock(until) })}
        error={wrong ? t('confirm.wrong') : undefined}
      >
        {({ id, describedBy, invalid }) => (
          <input
            class="input input-number"
            id={id}
            inputMode="numeric"
            autocomplete="one-time-code"
            maxLength={6}
            value={code.value}
            aria-describedby={describedBy}
            aria-invalid={invalid}
            onInput={({ currentTarget }) => {
              code.value = currentTarget.value.replaceAll(/\D/g, '')
            }}
          />
        )}
      </Field>
    </>
  )
}

interface NewPassphrase {
  readonly first: Signal<string>
  readonly again: Signal<string>
  readonly good: boolean
}

function useNewPassphrase(): NewPassphrase {
  const first = useSignal('')
  const again = useSignal('')
  return { first, again, good: first.value.length >= MIN_PASSPHRASE_CHARS && first.value === again.value }
}

function NewPassphraseFields({ passphrase: { first, again } }: { passphrase: NewPassphrase }) {
  const { t } = useApp()
  const count = MIN_PASSPHRASE_CHARS
  const differ = again.value.length >= first.value.length && again.value !== '' && again.value !== first.value
  return (
    <>
      <PassphraseField
        label={t('key.passphrase')}
        hint={t('key.passphrase.hint', { count })}
        fresh
        value={first.value}
        onInput={(typed) => {
          first.value = typed
        }}
      />
      <PassphraseField
        label={t('key.passphrase.again')}
        fresh
        value={again.value}
        error={
          differ
            ? t('key.passphrase.differ')
            : again.value !== '' && first.value.length < count
              ? t('key.passphrase.short', { count })
              : undefined
        }
        onInput={(typed) => {
          again.value = typed
        }}
      />
    </>
  )
}

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
    <Dialog title={t('backup.restore.title')} onClose={onClose}>
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
