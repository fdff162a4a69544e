// What the shell stands on, as narrow as it needs it: the node's API on one side, the desktop on the other. The shell's
// rules are written against these, so that plain Node can test them; `electron.ts` is the one that fulfils the second half.
import type { Push, Snapshot } from '../../proto/api/index.ts'
import type { Answer } from '../api/dispatch.ts'
import type { TrayItem } from './tray-model.ts'
import type { MenuItem } from './app-menu.ts'
import type { LoginItem } from './login-item.ts'
import type { WindowWish } from './window-options.ts'
import type { Rectangle, WindowPlace } from './window-place.ts'
import type { Zoom, ZoomStep } from './window-zoom.ts'

/** The state, and what changes of it. */
export interface StateSource {
  snapshot(): Snapshot
  subscribe(listener: (push: Push) => void): () => void
}

/** A window's frame as it calls: the sender of a message is never taken on trust. */
export interface CallEvent {
  readonly senderFrame: { readonly url: string } | null
}

/** What the page asked; gives the answer. */
export type CallHandler = (channel: string, event: CallEvent, payload: unknown) => Promise<Answer>

/** The window. */
export interface DesktopWindow {
  /** Loads the page, or only its fragment where it is there already. */
  load(url: string): Promise<void>
  reload(): void
  show(): void
  hide(): void
  /** Puts it among the windows that are not looked at, also where it was never shown. */
  minimise(): void
  isVisible(): boolean
  /** The page's address as it is now. */
  address(): string
  place(): WindowPlace
  setZoom(zoom: Zoom): void
  /** Takes the window away, without asking anybody. */
  destroy(): void
  send(channel: string, message: unknown): void
  /** Whether a message's frame is this window's own main frame. */
  isMainFrame(frame: { readonly url: string }): boolean
}

/** What happens to a window. */
export interface WindowEvents {
  /** It is ready to be seen for the first time. */
  onReady(): void
  /** A person wants the page larger or smaller. */
  onZoom(step: ZoomStep): void
  /** A person closes it; nothing happens but what this does. */
  onClose(): void
  /** Its page is loaded; whether it works is another question. */
  onLoaded(): void
  /** A part of it is not there, or cannot be read. */
  onBroken(why: string): void
  onGone(reason: string): void
  onUnresponsive(): void
  onResponsive(): void
  /** The system ends the session: there is no time to ask. */
  onSessionEnd(): void
}

/** The icon in the tray. */
export interface DesktopTray {
  /** @param file  absolute path of the icon; @param template whether macOS may colour it */
  setIcon(file: string, template: boolean): void
  setTooltip(text: string): void
  setMenu(items: readonly TrayItem[], onClick: (id: string) => void): void
  destroy(): void
}

/** A message of the system. */
export interface DesktopNote {
  readonly id: string
  readonly title: string
  readonly body: string
  readonly urgent: boolean
}

/** A question with buttons, asked beside the window; the system draws it, so no page can answer it. */
export interface DesktopQuestion {
  readonly title: string
  readonly message: string
  readonly detail: string
  readonly buttons: readonly string[]
  /** Index of what Escape and closing mean. */
  readonly cancel: number
  /** Index of what Enter means. */
  readonly preferred: number
  readonly warning: boolean
}

/** What the operating system tells. */
export interface DesktopEvents {
  /** The app was started once more; `argv` is that start's. */
  onSecondStart(argv: readonly string[]): void
  /** macOS opens a link. */
  onLink(url: string): void
  /** macOS: the icon in the dock was clicked. */
  onActivate(): void
  /** Somebody asked the app to end; it does not before `exit` is called. */
  onQuit(): void
  onSuspend(): void
  onResume(): void
  /** A command of the application menu. */
  onMenu(id: 'settings' | 'quit'): void
  /** The colours of the bar or the wish for motion changed. */
  onLook(): void
}

/** The look of the desktop. */
export interface DesktopLook {
  readonly bar: 'light' | 'dark' | 'unknown'
  readonly dark: boolean
  readonly motion: boolean
}

/** A program that runs beside the app and ends with it. */
export interface DesktopService {
  /** Its standard output, in pieces as they come. */
  onOutput(listener: (text: string) => void): void
  /** Settles when it has ended. */
  readonly ended: Promise<void>
  kill(): void
}

/** The desktop. */
export interface Desktop {
  readonly platform: NodeJS.Platform
  readonly packaged: boolean
  readonly version: string
  /** BCP 47, most wanted first. */
  languages(): readonly string[]
  look(): DesktopLook
  /** What must be said before the app is ready: sandbox, scheme, quiet switches. */
  prepare(): void
  /** Where the system's side of the app keeps its own things, the lock of the one instance among them; undefined where it cannot be made. */
  profileFolder(): string | undefined
  /** Before the instance is claimed. */
  useProfileFolder(path: string): void
  /** @returns false where another instance runs; it is told then */
  claimInstance(): boolean
  listen(events: DesktopEvents): void
  ready(): Promise<void>
  /** Closes every door that Electron leaves open, and serves the page. */
  lock(handler: (request: Request) => Response): void
  onCall(handler: CallHandler): void
  /** What programs may use of each screen, the main one first. */
  screens(): readonly Rectangle[]
  openWindow(wish: WindowWish, events: WindowEvents): DesktopWindow
  /** @returns undefined where the system has no place for one */
  openTray(file: string, template: boolean, onClick: () => void): DesktopTray | undefined
  /** Whether the system shows messages of apps. */
  canNote(): boolean
  note(note: DesktopNote, onClick: () => void): void
  ask(question: DesktopQuestion): Promise<number>
  copy(text: string): Promise<void>
  /** What lies in the clipboard as text; empty where there is none. */
  readClipboard(): Promise<string>
  openUrl(url: string): Promise<void>
  openFolder(path: string): Promise<void>
  setMenu(items: readonly MenuItem[]): void
  setTheme(theme: 'system' | 'light' | 'dark'): void
  /** macOS: whether the app is in the dock; it is while its window is there. */
  setDock(visible: boolean): void
  setLoginItem(item: Extract<LoginItem, { kind: 'system' }>): void
  /** macOS: whether the system started the app at login; elsewhere a flag says so. */
  startedAtLogin(): boolean
  registerLinks(): void
  /** Asks the app to end, as a person would. */
  quit(): void
  /** Ends the process. */
  exit(code: number): void
  /** Starts a Node program beside the app, without a window. @param program absolute path */
  startService(program: string, args: readonly string[], name: string): DesktopService
}
