// The only file that knows Electron as a value: it fulfils `Desktop`, and holds no rule that could be told without Electron.
// What may be shown, opened, permitted or requested is decided in the files beside it.
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  nativeImage,
  nativeTheme,
  Notification,
  powerMonitor,
  protocol,
  screen,
  session,
  shell,
  systemPreferences,
  Tray,
  utilityProcess,
} from 'electron'
import type { MenuItemConstructorOptions, Session, WebContents } from 'electron'
import { IPC_CALL } from '../../proto/api/frames.ts'
import { INVITATION_SCHEME } from '../../proto/invitation.ts'
import type { MenuItem } from './app-menu.ts'
import { DRAWING_SWITCHES, spareGtkTheDrivers } from './drawing.ts'
import { isOwnPage, isPermitted, isRequestAllowed, NO_DICTIONARIES, PAGE_SCHEME, QUIET_SWITCHES } from './own-page.ts'
import type { Desktop, DesktopEvents, DesktopService, DesktopTray, DesktopWindow, WindowEvents } from './ports.ts'
import { windowOptions, type WindowWish } from './window-options.ts'
import { zoomKey } from './window-zoom.ts'

/** The desktop that Electron offers. */
export function electronDesktop(): Desktop {
  const windows = new Set<BrowserWindow>()
  const notes = new Map<string, Notification>()
  let events: DesktopEvents | undefined
  let gtkHasStarted: () => void = () => undefined

  return {
    platform: process.platform,
    packaged: app.isPackaged,
    version: app.getVersion(),
    languages: () => app.getPreferredSystemLanguages(),
    look: () => ({
      bar: barOf(process.platform),
      dark: nativeTheme.shouldUseDarkColors,
      motion: !systemPreferences.getAnimationSettings().prefersReducedMotion,
    }),

    prepare() {
      app.enableSandbox()
      protocol.registerSchemesAsPrivileged([
        { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, codeCache: true } },
      ])
      const isLinux = process.platform === 'linux'
      if (isLinux) gtkHasStarted = spareGtkTheDrivers(process.env)
      for (const [name, value] of [...QUIET_SWITCHES, ...(isLinux ? DRAWING_SWITCHES : [])])
        app.commandLine.appendSwitch(name, value)
      // every page that ever comes to be, also one that nobody here has made
      app.on('web-contents-created', (_event, contents) => lockPage(contents))
      app.on('session-created', (made) => lockSession(made, !app.isPackaged))
      // hidden windows are none to Electron's own rule, and the node runs on without any
      app.on('window-all-closed', () => undefined)
    },
    profileFolder() {
      try {
        return app.getPath('userData')
      } catch {
        return undefined // Electron makes it, and names none that it cannot make
      }
    },
    useProfileFolder: (path) => app.setPath('userData', path),
    claimInstance: () => app.requestSingleInstanceLock(),
    listen(listener) {
      events = listener
      app.on('second-instance', (_event, argv) => listener.onSecondStart(argv))
      app.on('open-url', (event, url) => {
        event.preventDefault()
        listener.onLink(url)
      })
      app.on('activate', () => listener.onActivate())
      app.on('before-quit', (event) => {
        event.preventDefault()
        listener.onQuit()
      })
      nativeTheme.on('updated', () => listener.onLook())
    },
    async ready() {
      await app.whenReady()
      gtkHasStarted()
      powerMonitor.on('suspend', () => events?.onSuspend())
      powerMonitor.on('resume', () => events?.onResume())
      powerMonitor.on('shutdown', () => events?.onQuit())
    },
    lock(handler) {
      lockSession(session.defaultSession, !app.isPackaged)
      protocol.handle(PAGE_SCHEME, (request) => handler(request))
    },
    onCall(handler) {
      ipcMain.handle(IPC_CALL, (event, payload: unknown) =>
        handler(IPC_CALL, { senderFrame: event.senderFrame }, payload),
      )
    },

    screens() {
      const main = screen.getPrimaryDisplay()
      return [main, ...screen.getAllDisplays().filter(({ id }) => id !== main.id)].map(({ workArea }) => workArea)
    },
    openWindow(wish, windowEvents) {
      const window = new BrowserWindow(windowOptions(wish))
      windows.add(window)
      window.on('closed', () => windows.delete(window))
      return wrapWindow(window, wish, windowEvents)
    },
    openTray,
    canNote: () => Notification.isSupported(),
    note({ id, title, body, urgent }, onClick) {
      if (!Notification.isSupported()) return
      const note = new Notification({ title, body, silent: !urgent, urgency: urgent ? 'critical' : 'normal' })
      // a message whose object is collected cannot be clicked; one of each kind is enough
      notes.get(id)?.close()
      notes.set(id, note)
      note.on('click', onClick)
      note.on('close', () => {
        if (notes.get(id) === note) notes.delete(id)
      })
      note.show()
    },
    async ask({ title, message, detail, buttons, cancel, preferred, warning }) {
      const visible = [...windows].find((window) => window.isVisible())
      const options = {
        ...{ title, message, detail, buttons: [...buttons], cancelId: cancel, defaultId: preferred, noLink: true },
        type: warning ? ('warning' as const) : ('question' as const),
      }
      const { response } = await (visible ? dialog.showMessageBox(visible, options) : dialog.showMessageBox(options))
      return response
    },
    // older ones do both at once, and give nothing to wait for
    copy: async (text) => await clipboard.writeText(text),
    readClipboard: async () => await clipboard.readText(),
    openUrl: (url) => shell.openExternal(url),
    async openFolder(path) {
      const problem = await shell.openPath(path)
      if (problem !== '') throw new Error(problem)
    },
    setMenu(items) {
      const click = (id: 'settings' | 'quit') => events?.onMenu(id)
      Menu.setApplicationMenu(
        items.length === 0 ? null : Menu.buildFromTemplate(items.map((item) => menuEntry(item, click))),
      )
    },
    setTheme(theme) {
      nativeTheme.themeSource = theme
    },
    setDock(visible) {
      if (visible) void app.dock?.show()
      else app.dock?.hide()
    },
    setLoginItem: ({ openAtLogin, args }) => app.setLoginItemSettings({ openAtLogin, args: [...args] }),
    startedAtLogin: () => process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin,
    registerLinks: () => void app.setAsDefaultProtocolClient(INVITATION_SCHEME.slice(0, -1)),
    quit: () => app.quit(),
    exit: (code) => app.exit(code),
    startService,
  }
}

/** Windows tells how its bar looks; macOS colours a template, and Linux panels tell nothing. */
function barOf(platform: NodeJS.Platform): 'light' | 'dark' | 'unknown' {
  if (platform !== 'win32') return 'unknown'
  return nativeTheme.shouldUseDarkColorsForSystemIntegratedUI ? 'dark' : 'light'
}

/** No page leaves our own address, opens another, or holds a webview. */
function lockPage(contents: WebContents): void {
  const stay = (event: { readonly url: string; preventDefault(): void }): void => {
    if (!isOwnPage(event.url)) event.preventDefault()
  }
  contents.on('will-navigate', stay)
  contents.on('will-frame-navigate', stay)
  contents.on('will-redirect', stay)
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.on('select-bluetooth-device', (event, _devices, callback) => {
    event.preventDefault()
    callback('')
  })
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
}

/** No permission, no device, no request beyond our own page. */
function lockSession(locked: Session, development: boolean): void {
  locked.setPermissionRequestHandler((contents, permission, callback) =>
    callback(isPermitted(permission, contents.getURL())),
  )
  locked.setPermissionCheckHandler((_contents, permission, origin) => isPermitted(permission, origin))
  locked.setDevicePermissionHandler(() => false)
  locked.setDisplayMediaRequestHandler((_request, callback) => callback(null))
  locked.setBluetoothPairingHandler((_details, callback) => callback({ confirmed: false }))
  locked.on('select-hid-device', (event, _details, callback) => {
    event.preventDefault()
    callback(null)
  })
  locked.on('select-usb-device', (event, _details, callback) => {
    event.preventDefault()
    callback()
  })
  locked.on('select-serial-port', (event, _list, _contents, callback) => {
    event.preventDefault()
    callback('')
  })
  locked.on('will-download', (event) => event.preventDefault())
  locked.webRequest.onBeforeRequest(({ url }, callback) => callback({ cancel: !isRequestAllowed(url, development) }))
  locked.setSpellCheckerEnabled(false)
  locked.setSpellCheckerDictionaryDownloadURL(NO_DICTIONARIES)
}

/** Chromium's number for a page that was left before it was there (net/base/net_error_list.h). */
const ABORTED = -3

function wrapWindow(window: BrowserWindow, { development, place }: WindowWish, events: WindowEvents): DesktopWindow {
  const { webContents } = window
  let maximise = place?.maximised === true
  window.removeMenu()
  window.once('ready-to-show', () => events.onReady())
  window.on('close', (event) => {
    event.preventDefault()
    events.onClose()
  })
  window.on('session-end', () => events.onSessionEnd())
  webContents.on('did-finish-load', () => events.onLoaded())
  webContents.on('preload-error', (_event, _path, error) => events.onBroken(error.message))
  webContents.on('did-fail-load', (_event, code, text, _url, isMainFrame) => {
    if (isMainFrame && code !== ABORTED) events.onBroken(text)
  })
  webContents.on('render-process-gone', (_event, { reason }) => events.onGone(reason))
  webContents.on('before-input-event', (event, key) => {
    const step = zoomKey(key, process.platform)
    if (step === undefined) return
    event.preventDefault()
    events.onZoom(step)
  })
  webContents.on('zoom-changed', (_event, direction) => events.onZoom(direction))
  window.on('unresponsive', () => events.onUnresponsive())
  window.on('responsive', () => events.onResponsive())
  if (!development) webContents.on('devtools-opened', () => webContents.closeDevTools())
  return {
    load: (url) => window.loadURL(url),
    reload: () => webContents.reload(),
    show() {
      if (window.isMinimized()) window.restore()
      // shows it at once, so not before it is to be seen
      if (maximise) window.maximize()
      maximise = false
      window.show()
      window.focus()
    },
    hide: () => window.hide(),
    minimise() {
      // one that was never shown is in no list of windows
      if (!window.isVisible()) window.showInactive()
      window.minimize()
    },
    isVisible: () => !window.isDestroyed() && window.isVisible() && !window.isMinimized(),
    address: () => (window.isDestroyed() ? '' : webContents.getURL()),
    setZoom: (zoom) => webContents.setZoomFactor(zoom),
    place: () => ({ ...window.getNormalBounds(), maximised: window.isMaximized() }),
    destroy: () => window.destroy(),
    send(channel, message) {
      if (!window.isDestroyed() && !webContents.isCrashed()) webContents.send(channel, message)
    },
    isMainFrame: (frame) => !window.isDestroyed() && webContents.mainFrame === frame,
  }
}

function openTray(file: string, isTemplate: boolean, onClick: () => void): DesktopTray | undefined {
  const image = (path: string, template: boolean) => {
    const made = nativeImage.createFromPath(path)
    made.setTemplateImage(template)
    return made
  }
  const tray = new Tray(image(file, isTemplate))
  tray.on('click', onClick)
  return {
    setIcon: (path, template) => tray.setImage(image(path, template)),
    setTooltip: (text) => tray.setToolTip(text),
    setMenu(items, onItem) {
      const entries = items.map((item): MenuItemConstructorOptions => {
        if (item.kind === 'line') return { type: 'separator', id: item.id }
        if (item.kind === 'words') return { id: item.id, label: item.label, enabled: false }
        return { id: item.id, label: item.label, click: () => onItem(item.id) }
      })
      // a whole menu each time: Linux shows changes of parts only sometimes
      tray.setContextMenu(Menu.buildFromTemplate(entries))
    },
    destroy: () => tray.destroy(),
  }
}

function menuEntry(item: MenuItem, click: (id: 'settings' | 'quit') => void): MenuItemConstructorOptions {
  switch (item.kind) {
    case 'line':
      return { type: 'separator' }
    case 'role':
      return { role: item.role, label: item.label }
    case 'command':
      return { id: item.id, label: item.label, accelerator: item.key, click: () => click(item.id) }
  }
  return { label: item.label, submenu: item.items.map((inner) => menuEntry(inner, click)) }
}

function startService(program: string, args: readonly string[], name: string): DesktopService {
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('NODETRUST_')))
  const child = utilityProcess.fork(program, [...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    serviceName: name,
    env,
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    ended,
    onOutput: (listener) => void child.stdout?.on('data', (chunk: Buffer) => listener(chunk.toString('utf8'))),
    kill: () => void child.kill(),
  }
}
