// The one question of the first run, asked again when another network is chosen: an invitation, which is read and shown before
// it is followed, the public network, or the one for practice. Nothing happens without the button.
import { useEffect, useId } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import {
  MAX_INVITATION_CHARS,
  PUBLIC_FORGE,
  WAYS,
  type InvitationPreview,
  type Problem,
  type Way,
} from '../../proto/api/index.ts'
import { useAction, useApp, useSlices } from '../app.ts'
import { problemOf } from '../host/host.ts'
import { Button, Trouble } from '../parts/button.tsx'
import { FieldError, Segments } from '../parts/fields.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Details } from '../parts/pieces.tsx'
import type { ComponentChildren } from 'preact'
import { View } from './view.tsx'

type From = 'invited' | 'public' | 'sandbox'

/** Typing is read after a moment of rest. */
const REST_MS = 250

/** The page; `first` where it is the first thing a person sees. */
export function NetworkView({ first = false }: { first?: boolean }) {
  const app = useApp()
  const { t } = app
  const { network } = useSlices()
  const from = useSignal<From>('invited')
  const way = useSignal<Way['kind']>('network')
  const text = useSignal(app.invitation.value)
  const preview = useInvitation(text.value)
  const join = useAction('network.join')
  const sandbox = useAction('network.sandbox')
  const busy = join.busy.value || sandbox.busy.value || network.value.sandbox === 'starting'

  // an invitation that is followed while the page is open
  useEffect(() => {
    if (app.invitation.value === '') return
    text.value = app.invitation.value
    from.value = 'invited'
    app.invitation.value = ''
  }, [app.invitation.value])

  const go = async () => {
    const invitation = from.value === 'public' ? PUBLIC_FORGE : text.value.trim()
    const done = from.value === 'sandbox' ? await sandbox.run({ way: way.value }) : await join.run({ invitation })
    if (done !== undefined) app.go('home')
  }
  const known = from.value === 'public' || preview.value !== undefined
  const ready = from.value === 'sandbox' ? sandbox.allowed : join.allowed && known
  const label =
    from.value === 'sandbox'
      ? t(busy ? 'welcome.starting-sandbox' : 'welcome.start-sandbox')
      : t(busy ? 'welcome.joining' : 'welcome.join')
  return (
    <View>
      <form
        class="page page-calm"
        onSubmit={(event) => {
          event.preventDefault()
          if (ready && !busy) void go()
        }}
      >
        <div class="stack">
          {first ? (
            <h1 class="title" id="question" tabIndex={-1}>
              {t('welcome.title')}
            </h1>
          ) : (
            <h2 class="title" id="question">
              {t('welcome.change.title')}
            </h2>
          )}
          <p class="soft">{t(first ? 'welcome.say' : 'welcome.change.say')}</p>
        </div>
        <div class="group" role="radiogroup" aria-labelledby="question">
          <Choice
            value="invited"
            from={from.value}
            icon="peers"
            title={t('welcome.invited')}
            say={t('welcome.invited.say')}
            onChoose={() => {
              from.value = 'invited'
            }}
          >
            <InvitationField
              text={text.value}
              problem={preview.problem}
              onText={(typed) => {
                text.value = typed
              }}
            />
            {preview.value !== undefined && <Preview invitation={preview.value} />}
          </Choice>
          <Choice
            value="public"
            from={from.value}
            icon="globe"
            title={t('welcome.public')}
            say={t('welcome.public.say')}
            onChoose={() => {
              from.value = 'public'
            }}
          >
            <p class="small">{t('welcome.public.more')}</p>
          </Choice>
          <Choice
            value="sandbox"
            from={from.value}
            icon="box"
            title={t('welcome.sandbox')}
            say={t('welcome.sandbox.say')}
            onChoose={() => {
              from.value = 'sandbox'
            }}
          >
            <span class="small" aria-hidden="true">
              {t('welcome.sandbox.way')}
            </span>
            <Segments
              legend={t('welcome.sandbox.way')}
              name="way"
              value={way.value}
              wide
              options={WAYS.map((value) => ({ value, text: t(`welcome.sandbox.${value}`) }))}
              onChange={(value) => {
                way.value = value
              }}
            />
            <p class="small">{t('welcome.sandbox.more')}</p>
          </Choice>
        </div>
        <Details summary={t('welcome.learns')}>
          <p class="small">{t('welcome.learns.say')}</p>
        </Details>
        <div class="foot pinned group">
          <Trouble problem={join.problem.value ?? sandbox.problem.value} />
          <p class="small">{t(from.value === 'invited' && preview.value ? 'welcome.care' : 'welcome.later')}</p>
          <Button kind="primary" large wide type="submit" busy={busy} disabled={!ready && !busy}>
            {label}
          </Button>
        </div>
      </form>
    </View>
  )
}

function Choice({
  value,
  from,
  icon,
  title,
  say,
  onChoose,
  children,
}: {
  value: From
  from: From
  icon: IconName
  title: string
  say: string
  onChoose: () => void
  children?: ComponentChildren
}) {
  return (
    <div class="choice">
      <label class="choice-head">
        <input class="radio" type="radio" name="from" value={value} checked={from === value} onChange={onChoose} />
        <span class="choice-name">{title}</span>
        <Icon name={icon} tone="soft" />
        <span class="soft">{say}</span>
      </label>
      {children !== undefined && <div class="choice-more">{children}</div>}
    </div>
  )
}

interface PreviewFact {
  readonly key: Parameters<ReturnType<typeof useApp>['t']>[0]
  readonly values: readonly string[]
  readonly code?: boolean
}

function InvitationField({
  text,
  problem,
  onText,
}: {
  text: string
  problem: Problem | undefined
  onText: (text: string) => void
}) {
  const { t } = useApp()
  const id = useId()
  const paste = async () => {
    const pasted = await navigator.clipboard.readText().catch(() => '')
    if (pasted !== '') onText(pasted.trim().slice(0, MAX_INVITATION_CHARS))
  }
  // reading the clipboard is asked for by the browser, and not allowed in the desktop app, where Ctrl+V does it
  const canPaste = useApp().host.kind === 'browser' && typeof navigator.clipboard?.readText === 'function'
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
        class="input code"
        id={id}
        rows={3}
        spellcheck={false}
        autocapitalize="off"
        maxLength={MAX_INVITATION_CHARS}
        value={text}
        aria-invalid={problem === undefined ? undefined : 'true'}
        aria-describedby={`${id}-say`}
        onInput={({ currentTarget }) => onText(currentTarget.value)}
      />
      {problem === undefined ? (
        <p class="small" id={`${id}-say`}>
          {t('welcome.invitation.hint')}
        </p>
      ) : (
        <>
          <FieldError id={`${id}-say`} text={t(`error.${problem.code}`)} />
          {problem.detail !== '' && (
            <p class="small" lang="en" translate={false}>
              {problem.detail}
            </p>
          )}
        </>
      )}
    </div>
  )
}

/** Everything that an invitation decides: nobody agrees to what they have not seen. */
function Preview({ invitation }: { invitation: InvitationPreview }) {
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
          <dd class="strong" translate={false}>
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
              <dd key={value} translate={false} class={code ? 'code' : undefined}>
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
function useInvitation(text: string): {
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
