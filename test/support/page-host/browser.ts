// Chromium for looking at the page: no trust to set up and no names to resolve, only a window of a given size, theme and time.
import { access } from 'node:fs/promises'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { NOW, TIME_ZONE } from './states.ts'

const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--font-render-hinting=none'],
]

/** The two sizes that the window is designed for. */
export const SMALL = { width: 420, height: 640 } as const
export const LARGE = { width: 1080, height: 720 } as const

/** Why there can be no browser here; undefined where there can. */
export async function whyNoBrowser(): Promise<string | undefined> {
  return access(EXECUTABLE).then(
    () => undefined,
    () => `chromium is not installed at ${EXECUTABLE} (Debian package chromium)`,
  )
}

/** @param init.scrollBars  shows them, as people's browsers do: they take room. @default false, so that pictures are without */
export async function startBrowser({ scrollBars = false } = {}): Promise<Browser> {
  const ignoreDefaultArgs = scrollBars ? ['--hide-scrollbars'] : []
  return chromium.launch({ executablePath: EXECUTABLE, args: FLAGS, ignoreDefaultArgs })
}

/** How a window is opened. */
export interface WindowInit {
  readonly size?: { readonly width: number; readonly height: number }
  readonly theme?: 'light' | 'dark'
  readonly scale?: number
  readonly locale?: string
  /** Lets Date stand still at the present of the states. @default true */
  readonly still?: boolean
}

/** A window with nothing in it yet. Motion is reduced, so that pictures stand still. */
export async function openWindow(
  browser: Browser,
  init: WindowInit = {},
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({
    viewport: init.size ?? SMALL,
    deviceScaleFactor: init.scale ?? 1,
    colorScheme: init.theme ?? 'light',
    locale: init.locale ?? 'en-GB',
    timezoneId: TIME_ZONE,
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  if (init.still ?? true) await page.clock.setFixedTime(NOW)
  return { context, page }
}
