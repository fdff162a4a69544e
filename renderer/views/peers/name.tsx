// What a person calls a peer.
import { useSignal } from '@preact/signals'
import { MAX_PEER_NAME_CHARS, type State } from '../../../proto/api/index.ts'
import { useAction, useApp } from '../../app.ts'
import { Field } from '../../parts/fields.tsx'

type Peer = State['peers']['list'][number]

/** Saved when the field is left, as settings are. */
export function PeerName({ peer: { peerId, name = '' } }: { peer: Peer }) {
  const app = useApp()
  const { t } = app
  const save = useAction('peers.name')
  const typed = useSignal<string | undefined>(undefined)
  if (!save.allowed) return null
  const keep = async (text: string) => {
    if (text.trim() !== name) {
      if ((await save.run({ peerId, name: text.trim() })) === undefined) return
      app.say(t('done'))
    }
    typed.value = undefined
  }
  const problem = save.problem.value
  return (
    <Field
      label={t('peers.name')}
      hint={t('peers.name.say')}
      error={problem === undefined ? undefined : t(`error.${problem.code}`)}
    >
      {({ id, describedBy, invalid }) => (
        <input
          class="input"
          id={id}
          dir="auto"
          autocomplete="off"
          spellcheck={false}
          maxLength={MAX_PEER_NAME_CHARS}
          value={typed.value ?? name}
          aria-describedby={describedBy}
          aria-invalid={invalid}
          onInput={({ currentTarget }) => {
            typed.value = currentTarget.value
          }}
          onChange={({ currentTarget }) => void keep(currentTarget.value)}
        />
      )}
    </Field>
  )
}
