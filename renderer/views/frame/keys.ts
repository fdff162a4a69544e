// The keys that lead from page to page.
import { useEffect } from 'preact/hooks'
import { useApp } from '../../app.ts'
import { MAIN_VIEWS, PARENTS } from '../../way.ts'

/** Escape leads back from a page below another. In the desktop app Ctrl or Cmd leads to the pages with 1 to 5 and to Settings with a
 *  comma; in a browser these belong to its tabs. */
export function useKeys() {
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
      if (app.host.kind !== 'desktop') return
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
