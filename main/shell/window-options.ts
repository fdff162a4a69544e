// How the one window is made. A pure function, so that a test can read every option that security depends on; nothing else
// makes a window.
import type { BrowserWindowConstructorOptions } from 'electron'
import type { OpeningPlace } from './window-place.ts'

/** What differs between one window and another. */
export interface WindowWish {
  /** Absolute path of the preload bundle. */
  readonly preload: string
  /** Developer tools, only where the app is not packaged. */
  readonly development: boolean
  readonly title: string
  /** The colour that is there before the page is, so that nothing flashes. */
  readonly dark: boolean
  /** Absolute path of the window's icon, where the platform wants one. */
  readonly icon?: string | undefined
  /** Where it was the last time, as the screens allow it. */
  readonly place?: OpeningPlace | undefined
}

/** The calm size of the design; below 360 px its columns would break. */
const WIDTH = 420
const HEIGHT = 640
const MIN_WIDTH = 360
const MIN_HEIGHT = 480

/** The design's window colours. */
const LIGHT = '#f3f5f4'
const DARK = '#121716'

/** Options of the window: the page has no Node, no other process's memory, no developer tools, no webview. */
export function windowOptions(wish: WindowWish): BrowserWindowConstructorOptions {
  const { x, y, width = WIDTH, height = HEIGHT } = wish.place ?? {}
  return {
    ...{ width, height, minWidth: MIN_WIDTH, minHeight: MIN_HEIGHT },
    ...(x === undefined || y === undefined ? {} : { x, y }),
    ...{ title: wish.title, show: false, autoHideMenuBar: true, backgroundColor: wish.dark ? DARK : LIGHT },
    ...(wish.icon === undefined ? {} : { icon: wish.icon }),
    webPreferences: {
      preload: wish.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
      spellcheck: false,
      devTools: wish.development,
    },
  }
}
