// Settings save themselves. What is wrong is said under its field, with one button that mends it; what the configuration file sets
// is shown and not changed.
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { FieldProblem, Settings } from '../../proto/api/index.ts'
import { useAction, useApp, useSlices } from '../app.ts'
import { Button, CopyButton, Trouble } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { FieldError, Segments, Switch } from '../parts/fields.tsx'
import { Icon } from '../parts/icon.tsx'
import { OutsideLink } from '../parts/pieces.tsx'
import { shortPeer } from '../say/names.ts'
import { BackupDialog, ProtectDialog, ResetDialog, RestoreDialog } from './identity-dialogs.tsx'
import { ReachRow } from './reachability.tsx'
import { View } from './view.tsx'

type PortName = 'wssPort' | 'tcpPort'
type SwitchName = 'mapPorts' | 'discoverable' | 'startAtLogin' | 'startMinimised' | 'notifications' | 'checkForUpdates'

export function SettingsView() {
  const { t } = useApp()
  const { settings } = useSlices()
  const { can } = settings.value
  return (
    <View>
      <div class="page">
        <NetworkGroup />
        <Group id="doors" title={t('settings.doors')}>
          <Port name="wssPort" />
          <Port name="tcpPort" />
          <Toggle name="mapPorts" />
          <Toggle name="discoverable" />
          <ReachRow />
        </Group>
        <Group id="appearance" title={t('settings.appearance')}>
          <Theme />
          <LanguageChoice />
        </Group>
        {(can.startAtLogin || can.tray || can.notify) && (
          <Group id="starting" title={t('settings.starting')}>
            {can.startAtLogin && <Toggle name="startAtLogin" />}
            {can.tray && <Toggle name="startMinimised" />}
            {can.notify && <Toggle name="notifications" />}
          </Group>
        )}
        <IdentityGroup />
        <BrowserGroup />
        <AboutGroup />
        <p class="small">{t('settings.saved')}</p>
      </div>
    </View>
  )
}

function Group({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
  return (
    <section class="group" aria-labelledby={`settings-${id}`}>
      <h2 id={`settings-${id}`}>{title}</h2>
      <div class="card rows">{children}</div>
    </section>
  )
}

/** A line with words on one side and what one does with them on the other. */
function Line({
  title,
  say,
  data = false,
  children,
}: {
  title: string
  say?: string
  /** The title is no text of ours. */
  data?: boolean
  children?: ComponentChildren
}) {
  return (
    <div class="setting">
      <p>
        <span translate={data ? false : undefined}>{title}</span>
        {say !== undefined && <span class="small">{say}</span>}
      </p>
      {children}
    </div>
  )
}

function useChange() {
  const set = useAction('settings.set')
  const { settings } = useSlices()
  return {
    set,
    values: settings.value.values,
    isLocked: (name: keyof Settings) => settings.value.locked.includes(name),
    /** @returns what is wrong with the field; undefined where the call itself failed */
    change: async (values: Partial<Record<keyof Settings, string | number | boolean>>) =>
      (await set.run({ values }))?.problems,
  }
}

function Toggle({ name }: { name: SwitchName }) {
  const { t } = useApp()
  const { set, values, isLocked, change } = useChange()
  const locked = isLocked(name)
  return (
    <>
      <Switch
        label={t(`settings.${name}`)}
        say={t(locked ? 'settings.locked' : `settings.${name}.say`)}
        checked={values[name]}
        disabled={locked || !set.allowed}
        onChange={async (checked) => (await change({ [name]: checked }))?.length === 0}
      />
      <Failed problem={set.problem.value} />
    </>
  )
}

function Failed({ problem }: { problem: Parameters<typeof Trouble>[0]['problem'] }) {
  if (problem === undefined) return null
  return (
    <div class="setting">
      <Trouble problem={problem} />
    </div>
  )
}

function Port({ name }: { name: PortName }) {
  const { t } = useApp()
  const { set, values, isLocked, change } = useChange()
  const problem = useSignal<FieldProblem | undefined>(undefined)
  const typed = useSignal<string | undefined>(undefined)
  const id = useId()
  const errorId = `${id}-error`
  const locked = isLocked(name)
  const save = async (text: string) => {
    const wanted = /^\d+$/.test(text.trim()) ? Number(text.trim()) : text
    if (wanted === values[name]) {
      problem.value = undefined
      typed.value = undefined
      return
    }
    const problems = await change({ [name]: wanted })
    if (problems === undefined) return
    problem.value = problems.find(({ field }) => field === name)
    if (problem.value === undefined) typed.value = undefined
  }
  const suggestion = problem.value?.suggestion ?? null
  return (
    <div class="setting">
      <label for={id}>
        {t(`settings.${name}`)}
        <span class="small">{t(locked ? 'settings.locked' : `settings.${name}.say`)}</span>
      </label>
      <input
        class="input input-number"
        id={id}
        inputMode="numeric"
        autocomplete="off"
        maxLength={12}
        value={typed.value ?? String(values[name])}
        disabled={locked || !set.allowed}
        aria-invalid={problem.value === undefined ? undefined : 'true'}
        aria-describedby={problem.value === undefined ? undefined : errorId}
        onInput={({ currentTarget }) => {
          typed.value = currentTarget.value
        }}
        onChange={({ currentTarget }) => void save(currentTarget.value)}
      />
      <FieldError id={errorId} text={problem.value === undefined ? undefined : t(`field.${problem.value.code}`)} />
      {suggestion !== null && (
        <div class="actions">
          <Button onClick={() => void save(String(suggestion))}>{t('field.use', { value: String(suggestion) })}</Button>
        </div>
      )}
      <Trouble problem={set.problem.value} />
    </div>
  )
}

const THEMES = ['system', 'light', 'dark'] as const

function Theme() {
  const { t } = useApp()
  const { set, values, isLocked, change } = useChange()
  return (
    <div class="setting">
      <span aria-hidden="true">{t('settings.theme')}</span>
      <Segments
        legend={t('settings.theme')}
        name="theme"
        value={values.theme}
        disabled={isLocked('theme') || !set.allowed}
        options={THEMES.map((value) => ({ value, text: t(`settings.theme.${value}`) }))}
        onChange={(theme) => void change({ theme })}
      />
    </div>
  )
}

const OFFERED_LANGUAGES = ['system', 'en', 'de'] as const

function LanguageChoice() {
  const { t } = useApp()
  const { set, values, isLocked, change } = useChange()
  const id = useId()
  // the pseudo-locale is shown where it is set, never offered
  const offered = values.language === 'en-XA' ? ([...OFFERED_LANGUAGES, 'en-XA'] as const) : OFFERED_LANGUAGES
  return (
    <div class="setting">
      <label for={id}>{t('settings.language')}</label>
      <span class="select">
        <select
          class="input"
          id={id}
          value={values.language}
          disabled={isLocked('language') || !set.allowed}
          onChange={({ currentTarget }) => void change({ language: currentTarget.value })}
        >
          {offered.map((language) => (
            <option key={language} value={language} lang={language === 'system' ? undefined : language}>
              {t(`settings.language.${language}`)}
            </option>
          ))}
        </select>
        <Icon name="down" small />
      </span>
    </div>
  )
}

function NetworkGroup() {
  const app = useApp()
  const { t } = app
  const { network } = useSlices()
  const invitation = useAction('network.invitation')
  const leaving = useSignal(false)
  const { choice } = network.value
  const copyInvitation = async () => {
    const done = await invitation.run({})
    if (done === undefined) return
    if (done.invitation === '') app.say(t('settings.invite.none'))
    else await app.copy(done.invitation)
  }
  const own = choice !== null && choice.kind !== 'configured'
  const say =
    choice === null
      ? t('home.no-network.say')
      : choice.kind === 'configured'
        ? t('settings.network.configured')
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
      {choice?.kind === 'joined' && invitation.allowed && (
        <Line title={t('settings.invite')} say={t('settings.invite.say')}>
          <Button icon="copy" onClick={() => void copyInvitation()}>
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
      <Failed problem={invitation.problem.value} />
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

function IdentityGroup() {
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
            <span class="small" title={peerId} translate={false}>
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

function BrowserGroup() {
  const app = useApp()
  const { t, times } = app
  const open = useAction('bridge.open')
  const link = useAction('bridge.link')
  const until = useSignal<number | undefined>(undefined)
  if (!link.allowed) return null
  const copyLink = async (role: 'viewer' | 'owner') => {
    const done = await link.run({ role })
    if (done !== undefined && (await app.copy(done.url))) until.value = done.until
  }
  return (
    <Group id="browser" title={t('settings.browser')}>
      {app.host.kind === 'desktop' && (
        <Line title={t('settings.browser.open')} say={t('settings.browser.open.say')}>
          <Button icon="external" busy={open.busy.value} onClick={() => void open.run({})}>
            {t('settings.browser.open.button')}
          </Button>
        </Line>
      )}
      <Line
        title={t('settings.browser.link')}
        say={
          until.value === undefined
            ? t('settings.browser.link.say')
            : t('settings.browser.link.copied', { time: times().clock(until.value) })
        }
      >
        <Button icon="copy" onClick={() => void copyLink('owner')}>
          {t('settings.browser.link.button')}
        </Button>
      </Line>
      <Line title={t('settings.browser.link.viewer')} say={t('settings.browser.link.say')}>
        <Button
          icon="copy"
          label={`${t('settings.browser.link.button')}: ${t('settings.browser.link.viewer')}`}
          onClick={() => void copyLink('viewer')}
        >
          {t('settings.browser.link.button')}
        </Button>
      </Line>
      <Failed problem={open.problem.value ?? link.problem.value} />
    </Group>
  )
}

function AboutGroup() {
  const app = useApp()
  const { t, times, now } = app
  const slices = useSlices()
  const folder = useAction('folder.open')
  const resetting = useSignal(false)
  const { available, checkedAt } = slices.update.value
  const update =
    available !== null
      ? t('settings.version.update', { version: available.version })
      : checkedAt === null
        ? undefined
        : `${t('settings.version.newest')} ${t('settings.version.checked', { when: times().relative(checkedAt, now.value) })}`
  return (
    <Group id="about" title={t('settings.about')}>
      <div class="setting">
        <p>
          {t('settings.version')}
          {update !== undefined && <span class="small">{update}</span>}
        </p>
        <span class="number" translate={false}>
          {slices.app.value.version}
        </span>
      </div>
      <Toggle name="checkForUpdates" />
      <Line title={t('settings.website')}>
        <span class="actions">
          <OutsideLink to="help">{t('settings.help')}</OutsideLink>
          <OutsideLink to="home">{t('settings.website')}</OutsideLink>
        </span>
      </Line>
      {slices.settings.value.can.openFolders && folder.allowed && (
        <Line title={t('settings.folder')} say={t('settings.folder.say')}>
          <Button onClick={() => void folder.run({ name: 'data' })}>{t('show-folder')}</Button>
        </Line>
      )}
      {app.may('app.reset') && (
        <Line title={t('settings.reset')} say={t('settings.reset.say')}>
          <Button
            onClick={() => {
              resetting.value = true
            }}
          >
            {t('settings.reset.button')}
          </Button>
        </Line>
      )}
      <Failed problem={folder.problem.value} />
      {resetting.value && (
        <ResetDialog
          onClose={() => {
            resetting.value = false
          }}
        />
      )}
    </Group>
  )
}
