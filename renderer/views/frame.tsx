// The frame around all pages: bar, page, navigation, banners, what is said to people who listen, and the keys that lead from page
// to page. Without a node to show it shows how to get to one.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignalEffect } from '@preact/signals'
import { useApp } from '../app.ts'
import { lifeWords } from '../../proto/text/life.ts'
import type { TextKey } from '../../proto/text/index.ts'
import { Icon, type IconName } from '../parts/icon.tsx'
import { MAIN_VIEWS, type View } from '../way.ts'
import { ActivityView } from './activity.tsx'
import { AddressesView } from './addresses.tsx'
import { CertificateView } from './certificate.tsx'
import { HomeView } from './home.tsx'
import { ClosedPage, ConnectingPage, LostPage, OutdatedPage } from './link-pages.tsx'
import { NetworkView } from './network.tsx'
import { PeersView } from './peers.tsx'
import { ReachabilityView } from './reachability.tsx'
import { SettingsView } from './settings.tsx'

const ICONS: Record<(typeof MAIN_VIEWS)[number], IconName> = {
  home: 'home',
  certificate: 'certificate',
  addresses: 'address',
  peers: 'peers',
  activity: 'activity',
}

/** Pages below another one: where their way back leads. */
const PARENTS: Partial<Record<View, View>> = { reachability: 'addresses', network: 'settings' }

const PAGES: Record<View, () => ComponentChildren> = {
  home: () => <HomeView />,
  certificate: () => <CertificateView />,
  addresses: () => <AddressesView />,
  peers: () => <PeersView />,
  activity: () => <ActivityView />,
  settings: () => <SettingsView />,
  reachability: () => <ReachabilityView />,
  network: () => <NetworkView />,
}

/** The whole window. */
export function Frame() {
  const app = useApp()
  useLook()
  useKeys()
  const { link, slices } = app.store
  const there = slices.value
  const page =
    link.value === 'closed' ? (
      <ClosedPage />
    ) : link.value === 'outdated' ? (
      <OutdatedPage />
    ) : there === undefined ? (
      link.value === 'lost' ? (
        <LostPage />
      ) : (
        <ConnectingPage />
      )
    ) : undefined
  return (
    <>
      {page === undefined ? <Window /> : <Bare>{page}</Bare>}
      <p class="unseen" role="status" aria-live="polite">
        {app.said.value}
      </p>
    </>
  )
}

/** A page without navigation. */
function Bare({ children }: { children: ComponentChildren }) {
  return (
    <div class="app">
      <header class="bar">
        <Brand />
      </header>
      <main class="main">
        <div class="view">{children}</div>
      </main>
    </div>
  )
}

function Window() {
  const { store, view, t } = useApp()
  const { firstRun: isFirst = false, phase } = store.slices.value?.app.value ?? {}
  // a network is of no use to a node that cannot run: why it cannot comes first, with the ways out
  const firstRun = isFirst && phase !== 'failed'
  const shown = firstRun ? 'network' : view.value
  useAnnouncedLife()
  const focused = useRef(shown)
  useEffect(() => {
    document.title = `${titleOf(shown, firstRun, t)} – ${t('app')}`
    if (focused.current === shown) return
    focused.current = shown
    document.querySelector<HTMLElement>('h1')?.focus()
  })
  if (firstRun) {
    return (
      <div class="app" data-view="network">
        <header class="bar">
          <Brand />
        </header>
        <main class="main">
          <NetworkView first />
        </main>
      </div>
    )
  }
  return (
    <div class="app" data-view={shown}>
      <header class="bar">
        {shown === 'home' ? <Brand /> : <PageTitle view={shown} />}
        <a
          class="icon-button bar-settings"
          href="#settings"
          aria-label={t('nav.settings')}
          aria-current={shown === 'settings' ? 'page' : undefined}
        >
          <Icon name="settings" />
        </a>
      </header>
      <main class="main" key={shown}>
        {PAGES[shown]()}
      </main>
      <Navigation shown={shown} />
    </div>
  )
}

function titleOf(view: View, firstRun: boolean, t: (key: TextKey) => string): string {
  return t(firstRun ? 'nav.welcome' : `nav.${view}`)
}

function Brand() {
  const { t } = useApp()
  return (
    <p class="brand">
      <Icon name="home" />
      <span translate={false}>{t('app')}</span>
    </p>
  )
}

function PageTitle({ view }: { view: View }) {
  const { t } = useApp()
  const parent = PARENTS[view]
  return (
    <div class="bar-title">
      {parent !== undefined && (
        <a class="icon-button bar-back" href={`#${parent}`} aria-label={t('back')}>
          <Icon name="back" />
        </a>
      )}
      <h1 class="title" tabIndex={-1}>
        {t(`nav.${view}`)}
      </h1>
    </div>
  )
}

function Navigation({ shown }: { shown: View }) {
  const { t } = useApp()
  const current = PARENTS[shown] ?? shown
  return (
    <nav class="nav" aria-label={t('nav.main')}>
      <Brand />
      <ul class="nav-list">
        {MAIN_VIEWS.map((view) => (
          <li key={view}>
            <NavLink view={view} icon={ICONS[view]} current={current} />
          </li>
        ))}
      </ul>
      <div class="nav-more">
        <NavLink view="settings" icon="settings" current={current} />
      </div>
    </nav>
  )
}

function NavLink({ view, icon, current }: { view: View; icon: IconName; current: View }) {
  const { t } = useApp()
  return (
    <a class="nav-link" href={`#${view}`} aria-current={current === view ? 'page' : undefined}>
      <span class="nav-pill">
        <Icon name={icon} />
      </span>
      <span class="nav-label">{t(`nav.${view}`)}</span>
    </a>
  )
}

/** Theme and language of the whole page follow the settings. */
function useLook() {
  const { store, words } = useApp()
  useSignalEffect(() => {
    const root = document.documentElement
    const theme = store.slices.value?.settings.value.values.theme ?? 'system'
    if (theme === 'system') delete root.dataset['theme']
    else root.dataset['theme'] = theme
    root.lang = words.value.language
  })
}

/** Ctrl or Cmd with 1 to 5 for the pages and with a comma for Settings; Escape leads back from a page below another. */
function useKeys() {
  const app = useApp()
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const there = app.store.slices.value
      if (event.defaultPrevented || there === undefined || there.app.value.firstRun) return
      if (document.querySelector('dialog[open]') !== null) return
      if (event.key === 'Escape') {
        const parent = PARENTS[app.view.value]
        if (parent !== undefined) app.go(parent)
        return
      }
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
      const view = event.key === ',' ? 'settings' : MAIN_VIEWS[Number(event.key) - 1]
      if (view === undefined) return
      event.preventDefault()
      app.go(view)
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [app])
}

/** Says a new state of the certificate's life to people who listen, whichever page they are on. */
function useAnnouncedLife() {
  const app = useApp()
  const last = useRef<string | undefined>(undefined)
  useSignalEffect(() => {
    const slices = app.store.slices.value
    if (slices === undefined) return
    const words = lifeWords(
      {
        app: slices.app.value,
        identity: slices.identity.value,
        certificate: slices.certificate.value,
        settings: slices.settings.value,
      },
      app.words.value,
      app.now.peek(),
    )
    const { state } = slices.certificate.value.life
    if (last.current !== undefined && last.current !== state) app.say(`${words.title}. ${words.sentence}`)
    last.current = state
  })
}
