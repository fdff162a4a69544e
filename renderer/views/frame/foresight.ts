// Fetches a page when somebody is about to open it: the pointer or the focus is on what leads there. In the desktop app all pages
// come as soon as the first one stands, since nothing goes over a wire.
import { useEffect } from 'preact/hooks'
import { useApp } from '../../app.ts'
import { VIEWS, readWay } from '../../way.ts'
import { fetchPage } from '../pages.tsx'

export function useForesight() {
  const app = useApp()
  useEffect(() => {
    const foresee = ({ target }: Event) => {
      const link = target instanceof Element ? target.closest('a[href^="#"]') : null
      if (link === null) return
      const way = readWay(link.getAttribute('href') ?? '')
      if (way.to === 'view') void fetchPage(app, way.view)
    }
    const all = () => {
      for (const view of VIEWS) void fetchPage(app, view)
    }
    const idle = app.host.kind === 'desktop' ? requestIdleCallback(all) : 0
    document.addEventListener('pointerover', foresee)
    document.addEventListener('focusin', foresee)
    return () => {
      cancelIdleCallback(idle)
      document.removeEventListener('pointerover', foresee)
      document.removeEventListener('focusin', foresee)
    }
  }, [app])
}
