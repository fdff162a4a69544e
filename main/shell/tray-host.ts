// A Linux desktop may have no place for tray icons, or one that comes later and goes for a while. The tray is opened anew for each panel
// that comes, the window says where there is none, and an app without window and tray shows itself among the other windows.
import type { Clock } from '../../core/clock.ts'

/** What follows from it. */
export interface TrayHostInit {
  readonly platform: NodeJS.Platform
  /** Tells whether icons are shown, and when that changes. */
  readonly watch: (onChange: (shown: boolean) => void, signal: AbortSignal) => void
  /** A panel has come that does not know our icon. */
  readonly onPanel: () => void
  /** Whether the window has to say that there is no tray. */
  readonly onShown: (shown: boolean) => void
  /** Nothing of the app may be to be seen. */
  readonly onUnseen: () => void
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** A panel that starts with the session, or is started anew, is there within seconds. */
export const PANEL_PATIENCE_MS = 15_000

/** Follows it. @returns whether people see the icon right now */
export function followTrayHost({ watch, platform, clock, signal, ...on }: TrayHostInit): () => boolean {
  // macOS and Windows always have a place
  if (platform !== 'linux') return () => true
  let shown: boolean | undefined
  let waiting = new AbortController()
  const waitForPanel = () => {
    waiting.abort()
    waiting = new AbortController()
    clock.sleep(PANEL_PATIENCE_MS, AbortSignal.any([signal, waiting.signal])).then(on.onUnseen, () => undefined)
  }
  // whoever gets no answer has no tray either
  waitForPanel()
  watch((now) => {
    const before = shown
    shown = now
    on.onShown(now)
    if (!now) return waitForPanel()
    waiting.abort()
    // the first one is found by Electron itself
    if (before === false) on.onPanel()
  }, signal)
  return () => shown === true
}
