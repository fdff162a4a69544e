// Rows of Home that lead elsewhere, and what stands at its foot.
import type { ComponentChildren } from 'preact'
import { useApp, useSlices } from '../../app.ts'
import { Breaks } from '../../parts/breaks.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Icon, type IconName } from '../../parts/icon.tsx'
import { useSignal } from '@preact/signals'
import { later, useLater } from '../../later.ts'
import { NotFetched } from '../frame/not-fetched.tsx'

const INVITE = later(async () => import('../late/pages.ts'))

export function Foot({ children }: { children: ComponentChildren }) {
  return <div class="foot group">{children}</div>
}

export function LinkRow({ to, icon, text }: { to: string; icon: IconName; text: string }) {
  return (
    <a class="row row-link" href={`#${to}`}>
      <Icon name={icon} tone="soft" />
      <span class="row-body number">{text}</span>
      <Icon name="right" tone="soft" small />
    </a>
  )
}

export function PeersRow() {
  const { t } = useApp()
  const { peers } = useSlices()
  return <LinkRow to="peers" icon="peers" text={t('home.peers', { count: peers.value.connected })} />
}

/** In a network that one was invited to; into the public one everybody comes uninvited. */
export function InviteRow() {
  const app = useApp()
  const { t } = app
  const { network } = useSlices()
  const open = useSignal(false)
  const { choice, public: everybodys } = network.value
  if (choice?.kind !== 'joined' || choice.zone === (everybodys?.zone ?? '') || !app.may('network.invitation'))
    return null
  return (
    <>
      <button
        class="row row-link row-button"
        type="button"
        onClick={() => {
          open.value = true
        }}
      >
        <Icon name="person" tone="soft" />
        <span class="row-body">{t('settings.invite')}</span>
        <Icon name="right" tone="soft" small />
      </button>
      {open.value && (
        <Invite
          onClose={() => {
            open.value = false
          }}
        />
      )}
    </>
  )
}

/** Fetched when it is opened first. */
function Invite({ onClose }: { onClose: () => void }) {
  const { t } = useApp()
  const fetched = useLater(INVITE)
  if (fetched?.is === 'there') return <fetched.what.InviteDialog onClose={onClose} />
  if (fetched?.is !== 'failed') return null
  return (
    <Dialog title={t('settings.invite')} narrow onClose={onClose}>
      <NotFetched part={INVITE} />
    </Dialog>
  )
}

export function NetworkRow() {
  const { t } = useApp()
  const { network } = useSlices()
  const { choice } = network.value
  if (choice === null) return null
  const name = choice.kind === 'sandbox' ? t('home.network.sandbox') : choice.name
  return (
    <a class="row row-link" href="#settings">
      <Icon name={choice.kind === 'sandbox' ? 'box' : 'globe'} tone="soft" />
      <span
        class="row-body"
        translate={choice.kind === 'sandbox' ? undefined : false}
        dir={choice.kind === 'sandbox' ? undefined : 'auto'}
      >
        <Breaks text={name} />
      </span>
      <span class="small">{t('home.change')}</span>
      <Icon name="right" tone="soft" small />
    </a>
  )
}
