// Keeps the tray as the model says. Icons that are set in quick succession get lost on some desktops, so changes are applied
// at most five times a second; a menu is set anew as a whole, and only when it differs, because an open one would close.
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../core/clock.ts'
import type { DesktopTray } from './ports.ts'
import { type TrayAction, type TrayModel, trayIconFile, WORKING_FRAMES } from './tray-model.ts'

/** What the tray needs. */
export interface TrayInit {
  readonly clock: Clock
  /** Folder of the icons. */
  readonly icons: string
  /** @returns undefined where the system has no place for one */
  readonly open: (file: string, template: boolean) => DesktopTray | undefined
  readonly onAction: (action: TrayAction) => void
  /** Whether pictures may move. */
  readonly motion: () => boolean
}

/** The tray as it stands. */
export interface Tray {
  show(model: TrayModel): void
  /** The model shown last. */
  shown(): TrayModel | undefined
  /** Does what a click on an item does; nothing for what is no command. */
  click(id: string): void
  /** Opens it once more: a panel that came later does not know of the one before. */
  reopen(): void
  stop(): void
}

/** Faster, and the icon gets lost. */
export const THROTTLE_MS = 200
/** The rhythm of the design. */
export const FRAME_MS = 600

/** Opens the tray. */
export function createTray({ clock, icons, open, onAction, motion }: TrayInit): Tray {
  const ended = new AbortController()
  let tray: DesktopTray | undefined
  let applied: { readonly file?: string; readonly model?: TrayModel } = {}
  let wanted: TrayModel | undefined
  let frame = 1
  let applying = false
  let animating = false
  let appliedAt = -Infinity

  const click = (id: string) => {
    const item = wanted?.items.find((candidate) => candidate.id === id)
    if (item?.kind === 'command') onAction(item.action)
  }

  const apply = (model: TrayModel) => {
    appliedAt = clock.now()
    const file = join(icons, trayIconFile(model, { frame: motion() ? frame : WORKING_FRAMES }))
    const template = model.variant === 'black'
    if (!tray) {
      tray = open(file, template)
      if (!tray) return
    } else if (file !== applied.file) {
      tray.setIcon(file, template)
    }
    if (model.tooltip !== applied.model?.tooltip) tray.setTooltip(model.tooltip)
    if (!isDeepStrictEqual(model.items, applied.model?.items)) tray.setMenu(model.items, click)
    applied = { file, model }
  }

  const applySoon = async () => {
    if (applying || ended.signal.aborted) return
    applying = true
    // a clock that was set back must not hold the tray up
    const rest = Math.min(THROTTLE_MS, appliedAt + THROTTLE_MS - clock.now())
    if (rest > 0) await clock.sleep(rest, ended.signal).catch(() => undefined)
    applying = false
    if (wanted && !ended.signal.aborted) apply(wanted)
  }

  const animate = async () => {
    if (animating) return
    animating = true
    const moves = () => wanted?.icon === 'working' && motion() && !ended.signal.aborted
    while (moves()) {
      await clock.sleep(FRAME_MS, ended.signal).catch(() => undefined)
      frame = (frame % WORKING_FRAMES) + 1
      void applySoon()
    }
    animating = false
    frame = 1
  }

  return {
    show(model) {
      if (isDeepStrictEqual(model, wanted)) return
      wanted = model
      void applySoon()
      if (model.icon === 'working') void animate()
    },
    shown: () => wanted,
    click,
    reopen() {
      if (!tray) return
      tray.destroy()
      tray = undefined
      applied = {}
      void applySoon()
    },
    stop() {
      ended.abort()
      tray?.destroy()
      tray = undefined
    },
  }
}
