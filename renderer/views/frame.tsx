// The frame around all pages: bar, page, navigation. Without a node to show it shows how to get to one.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { TextKey } from '../../proto/text/index.ts'
import { useApp } from '../app.ts'
import { useLater } from '../later.ts'
import { Ring } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { PARENTS, type View } from '../way.ts'
import { Brand } from './frame/brand.tsx'
import { useAnnouncedLife, useFreshWords, useLook, useRememberedForm } from './frame/follow.ts'
import { useForesight } from './frame/foresight.ts'
import { useKeys } from './frame/keys.ts'
import { Navigation } from './frame/navigation.tsx'
import { NotFetched } from './frame/not-fetched.tsx'
import { ClosedPage, ConnectingPage, EndedPage, LostPage, OutdatedPage } from './link-pages.tsx'
import { isFirstRun, pageOf, wordsOf } from './pages.tsx'
import { View as Scroller } from './view.tsx'

/** The whole window. */
export function Frame() {
  const app = useApp()
  useLook()
  useFreshWords()
  useKeys()
  useForesight()
  useRememberedForm()
  const { link, slices } = app.store
  const there = slices.value
  const page =
    link.value === 'closed' ? (
      <ClosedPage />
    ) : link.value === 'ended' ? (
      <EndedPage />
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
  const slices = store.slices.value
  const first = slices !== undefined && isFirstRun(slices)
  const shown = useShown(first ? 'network' : view.value)
  useAnnouncedLife()
  const focused = useRef(shown)
  useEffect(() => {
    document.title = `${titleOf(shown, first, t)} – ${t('app')}`
    if (focused.current === shown) return
    focused.current = shown
    document.querySelector<HTMLElement>('h1')?.focus()
  })
  if (first) {
    return (
      <div class="app" data-view="network">
        <header class="bar">
          <Brand />
        </header>
        <main class="main">
          <Body view="network" first />
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
        <Body view={shown} />
      </main>
      <Navigation shown={shown} />
    </div>
  )
}

/** A page that takes longer than this to come is shown empty, so that a person sees that they were heard. */
const PATIENCE_MS = 300

/** The page that is drawn: the wanted one once it is there; until then the one before stays, with the focus in it. */
function useShown(wanted: View): View {
  const app = useApp()
  const page = pageOf(wanted)
  const fetched = useLater(page)
  const spoken = useLater(wordsOf(app, wanted))
  const isComing = fetched?.is === 'wanted' || spoken?.is === 'wanted'
  const impatient = useSignal<View | undefined>(undefined)
  const last = useRef<View | undefined>(undefined)
  useEffect(() => {
    if (!isComing) return undefined
    const timer = setTimeout(() => {
      impatient.value = wanted
    }, PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [wanted, isComing])
  if (!isComing || impatient.value === wanted) last.current = wanted
  return last.current ?? wanted
}

function Body({ view, first = false }: { view: View; first?: boolean }) {
  const app = useApp()
  const page = pageOf(view)
  const words = wordsOf(app, view)
  const fetched = page.now.value
  const spoken = words?.now.value
  if (fetched.is === 'there' && spoken?.is !== 'failed' && spoken?.is !== 'wanted') {
    return <fetched.what first={first} />
  }
  const failed = fetched.is === 'failed' ? page : spoken?.is === 'failed' ? words : undefined
  return <Scroller>{failed === undefined ? <Coming /> : <NotFetched part={failed} />}</Scroller>
}

/** A page that is on its way. */
function Coming() {
  return (
    <div class="page page-calm" aria-busy="true">
      <p class="actions actions-center soft">
        <Ring />
      </p>
    </div>
  )
}

function titleOf(view: View, firstRun: boolean, t: (key: TextKey) => string): string {
  return t(firstRun ? 'nav.welcome' : `nav.${view}`)
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
