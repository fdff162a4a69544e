// A new passphrase, typed twice.
import { useSignal, type Signal } from '@preact/signals'
import { MIN_PASSPHRASE_CHARS } from '../../../proto/api/index.ts'
import { useApp } from '../../app.ts'
import { PassphraseField } from '../../parts/key-fields.tsx'

interface NewPassphrase {
  readonly first: Signal<string>
  readonly again: Signal<string>
  readonly good: boolean
}

export function useNewPassphrase(): NewPassphrase {
  const first = useSignal('')
  const again = useSignal('')
  return { first, again, good: first.value.length >= MIN_PASSPHRASE_CHARS && first.value === again.value }
}

export function NewPassphraseFields({ passphrase: { first, again } }: { passphrase: NewPassphrase }) {
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
