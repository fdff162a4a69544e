// Stands in for the module `electron`: just as much of it as the adapter uses, recording what was asked. A name that the
// adapter imports and that is missing here is an error when it is loaded.
import { PassThrough } from 'node:stream'
import { EventEmitter } from 'node:events'
import type { MenuItemConstructorOptions, NotificationConstructorOptions } from 'electron'
import { FakeNote, FakeTray, FakeWindow, preventable, worldOf } from './world.ts'

const world = worldOf(new URL(import.meta.url).searchParams.get('fake'))

export const app = Object.assign(world.app, {
  isPackaged: world.packaged,
  getVersion: () => '0.1.0',
  getPreferredSystemLanguages: () => [...world.languages],
  enableSandbox: () => void world.calls.push('enableSandbox'),
  getPath: () => world.userData,
  setPath: (_name: string, path: string) => void (world.userData = path),
  requestSingleInstanceLock: () => world.primary,
  whenReady: async () => void world.calls.push('ready'),
  commandLine: {
    appendSwitch: (name: string, value?: string) => void world.switches.push([name, value]),
  },
  setLoginItemSettings: (settings: unknown) => void world.loginItems.push(settings),
  getLoginItemSettings: () => ({ wasOpenedAtLogin: false }),
  setAsDefaultProtocolClient(scheme: string) {
    world.calls.push(`setAsDefaultProtocolClient ${scheme}`)
    return true
  },
  quit() {
    const event = preventable({})
    world.app.emit('before-quit', event)
    if (!event.prevented) app.exit(0)
  },
  exit(code: number) {
    world.exitCode = code
    world.exited.resolve(code)
  },
  dock: {
    show: async () => void world.calls.push('dock.show'),
    hide: () => void world.calls.push('dock.hide'),
  },
})

export class BrowserWindow extends FakeWindow {
  constructor(options: object) {
    super(world, options)
  }
}

export class Tray extends FakeTray {
  constructor(image: { readonly path: string; readonly template: boolean }) {
    super(world, image)
  }
}

export class Notification extends FakeNote {
  static isSupported(): boolean {
    return true
  }
  constructor(options: NotificationConstructorOptions) {
    super(world, options)
  }
}

/** As older ones do: without anything to wait for. */
export const clipboard = {
  writeText: (text: string) => void world.copied.push(text),
  readText() {
    world.calls.push('clipboard.readText')
    return world.clipboard
  },
}

export const dialog = {
  async showMessageBox(...args: readonly unknown[]) {
    const question = args.at(-1) as { message: string; detail: string; buttons: string[] }
    world.questions.push(question)
    return { response: await world.answer(question) }
  },
}

export const ipcMain = {
  handle(channel: string, listener: Parameters<typeof world.handlers.set>[1]) {
    world.handlers.set(channel, listener)
  },
}

export const Menu = {
  buildFromTemplate: (items: readonly MenuItemConstructorOptions[]) => ({ items }),
  setApplicationMenu(menu: { readonly items: readonly MenuItemConstructorOptions[] } | null) {
    world.appMenu = menu?.items ?? null
  },
}

export const nativeImage = {
  createFromPath: (path: string) => ({
    path,
    template: false,
    setTemplateImage(template: boolean) {
      this.template = template
    },
  }),
}

export const nativeTheme = Object.defineProperties(world.nativeTheme, {
  themeSource: { get: () => world.theme, set: (theme: string) => (world.theme = theme) },
  shouldUseDarkColors: { get: () => world.theme === 'dark' },
  shouldUseDarkColorsForSystemIntegratedUI: { get: () => world.darkBar },
})

export const powerMonitor = world.powerMonitor

export const protocol = {
  registerSchemesAsPrivileged: (schemes: readonly unknown[]) => {
    world.calls.push('registerSchemesAsPrivileged')
    world.schemes.push(...schemes)
  },
  handle(scheme: string, handler: (request: Request) => Response | Promise<Response>) {
    world.protocols.set(scheme, handler)
  },
}

export const screen = {
  getPrimaryDisplay: () => world.displays[0],
  getAllDisplays: () => world.displays,
}

/** Whatever is set by a method whose name begins with "set" is kept under that name. */
const defaultSession = new Proxy(world.sessionEvents, {
  get(events, name) {
    const key = String(name)
    if (key === 'webRequest') {
      return { onBeforeRequest: (handler: never) => void world.session.set('onBeforeRequest', handler) }
    }
    if (key.startsWith('setMaxListeners') || !key.startsWith('set')) return Reflect.get(events, name, events) as unknown
    return (value: never) => void world.session.set(key, value)
  },
})

export const session = { defaultSession }

export const shell = {
  openExternal: async (url: string) => void world.openedUrls.push(url),
  openPath: async (path: string) => {
    world.openedPaths.push(path)
    return ''
  },
}

export const systemPreferences = {
  getAnimationSettings: () => ({ prefersReducedMotion: world.reducedMotion }),
}

export const utilityProcess = {
  fork(program: string, args: readonly string[]) {
    world.services.push({ program, args })
    return Object.assign(new EventEmitter(), { stdout: new PassThrough(), kill: () => true })
  },
}
