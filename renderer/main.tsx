// The page's first lines. A one-time code or an invitation is taken out of the address before anything else happens, so that
// neither stays in the history; then the host is chosen, and the page is drawn.
import { computed } from '@preact/signals'
import { render } from 'preact'
import type { PreloadApi } from '../proto/api/index.ts'
import { AppContext, createApp } from './app.ts'
import { createBrowserHost } from './host/browser.ts'
import { createDesktopHost } from './host/desktop.ts'
import { createLanguage } from './language.ts'
import { createStore } from './store.ts'
import { Frame } from './views/frame.tsx'
import { readWay } from './way.ts'

declare global {
  interface Window {
    readonly nodetrust?: PreloadApi
  }
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
  const words = await createLanguage(setting, navigator.languages)
  const app = createApp(host, store, words, first.to === 'invitation' ? first.invitation : '')
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
  render(
    <AppContext.Provider value={app}>
      <Frame />
    </AppContext.Provider>,
    root,
  )
}
