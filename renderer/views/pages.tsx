// The pages of the window: Home is there from the start, since people come for it; each other one is fetched when it is opened.
import type { ComponentType } from 'preact'
import type { App } from '../app.ts'
import { later, present, type Later } from '../later.ts'
import type { Slices } from '../store.ts'
import type { View } from '../way.ts'
import { fetchHome, HomeView } from './home.tsx'

/** What draws a page. */
export type Page = ComponentType<{ readonly first?: boolean }>

const PAGES: Readonly<Record<View, Later<Page>>> = {
  home: present<Page>(HomeView),
  certificate: later(async () => (await import('./late/pages.ts')).CertificateView),
  addresses: later(async () => (await import('./late/pages.ts')).AddressesView),
  peers: later(async () => (await import('./late/pages.ts')).PeersView),
  activity: later(async () => (await import('./late/pages.ts')).ActivityView),
  settings: later(async () => (await import('./late/pages.ts')).SettingsView),
  reachability: later(async () => (await import('./late/pages.ts')).ReachabilityView),
  name: later(async () => (await import('./late/pages.ts')).NameView),
  doctor: later(async () => (await import('./late/pages.ts')).DoctorView),
  practice: later(async () => (await import('./late/pages.ts')).PracticeView),
  // the first question is a visit of its own
  network: later(async () => (await import('./network.tsx')).NetworkView),
}

/** A page, there or still to be fetched. */
export function pageOf(view: View): Later<Page> {
  return PAGES[view]
}

/** Whether there is nothing but the first question. */
export function isFirstRun({ app }: Slices): boolean {
  // a network is of no use to a node that cannot run: why it cannot comes first, with the ways out
  return app.value.firstRun && app.value.phase !== 'failed'
}

/** Fetches everything that the first drawing needs. */
export async function fetchFirst(app: App): Promise<void> {
  const slices = app.store.slices.peek()
  const view = slices !== undefined && isFirstRun(slices) ? 'network' : app.view.peek()
  await (view === 'home' ? fetchHome(app) : fetchPage(app, view))
}

/** The words that a page is made of beside the first ones. */
export function wordsOf({ askWords, moreWords }: App, view: View): Later<true> | undefined {
  return view === 'home' ? undefined : view === 'network' ? askWords : moreWords
}

/** Fetches a page with its words. */
export async function fetchPage(app: App, view: View): Promise<void> {
  await Promise.all([pageOf(view).fetch(), wordsOf(app, view)?.fetch()])
}
