// The field for an invitation and what stands in one: everything that it decides, read by the node, before anybody says yes.
import { useEffect, useId } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { MAX_INVITATION_CHARS, type InvitationPreview, type Problem } from '../../proto/api/index.ts'
import { useApp } from '../app.ts'
import { problemOf } from '../host/host.ts'
import { Button } from '../parts/button.tsx'
import { FieldError } from '../parts/fields.tsx'
import { Icon } from '../parts/icon.tsx'

/** Typing is read after a moment of rest. */
const REST_MS = 250

interface PreviewFact {
  readonly key: Parameters<ReturnType<typeof useApp>['t']>[0]
  readonly values: readonly string[]
  readonly code?: boolean
}

/** @param found  whether the text is the one that lay in the clipboard */
export function InvitationField({
  text,
  problem,
  whole,
  found,
  onText,
}: {
  text: string
  problem: Problem | undefined
  /** It was read, and what it says stands below: nobody needs to scroll in it. */
  whole: boolean
  found: boolean
  onText: (text: string) => void
}) {
  const app = useApp()
  const { host, t } = app
  const id = useId()
  const empty = useSignal(false)
  const desktop = host.kind === 'desktop'
  const change = (next: string) => {
    empty.value = false
    onText(next)
  }
  /** The desktop app gives an invitation or nothing; a browser asks the person, and gives whatever lies there. */
  const paste = async () => {
    const pasted = desktop
      ? ((await host.call('network.clipboard', { clicked: true }).catch(() => undefined))?.invitation ?? '')
      : await navigator.clipboard.readText().catch(() => '')
    if (pasted !== '') return change(pasted.trim().slice(0, MAX_INVITATION_CHARS))
    empty.value = true
    app.say(t('welcome.clipboard.none'))
  }
  const canPaste = desktop || typeof navigator.clipboard?.readText === 'function'
  const hint = empty.value ? 'welcome.clipboard.none' : found ? 'welcome.clipboard.found' : 'welcome.invitation.hint'
  return (
    <div class="field">
      <div class="group-head">
        <label class="strong" for={id}>
          {t('welcome.invitation')}
        </label>
        {canPaste && (
          <Button kind="quiet" onClick={() => void paste()}>
            {t('welcome.paste')}
          </Button>
        )}
      </div>
      <textarea
        dir="ltr"
        class={whole ? 'input code input-whole' : 'input code'}
        id={id}
        rows={3}
        spellcheck={false}
        autocapitalize="off"
        maxLength={MAX_INVITATION_CHARS}
        value={text}
        aria-invalid={problem === undefined ? undefined : 'true'}
        aria-describedby={`${id}-say`}
        onInput={({ currentTarget }) => change(currentTarget.value)}
      />
      {problem === undefined ? (
        <p class="small" id={`${id}-say`}>
          {t(hint)}
        </p>
      ) : (
        <>
          <FieldError id={`${id}-say`} text={t(`error.${problem.code}`)} />
          {problem.detail !== '' && (
            <p class="small" lang="en" translate={false} dir="ltr">
              {problem.detail}
            </p>
          )}
        </>
      )}
    </div>
  )
}

/** Everything that an invitation decides: nobody agrees to what they have not seen. */
export function Preview({ invitation }: { invitation: InvitationPreview }) {
  const { t } = useApp()
  const { hosts, addresses = hosts, issuePeer, broker, directory, token, resolver, roots = [] } = invitation
  const all: readonly PreviewFact[] = [
    { key: 'welcome.server', values: broker === undefined ? addresses : [], code: true },
    { key: 'welcome.key', values: issuePeer === '' ? [] : [issuePeer], code: true },
    { key: 'welcome.broker', values: broker === undefined ? [] : [broker], code: true },
    {
      key: 'welcome.directory',
      values: directory === undefined ? [] : [t('welcome.directory.value', { url: directory })],
    },
    { key: 'welcome.token', values: token === true ? [t('welcome.token.value')] : [] },
    {
      key: 'welcome.resolver',
      values: resolver === undefined ? [] : [t('welcome.resolver.value', { address: resolver })],
    },
    { key: 'welcome.root', values: roots, code: true },
  ]
  const facts = all.filter(({ values }) => values.length > 0)
  return (
    <>
      <dl class="facts note note-lines">
        <div>
          <dt>{t('welcome.from')}</dt>
          <dd class="strong" translate={false} dir="auto">
            {invitation.name}
          </dd>
        </div>
        <div>
          <dt>{t('welcome.names')}</dt>
          <dd>{t('welcome.names.value', { zone: invitation.zone })}</dd>
        </div>
        {facts.map(({ key, values, code }) => (
          <div key={key}>
            <dt>{t(key)}</dt>
            {values.map((value) => (
              <dd key={value} translate={false} dir={code ? 'ltr' : 'auto'} class={code ? 'code' : undefined}>
                {value}
              </dd>
            ))}
          </div>
        ))}
      </dl>
      {invitation.test && (
        <p class="note note-attention note-small">
          <Icon name="warning" tone="attention" />
          <span>{t('welcome.test')}</span>
        </p>
      )}
    </>
  )
}

/** Reads what was typed, a moment after the last key. */
export function useInvitation(text: string): {
  readonly value: InvitationPreview | undefined
  readonly problem: Problem | undefined
} {
  const { host } = useApp()
  const read = useSignal<{ of: string; value?: InvitationPreview; problem?: Problem }>({ of: '' })
  const invitation = text.trim()
  useEffect(() => {
    if (invitation === '') return undefined
    let left = false
    const timer = setTimeout(() => {
      void host.call('network.preview', { invitation }).then(
        (value) => {
          if (!left) read.value = { of: invitation, value }
        },
        (error: unknown) => {
          if (!left) read.value = { of: invitation, problem: problemOf(error) }
        },
      )
    }, REST_MS)
    return () => {
      left = true
      clearTimeout(timer)
    }
  }, [invitation, host])
  const known = read.value.of === invitation && invitation !== ''
  return { value: known ? read.value.value : undefined, problem: known ? read.value.problem : undefined }
}
