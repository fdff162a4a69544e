// What a fake Electron remembers and can be made to do: one world for each app under test. The module `electron.ts` beside it
// is what the real adapter imports; both find their world by the number in the module's address.
import { EventEmitter } from 'node:events'
import type { IpcMainInvokeEvent, MenuItemConstructorOptions, NotificationConstructorOptions } from 'electron'

/** A frame as Electron gives it to a handler. */
export interface FakeFrame {
  url: string
  readonly parent: FakeFrame | null
}

/** What a window's page is shown by; a test may put a real browser's page there. */
export interface PageDriver {
  navigate(url: string): Promise<void>
  reload(): Promise<void>
  deliver(channel: string, message: unknown): Promise<void>
}

type CallListener = (event: IpcMainInvokeEvent, ...args: readonly unknown[]) => unknown
type Handler = (...args: readonly never[]) => unknown

/** Everything that was asked of Electron. */
export class FakeWorld {
  readonly app = new EventEmitter()
  readonly powerMonitor = new EventEmitter()
  readonly nativeTheme = new EventEmitter()
  /** Names of calls in the order in which they came. */
  readonly calls: string[] = []
  readonly switches: (readonly [string, string | undefined])[] = []
  readonly windows: FakeWindow[] = []
  readonly trays: FakeTray[] = []
  readonly notes: FakeNote[] = []
  readonly questions: { readonly message: string; readonly detail: string; readonly buttons: readonly string[] }[] = []
  readonly openedUrls: string[] = []
  readonly openedPaths: string[] = []
  readonly copied: string[] = []
  /** What somebody copied elsewhere. */
  clipboard = ''
  readonly loginItems: unknown[] = []
  readonly schemes: unknown[] = []
  readonly handlers = new Map<string, CallListener>()
  readonly protocols = new Map<string, (request: Request) => Response | Promise<Response>>()
  /** Handlers of the session by the name of the method that set them. */
  readonly session = new Map<string, Handler>()
  readonly sessionEvents = new EventEmitter()
  readonly services: { readonly program: string; readonly args: readonly string[] }[] = []
  appMenu: readonly MenuItemConstructorOptions[] | null = null
  theme = 'system'
  packaged = true
  languages: readonly string[] = ['en-GB']
  reducedMotion = true
  darkBar = false
  primary = true
  userData = '/nonexistent/profile'
  /** Which button a person presses. */
  answer: (question: { readonly message: string }) => number | Promise<number> = () => 0
  /** The screens, the main one first. */
  displays = [{ id: 1, workArea: { x: 0, y: 0, width: 1280, height: 1024 } }]
  driver: PageDriver | undefined
  readonly exited = Promise.withResolvers<number>()
  exitCode: number | undefined

  /** The window; there is one at most. */
  window(): FakeWindow | undefined {
    return this.windows.findLast((window) => !window.destroyed)
  }

  /** Sends a message as a frame would; by default the window's own. */
  async invoke(channel: string, payload: unknown, frame?: FakeFrame | null): Promise<unknown> {
    const handler = this.handlers.get(channel)
    if (!handler) throw new Error(`No handler registered for '${channel}'`)
    const senderFrame = frame === undefined ? (this.window()?.webContents.mainFrame ?? null) : frame
    // a message is a copy, as between processes
    return structuredClone(await handler({ senderFrame } as unknown as IpcMainInvokeEvent, structuredClone(payload)))
  }
}

/** An event that can be prevented. */
export function preventable<Rest extends object>(rest: Rest): Rest & { prevented: boolean; preventDefault(): void } {
  return {
    ...rest,
    prevented: false,
    preventDefault() {
      this.prevented = true
    },
  }
}

/** The contents of a window. */
export class FakeWebContents extends EventEmitter {
  mainFrame: FakeFrame = { url: '', parent: null }
  readonly sent: { readonly channel: string; readonly message: unknown }[] = []
  openHandler: ((details: { url: string }) => { action: string }) | undefined
  crashed = false
  reloads = 0
  zoom = 1
  readonly world: FakeWorld

  constructor(world: FakeWorld) {
    super()
    this.world = world
  }

  getURL(): string {
    return this.mainFrame.url
  }
  setZoomFactor(factor: number): void {
    this.zoom = factor
  }
  isCrashed(): boolean {
    return this.crashed
  }
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler
  }
  send(channel: string, message: unknown): void {
    this.sent.push({ channel, message: structuredClone(message) })
    // a page that is just being left gets nothing
    void this.world.driver?.deliver(channel, message).catch(() => undefined)
  }
  reload(): void {
    this.reloads += 1
    this.crashed = false
    void this.world.driver?.reload().catch(() => undefined)
  }
  closeDevTools(): void {
    this.world.calls.push('closeDevTools')
  }
}

/** A window. */
export class FakeWindow extends EventEmitter {
  readonly webContents: FakeWebContents
  readonly options: object
  readonly loaded: string[] = []
  visible = false
  minimized = false
  destroyed = false
  maximized = false
  bounds: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
  private readonly world: FakeWorld

  constructor(world: FakeWorld, options: object) {
    super()
    this.world = world
    this.options = options
    this.bounds = { x: 0, y: 0, width: 0, height: 0, ...shapeOf(options) }
    this.webContents = new FakeWebContents(world)
    world.windows.push(this)
    world.app.emit('web-contents-created', {}, this.webContents)
  }

  async loadURL(url: string): Promise<void> {
    this.loaded.push(url)
    this.webContents.mainFrame.url = url
    await this.world.driver?.navigate(url)
    setImmediate(() => this.emit('ready-to-show'))
  }
  show(): void {
    this.visible = true
  }
  hide(): void {
    this.visible = false
  }
  focus(): void {
    this.world.calls.push('focus')
  }
  isVisible(): boolean {
    return this.visible
  }
  isMinimized(): boolean {
    return this.minimized
  }
  isDestroyed(): boolean {
    return this.destroyed
  }
  isMaximized(): boolean {
    return this.maximized
  }
  maximize(): void {
    this.maximized = true
    this.visible = true
  }
  getNormalBounds(): FakeWindow['bounds'] {
    return this.bounds
  }
  showInactive(): void {
    this.visible = true
  }
  minimize(): void {
    this.minimized = true
  }
  restore(): void {
    this.minimized = false
  }
  removeMenu(): void {
    this.world.calls.push('removeMenu')
  }
  destroy(): void {
    this.destroyed = true
    this.visible = false
    this.emit('closed')
  }
  /** As a person does; gone when nobody prevents it. */
  close(): void {
    const event = preventable({})
    this.emit('close', event)
    if (!event.prevented) this.destroy()
  }
}

/** What options of a window say of its place. */
function shapeOf(options: object): Partial<FakeWindow['bounds']> {
  const names = ['x', 'y', 'width', 'height']
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)))
}

/** A tray icon. */
export class FakeTray extends EventEmitter {
  image: { readonly path: string; readonly template: boolean }
  tooltip = ''
  menu: readonly MenuItemConstructorOptions[] = []
  /** How often each part was set. */
  readonly counts = { image: 0, tooltip: 0, menu: 0 }
  destroyed = false

  constructor(world: FakeWorld, image: { readonly path: string; readonly template: boolean }) {
    super()
    this.image = image
    world.trays.push(this)
  }

  setImage(image: { readonly path: string; readonly template: boolean }): void {
    this.image = image
    this.counts.image += 1
  }
  setToolTip(text: string): void {
    this.tooltip = text
    this.counts.tooltip += 1
  }
  setContextMenu(menu: { readonly items: readonly MenuItemConstructorOptions[] }): void {
    this.menu = menu.items
    this.counts.menu += 1
  }
  destroy(): void {
    this.destroyed = true
  }
}

/** A message of the system. */
export class FakeNote extends EventEmitter {
  readonly options: NotificationConstructorOptions
  shown = false
  private readonly world: FakeWorld

  constructor(world: FakeWorld, options: NotificationConstructorOptions) {
    super()
    this.world = world
    this.options = options
  }
  show(): void {
    this.shown = true
    this.world.notes.push(this)
  }
  close(): void {
    this.emit('close')
  }
}

const worlds = new Map<string, FakeWorld>()

/** Makes a world; its number finds it again. */
export function newWorld(): { readonly id: string; readonly world: FakeWorld } {
  const id = String(worlds.size + 1)
  const world = new FakeWorld()
  worlds.set(id, world)
  return { id, world }
}

/** @throws RangeError for a number that no world has */
export function worldOf(id: string | null): FakeWorld {
  const world = worlds.get(id ?? '')
  if (!world) throw new RangeError(`there is no fake Electron number ${id}`)
  return world
}
