// The part of the window that scrolls, and the only one: the page, and above it what must be said first, so that no notice ever
// lies beside or under a scroll bar. What stands beside it (bar, dock, navigation) stays in sight.
import type { ComponentChildren } from 'preact'
import { useApp, useSlices } from '../app.ts'
import { Banners } from './banners.tsx'

/** @param keys  takes the focus itself, for a page in which nothing else does: keys scroll only what has the focus */
export function View({ keys = false, children }: { keys?: boolean; children: ComponentChildren }) {
  const { view } = useApp()
  const { app } = useSlices()
  return (
    <div class="view" tabIndex={keys ? 0 : undefined}>
      {/* what a person should be told once stands on the first page that they look at, and nowhere else; the first run's puts the
          calm ones below its question */}
      <Banners notices={app.value.firstRun ? 'pressing' : view.value === 'home' ? 'all' : 'none'} />
      {children}
    </div>
  )
}
