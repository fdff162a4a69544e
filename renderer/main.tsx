// The page's first lines. A one-time code or an invitation is taken out of the address before anything else happens, so that
// neither stays in the history; then the host is chosen, and the page is drawn.
import { computed, effect } from '@preact/signals'
import { render } from 'preact'
import type { PreloadApi } from '../proto/api/index.ts'
import { AppContext, createApp, type App } from './app.ts'
import { createBrowserHost } from './host/browser.ts'
import { createDesktopHost } from './host/desktop.ts'
import { createLanguage } from './language.ts'
import { createStore } from './store.ts'
import { Frame } from './views/frame.tsx'
import { fetchFirst } from './views/pages.tsx'
import { readWay } from './way.ts'

declare global {
  interface Window {
    readonly nodetrust?: PreloadApi
  }
}

/** So long the sketch in index.html stands for a page that is on its way; after that a sentence says what is waited for. */
const PATIENCE_MS = 600

/** Waits until there is something to draw: the state, and what its page is made of. */
async function somethingToDraw(app: App): Promise<void> {
  const { slices, link } = app.store
  const ready = async () => {
    await new Promise<void>((resolve) => {
      const end = effect(() => {
        if (slices.value === undefined && link.value === 'connecting') return
        resolve()
        queueMicrotask(() => end())
      })
    })
    if (slices.peek() !== undefined) await fetchFirst(app)
  }
  await Promise.race([ready(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))])
}

const first = readWay(location.hash)
if (first.to !== 'view') history.replaceState(null, '', first.to === 'invitation' ? '#network' : '#home')

const preload = window.nodetrust
const browser = preload === undefined ? createBrowserHost(first.to === 'code' ? first.code : undefined) : undefined
const host = preload === undefined ? browser : createDesktopHost(preload)
const root = document.querySelector('#root')

if (host !== undefined && root !== null) {
  const store = createStore(host)
  const setting = computed(() => store.slices.value?.settings.value.values.language ?? 'system')
  const speech = await createLanguage(setting, navigator.languages)
  const app = createApp(host, store, speech, first.to === 'invitation' ? first.invitation : '')
  // a link that is opened in a tab that is there already changes only what stands behind #
  window.addEventListener('hashchange', () => {
    const way = readWay(location.hash)
    if (way.to === 'view') return
    history.replaceState(null, '', way.to === 'invitation' ? '#network' : '#home')
    if (way.to === 'code') browser?.useCode(way.code)
    else {
      app.invitation.value = way.invitation
      app.go('network')
    }
  })
  await somethingToDraw(app)
  root.replaceChildren()
  render(
    <AppContext.Provider value={app}>
      <Frame />
    </AppContext.Provider>,
    root,
  )
}
