// What the whole page does by itself when the state changes: its look and its language, and what it says to people who listen.
import { useRef } from 'preact/hooks'
import { useSignalEffect } from '@preact/signals'
import { directionOf } from '../../../proto/text/index.ts'
import { lifeWords } from '../../../proto/text/life.ts'
import { useApp } from '../../app.ts'
import { rememberForm } from '../../form.ts'

/** Theme and language of the whole page follow the settings. */
export function useLook() {
  const { store, words } = useApp()
  useSignalEffect(() => {
    const root = document.documentElement
    const theme = store.slices.value?.settings.value.values.theme ?? 'system'
    if (theme === 'system') delete root.dataset['theme']
    else root.dataset['theme'] = theme
    root.lang = words.value.language
    root.dir = directionOf(words.value.language)
  })
}

/** Says a new state of the certificate's life to people who listen, whichever page they are on. */
export function useAnnouncedLife() {
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

/** How a node went, where nobody can go on without doing something. */
const ENDS = { ended: 'link.ended.title', closed: 'link.closed.title', outdated: 'link.reload.title' } as const

/**
 * What was said in another language, or by a node that is no longer there, is read out to nobody who looks for it later; that it is gone
 * is said.
 */
export function useFreshWords() {
  const app = useApp()
  const last = useRef('')
  useSignalEffect(() => {
    const link = app.store.link.value
    const now = `${app.words.value.language} ${link}`
    if (last.current === now) return
    last.current = now
    const end = Object.hasOwn(ENDS, link) ? ENDS[link as keyof typeof ENDS] : undefined
    const words = end === undefined ? '' : app.words.value.text(end)
    if (app.said.peek() !== words) app.say(words)
  })
}

/** What the pages need that have no node to ask stays in the browser. */
export function useRememberedForm() {
  const { host, store } = useApp()
  useSignalEffect(() => {
    const app = store.slices.value?.app.value
    if (host.kind === 'browser' && app !== undefined) rememberForm(app)
  })
}
