// The one window from its first moment to its last: opened when somebody wants it, hidden when it is closed and taken away a while later,
// loaded anew when its process dies, explained when that does not help. The node never depends on it.
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import { type PageTarget, pageFragment, viewAt } from '../../proto/page-fragment.ts'
import type { ShellText } from '../../proto/text/shell.ts'
import { closeOutcome, createReloadBudget, isCrash } from './life-cycle.ts'
import { PAGE_URL } from './own-page.ts'
import type { Desktop, DesktopWindow } from './ports.ts'
import { openingPlace, type WindowPlace } from './window-place.ts'
import { nextZoom, type Zoom, type ZoomStep } from './window-zoom.ts'

/** What the window needs. */
export interface WindowKeeperInit {
  readonly desktop: Desktop
  readonly clock: Clock
  readonly log: Log
  readonly text: () => ShellText
  /** Absolute path of the preload bundle. */
  readonly preload: string
  /** Folder of the icons. */
  readonly icons: string
  /** Whether people see the tray icon right now. */
  readonly trayShown: () => boolean
  /** Whether closing it quits where there is no tray, as the person wanted before. */
  readonly closeQuits: () => boolean
  readonly onCloseQuits: () => void
  /** Where the window was the last time. */
  readonly place: () => WindowPlace | undefined
  readonly onPlace: (place: WindowPlace) => void
  /** How large the page was shown the last time. */
  readonly zoom: () => Zoom
  readonly onZoom: (zoom: Zoom) => void
  readonly onSessionEnd: () => void
  /** How long a closed window stays for who wants it back at once, milliseconds. @default CLOSED_MS */
  readonly closedMs?: number
}

/** The window. */
export interface WindowKeeper {
  /** Shows it, and in it what is asked for. */
  open(target?: PageTarget): void
  /** Puts it among the windows that are not looked at; leaves one alone that is there. */
  openMinimised(): void
  isVisible(): boolean
  send(channel: string, message: unknown): void
  isMainFrame(frame: { readonly url: string }): boolean
  /** The page asked something, so it works. */
  heard(): void
  /** Closing it is not asked about any more. */
  stop(): void
}

const PAGE = `${PAGE_URL}index.html`

/**
 * Who closed it by mistake has it back at once. After that its processes are not worth their memory, and what was typed into the page and
 * not sent, a passphrase perhaps, need not stay in any.
 */
export const CLOSED_MS = 60_000

/** A page that works asks for the state within a second, on a slow machine within some; one that is damaged never does. */
export const SILENT_MS = 20_000

/** Makes the keeper; there is no window before it is wanted. */
export function createWindowKeeper(init: WindowKeeperInit): WindowKeeper {
  const { desktop, clock, log, text, closedMs = CLOSED_MS } = init
  const crashed = createReloadBudget(clock)
  let window: DesktopWindow | undefined
  /** What the page showed when its window was taken away. */
  let left: PageTarget | undefined
  let closed: AbortController | undefined
  let silence: AbortController | undefined
  let hasAsked = false
  let ready = false
  let wanted = false
  let minimised = false
  let asking = false
  let stopped = false

  const show = () => {
    wanted = true
    minimised = false
    closed?.abort()
    closed = undefined
    if (!window || !ready) return
    window.show()
    desktop.setDock(true)
  }
  const hide = () => {
    wanted = false
    minimised = false
    keepPlace()
    window?.hide()
    desktop.setDock(false)
    closed?.abort()
    closed = new AbortController()
    clock.sleep(closedMs, closed.signal).then(letGo, () => undefined)
  }
  const minimise = () => {
    wanted = false
    minimised = true
    closed?.abort()
    closed = undefined
    if (ready) window?.minimise()
  }
  const keepPlace = () => {
    if (window && ready) init.onPlace(window.place())
  }
  /** The next time somebody wants it, it is a new one. */
  const letGo = () => {
    const view = window && viewAt(window.address())
    left = view && { view }
    closed?.abort()
    closed = undefined
    silence?.abort()
    window?.destroy()
    window = undefined
    ready = false
  }
  const load = (target: PageTarget | undefined) => {
    const url = `${PAGE}${target === undefined ? '' : pageFragment(target)}`
    window?.load(url).catch((error: unknown) => log.error({ error: String(error) }, 'the page could not be loaded'))
  }

  const close = async (): Promise<void> => {
    if (stopped || asking) return
    wanted = false
    const facts = { platform: desktop.platform, trayShown: init.trayShown(), quits: init.closeQuits() }
    const outcome = closeOutcome(facts)
    if (outcome === 'quit') return desktop.quit()
    if (outcome === 'hide') return hide()
    const say = text()
    const keep = await ask({
      ...{ title: say('ask.close.title'), message: say('ask.close.message'), detail: say('ask.close.detail') },
      ...{ buttons: [say('ask.close.keep'), say('ask.close.quit')], cancel: 0, preferred: 0, warning: false },
    })
    if (keep === 0) return wanted ? undefined : minimise()
    init.onCloseQuits()
    desktop.quit()
  }

  const ask = async (question: Parameters<Desktop['ask']>[0]): Promise<number> => {
    asking = true
    try {
      return await desktop.ask(question)
    } finally {
      asking = false
    }
  }

  const gone = async (reason: string): Promise<void> => {
    if (stopped || !isCrash(reason)) return
    log.error({ reason }, 'the page’s process is gone')
    // nobody sees it, and the next one has a process of its own
    if (closed) return letGo()
    if (crashed() === 'reload') return reload()
    if (asking) return
    const say = text()
    const answer = await ask({
      ...{ title: say('ask.gone.title'), message: say('ask.gone.message'), detail: say('ask.gone.detail') },
      ...{ buttons: [say('ask.gone.reload'), say('ask.gone.leave')], cancel: 1, preferred: 0, warning: true },
    })
    if (answer === 0) return reload()
    letGo()
    desktop.setDock(false)
  }

  const reload = () => {
    silence?.abort()
    hasAsked = false
    window?.reload()
  }
  /** An empty window tells nobody what is wrong. */
  const broken = async (why: string): Promise<void> => {
    if (stopped || asking) return
    log.error({ why }, 'the page does not work')
    if (closed) return letGo()
    const say = text()
    const answer = await ask({
      ...{ title: say('ask.broken.title'), message: say('ask.broken.message'), detail: say('ask.broken.detail') },
      ...{ buttons: [say('ask.gone.reload'), say('ask.gone.leave')], cancel: 1, preferred: 0, warning: true },
    })
    if (answer === 0) return reload()
    letGo()
    desktop.setDock(false)
  }
  const listen = () => {
    silence?.abort()
    if (hasAsked) return
    silence = new AbortController()
    const silent = () => broken(`nothing was heard of it in ${SILENT_MS} ms`).catch(failed)
    clock.sleep(SILENT_MS, silence.signal).then(silent, () => undefined)
  }

  const hangs = async (): Promise<void> => {
    if (stopped || asking || window?.isVisible() !== true) return
    const say = text()
    const answer = await ask({
      ...{ title: say('ask.hangs.title'), message: say('ask.hangs.message'), detail: say('ask.hangs.detail') },
      ...{ buttons: [say('ask.hangs.wait'), say('ask.gone.reload')], cancel: 0, preferred: 0, warning: true },
    })
    if (answer === 1) reload()
  }

  const zoom = (step: ZoomStep): void => {
    const next = nextZoom(init.zoom(), step)
    window?.setZoom(next)
    if (next !== init.zoom()) init.onZoom(next)
  }

  const failed = (error: unknown) => log.error({ error: String(error) }, 'a question about the window failed')

  const make = (target: PageTarget | undefined) => {
    ready = false
    hasAsked = false
    /** One that was taken away has nothing to say any more. */
    const ifMine =
      <Words extends readonly unknown[]>(act: (...words: Words) => void) =>
      (...words: Words) => {
        if (window === made) act(...words)
      }
    const made = (window = desktop.openWindow(
      {
        ...{ preload: init.preload, development: !desktop.packaged, title: 'Nodetrust', dark: desktop.look().dark },
        icon: desktop.platform === 'linux' ? join(init.icons, 'app', '512x512.png') : undefined,
        place: openingPlace(init.place(), desktop.screens()),
      },
      {
        onReady: ifMine(() => {
          ready = true
          window?.setZoom(init.zoom())
          if (wanted) show()
          else if (minimised) minimise()
        }),
        onZoom: ifMine(zoom),
        onClose: ifMine(() => void close().catch(failed)),
        onLoaded: ifMine(listen),
        onBroken: ifMine((why: string) => void broken(why).catch(failed)),
        onGone: ifMine((reason: string) => void gone(reason).catch(failed)),
        onUnresponsive: ifMine(() => void hangs().catch(failed)),
        onResponsive: () => undefined,
        onSessionEnd: init.onSessionEnd,
      },
    ))
    load(target)
  }

  return {
    open(target) {
      wanted = true
      if (!window) make(target ?? left)
      else if (target !== undefined) load(target)
      show()
    },
    openMinimised() {
      if (wanted || minimised) return
      if (!window) make(left)
      minimise()
    },
    isVisible: () => window?.isVisible() === true,
    send: (channel, message) => window?.send(channel, message),
    isMainFrame: (frame) => window?.isMainFrame(frame) === true,
    heard() {
      hasAsked = true
      silence?.abort()
    },
    stop() {
      stopped = true
      silence?.abort()
      closed?.abort()
      if (!closed) keepPlace()
    },
  }
}
