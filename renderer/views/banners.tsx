// What stands above every page: that the node does not answer, an update, what a person should be told once, and that a page may
// only look.
import { useAction, useApp, useSlices } from '../app.ts'
import { Button, IconButton, Trouble } from '../parts/button.tsx'
import { OutsideLink } from '../parts/pieces.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import type { State } from '../../proto/api/index.ts'

/** These are news, not trouble; what a person gains most from comes first. */
const CALM_NOTICES: readonly string[] = ['keychain-fallback', 'test-network', 'history-lost', 'no-tray', 'port-moved']

/** Trouble before news: only a few stand there at once. */
const byWeight = (one: { readonly code: string }, other: { readonly code: string }): number =>
  CALM_NOTICES.indexOf(one.code) - CALM_NOTICES.indexOf(other.code)

const isCalm = (code: string): boolean => CALM_NOTICES.includes(code)

/** How many notices stand there at once: more would push the page away. */
const MOST_NOTICES = 2

/** @param notices  which of the things that a person should be told once stand here: those that cannot wait, all, or none */
export function Banners({ notices: told }: { notices: 'pressing' | 'all' | 'none' }) {
  const { store, host, t } = useApp()
  const { app, update } = useSlices()
  const notices = told === 'none' ? [] : app.value.notices.filter(({ code }) => told === 'all' || !isCalm(code))
  const { available } = update.value
  const lost = store.link.value === 'lost'
  const viewer = store.role.value === 'viewer'
  if (!lost && !viewer && available === null && notices.length === 0) return null
  return (
    <div class="banners">
      {lost && (
        <Banner icon="warning" attention text={t('link.lost.banner')}>
          <Button onClick={() => host.retry()}>{t('link.lost.button')}</Button>
        </Banner>
      )}
      {viewer && !lost && <Banner icon="info" text={t('only-look')} />}
      {available !== null && <UpdateBanner version={available.version} installs={available.installs} />}
      {notices
        .toSorted(byWeight)
        .slice(0, MOST_NOTICES)
        .map((notice) => (
          <NoticeBanner key={notice.id} notice={notice} />
        ))}
    </div>
  )
}

/** What may be read after the question of the first page: above it, it would push the answers out of the window. */
export function CalmNotices() {
  const { app } = useSlices()
  const notices = app.value.notices.filter(({ code }) => isCalm(code))
  if (notices.length === 0) return null
  return (
    <div class="group">
      {notices
        .toSorted(byWeight)
        .slice(0, MOST_NOTICES)
        .map((notice) => (
          <NoticeBanner key={notice.id} notice={notice} />
        ))}
    </div>
  )
}

function Banner({
  icon,
  text,
  attention = false,
  children,
}: {
  icon: IconName
  text: string
  attention?: boolean
  children?: preact.ComponentChildren
}) {
  return (
    <div class={attention ? 'banner banner-attention' : 'banner'} role={attention ? 'alert' : undefined}>
      <Icon name={icon} tone={attention ? 'attention' : 'soft'} />
      <p class="banner-text">{text}</p>
      {children}
    </div>
  )
}

function UpdateBanner({ version, installs }: { version: string; installs: boolean }) {
  const { t, host } = useApp()
  const install = useAction('update.install')
  return (
    <Banner icon="download" text={t('update.available', { version })}>
      {host.kind === 'browser' ? (
        <OutsideLink to="download">{t('update.download')}</OutsideLink>
      ) : (
        install.allowed && (
          <Button busy={install.busy.value} onClick={() => void install.run({})}>
            {t(install.busy.value ? 'update.busy' : installs ? 'update.install' : 'update.download')}
          </Button>
        )
      )}
      <Trouble problem={install.problem.value} />
    </Banner>
  )
}

function NoticeBanner({ notice }: { notice: State['app']['notices'][number] }) {
  const { t } = useApp()
  const dismiss = useAction('notice.dismiss')
  const calm = isCalm(notice.code)
  return (
    <Banner icon={calm ? 'info' : 'warning'} attention={!calm} text={t(`notice.${notice.code}`)}>
      {dismiss.allowed && (
        <IconButton icon="close" label={t('notice.dismiss')} onClick={() => void dismiss.run({ id: notice.id })} />
      )}
    </Banner>
  )
}
